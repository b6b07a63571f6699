import { bootstrap, type Interval, type RankingMetrics, rankingMetrics, topK } from '../math/index.js';
import type { Model } from '../models/index.js';
import type { Case } from './split.js';

export type MetricName = keyof RankingMetrics;

/** One model's figures at k: means over cases with 95 % bootstrap intervals. */
export interface Evaluation {
  model: string;
  k: number;
  cases: number;
  metrics: Record<MetricName, Interval>;
  /** Share of the catalogue recommended to anyone. */
  coverage: number;
  /** Mean −log2 of the share of shoppers who had the item (Vargas & Castells 2011), bits. */
  novelty: number;
  /** NDCG of each case, for paired comparison. */
  ndcgByCase: Float64Array;
}

const batch = 64;
const names = ['precision', 'recall', 'f1', 'ndcg', 'mrr', 'hitRate'] as const;

/** Ranks all items not touched before for every case. */
export async function evaluate(
  model: Model,
  cases: readonly Case[],
  k: number,
  seed: number,
): Promise<Evaluation> {
  const size = model.items.size;
  const values = Object.fromEntries(names.map((name) => [name, new Float64Array(cases.length)])) as Record<
    MetricName,
    Float64Array
  >;
  const shown = new Set<number>();
  const audience = audienceOf(model, cases);
  let surprise = 0;
  let slots = 0;
  const scores = new Float32Array(batch * size);
  for (let from = 0; from < cases.length; from += batch) {
    const part = cases.slice(from, from + batch);
    await model.scoreAll(part, scores.subarray(0, part.length * size));
    part.forEach(({ targets, seen }, at) => {
      const line = scores.subarray(at * size, (at + 1) * size);
      const { rows } = topK(line, k, (row) => !seen.has(model.items.ids[row]!));
      const relevant = new Set([...targets].map((id) => model.items.row(id)).filter((row) => row >= 0));
      const metrics = rankingMetrics(rows, relevant, k, targets.size);
      for (const name of names) values[name][from + at] = metrics[name];
      for (const row of rows) {
        shown.add(row);
        surprise -= Math.log2((audience[row]! + 1) / (cases.length + 1));
        slots++;
      }
    });
  }
  const metrics = Object.fromEntries(names.map((name) => [name, bootstrap(values[name], seed)])) as Record<
    MetricName,
    Interval
  >;
  const coverage = size > 0 ? shown.size / size : 0;
  return {
    model: model.name,
    k,
    cases: cases.length,
    metrics,
    coverage,
    novelty: slots ? surprise / slots : 0,
    ndcgByCase: values.ndcg,
  };
}

function audienceOf(model: Model, cases: readonly Case[]): Uint32Array {
  const audience = new Uint32Array(model.items.size);
  for (const { seen } of cases) {
    for (const id of seen) {
      const row = model.items.row(id);
      if (row >= 0) audience[row]!++;
    }
  }
  return audience;
}
