import { type Item, random } from '../core/index.js';
import { lastDayOf } from './demand/lastDay.js';
import { type SoldDay, settleRefunds } from './demand/table.js';

/** Days of sales that the stock of the demo is set by, and the weeks that it may last: one item in a few is short. */
const seen = 56;
const cover = { least: 0.4, most: 30 };

/**
 * Stock levels for a shop whose data has none, so that stock advice can be tried: by what the item sold in its last eight
 * weeks, and chance (seeded). Each item says `demoStock: true` among its attributes. Items with a stock are left out.
 */
export function demoStock(
  items: Iterable<Item>,
  demand: Iterable<{ id: string; days: readonly SoldDay[] }>,
  now: number,
): Item[] {
  const sold = new Map([...demand].map(({ id, days }) => [id, settleRefunds(days)]));
  const last = lastDayOf(
    [...sold.values()].map((days) => ({ days })),
    now,
  );
  const chance = random(7);
  const found: Item[] = [];
  for (const item of items) {
    if (item.stock !== undefined) continue;
    const units = (sold.get(item.id) ?? [])
      .filter(({ day }) => day > last - seen && day <= last)
      .reduce((sum, { units: count }) => sum + count, 0);
    const weeks = cover.least * (cover.most / cover.least) ** chance.float();
    const stock = units > 0 ? Math.max(1, Math.round((units / (seen / 7)) * weeks)) : 1 + chance.int(40);
    found.push({ ...item, stock, attributes: { ...item.attributes, demoStock: true } });
  }
  return found;
}
