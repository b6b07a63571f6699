import { EndcapError, type FieldError, idPattern, type Scenario, scenarios } from '../../core/index.js';

/**
 * Something a shopper may be given to buy. `coupon`: one of several discounts; `price`: one lower price of its items;
 * `slot`: a place in the recommendations for one of its items, ranked by bid (or, without one, by what the shop earns with
 * the item) times the chance of it, and marked as sponsored.
 */
export interface Offer {
  id: string;
  name: string;
  kind: 'coupon' | 'price' | 'slot';
  /** Items it is for: named ones, or what the shopper viewed and did not buy. */
  items: string[] | 'viewed';
  /** Discounts to choose among, from 0 to 1 (coupon). */
  discounts?: number[];
  /** The limited price (price). */
  price?: number;
  /** What a sponsor pays for a click; without it the shop advertises for itself, and nothing is spent (slot). */
  bid?: number;
  /** The list and the place in it, 1 the first (slot); `slotDefaults`. */
  scenario?: Scenario;
  place?: number;
  /** Only members of this audience. */
  audience?: string;
  /** Most that all discounts together may cost, in the shop's currency. */
  budget: number;
  /** Offers that one shopper may be given. */
  cap: number;
  /** Share of shoppers who never get it, to measure what it brings. */
  holdout: number;
  /** Share of the others for whom the discount is drawn at random, none included, to learn what a discount does. */
  explore: number;
  /** Share of the full price that the shop earns. */
  margin: number;
  /** Times in ms. */
  start: number;
  end: number;
}

export const offerDefaults = { cap: 3, holdout: 0.1, explore: 0.1, margin: 0.35 } as const;

/** Where an advert stands, and how often one shopper is shown it. */
export const slotDefaults = { scenario: 'home', place: 2, cap: 50 } as const;

/** What is known of others when an offer is checked. */
export interface OfferContext {
  now: number;
  priceOf(item: string): number | undefined;
  hasAudience(id: string): boolean;
  others: readonly Offer[];
}

/** Throws `invalid_offer` with every fault of the offer, each with its field. */
export function checkOffer(offer: Offer, { now, priceOf, hasAudience, others }: OfferContext): void {
  const faults: FieldError[] = [];
  const need = (right: boolean, field: string, message: string, remedy?: string): void => {
    if (!right) faults.push({ field, message, ...(remedy === undefined ? {} : { remedy }) });
  };
  need(
    offer.id !== '' && offer.id.length <= 64 && new RegExp(idPattern, 'u').test(offer.id),
    'id',
    'must be 1 to 64 plain characters',
  );
  need(Number.isFinite(offer.budget) && offer.budget > 0, 'budget', `is ${offer.budget}; it must be above 0`);
  need(Number.isInteger(offer.cap) && offer.cap >= 1, 'cap', 'must be a whole number of at least 1');
  need(offer.holdout >= 0 && offer.holdout <= 0.5, 'holdout', 'must be from 0 to 0.5');
  need(offer.explore >= 0 && offer.explore <= 0.5, 'explore', 'must be from 0 to 0.5');
  need(offer.margin > 0 && offer.margin <= 1, 'margin', 'must be above 0 and at most 1');
  need(Number.isFinite(offer.start) && Number.isFinite(offer.end), 'start', 'and end must be times');
  need(offer.end > offer.start, 'end', 'must come after the start');
  need(offer.end > now, 'end', 'is past: the offer has expired', 'Give it a later end');
  if (offer.audience !== undefined)
    need(
      hasAudience(offer.audience),
      'audience',
      `there is no audience "${offer.audience}"`,
      'Make it first',
    );
  checkKind(offer, priceOf, need);
  const other = others.find((one) => one.id !== offer.id && overlaps(one, offer));
  if (other)
    need(
      false,
      'start',
      `overlaps the offer "${other.id}" for the same items and shoppers`,
      'End one before the other starts',
    );
  if (faults.length === 0) return;
  const [first] = faults;
  throw new EndcapError('invalid_offer', `${first!.field} ${first!.message}`, {
    errors: faults,
    ...(first!.remedy === undefined ? {} : { remedy: first!.remedy }),
  });
}

type Need = (right: boolean, field: string, message: string, remedy?: string) => void;

function checkKind(offer: Offer, priceOf: OfferContext['priceOf'], need: Need): void {
  const items = offer.items === 'viewed' ? [] : offer.items;
  if (offer.items !== 'viewed')
    need(items.length > 0, 'items', 'names no item', 'Name items, or say "viewed"');
  for (const item of items)
    need(priceOf(item) !== undefined, 'items', `"${item}" has no price in the catalogue`);
  if (offer.kind === 'coupon') {
    const { discounts = [] } = offer;
    need(discounts.length >= 1 && discounts.length <= 8, 'discounts', 'must hold one to eight discounts');
    for (const discount of discounts)
      need(
        discount > 0 && discount < 1,
        'discounts',
        `${discount} is not above 0 and below 1: it would be above the price`,
      );
  }
  if (offer.kind === 'price') {
    const { price = Number.NaN } = offer;
    need(price > 0, 'price', 'must be above 0');
    need(offer.items !== 'viewed', 'items', 'must be named for a limited price');
    for (const item of items) {
      const full = priceOf(item);
      if (full !== undefined)
        need(price < full, 'price', `${price} is not below ${full}, the price of "${item}"`);
    }
  }
  if (offer.kind === 'slot') {
    const { bid, scenario, place } = { ...slotDefaults, ...offer };
    need(
      bid === undefined || bid > 0,
      'bid',
      'must be above 0',
      'Leave it out to advertise for the shop itself',
    );
    need(scenarios.includes(scenario), 'scenario', `is none of ${scenarios.join(', ')}`);
    need(
      Number.isInteger(place) && place >= 1 && place <= 100,
      'place',
      'must be a whole number from 1 to 100',
    );
  }
}

/** Whether two offers could be given for the same item to the same shopper at the same time. */
function overlaps(a: Offer, b: Offer): boolean {
  if (a.kind === 'slot' || b.kind === 'slot') return false;
  if (a.start >= b.end || b.start >= a.end) return false;
  if (a.audience !== undefined && b.audience !== undefined && a.audience !== b.audience) return false;
  if (a.items === 'viewed' || b.items === 'viewed') return a.items === b.items;
  const items = new Set(a.items);
  return b.items.some((item) => items.has(item));
}

/** Discounts of an offer on an item of this price: none first, then rising. */
export function discountsOf(offer: Offer, price: number): number[] {
  if (offer.kind === 'price') return [0, Math.max(0, 1 - offer.price! / price)];
  return [0, ...[...(offer.discounts ?? [])].sort((a, b) => a - b)];
}
