import type { Profile, Vocabulary } from '../core/index.js';
import { dot, topK } from '../math/index.js';
import type { Factors, Model, Ranked } from './recommender.js';

/** What differs between models whose score is an inner product. */
export interface FactorContent extends Pick<Model, 'name' | 'items' | 'save'> {
  factors: Factors;
  /** By another way than one shopper at a time. */
  scoreAll?: Model['scoreAll'];
  attribute?: Model['attribute'];
  stream?: Model['stream'];
}

/** A model of *factor* algorithm: score(item) = ⟨shopper, item⟩, and likeness is nearness of the item vectors. */
export function factorModel(content: FactorContent): Model {
  const { items, factors } = content;
  const { vectors, dimension } = factors;
  return {
    kind: 'factor',
    async scoreAll(queries, out) {
      for (const [at, query] of queries.entries())
        products(await factors.shopper(query), vectors, out.subarray(at * items.size, (at + 1) * items.size));
    },
    async retrieve(query, k, allowed) {
      return topK(products(await factors.shopper(query), vectors, new Float32Array(items.size)), k, allowed);
    },
    attribute: ({ profile }, row) => nearness(profile, row, items, vectors, dimension),
    neighbours: (row, k) => nearest(row, k, vectors, dimension, items.size),
    ...content,
  };
}

/** ⟨v, row⟩ for the first rows of `vectors`, as many as `out` holds. */
export function products(v: Float32Array, vectors: Float32Array, out: Float32Array): Float32Array {
  for (let row = 0; row < out.length; row++) out[row] = dot(v, 0, vectors, row * v.length, v.length);
  return out;
}

/** How near each event's item lies to `row` in the item space: evidence that a reader can follow, in shares. */
function nearness(
  { events }: Profile,
  row: number,
  items: Vocabulary,
  vectors: Float32Array,
  width: number,
): Float32Array {
  const shares = Float32Array.from(events, ({ item, weight }) => {
    const other = items.row(item);
    if (other < 0 || weight <= 0) return 0;
    return Math.max(0, dot(vectors, other * width, vectors, row * width, width));
  });
  const total = shares.reduce((sum, share) => sum + share, 0);
  return total > 0 ? shares.map((share) => share / total) : shares;
}

function nearest(row: number, k: number, vectors: Float32Array, width: number, size: number): Ranked {
  const scores = new Float32Array(size);
  for (let other = 0; other < size; other++) {
    const length = Math.sqrt(dot(vectors, other * width, vectors, other * width, width)) || 1;
    scores[other] = dot(vectors, row * width, vectors, other * width, width) / length;
  }
  return topK(scores, k, (other) => other !== row);
}
