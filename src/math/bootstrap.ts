import { random } from '../core/index.js';

/** A mean with its 95 % percentile bootstrap interval (Efron 1979). */
export interface Interval {
  mean: number;
  low: number;
  high: number;
}

export function bootstrap(values: Float64Array, seed: number, samples = 1000): Interval {
  const n = values.length;
  let sum = 0;
  for (const value of values) sum += value;
  const mean = n > 0 ? sum / n : 0;
  if (n < 2) return { mean, low: mean, high: mean };
  const next = random(seed);
  const means = new Float64Array(samples);
  for (let sample = 0; sample < samples; sample++) {
    let total = 0;
    for (let draw = 0; draw < n; draw++) total += values[next.int(n)]!;
    means[sample] = total / n;
  }
  means.sort();
  return { mean, low: means[Math.floor(0.025 * samples)]!, high: means[Math.ceil(0.975 * samples) - 1]! };
}

/** Interval of the mean of a − b over the same cases: above 0 means a is better beyond chance. */
export function pairedDifference(a: Float64Array, b: Float64Array, seed: number): Interval {
  return bootstrap(
    a.map((value, at) => value - b[at]!),
    seed,
  );
}
