import { random } from '../../core/index.js';
import type { Interval } from '../../math/index.js';

/** Who was treated (0 or 1) and what came of it, in the same order as the scores. */
export interface Trial {
  treatment: ArrayLike<number>;
  outcome: ArrayLike<number>;
}

/** A point of the Qini curve: shoppers targeted, best first, and the extra outcomes that brought. */
export type QiniPoint = readonly [targeted: number, gained: number];

/** Qini curve (Radcliffe 2007): treated outcomes less the control's, scaled to as many. Equal scores share a point. */
export function qiniCurve(scores: ArrayLike<number>, trial: Trial): QiniPoint[] {
  return curveIn(orderOf(scores), scores, trial);
}

function orderOf(scores: ArrayLike<number>): Uint32Array {
  return Uint32Array.from({ length: scores.length }, (_, at) => at).sort((a, b) => scores[b]! - scores[a]!);
}

function curveIn(order: ArrayLike<number>, scores: ArrayLike<number>, trial: Trial): QiniPoint[] {
  const points: QiniPoint[] = [[0, 0]];
  walk(order, scores, trial, undefined, (targeted, gained) => points.push([targeted, gained]));
  return points;
}

/** Tells `point` of each group of equal scores, best first. With weights, a row counts so many times. */
function walk(
  order: ArrayLike<number>,
  scores: ArrayLike<number>,
  { treatment, outcome }: Trial,
  weight: ArrayLike<number> | undefined,
  point: (targeted: number, gained: number) => void,
): void {
  let [treated, control, treatedSum, controlSum] = [0, 0, 0, 0];
  for (let place = 0; place < order.length; place++) {
    const at = order[place]!;
    const times = weight ? weight[at]! : 1;
    if (treatment[at] === 1) {
      treated += times;
      treatedSum += times * outcome[at]!;
    } else {
      control += times;
      controlSum += times * outcome[at]!;
    }
    if (place + 1 < order.length && scores[order[place + 1]!] === scores[at]) continue;
    point(treated + control, treatedSum - (control > 0 ? (controlSum * treated) / control : 0));
  }
}

/**
 * Area between the Qini curve and the random line over that of the perfect curve (scikit-uplift `qini_auc_score`):
 * 0 is a random order, 1 the order of who knew every outcome.
 */
export function qini(scores: ArrayLike<number>, trial: Trial): number {
  return qiniIn(orderOf(scores), scores, perfect(trial), trial);
}

interface Ranking {
  scores: Float64Array;
  order: Uint32Array;
}

function perfect({ treatment, outcome }: Trial): Ranking {
  const scores = Float64Array.from(outcome, (value, at) => (treatment[at] === 1 ? value : -value));
  return { scores, order: orderOf(scores) };
}

function qiniIn(
  order: Uint32Array,
  scores: ArrayLike<number>,
  best: Ranking,
  trial: Trial,
  weight?: ArrayLike<number>,
): number {
  const most = areaOf(best.order, best.scores, trial, weight);
  const found = areaOf(order, scores, trial, weight);
  return (found.area - most.random) / (most.area - most.random);
}

/** Area below a Qini curve, and below the straight line to its end. */
function areaOf(
  order: Uint32Array,
  scores: ArrayLike<number>,
  trial: Trial,
  weight: ArrayLike<number> | undefined,
): { area: number; random: number } {
  let [x, y, area] = [0, 0, 0];
  walk(order, scores, trial, weight, (targeted, gained) => {
    area += ((targeted - x) * (y + gained)) / 2;
    x = targeted;
    y = gained;
  });
  return { area, random: (x * y) / 2 };
}

/**
 * Qini of each ranking over the same bootstrap draws of the rows, so that differences are paired. Rows are drawn with
 * replacement (as counts: no ranking is sorted again).
 */
export function bootstrapQini(
  rankings: readonly ArrayLike<number>[],
  trial: Trial,
  { samples = 200, seed = 1 } = {},
): { draws: Float64Array[]; intervals: Interval[] } {
  const n = trial.outcome.length;
  const chance = random(seed);
  const orders = rankings.map(orderOf);
  const best = perfect(trial);
  const weight = new Uint16Array(n);
  const draws = rankings.map(() => new Float64Array(samples));
  for (let sample = 0; sample < samples; sample++) {
    weight.fill(0);
    for (let draw = 0; draw < n; draw++) weight[chance.int(n)]!++;
    rankings.forEach((scores, at) => {
      draws[at]![sample] = qiniIn(orders[at]!, scores, best, trial, weight);
    });
  }
  return { draws, intervals: draws.map((values, at) => intervalOf(values, qini(rankings[at]!, trial))) };
}

/** 95 % percentile interval of bootstrap draws about a figure. */
export function intervalOf(draws: Float64Array, mean: number): Interval {
  const sorted = draws.slice().sort();
  return {
    mean,
    low: sorted[Math.floor(0.025 * sorted.length)]!,
    high: sorted[Math.ceil(0.975 * sorted.length) - 1]!,
  };
}

/** Uplift among the `share` with the highest scores: treated rate less control rate. NaN where an arm is empty. */
export function upliftAtTop(scores: ArrayLike<number>, { treatment, outcome }: Trial, share: number): number {
  let [treated, control, treatedSum, controlSum] = [0, 0, 0, 0];
  for (const at of orderOf(scores).subarray(0, Math.round(share * scores.length))) {
    if (treatment[at] === 1) {
      treated++;
      treatedSum += outcome[at]!;
    } else {
      control++;
      controlSum += outcome[at]!;
    }
  }
  return treatedSum / treated - controlSum / control;
}
