import { dayOf, type SoldDay } from './table.js';

/** Days without a sale after which a shop is looked at as of its last sale, as with imported data of the past. */
const quietDays = 28;
/** Share of all days with sales that may lie after the end: what a clock that jumped ahead has left. */
const stray = 0.0005;

/**
 * The day that history ends with. Today where the shop sells; else the last day of its data. Times ahead of today, and
 * a few that are far from all others, do not move it.
 */
export function lastDayOf(items: Iterable<{ days: readonly SoldDay[] }>, now: number): number {
  return lastDayIn(daysOf(items), now);
}

function* daysOf(items: Iterable<{ days: readonly SoldDay[] }>): Generator<number> {
  for (const { days } of items) for (const { day } of days) yield day;
}

/** The same, of the days of all items. */
export function lastDayIn(days: Iterable<number>, now: number): number {
  const today = dayOf(now);
  const counts = new Uint32Array(Math.max(0, today + 1));
  let all = 0;
  for (const day of days) {
    if (!(day >= 0 && day <= today)) continue;
    counts[day]!++;
    all++;
  }
  let beyond = 0;
  for (let day = today; day >= 0; day--) {
    beyond += counts[day]!;
    if (counts[day]! > 0 && beyond > all * stray) return today - day <= quietDays ? today : day;
  }
  return today;
}
