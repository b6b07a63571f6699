import { random, Vocabulary } from '../core/index.js';
import { dot } from '../math/index.js';
import { factorModel } from './factorModel.js';
import { type Dataset, defineRecommender, type Model, type Query } from './recommender.js';
import { historyOf, packModel, recency, unpackModel } from './support.js';

const day = 86_400_000;
/** Steps of conjugate gradients a side and sweep; a shopper of a request is solved to the end. */
const steps = { training: 3, serving: 10 };

export interface IalsOptions {
  factors: number;
  sweeps: number;
  /** λ, weighed by how much is known of the shopper or item. */
  regularization: number;
  /** α: how much more a touched item counts than an untouched one. */
  alpha: number;
  /** Days after which an interaction counts half in training; 0: all alike. */
  halfLifeDays: number;
  /** Places after which an event of the shopper counts half when serving; 0: all alike. */
  recencyHalfLife: number;
}

interface Content {
  options: IalsOptions;
  ids: string[];
  vectors: Float32Array;
}

/** Rows of one side with what they touched of the other and how much each counts, α times its age. */
interface Touched {
  start: Uint32Array;
  other: Uint32Array;
  confidence: Float32Array;
}

/**
 * Matrix factorisation for implicit feedback by alternating least squares (Hu, Koren & Volinsky 2008): untouched items
 * are weak evidence against, touched ones count 1 + α. Each side is improved by a few steps of conjugate gradients
 * from where it stood (Takács, Pilászy & Tikk 2011). The shopper of a request is solved for their events.
 */
export const ials = defineRecommender<IalsOptions>({
  name: 'ials',
  source: 'Hu, Koren & Volinsky 2008, Collaborative Filtering for Implicit Feedback Datasets',
  defaults: {
    factors: 64,
    sweeps: 8,
    regularization: 20,
    alpha: 10,
    halfLifeDays: 60,
    recencyHalfLife: 0,
  },
  grid: { halfLifeDays: [0, 60], alpha: [3, 10] },
  async fit(data, { seed, ...options }, progress) {
    const shoppers = touchedOf(data, options);
    const items = transposed(shoppers, data.items.size);
    const next = random(seed);
    const start = (rows: number): Float32Array =>
      Float32Array.from({ length: rows * options.factors }, () => (0.1 * next.normal()) / options.factors);
    const u = start(shoppers.start.length - 1);
    const v = start(data.items.size);
    for (let sweep = 0; sweep < options.sweeps; sweep++) {
      progress({ phase: 'ials', done: sweep, total: options.sweeps });
      improve(u, v, shoppers, options);
      improve(v, u, items, options);
      if (progress.enough?.()) break;
    }
    return modelOf({ options, ids: [...data.items.ids], vectors: v });
  },
  load: async (files) => modelOf(unpackModel<Content>(files)),
});

/** Distinct items of each shopper, each with α · 2^(−age of its last time / half-life). */
function touchedOf(data: Dataset, { alpha, halfLifeDays }: IalsOptions): Touched {
  const start = new Uint32Array(data.start.length);
  const other: number[] = [];
  const confidence: number[] = [];
  for (let user = 0; user + 1 < data.start.length; user++) {
    const last = new Map<number, number>();
    for (let at = data.start[user]!; at < data.start[user + 1]!; at++)
      last.set(data.item[at]!, data.time[at]!);
    for (const [row, time] of last) {
      const age = (data.until - time) / day;
      other.push(row);
      confidence.push(alpha * (halfLifeDays > 0 ? 2 ** (-age / halfLifeDays) : 1));
    }
    start[user + 1] = other.length;
  }
  return { start, other: Uint32Array.from(other), confidence: Float32Array.from(confidence) };
}

function transposed({ start, other, confidence }: Touched, size: number): Touched {
  const from = new Uint32Array(size + 1);
  for (const row of other) from[row + 1]!++;
  for (let row = 0; row < size; row++) from[row + 1]! += from[row]!;
  const free = from.slice(0, size);
  const turned = { other: new Uint32Array(other.length), confidence: new Float32Array(other.length) };
  for (let user = 0; user + 1 < start.length; user++)
    for (let at = start[user]!; at < start[user + 1]!; at++) {
      const place = free[other[at]!]!++;
      turned.other[place] = user;
      turned.confidence[place] = confidence[at]!;
    }
  return { start: from, ...turned };
}

