import { EndcapError } from '../../core/index.js';

/** What one item sold on one UTC day (days since 1970), from the log. Refunds count on the day they come, below 0. */
export interface SoldDay {
  day: number;
  units: number;
  revenue: number;
  /** Purchases it was in. */
  orders?: number;
}

/** Demand of many items in equal periods, by row: value of item i in period p at [i · periods + p]. */
export interface DemandTable {
  ids: readonly string[];
  /** First day of the first period (days since 1970), and days a period lasts. */
  firstDay: number;
  periodDays: number;
  periods: number;
  units: Float64Array;
  /** Mean price a unit, NaN where nothing was sold. */
  price: Float64Array;
  orders: Float64Array;
}

export interface TableOptions {
  /** Days of a period: 7 (default) or 1. */
  periodDays?: number;
  /** The last day that counts, as days since 1970; the last period ends with it. */
  lastDay: number;
  /** Periods at most, the last ones; default 104. */
  maxPeriods?: number;
}

const day = 86_400_000;
export const dayOf = (time: number): number => Math.floor(time / day);

/**
 * Demand by period from what was sold by day. Days after `lastDay` (a clock that jumped ahead) do not count. A refund
 * takes back the sales before it, newest first: what was cancelled was never demand. Values that are no numbers are
 * refused by name; gaps are zeros.
 */
export function demandTable(
  items: Iterable<{ id: string; days: readonly SoldDay[] }>,
  { periodDays = 7, lastDay, maxPeriods = 104 }: TableOptions,
): DemandTable {
  const kept: { id: string; days: SoldDay[] }[] = [];
  let earliest = lastDay + 1;
  for (const { id, days } of items) {
    for (const [at, sold] of days.entries()) requireNumbers(id, at, sold);
    const settled = settleRefunds(days.filter(({ day: on }) => on <= lastDay));
    if (settled.length === 0) continue;
    kept.push({ id, days: settled });
    earliest = Math.min(earliest, settled[0]!.day);
  }
  // Whole periods only: a first one that began before the data would look like a slump.
  const periods = Math.min(maxPeriods, Math.max(0, Math.floor((lastDay + 1 - earliest) / periodDays)));
  const firstDay = lastDay + 1 - periods * periodDays;
  const size = kept.length * periods;
  const table: DemandTable = {
    ids: kept.map(({ id }) => id),
    firstDay,
    periodDays,
    periods,
    units: new Float64Array(size),
    price: new Float64Array(size),
    orders: new Float64Array(size),
  };
  kept.forEach(({ days }, row) => {
    for (const { day: on, units, revenue, orders = 1 } of days) {
      const at = Math.floor((on - firstDay) / periodDays);
      if (at < 0) continue;
      table.units[row * periods + at]! += units;
      table.price[row * periods + at]! += revenue;
      table.orders[row * periods + at]! += orders;
    }
  });
  for (let at = 0; at < size; at++)
    table.price[at] = table.units[at]! > 0 ? table.price[at]! / table.units[at]! : Number.NaN;
  return table;
}

/** The series of one item: a view, not a copy. */
export function seriesOf(table: DemandTable, row: number): Float64Array {
  return table.units.subarray(row * table.periods, (row + 1) * table.periods);
}

/** Cancels refunds against the sales before them. What is refunded without a sale known counts nowhere. */
export function settleRefunds(days: readonly SoldDay[]): SoldDay[] {
  const settled = [...days].sort((a, b) => a.day - b.day).map((sold) => ({ ...sold }));
  for (let at = 0; at < settled.length; at++) {
    let back = -settled[at]!.units;
    if (!(back > 0)) continue;
    for (let before = at - 1; before >= 0 && back > 0; before--) {
      const sold = settled[before]!;
      const taken = Math.min(sold.units, back);
      if (taken === 0) continue;
      sold.revenue *= 1 - taken / sold.units;
      sold.units -= taken;
      back -= taken;
    }
    settled[at]!.units = 0;
  }
  return settled.filter(({ units }) => units > 0);
}

function requireNumbers(id: string, at: number, sold: SoldDay): void {
  for (const field of ['day', 'units', 'revenue'] as const) {
    if (Number.isFinite(sold[field])) continue;
    const message = `is ${sold[field]} for the item "${id}"`;
    const remedy = 'Correct the events of this item, or leave the day out';
    throw new EndcapError('invalid_demand', `${field} ${message}`, {
      remedy,
      errors: [{ field, message, row: at, remedy }],
    });
  }
}
