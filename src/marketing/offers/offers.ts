import { EndcapError, type Event, isFromPage, keepLatest } from '../../core/index.js';
import { DailyMarks, type PackedRows } from '../../projections/index.js';
import type { AdvertState } from './adverts.js';
import { assign, impression, type Logged } from './assign.js';
import { featureContext, responseFeatures } from './assignments.js';
import { discountsOf, type Offer } from './offer.js';
import { type PackedSpend, SpendController } from './pacing.js';
import { type PackedPlacements, Placements } from './placements.js';
import { clickBudget, isStranger, type Out, Promises, strangerValidMs, validMs } from './promises.js';
import { assumedResponse, gainsOf, type ResponseContent, responseModel } from './response.js';
import { fresh, type GivenOffer, type OfferAsk, pay, type Running } from './running.js';
import { OfferShoppers } from './shoppers.js';
import { type OfferStatus, statusOf } from './status.js';

/** Offers that are out, over all shoppers and offers: beyond it no more are given until some are used or lapse. */
export const mostOut = 100_000;
/** Decisions whose event the log has not brought back; where it could not be logged it never does. */
const mostDecided = 10_000;
/** What strangers used as only their page says; the oldest goes first, and is nobody's to prove any more. */
const mostClaims = 10_000;
/** Units of an item that a page may say were sold at once. */
const pageUnits = 10;

export interface PackedOffers extends PackedPlacements {
  shoppers: PackedRows;
  serials: number;
  running: (Omit<Running, 'offer' | 'spend' | 'out' | 'claims' | 'days'> & {
    id: string;
    spend: PackedSpend;
    out: [string, Out][];
    claims: [string, { item: string; most: number }][];
    days: [number, number][];
  })[];
}

/**
 * Offers under way: who was given what, what it cost, what it brought. Given offers are impressions in the log
 * (`context.offer`), so that everything here is a fold of it; the budget is held by what is out as well as by what is spent.
 */
