import type { Random } from '../../core/index.js';
import { factorize, gamma, solveLower, solveUpper, wishart } from '../../math/index.js';

/** What is known of a vector of d numbers before the evidence: N(mean, precision⁻¹), [d] and [d × d]. */
export interface Prior {
  mean: Float64Array;
  precision: Float64Array;
}

/**
 * y = x·w + effect of the group + noise for one vector w: `x` [n, d], `y` [n], and the group of each row, if any.
 * Rows of a group share an effect from N(0, 1 / `effects`); the noise is N(0, 1 / `noise`).
 */
export interface Evidence {
  x: Float64Array;
  y: Float64Array;
  group?: ArrayLike<number>;
  groups?: number;
}

export interface Precisions {
  noise: number;
  effects: number;
}

/** What is known of w after the evidence: precision L·Lᵀ with L in `factor`, and Lᵀ·mean in `shift`. Effects are integrated out. */
export function condition(
  prior: Prior,
  evidence: Evidence,
  { noise, effects }: Precisions,
): { factor: Float64Array; shift: Float64Array } {
  const d = prior.mean.length;
  const factor = prior.precision.slice();
  const shift = new Float64Array(d);
  for (let i = 0; i < d; i++)
    for (let j = 0; j < d; j++) shift[i]! += prior.precision[i * d + j]! * prior.mean[j]!;
  const { x, y, group, groups = 0 } = evidence;
  const sums = new Float64Array(groups * (d + 2));
  for (let row = 0; row < y.length; row++) {
    learn(factor, shift, x, row * d, y[row]!, noise);
    if (!group) continue;
    const at = group[row]! * (d + 2);
    for (let i = 0; i < d; i++) sums[at + i]! += x[row * d + i]!;
    sums[at + d]! += y[row]!;
    sums[at + d + 1]!++;
  }
  for (let at = 0; at < sums.length; at += d + 2)
    learn(factor, shift, sums, at, sums[at + d]!, -(noise ** 2) / (effects + noise * sums[at + d + 1]!));
  factorize(factor, d);
  solveLower(factor, d, shift);
  return { factor, shift };
}

/** Adds weight · x·xᵀ to the precision (its lower triangle) and weight · x·y to precision · mean. */
function learn(
  precision: Float64Array,
  shift: Float64Array,
  x: Float64Array,
  at: number,
  y: number,
  weight: number,
): void {
  const d = shift.length;
  for (let i = 0; i < d; i++) {
    const scaled = weight * x[at + i]!;
    shift[i]! += scaled * y;
    for (let j = 0; j <= i; j++) precision[i * d + j]! += scaled * x[at + j]!;
  }
}

/** Mean and precision of each group's effect given w. */
export function effectsOf(
  { x, y, group, groups = 0 }: Evidence,
  w: Float64Array,
  { noise, effects }: Precisions,
): { mean: Float64Array; precision: Float64Array } {
  const d = w.length;
  const mean = new Float64Array(groups);
  const precision = new Float64Array(groups).fill(effects);
  for (let row = 0; row < y.length; row++) {
    let rest = y[row]!;
    for (let i = 0; i < d; i++) rest -= x[row * d + i]! * w[i]!;
    mean[group![row]!]! += noise * rest;
    precision[group![row]!]! += noise;
  }
  for (let at = 0; at < groups; at++) mean[at]! /= precision[at]!;
  return { mean, precision };
}

/**
 * The shoppers or the items: n vectors of d numbers with a common prior, w_i ~ N(m + |N_i|^-½ Σ_{k∈N_i} t_k, Λ⁻¹),
 * where N_i are the members of the other side that i touched at all (side information as in Macau, Simm et al. 2017).
 * Λ, m and t have priors of their own, so nothing is tuned.
 */
export class Side {
  readonly vectors: Float32Array;
  readonly mean: Float64Array;
  readonly precision: Float64Array;
  /** t_k, [other side, d] */
  readonly touch: Float32Array;
  /** |N_i|^-½ Σ t_k, [n, d] */
  private readonly shift: Float32Array;
  private ridge = 100;

  constructor(
    private readonly touched: readonly Uint32Array[],
    private readonly touchedBy: readonly Uint32Array[],
    private readonly d: number,
    private readonly rng: Random,
  ) {
    const n = touched.length;
    this.vectors = Float32Array.from({ length: n * d }, () => 0.1 * rng.normal());
    this.mean = new Float64Array(d);
    this.precision = new Float64Array(d * d);
    this.touch = new Float32Array(touchedBy.length * d);
    this.shift = new Float32Array(n * d);
  }

