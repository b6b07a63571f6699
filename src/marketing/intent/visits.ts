import type { Event } from '../../core/index.js';

/** A visit ends with a purchase, or when nothing came for so long. */
export const visitGapMs = 30 * 60_000;
/** Items remembered of one visit. */
const visitItems = 100;

/** What a visit did with one item. */
export interface Touched {
  views: number;
  units: number;
  price: number;
  last: number;
  /** Of `ItemCounts`; −1 where it was not found yet. Not packed. */
  row: number;
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
  lastItem: string;
  priceSum: number;
  priced: number;
  priceMost: number;
  items: Map<string, Touched>;
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
    lastItem: '',
    priceSum: 0,
    priced: 0,
    priceMost: 0,
    items: new Map(),
  };
}

/** Types that say nothing of what the shopper does now. */
const silentTypes = new Set(['impression', 'identify', 'refund', 'rate']);
export const belongsToVisit = ({ type, robot }: Event): boolean => !robot && !silentTypes.has(type);

const looks = new Set(['view', 'click', 'wish', 'read', 'play']);

/** Counts one event, other than a purchase, into its visit. */
export function addToVisit(visit: Visit, event: Event): void {
  visit.lastGap = Math.max(0, event.time - visit.last);
  visit.last = Math.max(visit.last, event.time);
  visit.events++;
  if (event.type === 'search') visit.searches++;
  if (event.type === 'add_to_cart') visit.cartAdds++;
  if (event.type === 'remove_from_cart') visit.cartRemoves++;
  const look = looks.has(event.type);
  if (look) visit.views++;
  for (const { id, quantity = 1, price, unlisted } of event.items) {
    // What a page has invented must not take the place of what there is.
    if (unlisted) continue;
    const touched = touch(visit, id);
    visit.lastItem = id;
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

function touch(visit: Visit, id: string): Touched | undefined {
  const known = visit.items.get(id);
  if (known || visit.items.size >= visitItems) return known;
  const made: Touched = { views: 0, units: 0, price: 0, last: 0, row: -1 };
  visit.items.set(id, made);
  return made;
}
