import { EndcapError } from '../core/index.js';
import { logit, sigmoid } from './losses.js';

/** A monotone map from a raw probability to one that holds in the long run; plain values, to be saved. */
export type Calibration =
  | { name: 'platt'; slope: number; intercept: number }
  /** Straight lines between the points, so that order inside a step is kept. */
  | { name: 'isotonic'; from: Float64Array; to: Float64Array };

export function calibrate(calibration: Calibration, probability: number): number {
  if (calibration.name === 'platt')
    return sigmoid(calibration.slope * logit(inside(probability)) + calibration.intercept);
  const { from, to } = calibration;
  const last = from.length - 1;
  if (!(probability > from[0]!)) return to[0]!;
  if (probability >= from[last]!) return to[last]!;
  let low = 0;
  let high = last;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (from[middle]! <= probability) low = middle;
    else high = middle;
  }
  const share = (probability - from[low]!) / (from[high]! - from[low]!);
  return to[low]! + share * (to[high]! - to[low]!);
}

/**
 * Logistic regression of the outcome on the log-odds with softened targets (Platt 1999), by Newton's method with
 * steps halved until the loss falls (Lin, Lin & Weng 2007).
 */
export function fitPlatt(probability: ArrayLike<number>, outcome: ArrayLike<number>): Calibration {
  check(probability, outcome);
  let positives = 0;
  for (let at = 0; at < outcome.length; at++) positives += outcome[at]!;
  const high = (positives + 1) / (positives + 2);
  const low = 1 / (outcome.length - positives + 2);
  const target = Float64Array.from(outcome, (one) => low + one * (high - low));
  const x = Float64Array.from(probability, (p) => logit(inside(p)));
  let line: Line = { slope: 1, intercept: 0 };
  let loss = lossOf(line, x, target);
  for (let step = 0; step < 100; step++) {
    const direction = newtonStep(line, x, target);
    let share = 1;
    let next = moved(line, direction, share);
    let nextLoss = lossOf(next, x, target);
    while (!(nextLoss < loss) && share > 1e-10) {
      share /= 2;
      next = moved(line, direction, share);
      nextLoss = lossOf(next, x, target);
    }
    const gain = loss - nextLoss;
    if (!(gain > 0)) break;
    line = next;
    loss = nextLoss;
    if (gain < 1e-12 * x.length) break;
  }
  // A slope that turns the order round is the noise of a hopeless model: it then says the same of everybody.
  return {
    name: 'platt',
    ...(line.slope > 0 ? line : { slope: 0, intercept: logit(inside(positives / outcome.length)) }),
  };
}

interface Line {
  slope: number;
  intercept: number;
}

const moved = (line: Line, by: Line, share: number): Line => ({
  slope: line.slope + share * by.slope,
  intercept: line.intercept + share * by.intercept,
});

function lossOf({ slope, intercept }: Line, x: Float64Array, target: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < x.length; at++) {
    const margin = slope * x[at]! + intercept;
    sum += Math.log1p(Math.exp(-Math.abs(margin))) + Math.max(margin, 0) - target[at]! * margin;
  }
  return sum;
}

function newtonStep({ slope, intercept }: Line, x: Float64Array, target: Float64Array): Line {
  let [gs, gi, ss, si, ii] = [0, 0, 1e-9, 0, 1e-9];
  for (let at = 0; at < x.length; at++) {
    const p = sigmoid(slope * x[at]! + intercept);
    const d = p - target[at]!;
    const h = p * (1 - p);
    gs += d * x[at]!;
    gi += d;
    ss += h * x[at]! * x[at]!;
    si += h * x[at]!;
    ii += h;
  }
  const determinant = Math.max(ss * ii - si * si, 1e-18);
  return { slope: -(ii * gs - si * gi) / determinant, intercept: -(ss * gi - si * gs) / determinant };
}

/** Pool-adjacent-violators (Ayer et al. 1955); a point for each pool, at its mean. */
export function fitIsotonic(probability: ArrayLike<number>, outcome: ArrayLike<number>): Calibration {
  check(probability, outcome);
  const order = Uint32Array.from({ length: probability.length }, (_, at) => at).sort(
    (a, b) => probability[a]! - probability[b]!,
  );
  const pools: { x: number; y: number; n: number }[] = [];
  for (const at of order) {
    pools.push({ x: probability[at]!, y: outcome[at]!, n: 1 });
    while (pools.length > 1) {
      const last = pools[pools.length - 1]!;
      const before = pools[pools.length - 2]!;
      // Equal scores share a pool; `y / n` rises from pool to pool.
      if (before.y / before.n < last.y / last.n && before.x / before.n < last.x / last.n) break;
      pools.pop();
      before.x += last.x;
      before.y += last.y;
      before.n += last.n;
    }
  }
  return {
    name: 'isotonic',
    from: Float64Array.from(pools, ({ x, n }) => x / n),
    to: Float64Array.from(pools, ({ y, n }) => y / n),
  };
}

const inside = (probability: number): number => Math.min(1 - 1e-7, Math.max(1e-7, probability));

function check(probability: ArrayLike<number>, outcome: ArrayLike<number>): void {
  if (probability.length === 0 || probability.length !== outcome.length)
    throw new EndcapError(
      'invalid_training_data',
      `Calibration needs as many outcomes as probabilities, at least one: ${outcome.length} for ${probability.length}`,
    );
}
