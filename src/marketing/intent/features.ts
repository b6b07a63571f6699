import type { ItemCounts } from './itemCounts.js';
import type { Past } from './past.js';
import type { Visit } from './visits.js';

const hourMs = 3_600_000;
const dayMs = 86_400_000;

/** Columns of the intent model. Training and serving make them by `intentFeatures`, from what is past at that moment. */
export const intentFeatureNames = [
  'events',
  'views',
  'searches',
  'cartAdds',
  'cartRemoves',
  'cartLines',
  'cartValue',
  'items',
  'returns',
  'viewsOfOneItem',
  'secondsOfVisit',
  'secondsSinceEventBefore',
  'secondsBetweenEvents',
  'priceMean',
  'priceMost',
  'itemViews',
  'itemBuyRate',
  'bestItemBuyRate',
  'hour',
  'weekday',
  'earlierVisits',
  'earlierOrders',
  'shareOfVisitsBought',
  'daysSinceVisit',
  'daysSinceOrder',
  'spentAnOrder',
] as const;

/** Orders of an item over its views, drawn to one in fifty. */
export function buyRate(counts: ItemCounts, item: number): number {
  return (counts.bought(item) + 1) / (counts.views(item) + 50);
}

/** The features of a visit after its last event; `out` has a place for each name. */
export function intentFeatures(
  visit: Visit,
  past: Past | undefined,
  counts: ItemCounts,
  out: Float64Array,
): Float64Array {
  let [lines, value, most, best] = [0, 0, 0, 0];
  for (const touched of visit.items) {
    if (touched.units > 0) {
      lines++;
      value += touched.units * touched.price;
    }
    if (touched.views > most) most = touched.views;
    const rate = buyRate(counts, touched.number);
    if (rate > best) best = rate;
  }
  const seconds = (visit.last - visit.start) / 1000;
  out[0] = visit.events;
  out[1] = visit.views;
  out[2] = visit.searches;
  out[3] = visit.cartAdds;
  out[4] = visit.cartRemoves;
  out[5] = lines;
  out[6] = value;
  out[7] = visit.items.length;
  out[8] = visit.returns;
  out[9] = most;
  out[10] = seconds;
  out[11] = visit.lastGap / 1000;
  out[12] = visit.events > 1 ? seconds / (visit.events - 1) : Number.NaN;
  out[13] = visit.priced > 0 ? visit.priceSum / visit.priced : Number.NaN;
  out[14] = visit.priced > 0 ? visit.priceMost : Number.NaN;
  out[15] = Math.log1p(counts.views(visit.lastItem));
  out[16] = buyRate(counts, visit.lastItem);
  out[17] = best;
  out[18] = remainder(Math.floor(visit.last / hourMs), 24);
  // 1970 began on a Thursday.
  out[19] = remainder(Math.floor(visit.last / dayMs) + 4, 7);
  out[20] = past?.visits ?? 0;
  out[21] = past?.orders ?? 0;
  out[22] = past ? (past.bought + 0.1) / (past.visits + 2) : 0.05;
  out[23] = past ? (visit.start - past.lastVisit) / dayMs : Number.NaN;
  out[24] = past ? (visit.start - past.lastOrder) / dayMs : Number.NaN;
  out[25] = past && past.orders > 0 ? past.spent / past.orders : Number.NaN;
  return out;
}

/** From 0 on, of times before 1970 too. */
const remainder = (of: number, by: number): number => ((of % by) + by) % by;