/** Moves every row of `x` towards the best answer to `y`. */
function improve(x: Float32Array, y: Float32Array, touched: Touched, options: IalsOptions): void {
  const { factors } = options;
  const solve = solver(y, options);
  for (let row = 0; row + 1 < touched.start.length; row++) {
    const [from, to] = [touched.start[row]!, touched.start[row + 1]!];
    const own = x.subarray(row * factors, (row + 1) * factors);
    solve(own, touched.other.subarray(from, to), touched.confidence.subarray(from, to), steps.training);
  }
}

/** Solves (YᵀY + λI + Σ cᵢ yᵢyᵢᵀ) x = Σ (1 + cᵢ) yᵢ by `count` steps of conjugate gradients from where x stands. */
function solver(
  y: Float32Array,
  { factors: d, regularization }: IalsOptions,
): (x: Float32Array, rows: ArrayLike<number>, confidence: ArrayLike<number>, count: number) => void {
  const gram = gramOf(y, d);
  for (let f = 0; f < d; f++) gram[f * d + f]! += regularization;
  const residual = new Float32Array(d);
  const direction = new Float32Array(d);
  const image = new Float32Array(d);
  const apply = (p: Float32Array, rows: ArrayLike<number>, confidence: ArrayLike<number>): void => {
    for (let f = 0; f < d; f++) image[f] = dot(gram, f * d, p, 0, d);
    for (let at = 0; at < rows.length; at++) {
      const offset = rows[at]! * d;
      const share = confidence[at]! * dot(y, offset, p, 0, d);
      for (let f = 0; f < d; f++) image[f]! += share * y[offset + f]!;
    }
  };
  return (x, rows, confidence, count) => {
    apply(x, rows, confidence);
    for (let f = 0; f < d; f++) residual[f] = -image[f]!;
    for (let at = 0; at < rows.length; at++) {
      const offset = rows[at]! * d;
      for (let f = 0; f < d; f++) residual[f]! += (1 + confidence[at]!) * y[offset + f]!;
    }
    direction.set(residual);
    let square = dot(residual, 0, residual, 0, d);
    for (let step = 0; step < count && square > 1e-12; step++) {
      apply(direction, rows, confidence);
      const length = square / dot(direction, 0, image, 0, d);
      for (let f = 0; f < d; f++) {
        x[f]! += length * direction[f]!;
        residual[f]! -= length * image[f]!;
      }
      const after = dot(residual, 0, residual, 0, d);
      for (let f = 0; f < d; f++) direction[f] = residual[f]! + (after / square) * direction[f]!;
      square = after;
    }
  };
}

/** YᵀY, [d × d] */
function gramOf(y: Float32Array, d: number): Float32Array {
  const gram = new Float32Array(d * d);
  for (let from = 0; from < y.length; from += d)
    for (let f = 0; f < d; f++) {
      const value = y[from + f]!;
      for (let g = 0; g <= f; g++) gram[f * d + g]! += value * y[from + g]!;
    }
  for (let f = 0; f < d; f++) for (let g = f + 1; g < d; g++) gram[f * d + g] = gram[g * d + f]!;
  return gram;
}

function modelOf(content: Content): Model {
  const { options, vectors } = content;
  const items = new Vocabulary(content.ids);
  const solve = solver(vectors, options);
  return factorModel({
    name: 'ials',
    items,
    factors: {
      vectors,
      dimension: options.factors,
      shopper({ profile }: Query) {
        const { rows } = historyOf(profile, items);
        const confidence = rows.map((_, place) => options.alpha * recency(place, options.recencyHalfLife));
        const vector = new Float32Array(options.factors);
        solve(vector, rows, confidence, steps.serving);
        return vector;
      },
    },
    save: () => packModel(content),
  });
}
