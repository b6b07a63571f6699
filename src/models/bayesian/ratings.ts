import { EndcapError } from '../../core/index.js';

const day = 86_400_000;

/** Mean and deviation of the ratings, and their ends. */
export interface Scale {
  mean: number;
  deviation: number;
  low: number;
  high: number;
}

/** Ratings on a standard scale, grouped by shopper; a shopper-day is one shopper's ratings of one day. */
export interface Ratings {
  /** [shoppers + 1] into the columns */
  start: number[];
  item: number[];
  value: number[];
  shopperDay: number[];
  /** [shoppers + 1] into `days` */
  startDay: number[];
  /** Day of each shopper-day, since 1970. */
  days: number[];
}

export function scaleOf(ratings: Float32Array): Scale {
  const known = ratings.filter((rating) => !Number.isNaN(rating));
  if (known.length === 0)
    throw new EndcapError('too_little_data', 'bayesianMf needs ratings, and no event carries one', {
      remedy: 'Import ratings (column "value"), or leave the algorithm out',
    });
  const mean = known.reduce((sum, rating) => sum + rating / known.length, 0);
  const variance = known.reduce((sum, rating) => sum + (rating - mean) ** 2 / known.length, 0);
  const [low, high] = known.reduce(([a, b], r) => [Math.min(a, r), Math.max(b, r)], [mean, mean]);
  return { mean, deviation: Math.sqrt(variance) || 1, low, high };
}

/** `start`, `item`, `time` (ms) and `rating` as in a data set; rows without rating or with an unknown item are left out. */
export function gather(
  start: ArrayLike<number>,
  item: ArrayLike<number>,
  time: ArrayLike<number>,
  rating: ArrayLike<number>,
  { mean, deviation }: Scale,
): Ratings {
  const out: Ratings = { start: [0], item: [], value: [], shopperDay: [], startDay: [0], days: [] };
  for (let shopper = 0; shopper + 1 < start.length; shopper++) {
    const places = new Map<number, number>();
    for (let at = start[shopper]!; at < start[shopper + 1]!; at++) {
      if (Number.isNaN(rating[at])) continue;
      const date = Math.floor(time[at]! / day);
      if (!places.has(date)) places.set(date, out.days.push(date) - 1);
      out.item.push(item[at]!);
      out.value.push((rating[at]! - mean) / deviation);
      out.shopperDay.push(places.get(date)!);
    }
    out.start.push(out.item.length);
    out.startDay.push(out.days.length);
  }
  return out;
}
