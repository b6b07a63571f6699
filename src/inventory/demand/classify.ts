/** Syntetos, Boylan & Croston (2005): by how often an item sells (ADI) and how much the sales differ (CV²). */
export type DemandClass = 'smooth' | 'erratic' | 'intermittent' | 'lumpy' | 'new' | 'dead' | 'none';

export interface Classified {
  class: DemandClass;
  /** Mean periods between periods with sales. */
  interval: number;
  /** Squared coefficient of variation of the sizes of sales. */
  variation: number;
}

const cuts = { interval: 1.32, variation: 0.49 };
/** Periods with sales below which nothing can be said of their kind, and without sales after which an item is dead. */
const few = { sales: 3, dead: 26 };

/** Looks at a series from its first sale on. `dead`: nothing for 26 periods and three times its own interval. */
export function classify(series: ArrayLike<number>, end = series.length): Classified {
  let first = -1;
  let last = -1;
  let [sales, sum, square] = [0, 0, 0];
  for (let at = 0; at < end; at++) {
    const units = series[at]!;
    if (!(units > 0)) continue;
    if (first < 0) first = at;
    last = at;
    sales++;
    sum += units;
    square += units * units;
  }
  if (sales === 0) return { class: 'none', interval: Number.POSITIVE_INFINITY, variation: Number.NaN };
  const interval = (end - first) / sales;
  const mean = sum / sales;
  const variation = Math.max(0, square / sales / (mean * mean) - 1);
  const silent = end - 1 - last;
  const of = (name: DemandClass): Classified => ({ class: name, interval, variation });
  if (silent >= few.dead && silent > 3 * ((last - first + 1) / sales)) return of('dead');
  if (sales < few.sales) return of('new');
  if (interval < cuts.interval) return of(variation < cuts.variation ? 'smooth' : 'erratic');
  return of(variation < cuts.variation ? 'intermittent' : 'lumpy');
}
