import type { Profile, Vocabulary } from '../core/index.js';
import { IvfIndex } from '../index/index.js';
import { dot, topK } from '../math/index.js';
import type { Factors, Model, Moments, Ranked } from './recommender.js';

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
  let spread: Spread | undefined;
  let index: Promise<IvfIndex> | undefined;
  const indexed = (): Promise<IvfIndex> => {
    index ??= IvfIndex.build(vectors, dimension);
    return index;
  };
  return {
    kind: 'factor',
    async prepare() {
      await indexed();
    },
    async scoreAll(queries, out) {
      for (const [at, query] of queries.entries())
        products(await factors.shopper(query), vectors, out.subarray(at * items.size, (at + 1) * items.size));
    },
    async retrieve(query, k, allowed) {
      return (await indexed()).search(await factors.shopper(query), k, allowed);
    },
    async score(query, rows) {
      const shopper = await factors.shopper(query);
      const out = new Float32Array(rows.length);
      for (let at = 0; at < rows.length; at++)
        out[at] = dot(shopper, 0, vectors, rows[at]! * dimension, dimension);
      return out;
    },
    async moments(query) {
      spread ??= spreadOf(vectors, dimension);
      return momentsAlong(await factors.shopper(query), spread);
    },
    attribute: ({ profile }, rows) =>
      Array.from(rows, (row) => nearness(profile, row, items, vectors, dimension)),
    neighbours: (row, k) => nearest(row, k, vectors, dimension, items.size),
    ...content,
  };
}

/** Mean and covariance of the item vectors: they give the moments of any shopper's scores. */
interface Spread {
  /** [dimension] */
  mean: Float64Array;
  /** [dimension × dimension] */
  covariance: Float64Array;
}

/** Items that are looked at for the covariance: more change it little. */
const sampled = 20_000;

function spreadOf(vectors: Float32Array, dimension: number): Spread {
  const size = vectors.length / dimension;
  const step = Math.max(1, Math.floor(size / sampled));
  const mean = new Float64Array(dimension);
  const covariance = new Float64Array(dimension * dimension);
  let count = 0;
  for (let row = 0; row < size; row += step, count++)
    for (let d = 0; d < dimension; d++) mean[d]! += vectors[row * dimension + d]!;
  for (let d = 0; d < dimension; d++) mean[d]! /= Math.max(1, count);
  for (let row = 0; row < size; row += step)
    for (let d = 0; d < dimension; d++) {
      const part = (vectors[row * dimension + d]! - mean[d]!) / count;
      for (let e = 0; e < dimension; e++)
        covariance[d * dimension + e]! += part * (vectors[row * dimension + e]! - mean[e]!);
    }
  return { mean, covariance };
}

function momentsAlong(shopper: Float32Array, { mean, covariance }: Spread): Moments {
  const d = shopper.length;
  let [sum, variance] = [0, 0];
  for (let i = 0; i < d; i++) {
    sum += shopper[i]! * mean[i]!;
    let along = 0;
    for (let j = 0; j < d; j++) along += covariance[i * d + j]! * shopper[j]!;
    variance += shopper[i]! * along;
  }
  return { mean: sum, deviation: Math.sqrt(Math.max(0, variance)) };
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
