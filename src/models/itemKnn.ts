import { type NeighbourContent, neighbourModel } from './neighbourModel.js';
import { defineRecommender } from './recommender.js';
import { sparsify, transpose, unpackModel } from './support.js';

/**
 * Item-kNN with cosine similarity (Sarwar et al. 2001): s(i, j) = |U_i ∩ U_j| / (√(|U_i|·|U_j|) + shrink), the
 * `keep` nearest of each item; recent events of the shopper count more.
 */
export const itemKnn = defineRecommender<{ keep: number; shrink: number; recencyHalfLife: number }>({
  name: 'itemKnn',
  source: 'Sarwar et al. 2001, Item-based collaborative filtering',
  defaults: { keep: 200, shrink: 10, recencyHalfLife: 0 },
  grid: { shrink: [0, 10, 50], recencyHalfLife: [0, 20] },
  async fit(data, { keep, shrink, recencyHalfLife }, progress) {
    const { itemsOf, usersOf } = transpose(data);
    const norms = usersOf.map((users) => Math.sqrt(users.length));
    const size = data.items.size;
    const neighbours = sparsify(size, { keep }, (item, out) => {
      if (item % 500 === 0) progress({ phase: 'itemKnn', done: item, total: size });
      for (const user of usersOf[item]!) for (const other of itemsOf[user]!) out[other]!++;
      for (let other = 0; other < size; other++) {
        if (out[other]! > 0) out[other]! /= norms[item]! * norms[other]! + shrink;
      }
    });
    return neighbourModel({ name: 'itemKnn', ids: [...data.items.ids], neighbours, recencyHalfLife });
  },
  load: async (files) => neighbourModel(unpackModel<NeighbourContent>(files)),
});
