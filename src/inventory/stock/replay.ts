import { type DemandTable, seriesOf } from '../demand/table.js';
import { firstSale } from '../forecast/smoothing.js';

/** The level that an item is filled up to at the start of a period. */
export type FillUpTo = (row: number, period: number) => number;
/** For a multiplier: the levels. */
export type MultipliedLevel = (multiplier: number) => FillUpTo;

/** Periods to live through, `to` left out; periods from an order to the shelf; periods between two looks, 1 or more. */
export interface Window {
  from: number;
  to: number;
  lead: number;
  review: number;
}

/**
 * Periods of a shop under base stock: at each look the position is filled up, what was ordered `lead` periods ago
 * arrives, demand is met or lost. Items that had sold before the first period. Money at the mean price of the periods
 * before `to`; stock is the mean of before and after a period's demand; the first period begins with its level on the
 * shelf. Gives the money in stock and the share of demand met, both by value.
 */
export function replay(
  table: DemandTable,
  level: FillUpTo,
  window: Window,
  items = livedIn(table, window),
): { stock: number; fill: number } {
  const { from, to, lead, review } = window;
  let [stock, met, demanded] = [0, 0, 0];
  const onOrder = new Float64Array(lead + 1);
  for (const { row, series, price } of items) {
    let ordered = 0;
    onOrder.fill(0);
    let onHand = level(row, from);
    for (let period = from; period < to; period++) {
      if ((period - from) % review === 0) {
        const wanted = Math.max(0, level(row, period) - onHand - ordered);
        onOrder[(period + lead) % (lead + 1)]! += wanted;
        ordered += wanted;
      }
      const slot = period % (lead + 1);
      onHand += onOrder[slot]!;
      ordered -= onOrder[slot]!;
      onOrder[slot] = 0;
      const sold = Math.min(onHand, series[period]!);
      stock += price * (onHand - sold / 2);
      onHand -= sold;
      met += price * sold;
      demanded += price * series[period]!;
    }
  }
  return { stock: stock / (to - from), fill: demanded > 0 ? met / demanded : 1 };
}

/** The smallest multiplier up to `most` that reaches the fill rate by value, to four digits, and what it does. */
export function withMultiplier(
  table: DemandTable,
  rule: MultipliedLevel,
  fill: number,
  window: Window,
  most = 100,
): { multiplier: number; stock: number; fill: number } {
  const items = livedIn(table, window);
  const lived = (multiplier: number): { stock: number; fill: number } =>
    replay(table, rule(multiplier), window, items);
  const reaches = (multiplier: number): boolean => lived(multiplier).fill >= fill;
  let [low, high] = [0, Math.min(1, most)];
  while (!reaches(high) && high < most) high = Math.min(most, high * 1.6);
  while (high - low > 1e-4 * high && high > 1e-4) {
    const middle = (low + high) / 2;
    if (reaches(middle)) high = middle;
    else low = middle;
  }
  return { multiplier: high, ...lived(high) };
}

/** An item that had sold before a window, its demand and its mean price. */
interface Lived {
  row: number;
  series: Float64Array;
  price: number;
}

/** The items that live through a window: the same for every level that is tried in it. */
function livedIn(table: DemandTable, { from, to }: Window): Lived[] {
  const items: Lived[] = [];
  for (let row = 0; row < table.ids.length; row++) {
    const series = seriesOf(table, row);
    if (firstSale(series, from) < from) items.push({ row, series, price: meanPrice(table, row, to) });
  }
  return items;
}

/** Mean price of what was sold before `to`; 1 where none is known, so that the item counts by its units. */
function meanPrice(table: DemandTable, row: number, to: number): number {
  let [money, units] = [0, 0];
  for (let period = 0; period < to; period++) {
    const at = row * table.periods + period;
    if (!(table.units[at]! > 0) || !(table.price[at]! > 0)) continue;
    money += table.price[at]! * table.units[at]!;
    units += table.units[at]!;
  }
  return units > 0 ? money / units : 1;
}
