import { rankingMetrics, topK } from '../../math/index.js';
import type { Model, Query } from '../recommender.js';
import type { HeldOut } from './holdOut.js';

/** Negative ones too: what was liked long ago, less what is liked now, says what is over. */
const steps = [-0.5, -0.3, -0.1, 0, 0.003, 0.01, 0.03, 0.1, 0.3, 0.5, 1, 2, 4];
const rounds = 3;
/** Queries scored at once. */
const chunk = 64;

/** Coordinate ascent of NDCG@10: the first member weighs 1, the others what they add to it. */
export async function learnWeights(models: readonly Model[], cases: readonly HeldOut[]): Promise<number[]> {
  const size = models[0]!.items.size;
  const queries = cases.map(({ query }) => query);
  const scores: Float32Array[] = [];
  for (const model of models) scores.push(await standardised(model, queries));
  const weights: number[] = models.map((_, at) => (at === 0 ? 1 : 0));
  const sum = new Float32Array(size);
  const quality = (): number => {
    let total = 0;
    cases.forEach(({ targets, hidden }, at) => {
      sum.fill(0);
      for (const [member, line] of scores.entries())
        addScaled(sum, line.subarray(at * size, (at + 1) * size), weights[member]!);
      total += rankingMetrics(topK(sum, 10, (row) => !hidden.has(row)).rows, targets, 10).ndcg;
    });
    return total / cases.length;
  };
  let best = quality();
  for (let round = 0; round < rounds; round++) {
    const before = best;
    for (let at = 1; at < weights.length; at++) {
      let kept = weights[at]!;
      for (const step of steps) {
        weights[at] = step;
        const found = quality();
        if (found > best) [best, kept] = [found, step];
      }
      weights[at] = kept;
    }
    if (best === before) break;
  }
  return weights;
}

/** Scores of a member, each query's with mean 0 and deviation 1 over the catalogue, [queries × items]. */
export async function standardised(model: Model, queries: readonly Query[]): Promise<Float32Array> {
  const { size } = model.items;
  const scores = new Float32Array(queries.length * size);
  for (let from = 0; from < queries.length; from += chunk) {
    const part = queries.slice(from, from + chunk);
    await model.scoreAll(part, scores.subarray(from * size, (from + part.length) * size));
  }
  for (let from = 0; from < scores.length; from += size) standardise(scores.subarray(from, from + size));
  return scores;
}

function standardise(line: Float32Array): void {
  let mean = 0;
  for (const score of line) mean += score / line.length;
  let square = 0;
  for (const score of line) square += (score - mean) ** 2 / line.length;
  const scale = square > 0 ? 1 / Math.sqrt(square) : 0;
  for (let row = 0; row < line.length; row++) line[row] = (line[row]! - mean) * scale;
}

export function addScaled(sum: Float32Array, line: Float32Array, weight: number): void {
  if (weight !== 0) for (let at = 0; at < sum.length; at++) sum[at]! += weight * line[at]!;
}
