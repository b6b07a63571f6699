import { EndcapError } from '../core/index.js';

/** What is minimised. `quantile` takes its level in (0, 1), `tweedie` its variance power in [1, 2) (1 is Poisson). */
export type Loss =
  | { name: 'logistic' }
  | { name: 'squared' }
  | { name: 'absolute' }
  | { name: 'quantile'; level: number }
  | { name: 'tweedie'; power: number };

/** A loss by its derivatives with respect to the margin (the sum of the trees, before the link). */
export interface LossFunction {
  /** The constant margin that fits best. */
  start(target: ArrayLike<number>, weight: ArrayLike<number>): number;
  /** Fills gradient and hessian (both times the row's weight) at the current margins. */
  derivatives(
    margin: Float64Array,
    target: ArrayLike<number>,
    weight: ArrayLike<number>,
    gradient: Float64Array,
    hessian: Float64Array,
  ): void;
  /** Loss of one row, for early stopping. */
  value(margin: number, target: number): number;
  /** From margin to what the caller asked for: a probability, an amount. */
  link(margin: number): number;
  /** Level of the residuals' quantile that a leaf is set to, where the second derivative tells nothing. */
  renewAt?: number;
}

export function lossFunction(loss: Loss): LossFunction {
  switch (loss.name) {
    case 'logistic':
      return logistic;
    case 'squared':
      return squared;
    case 'absolute':
      return quantile(0.5);
    case 'quantile':
      if (!(loss.level > 0 && loss.level < 1)) throw outside('loss.level', 'above 0 and below 1');
      return quantile(loss.level);
    case 'tweedie':
      if (!(loss.power >= 1 && loss.power < 2)) throw outside('loss.power', 'at least 1 and below 2');
      return tweedie(loss.power);
  }
}

function outside(field: string, range: string): EndcapError {
  return new EndcapError('invalid_option', `${field} must be ${range}`, {
    errors: [{ field, message: `must be ${range}` }],
  });
}

export const sigmoid = (margin: number): number => 1 / (1 + Math.exp(-margin));
export const logit = (share: number): number => Math.log(share / (1 - share));

const logistic: LossFunction = {
  start(target, weight) {
    const mean = weightedMean(target, weight);
    return logit(Math.min(1 - 1e-6, Math.max(1e-6, mean)));
  },
  derivatives(margin, target, weight, gradient, hessian) {
    for (let row = 0; row < margin.length; row++) {
      const p = 1 / (1 + Math.exp(-margin[row]!));
      gradient[row] = weight[row]! * (p - target[row]!);
      hessian[row] = weight[row]! * Math.max(p * (1 - p), 1e-12);
    }
  },
  value: (margin, target) => Math.log1p(Math.exp(-Math.abs(margin))) + Math.max(margin, 0) - target * margin,
  link: sigmoid,
};

const squared: LossFunction = {
  start: weightedMean,
  derivatives(margin, target, weight, gradient, hessian) {
    for (let row = 0; row < margin.length; row++) {
      gradient[row] = weight[row]! * (margin[row]! - target[row]!);
      hessian[row] = weight[row]!;
    }
  },
  value: (margin, target) => (margin - target) ** 2 / 2,
  link: (margin) => margin,
};

/** Pinball loss: its second derivative is 0, so trees split by the gradient and leaves are set by the quantile. */
function quantile(level: number): LossFunction {
  return {
    start: (target, weight) => weightedQuantile(Float64Array.from(target), Float64Array.from(weight), level),
    derivatives(margin, target, weight, gradient, hessian) {
      for (let row = 0; row < margin.length; row++) {
        gradient[row] = weight[row]! * (margin[row]! >= target[row]! ? 1 - level : -level);
        hessian[row] = weight[row]!;
      }
    },
    value: (margin, target) =>
      target >= margin ? level * (target - margin) : (1 - level) * (margin - target),
    link: (margin) => margin,
    renewAt: level,
  };
}

/** Compound Poisson of amounts with many zeros, on the log scale (Jørgensen 1987). */
function tweedie(power: number): LossFunction {
  const a = 1 - power;
  const b = 2 - power;
  return {
    start: (target, weight) => Math.log(Math.max(1e-9, weightedMean(target, weight))),
    derivatives(margin, target, weight, gradient, hessian) {
      for (let row = 0; row < margin.length; row++) {
        const low = target[row]! * Math.exp(a * margin[row]!);
        const high = Math.exp(b * margin[row]!);
        gradient[row] = weight[row]! * (high - low);
        hessian[row] = weight[row]! * Math.max(b * high - a * low, 1e-12);
      }
    },
    value: (margin, target) =>
      Math.exp(b * margin) / b - target * (a === 0 ? margin : Math.exp(a * margin) / a),
    link: Math.exp,
  };
}

function weightedMean(target: ArrayLike<number>, weight: ArrayLike<number>): number {
  let sum = 0;
  let total = 0;
  for (let row = 0; row < target.length; row++) {
    sum += weight[row]! * target[row]!;
    total += weight[row]!;
  }
  return sum / total;
}

/**
 * The smallest value at which `level` of the weight is reached, by quickselect: linear where sorting would be most of the
 * time of a fit. Puts both arrays in another order.
 */
export function weightedQuantile(values: Float64Array, weights: Float64Array, level: number): number {
  const wanted = level * sumOf(weights, 0, weights.length);
  let [from, to, passed] = [0, values.length, 0];
  while (to - from > 1) {
    const pivot = medianOf(values[from]!, values[(from + to) >>> 1]!, values[to - 1]!);
    const [low, high] = partition(values, weights, from, to, pivot);
    const below = passed + sumOf(weights, from, low);
    const upTo = below + sumOf(weights, low, high);
    if (below > 0 && below >= wanted) to = low;
    else if ((upTo > 0 && upTo >= wanted) || high === to) return pivot;
    else [from, passed] = [high, upTo];
  }
  return values[from] ?? 0;
}

/** What is below the pivot first, then its equals; returns where these start and end. */
function partition(
  values: Float64Array,
  weights: Float64Array,
  from: number,
  to: number,
  pivot: number,
): [low: number, high: number] {
  let [low, at, high] = [from, from, to];
  while (at < high) {
    const value = values[at]!;
    const other = value < pivot ? low++ : value > pivot ? --high : at;
    const weight = weights[at]!;
    values[at] = values[other]!;
    weights[at] = weights[other]!;
    values[other] = value;
    weights[other] = weight;
    if (value <= pivot) at++;
  }
  return [low, high];
}

function medianOf(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}

function sumOf(values: Float64Array, from: number, to: number): number {
  let sum = 0;
  for (let at = from; at < to; at++) sum += values[at]!;
  return sum;
}
