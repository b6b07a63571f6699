/** What a stock policy asks of demand: units over some fixed time. */
export interface Distribution {
  mean: number;
  variance: number;
  /** Whether it lives on whole units. */
  whole: boolean;
  /** P(D ≤ x). */
  cdf(x: number): number;
  /** Smallest x with P(D ≤ x) ≥ p, 0 < p < 1. */
  quantile(p: number): number;
  /** E[(D − x)⁺]: units expected to be short of x. */
  loss(x: number): number;
}

/** Demand on 0, 1, 2 …: `pmf[n]` is P(D = n). What lies beyond the last entry has no weight worth counting. */
export interface Discrete extends Distribution {
  pmf: Float64Array;
}

/** erfc by Chebyshev polynomials (Numerical Recipes 3, 6.2.2): exact to 1e-15 or so. */
function erfc(x: number): number {
  const z = Math.abs(x);
  const t = 2 / (2 + z);
  const ty = 4 * t - 2;
  let d = 0;
  let before = 0;
  for (let at = chebyshev.length - 1; at > 0; at--) {
    const held = d;
    d = ty * d - before + chebyshev[at]!;
    before = held;
  }
  const value = t * Math.exp(-z * z + 0.5 * (chebyshev[0]! + ty * d) - before);
  return x >= 0 ? value : 2 - value;
}
// biome-ignore format: a table of coefficients
const chebyshev = [
  -1.3026537197817094, 6.419697923564902e-1, 1.9476473204185836e-2, -9.561514786808631e-3, -9.46595344482036e-4,
  3.66839497852761e-4, 4.2523324806907e-5, -2.0278578112534e-5, -1.624290004647e-6, 1.303655835580e-6,
  1.5626441722e-8, -8.5238095915e-8, 6.529054439e-9, 5.059343495e-9, -9.91364156e-10, -2.27365122e-10,
  9.6467911e-11, 2.394038e-12, -6.886027e-12, 8.94487e-13, 3.13092e-13, -1.12708e-13, 3.81e-16, 7.106e-15,
];

/** P(Z ≤ z) of the standard normal. */
export const normalCdf = (z: number): number => 0.5 * erfc(-z / Math.SQRT2);
export const normalPdf = (z: number): number => Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI);

/** Inverse of `normalCdf`: the guess of Abramowitz and Stegun 26.2.23, then Halley's steps until nothing moves. */
export function normalQuantile(p: number): number {
  if (p <= 0) return Number.NEGATIVE_INFINITY;
  if (p >= 1) return Number.POSITIVE_INFINITY;
  const t = Math.sqrt(-2 * Math.log(Math.min(p, 1 - p)));
  const tail =
    t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
  let z = p < 0.5 ? -tail : tail;
  for (let turn = 0; turn < 4; turn++) {
    const step = (normalCdf(z) - p) / normalPdf(z);
    z -= step / (1 + 0.5 * z * step);
  }
  return z;
}

export function normal(mean: number, sd: number): Distribution {
  if (sd === 0) return certain(mean);
  return {
    mean,
    variance: sd * sd,
    whole: false,
    cdf: (x) => normalCdf((x - mean) / sd),
    quantile: (p) => mean + sd * normalQuantile(p),
    loss(x) {
      const z = (x - mean) / sd;
      return sd * (normalPdf(z) - z * normalCdf(-z));
    },
  };
}

function certain(value: number): Distribution {
  return {
    mean: value,
    variance: 0,
    whole: false,
    cdf: (x) => (x >= value ? 1 : 0),
    quantile: () => value,
    loss: (x) => Math.max(0, value - x),
  };
}

/** Any demand on whole units by its probabilities; they are scaled to add up to 1. */
export function discrete(probabilities: ArrayLike<number>): Discrete {
  const pmf = Float64Array.from(probabilities);
  const total = pmf.reduce((sum, p) => sum + p, 0);
  const cumulative = new Float64Array(pmf.length);
  let [below, mean, square] = [0, 0, 0];
  for (let n = 0; n < pmf.length; n++) {
    pmf[n]! /= total;
    below += pmf[n]!;
    cumulative[n] = below;
    mean += n * pmf[n]!;
    square += n * n * pmf[n]!;
  }
  return {
    pmf,
    mean,
    variance: Math.max(0, square - mean * mean),
    whole: true,
    cdf: (x) => (x < 0 ? 0 : (cumulative[Math.min(Math.floor(x), pmf.length - 1)] ?? 1)),
    quantile(p) {
      let [low, high] = [0, pmf.length - 1];
      while (low < high) {
        const middle = (low + high) >> 1;
        // A hair of rounding must not cost a unit.
        if (cumulative[middle]! >= p - 1e-12) high = middle;
        else low = middle + 1;
      }
      return low;
    },
    loss(x) {
      let short = 0;
      for (let n = Math.max(0, Math.floor(x) + 1); n < pmf.length; n++) short += (n - x) * pmf[n]!;
      return x < 0 ? mean - x : short;
    },
  };
}

