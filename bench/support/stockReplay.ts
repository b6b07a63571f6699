import { type DemandTable, firstSale, seriesOf } from '../../src/inventory/index.js';

/** For a multiplier: the level that an item is filled up to at the start of a week. */
export type Rule = (multiplier: number) => (row: number, week: number) => number;

const leadWeeks = 2;

/**
 * Weeks of a shop under base stock: each week orders of two weeks ago arrive, the position is filled up, demand is met
 * or lost. Items that had sold before the first week. Money at the mean price of the weeks before `to`; stock is the mean
 * of before and after a week's demand; the first week begins with its level on the shelf.
 */
export function replay(
  table: DemandTable,
  level: (row: number, week: number) => number,
  from: number,
  to: number,
): { stock: number; fill: number } {
  let [stock, met, demanded] = [0, 0, 0];
  for (let row = 0; row < table.ids.length; row++) {
    const series = seriesOf(table, row);
    if (firstSale(series, from) >= from) continue;
    const price = meanPrice(table, row, to);
    const onOrder = new Float64Array(leadWeeks + 1);
    let onHand = level(row, from);
    for (let week = from; week < to; week++) {
      const slot = week % (leadWeeks + 1);
      onHand += onOrder[slot]!;
      onOrder[slot] = 0;
      const position = onOrder.reduce((sum, units) => sum + units, onHand);
      onOrder[(week + leadWeeks) % (leadWeeks + 1)]! += Math.max(0, level(row, week) - position);
      const sold = Math.min(onHand, series[week]!);
      stock += price * (onHand - sold / 2);
      onHand -= sold;
      met += price * sold;
      demanded += price * series[week]!;
    }
  }
  return { stock: stock / (to - from), fill: met / demanded };
}

/** The smallest multiplier that reaches the fill rate by value, to four digits. */
export function withMultiplier(table: DemandTable, rule: Rule, fill: number, from: number, to: number) {
  let [low, high] = [0, 1];
  while (replay(table, rule(high), from, to).fill < fill && high < 100) high *= 1.6;
  while (high - low > 1e-4 * high) {
    const middle = (low + high) / 2;
    if (replay(table, rule(middle), from, to).fill < fill) low = middle;
    else high = middle;
  }
  return { multiplier: high, ...replay(table, rule(high), from, to) };
}

function meanPrice(table: DemandTable, row: number, to: number): number {
  let [money, units] = [0, 0];
  for (let week = 0; week < to; week++) {
    const at = row * table.periods + week;
    if (!(table.units[at]! > 0)) continue;
    money += table.price[at]! * table.units[at]!;
    units += table.units[at]!;
  }
  return units > 0 ? money / units : 0;
}
