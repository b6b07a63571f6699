import { sortedQuantile } from './order.js';

/**
 * The cap for one series: what it sold in a period in which it sold at all, at the `share` quantile, and at least
 * `times` the median. One order of 70,000 units then counts as a very good week and not as 70,000. Series that sold in
 * fewer than `enough` periods are judged by the median alone: of ten sales the .9 quantile is a part of the largest.
 */
export const winsor = { share: 0.9, times: 3, enough: 11 };

/** A copy with values above the cap brought down to it. Only what is before `end` is looked at. */
export function winsorise(series: ArrayLike<number>, end = series.length): Float64Array {
  const values = new Float64Array(end);
  for (let at = 0; at < end; at++) values[at] = series[at]!;
  const cap = capOf(values);
  for (let at = 0; at < end; at++) if (values[at]! > cap) values[at] = cap;
  return values;
}

/** Periods of a series, which its sales are gathered in: a forecast of a shop asks for the cap a million times. */
let gathered = new Float64Array(128);

/** What was sold in the periods in which anything was, until the next call. */
function soldIn(values: Float64Array): Float64Array {
  if (gathered.length < values.length) gathered = new Float64Array(2 * values.length);
  let sold = 0;
  for (let at = 0; at < values.length; at++) if (values[at]! > 0) gathered[sold++] = values[at]!;
  return gathered.subarray(0, sold);
}

/** Where `winsorise` cuts; infinite for a series that has sold in three periods or fewer. */
export function capOf(values: Float64Array): number {
  const sold = soldIn(values).sort();
  if (sold.length < 4) return soldSeldom(sold);
  const median = sortedQuantile(sold, 0.5);
  const high = sold.length >= winsor.enough ? sortedQuantile(sold, winsor.share) : 0;
  return Math.max(high, winsor.times * median);
}

/** Two or three sales: the largest may be ten times the others, one sale is all that is known. */
function soldSeldom(sold: Float64Array): number {
  return sold.length < 2 ? Number.POSITIVE_INFINITY : 10 * sold[sold.length - 2]!;
}
