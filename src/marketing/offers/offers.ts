import { EndcapError, type Event, isFromPage } from '../../core/index.js';
import type { AdvertState } from './adverts.js';
import { assign, impression, type Logged } from './assign.js';
import { featureContext, responseFeatures } from './assignments.js';
import { discountsOf, type Offer } from './offer.js';
import { type PackedSpend, SpendController } from './pacing.js';
import { assumedResponse, gainsOf, type ResponseContent, responseModel } from './response.js';
import {
  fresh,
  type GivenOffer,
  type OfferAsk,
  type Out,
  type Placed,
  pay,
  type Running,
  validMs,
} from './running.js';
import { type OfferStatus, statusOf } from './status.js';

/** Offers that are out, over all shoppers of one offer; the oldest lapses first. */
const mostOut = 100_000;
/** Recommendations with an advert that are remembered, for the click that pays for it; the oldest goes first. */
const mostPlaced = 100_000;

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
    // Offers are given and adverts placed by the shop: a page that says so draws on a budget that is not its own.
    if (event.type === 'impression' && !isFromPage(event)) {
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

  /** Forgets an erased shopper; what was promised to them is free again, what they spent stays spent. */
  forget(user: string): void {
    for (const { given, out, earned, held, treated, spend } of this.kept.values()) {
      const theirs = out.get(user);
      if (theirs) spend.settle(0, theirs.expected, theirs.most);
      for (const map of [given, out, earned]) map.delete(user);
      held.delete(user);
      treated.delete(user);
    }
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
