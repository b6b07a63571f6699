import { rankingMetrics, topK } from '../../src/math/index.js';
import { type Model, type Query, rankOf } from '../../src/models/index.js';
import type { NextItem } from './datasets.js';

const chunk = 128;

/** Hit rate, NDCG and MRR at k of the next item among all items; ties count against us. */
export async function nextItem(
  model: Model,
  test: readonly NextItem[],
  options: { k: number; hideHistory: boolean },
): Promise<{ hitRate: number; ndcg: number; mrr: number }> {
  const { k, hideHistory } = options;
  const { items } = model;
  const scores = new Float32Array(chunk * items.size);
  const total = { hitRate: 0, ndcg: 0, mrr: 0 };
  // Histories of like length share a batch, so that none is padded for nothing.
  const sorted = [...test].sort((a, b) => a.query.profile.events.length - b.query.profile.events.length);
  for (let from = 0; from < sorted.length; from += chunk) {
    const part = sorted.slice(from, from + chunk);
    await model.scoreAll(
      part.map(({ query }) => query),
      scores.subarray(0, part.length * items.size),
    );
    part.forEach(({ query, target }, at) => {
      const row = items.row(target);
      if (row < 0) return;
      const history = hideHistory
        ? query.profile.events.map(({ item }) => items.row(item)).filter((each) => each >= 0)
        : [];
      const rank = rankOf(scores.subarray(at * items.size, (at + 1) * items.size), row, history);
      if (rank >= k) return;
      total.hitRate++;
      total.ndcg += 1 / Math.log2(rank + 2);
      total.mrr += 1 / (rank + 1);
    });
  }
  const count = test.length;
  return { hitRate: total.hitRate / count, ndcg: total.ndcg / count, mrr: total.mrr / count };
}

/** Mean NDCG at k over shoppers, the history hidden. */
export async function topN(
  model: Model,
  test: readonly { query: Query; targets: ReadonlySet<string> }[],
  k: number,
): Promise<number> {
  const { items } = model;
  let total = 0;
  const scores = new Float32Array(items.size);
  for (const { query, targets } of test) {
    await model.scoreAll([query], scores);
    const seen = new Set(query.profile.events.map(({ item }) => items.row(item)));
    const { rows } = topK(scores, k, (row) => !seen.has(row));
    const relevant = new Set([...targets].map((id) => items.row(id)).filter((row) => row >= 0));
    total += rankingMetrics(rows, relevant, k, targets.size).ndcg;
  }
  return total / test.length;
}