export class Offers {
  private readonly kept = new Map<string, Running>();
  private readonly shoppers = new OfferShoppers();
  /** Offers there were so far. */
  private serials = 0;
  /** Offers that are out, of all. */
  private outs = 0;
  /** Ids of impressions that were counted when they were decided, and must not be counted again when they arrive. */
  private readonly decided = new Set<string>();
  private readonly placements = new Placements();
  /** Whom an offer was decided for today. */
  private readonly asked = new DailyMarks();
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
      const { spent, promised, unproven } = known.spend.state;
      spend.restore({ ...spend.pack(), spent, promised, unproven });
      Object.assign(known, { offer, spend });
    } else this.kept.set(offer.id, fresh(offer, spend, this.serials++));
  }

  delete(id: string): void {
    this.outs -= this.require(id).out.size;
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
      if (this.shoppers.nothingUntil(running, ask.user) > ask.now) continue;
      if (out && out.until > ask.now) {
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
    const before = this.shoppers.given(running, ask.user);
    const stranger = isStranger(ask.user);
    if (offer.kind === 'slot' || before >= offer.cap || this.outs >= mostOut) return undefined;
    if (stranger && running.out.strangers >= mostOut / 2) return undefined;
    const item = itemFor(offer, ask, taken);
    const price = item === undefined ? undefined : ask.priceOf(item);
    if (item === undefined || price === undefined || price <= 0) return undefined;
    const discounts = discountsOf(offer, price);
    const features = responseFeatures(ask.chance, price, ask.features, before);
    const p = this.response?.(features, discounts) ?? assumedResponse(ask.chance, discounts);
    const { gain, cost } = gainsOf(p, discounts, price, offer.margin);
    const most = discounts.map((discount) => discount * price);
    const elapsed = (ask.now - offer.start) / (offer.end - offer.start);
    const isNew = this.asked.raise(ask.user, String(running.serial), 1, ask.now) > 0;
    const best = spend.choose(gain, cost, most, elapsed, { isNew, isStranger: stranger });
    const { level, held, chances } = assign(offer, ask, discounts.length, best, (drawn) =>
      spend.holds(most[drawn]!, elapsed, stranger),
    );
    if (
      held
        ? best === 0 || this.shoppers.isHeld(running, ask.user)
        : level === 0 && chances.drawn === undefined
    )
      return undefined;
    const out: Out = {
      item,
      discount: discounts[level]!,
      most: most[level]!,
      expected: cost[level]!,
      // A draw of nothing holds the week that it was made for: it costs nothing.
      until: Math.min(offer.end, ask.now + (stranger && level > 0 ? strangerValidMs : validMs)),
    };
    const event = impression(offer, ask, out, {
      best: discounts[best]!,
      ...(held ? { held } : {}),
      ...chances,
      ...featureContext(features),
    });
    if (!held) {
      spend.promise(out.most, stranger);
      this.decided.add(event.id);
      keepLatest(this.decided, mostDecided);
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
    if (event.type === 'identify') this.joined(event);
    if (event.type === 'purchase') for (const running of this.kept.values()) this.bought(running, event);
    for (const running of this.kept.values()) this.lapse(running, event.time);
  }

  /** Adverts, with what they cost so far and how often they were placed for the shopper. */
  adverts(user: string): AdvertState[] {
    const slots = [...this.kept.values()].filter(({ offer }) => offer.kind === 'slot');
    return slots.map((running) => ({
      offer: running.offer,
      spent: running.spend.state.spent,
      placed: this.shoppers.given(running, user),
    }));
  }

  private place({ user, context, attribution }: Event): void {
    const running = this.kept.get(String(context?.offer));
    if (!running || attribution === undefined) return;
    this.shoppers.give(running, user);
    this.placements.add(attribution, { offer: running.offer.id, item: String(context?.item) });
  }

  /** A click on an advert is paid for, never beyond the budget. */
  private clicked(event: Event): void {
    const { user, time, received = time } = event;
    for (const { offer } of this.placements.clicked(event)) {
      const running = this.kept.get(offer);
      if (!running || !this.placements.isFirst(user, running.serial, received)) continue;
      running.clicks++;
      const left = clickBudget(running.offer, user, received) - running.spend.state.spent;
      pay(running, Math.max(0, Math.min(running.offer.bid ?? 0, left)), time);
    }
  }

  private given({ id, user, items, context }: Event): void {
    const running = this.kept.get(String(context?.offer ?? ''));
    if (!running || this.decided.delete(id)) return;
    const { discount, most, expected, until, held, best = discount } = context as unknown as Logged;
    if (held) this.shoppers.compare(running, user, 'held');
    else {
      running.spend.promise(most, isStranger(user));
      const item = items[0]?.id ?? String(context?.item ?? '');
      this.count(running, user, { item, discount, most, expected, until }, best > 0);
    }
  }

  /** Counts what was assigned outside the holdout. `wanted`: the budget would have given it. */
  private count(running: Running, user: string, out: Out, wanted: boolean): void {
    if (wanted) this.shoppers.compare(running, user, 'treated');
    this.free(running, user);
    if (out.discount === 0) {
      this.shoppers.giveNothing(running, user, out.until);
      return;
    }
    this.shoppers.give(running, user);
    running.out.set(user, out);
    // Only what others than this decided, and the log tells, can be too many.
    if (++this.outs > mostOut && running.out.size > 1) this.free(running, running.out.oldest()!);
  }

  /** What was promised to a shopper is free again. */
  private free({ out, spend }: Running, user: string): void {
    const theirs = out.get(user);
    if (!theirs) return;
    spend.settle(0, theirs.expected, theirs.most);
    if (isStranger(user)) spend.prove(theirs.most);
    out.delete(user);
    this.outs--;
  }

  /** What a visitor was offered before they said who they are is theirs, for as long as a known shopper has it. */
  private joined({ user, time, context }: Event): void {
    const anonymous = String(context?.anonymous ?? '');
    if (!isStranger(anonymous) || isStranger(user)) return;
    for (const running of this.kept.values()) {
      const { out, spend, offer } = running;
      const theirs = out.get(anonymous);
      if (!theirs || theirs.until < time || out.get(user)) continue;
      out.delete(anonymous);
      spend.prove(theirs.most);
      out.set(user, { ...theirs, until: Math.min(offer.end, time + validMs) });
    }
  }

  /** What a shopper of either arm bought counts; who was given a discount on it pays less, once. */
  private bought(running: Running, event: Event): void {
    const { user, items, time } = event;
    const { offer, out } = running;
    if (!isFromPage(event)) this.confirmed(running, event);
    const mine = out.get(user);
    if (time < offer.start || time > offer.end + validMs) return;
    if (!mine && !this.shoppers.isCompared(running, user)) return;
    let profit = 0;
    for (const { id, quantity = 1, price = 0 } of items) {
      profit += offer.margin * (isFromPage(event) ? Math.min(pageUnits, quantity) : quantity) * price;
      if (mine?.item !== id || mine.until < time || !out.get(user)) continue;
      profit -= mine.most;
      this.free(running, user);
      pay(running, mine.most, time);
      if (isFromPage(event) && isStranger(user)) this.claim(running, user, mine);
    }
    this.shoppers.earn(running, user, profit);
  }

  /** A stranger's page says that they used their offer: it is spent, and still the strangers'. */
  private claim({ claims, spend }: Running, user: string, { item, most }: Out): void {
    spend.doubt(most);
    claims.delete(user);
    claims.set(user, { item, most });
    keepLatest(claims, mostClaims);
  }

  /** The shop itself says so, too. */
  private confirmed({ claims, spend }: Running, { user, items }: Event): void {
    const claim = claims.get(user);
    if (!claim || !items.some(({ id }) => id === claim.item)) return;
    claims.delete(user);
    spend.prove(claim.most);
  }

  /** Offers that were not used in time free what was promised for them. */
  private lapse(running: Running, now: number): void {
    for (const user of running.out.ended(now)) this.free(running, user);
  }

  private require(id: string): Running {
    const running = this.kept.get(id);
    if (running) return running;
    const message = `There is no offer "${id}"`;
    throw new EndcapError('unknown_offer', message, { errors: [{ field: 'offer', message }] });
  }

  /** Forgets an erased shopper; what was promised to them is free again, what they spent stays spent. */
  forget(user: string): void {
    for (const running of this.kept.values()) {
      this.free(running, user);
      running.claims.delete(user);
      this.shoppers.forget(running, user);
    }
  }

  pack(): PackedOffers {
    return {
      ...this.placements.pack(),
      shoppers: this.shoppers.pack(),
      serials: this.serials,
      running: [...this.kept.values()].map(({ offer, spend, out, claims, days, arms, ...rest }) => ({
        ...rest,
        id: offer.id,
        spend: spend.pack(),
        out: out.pack(),
        claims: [...claims],
        days: [...days],
        arms: structuredClone(arms),
      })),
    };
  }

  /** After every offer was `put`. */
  restore({ running, shoppers, serials, ...placements }: PackedOffers): void {
    this.placements.restore(placements);
    this.shoppers.restore(shoppers);
    this.serials = serials;
    const packed = new Set(running.map(({ id }) => id));
    for (const kept of this.kept.values()) if (!packed.has(kept.offer.id)) kept.serial = this.serials++;
    for (const { id, spend, out, claims, days, arms, ...rest } of running) {
      const kept = this.kept.get(id);
      if (!kept) continue;
      if (spend.budget === kept.offer.budget) kept.spend.restore(spend);
      Object.assign(kept, {
        ...rest,
        out: Promises.restore(out),
        claims: new Map(claims),
        days: new Map(days),
        arms: structuredClone(arms),
      });
    }
    this.outs = 0;
    for (const { out } of this.kept.values()) this.outs += out.size;
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
