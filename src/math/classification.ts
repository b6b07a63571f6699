/** Measures of a binary prediction. `outcome` holds 0 and 1; equal scores share their place. */

/** Area under the ROC curve: the chance that a positive scores above a negative. NaN with one class only. */
export function rocAuc(scores: ArrayLike<number>, outcome: ArrayLike<number>): number {
  let below = 0;
  let area = 0;
  let positives = 0;
  for (const { positive, negative } of ties(scores, outcome).reverse()) {
    area += positive * (below + negative / 2);
    below += negative;
    positives += positive;
  }
  return area / (positives * below);
}

/** Average precision: the area under the precision–recall curve without interpolation. NaN without positives. */
export function averagePrecision(scores: ArrayLike<number>, outcome: ArrayLike<number>): number {
  let taken = 0;
  let hits = 0;
  let sum = 0;
  for (const { positive, negative } of ties(scores, outcome)) {
    taken += positive + negative;
    hits += positive;
    sum += (positive * hits) / taken;
  }
  return sum / hits;
}

/** Counts of each group of equal scores, highest first. */
function ties(
  scores: ArrayLike<number>,
  outcome: ArrayLike<number>,
): { positive: number; negative: number }[] {
  const order = Uint32Array.from({ length: scores.length }, (_, at) => at).sort(
    (a, b) => scores[b]! - scores[a]!,
  );
  const groups: { positive: number; negative: number }[] = [];
  let last = Number.NaN;
  for (const at of order) {
    if (scores[at] !== last) groups.push({ positive: 0, negative: 0 });
    last = scores[at]!;
    const group = groups[groups.length - 1]!;
    if (outcome[at]! > 0.5) group.positive++;
    else group.negative++;
  }
  return groups;
}

/** One bin of a reliability curve: mean prediction, share that came true, how many. */
export interface ReliabilityBin {
  predicted: number;
  actual: number;
  count: number;
}

/** Predictions in `bins` equal parts of [0, 1] against what came true; empty parts are left out. */
export function reliability(
  probability: ArrayLike<number>,
  outcome: ArrayLike<number>,
  bins = 15,
): ReliabilityBin[] {
  const sums = Array.from({ length: bins }, () => ({ predicted: 0, actual: 0, count: 0 }));
  for (let at = 0; at < probability.length; at++) {
    const bin = sums[Math.min(bins - 1, Math.floor(probability[at]! * bins))]!;
    bin.predicted += probability[at]!;
    bin.actual += outcome[at]!;
    bin.count++;
  }
  return sums
    .filter(({ count }) => count > 0)
    .map(({ predicted, actual, count }) => ({ predicted: predicted / count, actual: actual / count, count }));
}

/** Expected calibration error (Naeini et al. 2015): mean distance of the reliability bins, weighted by count. */
export function calibrationError(
  probability: ArrayLike<number>,
  outcome: ArrayLike<number>,
  bins = 15,
): number {
  return (
    reliability(probability, outcome, bins).reduce(
      (sum, { predicted, actual, count }) => sum + count * Math.abs(predicted - actual),
      0,
    ) / probability.length
  );
}

/** Mean logarithmic loss, in nats. */
export function logLoss(probability: ArrayLike<number>, outcome: ArrayLike<number>): number {
  let sum = 0;
  for (let at = 0; at < probability.length; at++) {
    const p = Math.min(1 - 1e-12, Math.max(1e-12, probability[at]!));
    sum -= outcome[at]! * Math.log(p) + (1 - outcome[at]!) * Math.log(1 - p);
  }
  return sum / probability.length;
}
