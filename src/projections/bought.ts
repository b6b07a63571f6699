import type { Bought } from '../core/index.js';
import { day } from './decay.js';

/** By item, the one bought last at the end. */
export type BoughtItems = Map<string, Bought>;

/** How much is remembered of what was bought. */
export interface BoughtLimits {
  items: number;
  ms: number;
}

/** Units bought (positive) or given back (negative). A refund may come before its purchase: then units are negative. */
export function addBought(
  all: BoughtItems,
  item: string,
  units: number,
  time: number,
  limits: BoughtLimits,
): void {
  const known = all.get(item) ?? {
    units: 0,
    first: Number.POSITIVE_INFINITY,
    last: Number.NEGATIVE_INFINITY,
    times: 0,
  };
  known.units += units;
  if (units > 0) {
    if (time > known.last + day || time < known.first - day || known.times === 0) known.times++;
    known.first = Math.min(known.first, time);
    known.last = Math.max(known.last, time);
    all.delete(item);
  } else if (known.units === 0) known.times = 0;
  all.set(item, known);
  forget(all, known.last, limits);
}

export function mergeBought(from: BoughtItems, into: BoughtItems, limits: BoughtLimits): void {
  for (const [item, theirs] of from) {
    const own = into.get(item);
    into.delete(item);
    into.set(
      item,
      own
        ? {
            units: own.units + theirs.units,
            first: Math.min(own.first, theirs.first),
            last: Math.max(own.last, theirs.last),
            times: own.times + theirs.times,
          }
        : theirs,
    );
  }
  forget(into, Number.NEGATIVE_INFINITY, limits);
}

/** Those that the shopper has, bought no longer ago than is remembered. */
export function boughtBy(all: BoughtItems, now: number, limits: BoughtLimits): BoughtItems {
  const holds = ({ units, last }: Bought): boolean => units > 0 && now - last <= limits.ms;
  for (const each of all.values()) if (!holds(each)) return new Map([...all].filter(([, one]) => holds(one)));
  return all;
}

function forget(all: BoughtItems, now: number, { items, ms }: BoughtLimits): void {
  for (const [item, { last }] of all) {
    if (all.size <= items && !(now - last > ms)) return;
    all.delete(item);
  }
}
