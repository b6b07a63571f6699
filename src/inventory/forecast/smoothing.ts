/** A level a period after the end of a series; each method of this file says all following periods alike. */
export type Level = (series: ArrayLike<number>, end: number) => number;

/** Simple exponential smoothing from the first sale on: level += α (units − level). */
export function ses(alpha: number): Level {
  return (series, end) => {
    let level = Number.NaN;
    for (let at = firstSale(series, end); at < end; at++) {
      level = Number.isNaN(level) ? startOf(series, at, end) : level;
      level += alpha * (series[at]! - level);
    }
    return Number.isNaN(level) ? 0 : level;
  };
}

/** Croston (1972): sizes and intervals of sales smoothed apart, level = size / interval. */
export function croston(alpha: number, correction = 1): Level {
  return (series, end) => {
    let [size, interval, since] = [0, 1, 0];
    let seen = false;
    for (let at = 0; at < end; at++) {
      since++;
      const units = series[at]!;
      if (!(units > 0)) continue;
      if (seen) {
        size += alpha * (units - size);
        interval += alpha * (since - interval);
      } else [size, interval, seen] = [units, since, true];
      since = 0;
    }
    return seen ? (correction * size) / interval : 0;
  };
}

/** Syntetos & Boylan (2005): Croston without its bias. */
export const sba = (alpha: number): Level => croston(alpha, 1 - alpha / 2);

/** Teunter, Syntetos & Babai (2011): the probability of a sale is smoothed every period, so what is dead fades. */
export function tsb(alphaSize: number, alphaSale = alphaSize): Level {
  return (series, end) => {
    const first = firstSale(series, end);
    if (first >= end) return 0;
    let size = series[first]!;
    let chance = 1 / (first + 1);
    for (let at = first + 1; at < end; at++) {
      const units = series[at]!;
      if (units > 0) size += alphaSize * (units - size);
      chance += alphaSale * ((units > 0 ? 1 : 0) - chance);
    }
    return size * chance;
  };
}

/** Mean of the last `periods`. */
export function rollingMean(periods: number): Level {
  return (series, end) => {
    let sum = 0;
    for (let at = Math.max(0, end - periods); at < end; at++) sum += series[at]!;
    return sum / Math.max(1, Math.min(periods, end));
  };
}

export function firstSale(series: ArrayLike<number>, end: number): number {
  let at = 0;
  while (at < end && !(series[at]! > 0)) at++;
  return at;
}

/** A young item begins at the mean of its first four periods: one good first week says little. */
function startOf(series: ArrayLike<number>, at: number, end: number): number {
  let sum = 0;
  const to = Math.min(end, at + 4);
  for (let period = at; period < to; period++) sum += series[period]!;
  return sum / (to - at);
}