/** Poisson demand; for large means the probabilities are laid out from the mode, so that nothing underflows. */
export function poisson(mean: number): Discrete {
  if (mean === 0) return discrete([1]);
  const last = Math.ceil(mean + 12 * Math.sqrt(mean) + 30);
  const pmf = new Float64Array(last + 1);
  const mode = Math.floor(mean);
  pmf[mode] = 1;
  for (let n = mode + 1; n <= last; n++) pmf[n] = (pmf[n - 1]! * mean) / n;
  for (let n = mode - 1; n >= 0; n--) pmf[n] = (pmf[n + 1]! * (n + 1)) / mean;
  return discrete(pmf);
}

/** Negative binomial by mean and variance: demand that clumps. Where it does not (variance ≤ mean) it is Poisson. */
export function negativeBinomial(mean: number, variance: number): Discrete {
  if (mean === 0 || variance <= mean * (1 + 1e-9)) return poisson(mean);
  const p = mean / variance;
  const r = (mean * p) / (1 - p);
  const sd = Math.sqrt(variance);
  const last = Math.ceil(mean + 25 * sd + 30);
  const pmf = new Float64Array(last + 1);
  const mode = r > 1 ? Math.floor(((r - 1) * (1 - p)) / p) : 0;
  pmf[mode] = 1;
  for (let n = mode; n < last; n++) pmf[n + 1] = (pmf[n]! * (n + r) * (1 - p)) / (n + 1);
  for (let n = mode; n > 0; n--) pmf[n - 1] = (pmf[n]! * n) / ((n - 1 + r) * (1 - p));
  return discrete(pmf);
}

/** What was seen, each equally likely. Values need not be whole. Throws nothing: an empty sample is no demand. */
export function empirical(sample: readonly number[]): Distribution {
  const sorted = Float64Array.from(sample.length > 0 ? sample : [0]).sort();
  const mean = sorted.reduce((sum, x) => sum + x, 0) / sorted.length;
  const variance = sorted.reduce((sum, x) => sum + (x - mean) ** 2, 0) / sorted.length;
  return {
    mean,
    variance,
    whole: sorted.every(Number.isInteger),
    cdf: (x) => sorted.filter((value) => value <= x).length / sorted.length,
    quantile: (p) =>
      sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(p * sorted.length - 1e-9) - 1))]!,
    loss: (x) => sorted.reduce((sum, value) => sum + Math.max(0, value - x), 0) / sorted.length,
  };
}

/** Demand of `periods` periods that are like each other and independent. Poisson and normal stay what they are. */
export function overPeriods(demand: Distribution, periods: number): Distribution {
  if (periods === 1) return demand;
  if (!isDiscrete(demand)) return normal(demand.mean * periods, Math.sqrt(demand.variance * periods));
  if (Math.abs(demand.variance - demand.mean) < 1e-6 * demand.mean) return poisson(demand.mean * periods);
  if (!Number.isInteger(periods)) return negativeBinomial(demand.mean * periods, demand.variance * periods);
  return discrete(power(demand.pmf, periods));
}

export function isDiscrete(demand: Distribution): demand is Discrete {
  return 'pmf' in demand;
}

/** One of several distributions on whole units, each with its probability. */
export function mixture(parts: readonly { weight: number; demand: Discrete }[]): Discrete {
  const length = Math.max(...parts.map(({ demand }) => demand.pmf.length));
  const pmf = new Float64Array(length);
  for (const { weight, demand } of parts) {
    for (let n = 0; n < demand.pmf.length; n++) pmf[n]! += weight * demand.pmf[n]!;
  }
  return discrete(pmf);
}

/** The `times`-fold convolution, by squaring; tails below 1e-14 are cut so that it stays short. */
function power(pmf: Float64Array, times: number): Float64Array {
  let result: Float64Array = Float64Array.of(1);
  let square: Float64Array = pmf;
  for (let left = times; left > 0; left >>= 1) {
    if (left & 1) result = convolve(result, square);
    if (left > 1) square = convolve(square, square);
  }
  return result;
}

function convolve(a: Float64Array, b: Float64Array): Float64Array {
  const sum = new Float64Array(a.length + b.length - 1);
  for (let i = 0; i < a.length; i++) {
    if (a[i] === 0) continue;
    for (let j = 0; j < b.length; j++) sum[i + j]! += a[i]! * b[j]!;
  }
  let end = sum.length;
  for (let tail = 0; end > 1 && tail + sum[end - 1]! < 1e-14; end--) tail += sum[end - 1]!;
  return sum.slice(0, end);
}
