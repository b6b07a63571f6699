import { EndcapError, type Event, newId } from '../../core/index.js';
import { type Arm, type IncrementReport, incrementReport, isHeldOut, shareOf } from '../uplift/holdout.js';
import type { AdvertState } from './adverts.js';
import { featureContext, responseFeatures } from './assignments.js';
import { discountsOf, type Offer } from './offer.js';
import { type PackedSpend, SpendController } from './pacing.js';
import { assumedResponse, gainsOf, type ResponseContent, responseModel } from './response.js';

const dayMs = 86_400_000;
/** An offer that was given may be used for so long. */
const validMs = 7 * dayMs;
/** Offers that are out, over all shoppers of one offer; the oldest lapses first. */
const mostOut = 100_000;

/** Recommendations with an advert that are remembered, for the click that pays for it; the oldest goes first. */
const mostPlaced = 100_000;

/** An offer as a shopper is given it. */
export interface GivenOffer {
  id: string;
  offer: string;
  name: string;
  item: string;
  discount: number;
  price: number;
  fullPrice: number;
  /** Until when it may be used, ms. */
  until: number;
}

/** What deciding needs to know of a shopper. */
export interface OfferAsk {
  user: string;
  now: number;
  /** Items viewed and not bought, newest first. */
  viewed: readonly string[];
  /** Chance to buy without an offer, as intent has it. */
  chance: number;
  /** Features of intent, by `intentFeatureNames`. */
  features: ArrayLike<number>;
  priceOf(item: string): number | undefined;
  isMember(audience: string): boolean;
}

/** One offer that is out: what it may still cost, and what it was expected to. */
interface Out {
  item: string;
  discount: number;
  most: number;
  expected: number;
  until: number;
}

/** An advert in a recommendation that nobody has clicked yet. */
interface Placed {
  offer: string;
  item: string;
}

interface Running {
  offer: Offer;
  spend: SpendController;
  /** Offers given to each shopper, or adverts placed for them. */
  given: Map<string, number>;
  out: Map<string, Out>;
  /** Shoppers outside the holdout whom the budget would have given it: what the holdout is compared with. */
  treated: Set<string>;
  /** Profit of each shopper of either arm. */
  earned: Map<string, number>;
  /** What was spent on each day (days since 1970). */
  days: Map<number, number>;
  /** Shoppers of the holdout who would have been given it. */
  held: Set<string>;
  /** Clicks on its adverts. */
  clicks: number;
}

export interface OfferStatus extends Offer {
  state: 'planned' | 'running' | 'ended' | 'exhausted';
  given: number;
  out: number;
  /** Clicks on its adverts (slot). */
  clicks: number;
  spent: number;
  promised: number;
  /** Price of a unit of budget now; null before the first is set. */
  lambda: number | null;
  shoppers: number;
  held: number;
  /** Spend by day, days since 1970, in order. */
  spendByDay: [number, number][];
  /** What it brought against its holdout; absent while there is too little to compare. */
  increment?: IncrementReport;
}

export interface PackedOffers {
  placed: [string, Placed[]][];
  running: {
    id: string;
    spend: PackedSpend;
    given: [string, number][];
    out: [string, Out][];
    treated: string[];
    earned: [string, number][];
    held: string[];
    days: [number, number][];
    clicks: number;
  }[];
}

/**
 * Offers under way: who was given what, what it cost, what it brought. Given offers are impressions in the log
 * (`context.offer`), so that everything here is a fold of it; the budget is held by what is out as well as by what is spent.
 */
export class Offers {
  private readonly kept = new Map<string, Running>();
  /** Ids of impressions that were counted when they were decided, and must not be counted again when they arrive. */
  private readonly decided = new Set<string>();
  /** Adverts by recommendation. */
  private readonly placed = new Map<string, Placed[]>();
  /** What a discount does, as it was learned; the stated assumption without. */
  private response: ReturnType<typeof responseModel> | undefined;

  /** Takes a learned response into service, or goes back to the assumed one. */
  use(content: ResponseContent | undefined): void {
    this.response = content && responseModel(content);
  }

  put(offer: Offer): void {
    const known = this.kept.get(offer.id);
    if (known && known.offer.budget === offer.budget && sameLevels(known.offer, offer)) {
      known.offer = offer;
      return;
    }
    const spend = new SpendController(offer.budget, levelsOf(offer));
    if (known) {
      const { spent, promised } = known.spend.state;
      spend.restore({ ...spend.pack(), spent, promised });
      Object.assign(known, { offer, spend });
    } else this.kept.set(offer.id, fresh(offer, spend));
  }

  delete(id: string): void {
    this.require(id);
    this.kept.delete(id);
  }