  /** Draws Λ, m and every t_k given the vectors. */
  drawPrior(): void {
    const { d, rng, vectors, shift, mean, precision } = this;
    const n = this.touched.length;
    const rest = vectors.map((value, at) => value - shift[at]!);
    const average = new Float64Array(d);
    for (let at = 0; at < rest.length; at++) average[at % d]! += rest[at]! / n;
    precision.fill(0);
    for (let i = 0; i < d; i++) precision[i * d + i] = 1;
    addScatter(precision, rest, average, 1);
    addScatter(precision, this.touch, new Float64Array(d), this.ridge);
    const degrees = d + n + this.touchedBy.length;
    // The mean has the weight of two more members at the origin.
    const pull = (2 * n) / (2 + n);
    for (let i = 0; i < d; i++)
      for (let j = 0; j < d; j++) precision[i * d + j]! += pull * average[i]! * average[j]!;
    wishart(precision, d, degrees, rng);
    const factor = precision.slice();
    factorize(factor, d);
    const noise = Float64Array.from({ length: d }, () => rng.normal() / Math.sqrt(2 + n));
    solveUpper(factor, d, noise);
    for (let i = 0; i < d; i++) mean[i] = (n * average[i]!) / (n + 2) + noise[i]!;
    this.drawTouch(factor, rest);
  }

  /** One regression after the other of what is left of the vectors on "touched k"; `rest` = vectors − shift. */
  private drawTouch(factor: Float64Array, rest: Float32Array): void {
    const { d, rng, mean, touch, touched, touchedBy, vectors, shift } = this;
    for (let at = 0; at < rest.length; at++) rest[at]! -= mean[at % d]!;
    const scale = touched.map(({ length }) => 1 / Math.sqrt(Math.max(1, length)));
    const fresh = new Float64Array(d);
    const sum = new Float64Array(d);
    let size = 0;
    for (let k = 0; k < touchedBy.length; k++) {
      let square = 0;
      sum.fill(0);
      for (const i of touchedBy[k]!) {
        const x = scale[i]!;
        square += x * x;
        for (let f = 0; f < d; f++) sum[f]! += x * rest[i * d + f]!;
      }
      const precision = square + this.ridge;
      for (let f = 0; f < d; f++) fresh[f] = rng.normal() / Math.sqrt(precision);
      solveUpper(factor, d, fresh);
      for (let f = 0; f < d; f++) fresh[f]! += (sum[f]! + square * touch[k * d + f]!) / precision;
      for (const i of touchedBy[k]!)
        for (let f = 0; f < d; f++) rest[i * d + f]! -= scale[i]! * (fresh[f]! - touch[k * d + f]!);
      touch.set(fresh, k * d);
      size += length(factor, fresh);
    }
    this.ridge = gamma(0.5 * (1 + touch.length), 0.5 * (0.01 + size), rng);
    for (let at = 0; at < rest.length; at++) shift[at] = vectors[at]! - mean[at % d]! - rest[at]!;
  }

  /** Draws vector i from what the prior and the evidence say. */
  drawVector(i: number, evidence: Evidence, precisions: Precisions): Float64Array {
    const { d } = this;
    const mean = this.mean.map((value, f) => value + this.shift[i * d + f]!);
    const { factor, shift } = condition({ mean, precision: this.precision }, evidence, precisions);
    for (let f = 0; f < d; f++) shift[f]! += this.rng.normal();
    solveUpper(factor, d, shift);
    this.vectors.set(shift, i * d);
    return shift;
  }
}

/** Adds weight · Σ (row − centre)(row − centre)ᵀ. */
function addScatter(out: Float64Array, rows: Float32Array, centre: Float64Array, weight: number): void {
  const d = centre.length;
  const off = new Float64Array(d);
  for (let at = 0; at < rows.length; at += d) {
    for (let i = 0; i < d; i++) off[i] = rows[at + i]! - centre[i]!;
    for (let i = 0; i < d; i++) for (let j = 0; j < d; j++) out[i * d + j]! += weight * off[i]! * off[j]!;
  }
}

/** xᵀ·L·Lᵀ·x. */
function length(factor: Float64Array, x: Float64Array): number {
  const d = x.length;
  let total = 0;
  for (let j = 0; j < d; j++) {
    let sum = 0;
    for (let i = j; i < d; i++) sum += factor[i * d + j]! * x[i]!;
    total += sum * sum;
  }
  return total;
}
