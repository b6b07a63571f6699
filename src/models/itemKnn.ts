import { type NeighbourContent, neighbourModel } from './neighbourModel.js';
import { defineRecommender } from './recommender.js';
import { sparsify, transpose, unpackModel } from './support.js';

/** BM25 over an item's shoppers (Robertson & Walker 1994): a touch hardly saturates; both chosen on Online Retail's validation. */
const bm25 = { k1: 100, b: 0.3 };

interface KnnOptions {
  keep: number;
  /** Added to the norms of `cosine` and `tfidf`: a likeness seen on few shoppers counts less. */
  shrink: number;
  /** Places after which an event of the shopper counts half when serving; 0: all alike. */
  recencyHalfLife: number;
  /** `cosine`: shoppers count alike. `tfidf`, `bm25`: who touches much says little, log(items / touched). */
  weighting: string;
}

/**
 * Item-kNN (Sarwar et al. 2001): s(i, j) = Σ over the shoppers of both of idf² / (√(|i|·|j|) + shrink), where |i| is the
 * sum of idf² over the shoppers of i; with BM25 each side is divided by its length norm instead. The `keep` nearest of
 * each item; recent events of the shopper count more. It goes on counting as things happen.
 */
export const itemKnn = defineRecommender<KnnOptions>({
  name: 'itemKnn',
  source: 'Sarwar et al. 2001, Item-based collaborative filtering',
  defaults: { keep: 200, shrink: 10, recencyHalfLife: 0, weighting: 'cosine' },
  grid: { weighting: ['cosine', 'tfidf', 'bm25'], keep: [20, 200], shrink: [0], recencyHalfLife: [0, 20] },
  async fit(data, { keep, shrink, recencyHalfLife, weighting }, progress) {
    const { itemsOf, usersOf } = transpose(data);
    const size = data.items.size;
    // As sums of whole numbers where shoppers count alike.
    const weights = Float64Array.from(itemsOf, ({ length }) =>
      weighting === 'cosine' ? 1 : Math.log(size / (1 + length)) ** 2,
    );
    const between = weighting === 'bm25' ? lengthNorms(usersOf) : roots(usersOf, weights);
    const neighbours = sparsify(size, { keep }, (item, out) => {
      if (item % 500 === 0) progress({ phase: 'itemKnn', done: item, total: size });
      for (const user of usersOf[item]!) for (const other of itemsOf[user]!) out[other]! += weights[user]!;
      for (let other = 0; other < size; other++) {
        if (out[other] === 0) continue;
        const product = between[item]! * between[other]!;
        out[other]! /= weighting === 'bm25' ? product : product + shrink;
      }
    });
    const sums = Float32Array.from(usersOf, (users) =>
      weighting === 'bm25' ? users.length : users.reduce((sum, user) => sum + weights[user]!, 0),
    );
    return neighbourModel({
      name: 'itemKnn',
      ids: [...data.items.ids],
      neighbours,
      recencyHalfLife,
      norms: { weighting, shrink, sums, ...bm25 },
    });
  },
  load: async (files) => neighbourModel(unpackModel<NeighbourContent>(files)),
});

function roots(usersOf: readonly Uint32Array[], weights: Float64Array): Float64Array {
  return Float64Array.from(usersOf, (users) =>
    Math.sqrt(users.reduce((sum, user) => sum + weights[user]!, 0)),
  );
}

/** (k1 · (1 − b + b · length / mean) + 1) / (k1 + 1), by item. */
function lengthNorms(usersOf: readonly Uint32Array[]): Float64Array {
  const { k1, b } = bm25;
  const mean = usersOf.reduce((sum, { length }) => sum + length, 0) / Math.max(1, usersOf.length);
  return Float64Array.from(
    usersOf,
    ({ length }) => (k1 * (1 - b + (b * length) / Math.max(1, mean)) + 1) / (k1 + 1),
  );
}