  definitions(): Offer[] {
    return [...this.kept.values()].map(({ offer }) => offer);
  }

  list(now: number): OfferStatus[] {
    return [...this.kept.values()].map((running) => statusOf(running, now));
  }

  status(id: string, now: number): OfferStatus {
    return statusOf(this.require(id), now);
  }

  /**
   * The offers of a shopper now: what is still out, or what is decided now; with the events to log. One offer for an item
   * at most: the first in the order of their budgets' worth.
   */
  decide(ask: OfferAsk, count: number): { offers: GivenOffer[]; events: Event[] } {
    const offers: GivenOffer[] = [];
    const events: Event[] = [];
    const taken = new Set<string>();
    for (const running of this.kept.values()) {
      if (offers.length >= count) break;
      if (!isOpen(running.offer, ask)) continue;
      const out = running.out.get(ask.user);
      if (out && out.until > ask.now) {
        if (out.discount === 0) continue;
        const price = ask.priceOf(out.item);
        if (price !== undefined && !taken.has(out.item)) {
          taken.add(out.item);
          offers.push(givenOffer(running.offer, out, price));
        }
        continue;
      }
      const made = this.decideOne(running, ask, taken);
      if (!made) continue;
      events.push(made.event);
      if (made.out) offers.push(givenOffer(running.offer, made.out, made.price));
    }
    return { offers, events };
  }

  private decideOne(
    running: Running,
    ask: OfferAsk,
    taken: Set<string>,
  ): { event: Event; out?: Out; price: number } | undefined {
    const { offer, spend } = running;
    if (offer.kind === 'slot' || (running.given.get(ask.user) ?? 0) >= offer.cap) return undefined;
    const item = itemFor(offer, ask, taken);
    const price = item === undefined ? undefined : ask.priceOf(item);
    if (item === undefined || price === undefined || price <= 0) return undefined;
    const discounts = discountsOf(offer, price);
    const before = running.given.get(ask.user) ?? 0;
    const features = responseFeatures(ask.chance, price, ask.features, before);
    const p = this.response?.(features, discounts) ?? assumedResponse(ask.chance, discounts);
    const { gain, cost } = gainsOf(p, discounts, price, offer.margin);
    const most = discounts.map((discount) => discount * price);
    const elapsed = (ask.now - offer.start) / (offer.end - offer.start);
    const best = spend.choose(gain, cost, most, elapsed);
    const { level, held, chances } = assign(offer, ask, discounts.length, best, (drawn) =>
      spend.holds(most[drawn]!, elapsed),
    );
    if (held ? best === 0 || running.held.has(ask.user) : level === 0 && chances.drawn === undefined)
      return undefined;
    const out: Out = {
      item,
      discount: discounts[level]!,
      most: most[level]!,
      expected: cost[level]!,
      until: Math.min(offer.end, ask.now + validMs),
    };
    const event = impression(offer, ask, out, {
      best: discounts[best]!,
      ...(held ? { held } : {}),
      ...chances,
      ...featureContext(features),
    });
    if (!held) {
      spend.promise(out.most);
      this.decided.add(event.id);
      this.count(running, ask.user, out, best > 0);
    }
    if (out.discount === 0) return { event, price };
    taken.add(item);
    return { event, out, price };
  }

  /** Folds one event in: an offer given, or a purchase that uses one. */
  apply(event: Event): void {
    if (event.type === 'impression') {
      if (event.context?.advert === true) this.place(event);
      else this.given(event);
    }
    if (event.type === 'click') this.clicked(event);
    if (event.type === 'purchase') for (const running of this.kept.values()) this.bought(running, event);
    for (const running of this.kept.values()) lapse(running, event.time);
  }

  /** Adverts, with what they cost so far and how often they were placed for the shopper. */
  adverts(user: string): AdvertState[] {
    const slots = [...this.kept.values()].filter(({ offer }) => offer.kind === 'slot');
    return slots.map(({ offer, spend, given }) => ({
      offer,
      spent: spend.state.spent,
      placed: given.get(user) ?? 0,
    }));
  }

  private place({ user, context, attribution }: Event): void {
    const running = this.kept.get(String(context?.offer));
    if (!running || attribution === undefined) return;
    running.given.set(user, (running.given.get(user) ?? 0) + 1);
    const one = { offer: running.offer.id, item: String(context?.item) };
    this.placed.set(attribution, [...(this.placed.get(attribution) ?? []), one]);
    if (this.placed.size > mostPlaced) this.placed.delete(this.placed.keys().next().value!);
  }

