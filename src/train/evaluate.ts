import { EndcapError, type Progress, silent } from '../core/index.js';
import { bootstrap, type Interval, type RankingMetrics, rankingMetrics, topK } from '../math/index.js';
import type { Dataset, Model } from '../models/index.js';
import type { Case, Window } from './split.js';

export type MetricName = keyof RankingMetrics;

/** One model's figures at k on one window: means over cases with 95 % bootstrap intervals. */
export interface Figures {
  k: number;
  cases: number;
  metrics: Record<MetricName, Interval>;
  /** Share of the items of the past recommended to anyone. */
  coverage: number;
  /** Mean −log2 of the share of the past's shoppers who had the item (Vargas & Castells 2011), bits. */
  novelty: Interval;
}

export interface Evaluation extends Figures {
  /** Each metric by case, for paired comparison. */
  byCase: Record<MetricName, Float64Array>;
}

export const metricNames = ['precision', 'recall', 'f1', 'ndcg', 'mrr', 'hitRate'] as const;

/** Cases that are scored together, and at most so many scores at once. */
const batch = 64;
const maxScores = 4_000_000;

/** Ranks all items not touched before for every case. Throws `not_finite` when a score is no number. */
export async function evaluate(
  model: Model,
  window: Window,
  options: { k: number; seed: number; progress?: Progress },
): Promise<Evaluation> {
  const { k, seed, progress = silent } = options;
  const { cases } = window;
  const size = model.items.size;
  const values = Object.fromEntries(
    metricNames.map((name) => [name, new Float64Array(cases.length)]),
  ) as Record<MetricName, Float64Array>;
  const surprise = new Float64Array(cases.length);
  const shown = new Set<number>();
  const bits = surpriseOf(model, window.past);
  const together = Math.max(1, Math.min(batch, Math.floor(maxScores / size)));
  const scores = new Float32Array(together * size);
  for (let from = 0; from < cases.length; from += together) {
    progress({ phase: `measuring ${model.name}`, done: from, total: cases.length });
    const part = cases.slice(from, from + together);
    await model.scoreAll(part, scores.subarray(0, part.length * size));
    part.forEach((one, at) => {
      const rows = best(model, one, scores.subarray(at * size, (at + 1) * size), k);
      const relevant = new Set([...one.targets].map((id) => model.items.row(id)).filter((row) => row >= 0));
      const metrics = rankingMetrics(rows, relevant, k, one.targets.size);
      for (const name of metricNames) values[name][from + at] = metrics[name];
      for (const row of rows) {
        shown.add(row);
        surprise[from + at]! += bits[row]! / rows.length;
      }
    });
  }
  const metrics = Object.fromEntries(
    metricNames.map((name) => [name, bootstrap(values[name], seed)]),
  ) as Record<MetricName, Interval>;
  return {
    k,
    cases: cases.length,
    metrics,
    coverage: size > 0 ? shown.size / size : 0,
    novelty: bootstrap(surprise, seed),
    byCase: values,
  };
}

/** The k best rows of one case among the items it has not seen. */
function best(model: Model, { seen }: Case, scores: Float32Array, k: number): Uint32Array {
  if (hasNaN(scores)) throw new EndcapError('not_finite', `${model.name} gives scores that are no numbers`);
  const hidden = new Set<number>();
  for (const id of seen) hidden.add(model.items.row(id));
  return topK(scores, k, (row) => !hidden.has(row)).rows;
}

/** A loop: `some` calls a function for each of millions of scores. */
function hasNaN(scores: Float32Array): boolean {
  for (let at = 0; at < scores.length; at++) if (Number.isNaN(scores[at]!)) return true;
  return false;
}

/** Bits of surprise that each item of the model's carries: how few of the past's shoppers had it. */
function surpriseOf({ items }: Model, past: Dataset): Float64Array {
  const audience = new Uint32Array(past.items.size);
  for (let user = 0; user < past.users.size; user++)
    for (const row of new Set(past.item.subarray(past.start[user], past.start[user + 1]))) audience[row]!++;
  return Float64Array.from(items.ids, (id) => {
    const row = past.items.row(id);
    return -Math.log2(((row < 0 ? 0 : audience[row]!) + 1) / (past.users.size + 1));
  });
}
