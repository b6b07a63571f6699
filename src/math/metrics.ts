/**
 * Ranking metrics of one list. `ranked`: rows best first; `relevant`: the rows that were right; `total`: how many
 * were right in all (≥ relevant.size: targets no model can know count as misses).
 */
export interface RankingMetrics {
  precision: number;
  recall: number;
  f1: number;
  ndcg: number;
  mrr: number;
  hitRate: number;
}

export function rankingMetrics(
  ranked: ArrayLike<number>,
  relevant: ReadonlySet<number>,
  k: number,
  total = relevant.size,
): RankingMetrics {
  let hits = 0;
  let gain = 0;
  let first = 0;
  for (let at = 0; at < Math.min(k, ranked.length); at++) {
    if (!relevant.has(ranked[at]!)) continue;
    hits++;
    gain += 1 / Math.log2(at + 2);
    first ||= 1 / (at + 1);
  }
  let ideal = 0;
  for (let at = 0; at < Math.min(k, total); at++) ideal += 1 / Math.log2(at + 2);
  const precision = hits / k;
  const recall = total > 0 ? hits / total : 0;
  const f1 = hits > 0 ? (2 * precision * recall) / (precision + recall) : 0;
  return { precision, recall, f1, ndcg: ideal > 0 ? gain / ideal : 0, mrr: first, hitRate: hits > 0 ? 1 : 0 };
}

export function mae(predicted: ArrayLike<number>, actual: ArrayLike<number>): number {
  let sum = 0;
  for (let at = 0; at < actual.length; at++) sum += Math.abs(predicted[at]! - actual[at]!);
  return sum / actual.length;
}

export function rmse(predicted: ArrayLike<number>, actual: ArrayLike<number>): number {
  let sum = 0;
  for (let at = 0; at < actual.length; at++) sum += (predicted[at]! - actual[at]!) ** 2;
  return Math.sqrt(sum / actual.length);
}