  /** The first click on an advert is paid for, never beyond the budget. A robot's is not. */
  private clicked({ items, attribution, time, robot }: Event): void {
    const placed = attribution === undefined ? undefined : this.placed.get(attribution);
    if (!placed || robot) return;
    for (const one of placed.filter(({ item }) => items.some(({ id }) => id === item))) {
      placed.splice(placed.indexOf(one), 1);
      const running = this.kept.get(one.offer);
      if (!running) continue;
      running.clicks++;
      const { budget, bid = 0 } = running.offer;
      pay(running, Math.min(bid, budget - running.spend.state.spent), time);
    }
  }

  private given({ id, user, items, context }: Event): void {
    const running = this.kept.get(String(context?.offer ?? ''));
    if (!running || this.decided.delete(id)) return;
    const { discount, most, expected, until, held, best = discount } = context as unknown as Logged;
    if (held) running.held.add(user);
    else {
      running.spend.promise(most);
      const item = items[0]?.id ?? String(context?.item ?? '');
      this.count(running, user, { item, discount, most, expected, until }, best > 0);
    }
  }

  /** Counts what was assigned outside the holdout. `wanted`: the budget would have given it. */
  private count(running: Running, user: string, out: Out, wanted: boolean): void {
    if (out.discount > 0) running.given.set(user, (running.given.get(user) ?? 0) + 1);
    if (wanted) running.treated.add(user);
    const before = running.out.get(user);
    if (before) running.spend.settle(0, before.expected, before.most);
    running.out.delete(user);
    running.out.set(user, out);
    if (running.out.size > mostOut) {
      const [oldest] = running.out.keys();
      running.spend.settle(0, running.out.get(oldest!)!.expected, running.out.get(oldest!)!.most);
      running.out.delete(oldest!);
    }
  }

  /** What a shopper of either arm bought counts; who was given a discount on it pays less, once. */
  private bought(running: Running, { user, items, time }: Event): void {
    const { offer, out, treated, held, earned } = running;
    const mine = out.get(user);
    const compared = treated.has(user) || held.has(user);
    if (time < offer.start || time > offer.end + validMs || !(compared || mine)) return;
    let profit = 0;
    for (const { id, quantity = 1, price = 0 } of items) {
      profit += offer.margin * quantity * price;
      if (mine?.item !== id || mine.until < time) continue;
      profit -= mine.most;
      running.spend.settle(0, mine.expected, mine.most);
      pay(running, mine.most, time);
      out.delete(user);
    }
    if (compared) earned.set(user, (earned.get(user) ?? 0) + profit);
  }

  private require(id: string): Running {
    const running = this.kept.get(id);
    if (running) return running;
    const message = `There is no offer "${id}"`;
    throw new EndcapError('unknown_offer', message, { errors: [{ field: 'offer', message }] });
  }

  pack(): PackedOffers {
    return {
      placed: structuredClone([...this.placed]),
      running: [...this.kept.values()].map(
        ({ offer, spend, given, out, treated, earned, held, days, clicks }) => ({
          id: offer.id,
          spend: spend.pack(),
          given: [...given],
          out: [...out],
          treated: [...treated],
          earned: [...earned],
          held: [...held],
          days: [...days],
          clicks,
        }),
      ),
    };
  }

  /** After every offer was `put`. */
  restore({ placed, running }: PackedOffers): void {
    this.placed.clear();
    for (const [recommendation, adverts] of structuredClone(placed)) this.placed.set(recommendation, adverts);
    for (const { id, spend, given, out, treated, earned, held, days, clicks } of running) {
      const kept = this.kept.get(id);
      if (!kept) continue;
      if (spend.budget === kept.offer.budget) kept.spend.restore(spend);
      Object.assign(kept, {
        given: new Map(given),
        out: new Map(out),
        treated: new Set(treated),
        earned: new Map(earned),
        held: new Set(held),
        days: new Map(days),
        clicks,
      });
    }
  }
}

/** What was really spent, and on which day. */
function pay({ spend, days }: Running, amount: number, time: number): void {
  spend.settle(amount, 0, 0);
  const day = Math.floor(time / dayMs);
  days.set(day, (days.get(day) ?? 0) + amount);
}

function fresh(offer: Offer, spend: SpendController): Running {
  return {
    offer,
    spend,
    given: new Map(),
    out: new Map(),
    treated: new Set(),
    earned: new Map(),
    held: new Set(),
    days: new Map(),
    clicks: 0,
  };
}

const levelsOf = (offer: Offer): number => (offer.kind === 'price' ? 2 : 1 + (offer.discounts?.length ?? 0));
const sameLevels = (a: Offer, b: Offer): boolean =>
  a.kind === b.kind && String(a.discounts) === String(b.discounts) && a.price === b.price;

