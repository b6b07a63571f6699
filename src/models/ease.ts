import { inverse } from './inverse.js';
import { type NeighbourContent, neighbourModel } from './neighbourModel.js';
import { type Dataset, defineRecommender } from './recommender.js';
import { meanRating, sparsify, strength, timesTouched, unpackModel } from './support.js';

/** Items beyond the most popular ones stay without weights: the Gram matrix is n². */
const maxItems = 8000;

const day = 86_400_000;

interface EaseOptions {
  lambda: number;
  /** Share of a shopper's items that training thinks away, so that no item relies on itself (EDLAE); 0: plain EASE. */
  dropout: number;
  keep: number;
  /** Places after which an event of the shopper counts half when serving; 0: all alike. */
  recencyHalfLife: number;
  /** Days after which an interaction counts half in training; 0: all alike. What goes together changes with the season. */
  halfLifeDays: number;
  /** Rated events count by their rating over the mean one: for scales like stars, where 0 would be nothing. */
  rated: boolean;
  /** Negative weights are kept too: they earn their place where shoppers touch many items each. */
  signed: boolean;
}

/**
 * EASE (Steck 2019, Embarrassingly Shallow Autoencoders): B = I − P·diag(1/P), P = (XᵀX + λI)⁻¹. The `keep`
 * largest weights of an item carry the ranking: that keeps serving sparse. With a half-life an entry of X is
 * √(2^(−age / halfLife)), so that XᵀX counts a pair by its age. With dropout p the diagonal of XᵀX grows by p / (1 − p)
 * of itself (Steck 2020, Autoencoders that don't overfit towards the Identity).
 */
export const ease = defineRecommender<EaseOptions>({
  name: 'ease',
  source: 'Steck 2019, Embarrassingly Shallow Autoencoders for Sparse Data (arXiv 1905.03375)',
  defaults: {
    lambda: 200,
    dropout: 0,
    keep: 500,
    recencyHalfLife: 0,
    halfLifeDays: 0,
    rated: false,
    signed: false,
  },
  // The half-life first: what is tried last may find no time.
  grid: { recencyHalfLife: [0, 20], lambda: [200, 500], halfLifeDays: [0, 15, 30] },
  async fit(data, { lambda, dropout, keep, recencyHalfLife, halfLifeDays, rated, signed }, progress) {
    const kept = mostPopular(data);
    const n = kept.length;
    progress({ phase: 'ease', done: 0, total: 3, note: `${n} items` });
    const mean = rated ? meanRating(data.rating) : Number.NaN;
    const place = new Int32Array(data.items.size).fill(-1);
    kept.forEach((row, at) => {
      place[row] = at;
    });
    const gram = gramOf(data, place, n, halfLifeDays, mean);
    for (let i = 0; i < n; i++) gram[i * n + i] = gram[i * n + i]! / (1 - dropout) + lambda;
    progress({ phase: 'ease', done: 1, total: 3, note: 'inverting' });
    const p = await inverse(gram, n);
    progress({ phase: 'ease', done: 2, total: 3 });
    const neighbours = sparsify(data.items.size, { keep, signed }, (item, out) => {
      const i = place[item]!;
      if (i < 0) return;
      for (let j = 0; j < n; j++) out[kept[j]!] = -p[i * n + j]! / p[j * n + j]!;
    });
    return neighbourModel({
      name: 'ease',
      ids: [...data.items.ids],
      neighbours,
      recencyHalfLife,
      meanRating: mean,
    });
  },
  load: async (files) => neighbourModel(unpackModel<NeighbourContent>(files)),
});

function mostPopular(data: Dataset): number[] {
  const counts = timesTouched(data);
  const rows = Array.from(counts.keys());
  if (rows.length <= maxItems) return rows;
  return rows
    .sort((a, b) => counts[b]! - counts[a]! || a - b)
    .slice(0, maxItems)
    .sort((a, b) => a - b);
}

/**
 * XᵀX over the n kept items, [n × n]; `place` says where each item is among them (−1: not). An item that a shopper
 * touched again is as old as the last time.
 */
function gramOf(
  data: Dataset,
  place: Int32Array,
  n: number,
  halfLifeDays: number,
  mean: number,
): Float32Array {
  const gram = new Float32Array(n * n);
  const entry = new Float32Array(n);
  for (let user = 0; user + 1 < data.start.length; user++) {
    const touched = new Set<number>();
    for (let at = data.start[user]!; at < data.start[user + 1]!; at++) {
      const i = place[data.item[at]!]!;
      if (i < 0) continue;
      touched.add(i);
      const age = (data.until - data.time[at]!) / day;
      entry[i] = strength(data.rating[at]!, mean) * (halfLifeDays > 0 ? 2 ** (-age / (2 * halfLifeDays)) : 1);
    }
    for (const i of touched) for (const j of touched) gram[i * n + j]! += entry[i]! * entry[j]!;
  }
  return gram;
}
