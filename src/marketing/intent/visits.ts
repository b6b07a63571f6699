import type { Event } from '../../core/index.js';

/** A visit ends with a purchase, or when nothing came for so long. */
export const visitGapMs = 30 * 60_000;
/** Items remembered of one visit. */
const visitItems = 100;

/** What a visit did with one item. */
export interface Touched {
  id: string;
  views: number;
  units: number;
  price: number;
  last: number;
  /** Its number in the item dictionary; −1 where it counts nowhere. */
  number: number;
}

/** A visit under way: what is known of it after its last event, and nothing of what follows. */
export interface Visit {
  user: string;
  start: number;
  last: number;
  events: number;
  views: number;
  searches: number;
  cartAdds: number;
  cartRemoves: number;
  /** Views of what had been viewed before. */
  returns: number;
  lastGap: number;
  /** Number of the item that was touched last; −1 where there is none, or it counts nowhere. */
  lastItem: number;
  priceSum: number;
  priced: number;
  priceMost: number;
  /** In the order in which they were touched first: few, so that a search through them is faster than a map. */
  items: Touched[];
  /** Row of the features that are learned from when it ends; −1 where none were drawn yet. Kept by who draws. */
  drawn: number;
  /** Those that were idle for next longer and next less long; see `OpenVisits`. */
  before: Visit | undefined;
  after: Visit | undefined;
}

export function newVisit(user: string, time: number): Visit {
  return {
    user,
    start: time,
    last: time,
    events: 0,
    views: 0,
    searches: 0,
    cartAdds: 0,
    cartRemoves: 0,
    returns: 0,
    lastGap: 0,
    lastItem: -1,
    priceSum: 0,
    priced: 0,
    priceMost: 0,
    items: [],
    drawn: -1,
    before: undefined,
    after: undefined,
  };
}

/** Types that say nothing of what the shopper does now. */
const silentTypes = new Set(['impression', 'identify', 'refund', 'rate']);
export const belongsToVisit = ({ type, robot }: Event): boolean => !robot && !silentTypes.has(type);

const looks = new Set(['view', 'click', 'wish', 'read', 'play']);

/** Counts one event, other than a purchase, into its visit. `numbers` are those of its items. */
export function addToVisit(visit: Visit, event: Event, numbers: readonly number[]): void {
  visit.lastGap = Math.max(0, event.time - visit.last);
  visit.last = Math.max(visit.last, event.time);
  visit.events++;
  if (event.type === 'search') visit.searches++;
  if (event.type === 'add_to_cart') visit.cartAdds++;
  if (event.type === 'remove_from_cart') visit.cartRemoves++;
  const look = looks.has(event.type);
  if (look) visit.views++;
  const { items } = event;
  for (let at = 0; at < items.length; at++) {
    const { id, quantity = 1, price, unlisted } = items[at]!;
    // What a page has invented must not take the place of what there is.
    if (unlisted) continue;
    const touched = touch(visit, id, numbers[at]!);
    visit.lastItem = numbers[at]!;
    if (price !== undefined) {
      visit.priceSum += price;
      visit.priced++;
      visit.priceMost = Math.max(visit.priceMost, price);
    }
    if (!touched) continue;
    touched.last = event.time;
    if (price !== undefined) touched.price = price;
    if (look && touched.views++ > 0) visit.returns++;
    if (event.type === 'add_to_cart') touched.units += quantity;
    if (event.type === 'remove_from_cart') touched.units = Math.max(0, touched.units - quantity);
  }
}

function touch({ items }: Visit, id: string, number: number): Touched | undefined {
  for (let at = 0; at < items.length; at++) if (items[at]!.id === id) return items[at];
  if (items.length >= visitItems) return undefined;
  const made: Touched = { id, number, views: 0, units: 0, price: 0, last: 0 };
  items.push(made);
  return made;
}