function isOpen({ start, end, audience }: Offer, { now, isMember }: OfferAsk): boolean {
  return now >= start && now < end && (audience === undefined || isMember(audience));
}

/** The item a shopper is offered: of those named, one they viewed before any other. */
function itemFor(offer: Offer, { viewed }: OfferAsk, taken: ReadonlySet<string>): string | undefined {
  const free = (item: string): boolean => !taken.has(item);
  if (offer.items === 'viewed') return viewed.find(free);
  const named = new Set(offer.items);
  return viewed.find((item) => named.has(item) && free(item)) ?? offer.items.find(free);
}

/** What an impression of an offer says beside the item: enough to make everything here again from the log. */
interface Logged extends Out {
  held?: boolean;
  best?: number;
}

/**
 * Who is held out, who draws at random and who gets what the budget chose. The draw is made once for the time that an
 * offer holds, however often a shopper asks. `propensity` is the chance of the level under all of this; `drawn` its chance
 * among those drawn at random, the holdout included: 1 over it weighs a trial of discounts.
 */
function assign(
  { id, holdout, explore, start }: Offer,
  { user, now }: OfferAsk,
  levels: number,
  best: number,
  holds: (level: number) => boolean,
): { level: number; held: boolean; chances: { propensity: number; drawn?: number } } {
  const chanceOf = (level: number): number =>
    (1 - holdout) * (explore / levels + (level === best ? 1 - explore : 0)) + (level === 0 ? holdout : 0);
  // Where the budget would give nothing, the holdout is not told apart and is not logged.
  const heldShare = best > 0 ? holdout : 0;
  const drawnOf = (level: number): number =>
    ((level === 0 ? heldShare : 0) + ((1 - holdout) * explore) / levels) /
    (heldShare + (1 - holdout) * explore);
  if (isHeldOut(user, id, holdout))
    return { level: 0, held: true, chances: { propensity: chanceOf(0), drawn: drawnOf(0) } };
  const draw = shareOf(`${id}\0${user}\0${Math.floor((now - start) / validMs)}\0explore`);
  const level = Math.floor((draw / explore) * levels);
  if (draw < explore && holds(level))
    return { level, held: false, chances: { propensity: chanceOf(level), drawn: drawnOf(level) } };
  return { level: best, held: false, chances: { propensity: chanceOf(best) } };
}

/** What was not shown (the holdout, a draw of nothing) names its item in the context alone: nobody saw it. */
function impression(
  offer: Offer,
  { user, now }: OfferAsk,
  { item, ...out }: Out,
  why: Record<string, number | boolean>,
): Event {
  return {
    id: newId('offer', now),
    type: 'impression',
    user,
    items: out.discount > 0 ? [{ id: item }] : [],
    time: now,
    context: { offer: offer.id, item, ...out, ...why },
  };
}

function givenOffer(offer: Offer, { item, discount, until }: Out, fullPrice: number): GivenOffer {
  return {
    id: `${offer.id}:${item}`,
    offer: offer.id,
    name: offer.name,
    item,
    discount,
    price: Math.round(100 * fullPrice * (1 - discount)) / 100,
    fullPrice,
    until,
  };
}

/** Offers that were not used in time free what was promised for them. They were given in the order of their ends. */
function lapse({ out, spend }: Running, now: number): void {
  for (const [user, { until, expected, most }] of out) {
    if (until >= now) return;
    spend.settle(0, expected, most);
    out.delete(user);
  }
}

function statusOf(
  { offer, spend, given, out, treated, held, earned, days, clicks }: Running,
  now: number,
): OfferStatus {
  const { spent, promised, lambda } = spend.state;
  const offered = armOf(treated, earned);
  const control = armOf(held, earned);
  const state =
    now < offer.start
      ? 'planned'
      : now >= offer.end
        ? 'ended'
        : spent >= 0.999 * offer.budget
          ? 'exhausted'
          : 'running';
  return {
    ...offer,
    state,
    given: [...given.values()].reduce((sum, one) => sum + one, 0),
    out: out.size,
    clicks,
    spent,
    promised,
    lambda: Number.isFinite(lambda) ? lambda : null,
    shoppers: given.size,
    held: held.size,
    spendByDay: [...days].sort((a, b) => a[0] - b[0]),
    ...(offered.shoppers > 1 && control.shoppers > 1 ? { increment: incrementReport(offered, control) } : {}),
  };
}

function armOf(users: Iterable<string>, earned: ReadonlyMap<string, number>): Arm {
  const arm: Arm = { shoppers: 0, sum: 0, squares: 0 };
  for (const user of users) {
    const value = earned.get(user) ?? 0;
    arm.shoppers++;
    arm.sum += value;
    arm.squares += value * value;
  }
  return arm;
}
