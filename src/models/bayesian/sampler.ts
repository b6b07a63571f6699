import { random } from '../../core/index.js';
import { gamma } from '../../math/index.js';
import type { Dataset } from '../recommender.js';
import { transpose } from '../support.js';
import type { Ratings } from './ratings.js';
import { type Evidence, effectsOf, type Precisions, Side } from './side.js';

/** One sample of everything but the shoppers. A vector is `factors` numbers and a bias. */
export interface Draw extends Precisions {
  mean: Float64Array;
  precision: Float64Array;
  touch: Float32Array;
  /** [items + 1, factors + 1]; the last is the mean of all, for unknown items. */
  items: Float32Array;
}

/** What a shopper's ratings say of the shopper's vector, given the items'. */
export function shopperEvidence(ratings: Ratings, shopper: number, items: Float32Array, d: number): Evidence {
  const from = ratings.start[shopper]!;
  const n = ratings.start[shopper + 1]! - from;
  const evidence = design(n, d);
  const firstDay = ratings.startDay[shopper]!;
  const group = new Uint32Array(n);
  for (let row = 0; row < n; row++) {
    const bias = regress(evidence.x, row, items, ratings.item[from + row]!, d);
    evidence.y[row] = ratings.value[from + row]! - bias;
    group[row] = ratings.shopperDay[from + row]! - firstDay;
  }
  return { ...evidence, group, groups: ratings.startDay[shopper + 1]! - firstDay };
}

function design(n: number, d: number): { x: Float64Array; y: Float64Array } {
  return { x: new Float64Array(n * d), y: new Float64Array(n) };
}

/** The other side's factors and a one as row of `x`; returns the other side's bias. */
function regress(x: Float64Array, row: number, vectors: Float32Array, at: number, d: number): number {
  for (let f = 0; f + 1 < d; f++) x[row * d + f] = vectors[at * d + f]!;
  x[row * d + d - 1] = 1;
  return vectors[at * d + d - 1]!;
}

/** The state of the chain. */
export class Sampler {
  private readonly d: number;
  private readonly rng;
  private readonly shoppers: Side;
  private readonly items: Side;
  private readonly ratingsOf: number[][];
  private readonly owner: Uint32Array;
  private readonly effects: Float64Array;
  private precisions: Precisions = { noise: 1, effects: 20 };

  constructor(
    data: Dataset,
    private readonly ratings: Ratings,
    factors: number,
    seed: number,
  ) {
    this.d = factors + 1;
    this.rng = random(seed);
    const { itemsOf, usersOf } = transpose(data);
    this.shoppers = new Side(itemsOf, usersOf, this.d, this.rng);
    this.items = new Side(usersOf, itemsOf, this.d, this.rng);
    this.effects = new Float64Array(ratings.days.length);
    this.owner = new Uint32Array(ratings.item.length);
    for (let user = 0; user + 1 < ratings.start.length; user++)
      this.owner.fill(user, ratings.start[user], ratings.start[user + 1]);
    this.ratingsOf = usersOf.map(() => []);
    ratings.item.forEach((item, at) => {
      this.ratingsOf[item]!.push(at);
    });
  }

  /** Draws everything once, each given the rest. */
  sweep(): void {
    const { shoppers, items, ratings, rng } = this;
    shoppers.drawPrior();
    items.drawPrior();
    for (let user = 0; user + 1 < ratings.start.length; user++) this.drawShopper(user);
    this.ratingsOf.forEach((own, item) => {
      items.drawVector(item, this.itemEvidence(own), this.precisions);
    });
    const sum = this.effects.reduce((total, effect) => total + effect * effect, 0);
    this.precisions = {
      noise: gamma(0.5 * (1 + ratings.value.length), 0.5 * (1 + this.squaredError()), rng),
      effects: gamma(0.5 * (1 + this.effects.length), 0.5 * (0.05 + sum), rng),
    };
  }

  private drawShopper(user: number): void {
    const evidence = shopperEvidence(this.ratings, user, this.items.vectors, this.d);
    const w = this.shoppers.drawVector(user, evidence, this.precisions);
    const { mean, precision } = effectsOf(evidence, w, this.precisions);
    const first = this.ratings.startDay[user]!;
    for (let at = 0; at < mean.length; at++)
      this.effects[first + at] = mean[at]! + this.rng.normal() / Math.sqrt(precision[at]!);
  }

  private itemEvidence(own: readonly number[]): Evidence {
    const evidence = design(own.length, this.d);
    own.forEach((at, row) => {
      const bias = regress(evidence.x, row, this.shoppers.vectors, this.owner[at]!, this.d);
      evidence.y[row] = this.ratings.value[at]! - bias - this.effects[this.ratings.shopperDay[at]!]!;
    });
    return evidence;
  }

  private squaredError(): number {
    const { ratings, d } = this;
    let total = 0;
    for (let at = 0; at < ratings.item.length; at++) {
      const effect = this.effects[ratings.shopperDay[at]!]!;
      const predicted = product(
        this.shoppers.vectors,
        this.owner[at]!,
        this.items.vectors,
        ratings.item[at]!,
        d,
      );
      total += (ratings.value[at]! - predicted - effect) ** 2;
    }
    return total;
  }

  draw(): Draw {
    const { shoppers, items, d } = this;
    const withUnknown = new Float32Array(items.vectors.length + d);
    withUnknown.set(items.vectors);
    withUnknown.set(items.mean, items.vectors.length);
    return {
      ...this.precisions,
      mean: shoppers.mean.slice(),
      precision: shoppers.precision.slice(),
      touch: shoppers.touch.slice(),
      items: withUnknown,
    };
  }
}

/** ⟨u, v⟩ + b_i + b_j. */
export function product(a: ArrayLike<number>, i: number, b: Float32Array, j: number, d: number): number {
  let sum = a[i * d + d - 1]! + b[j * d + d - 1]!;
  for (let f = 0; f + 1 < d; f++) sum += a[i * d + f]! * b[j * d + f]!;
  return sum;
}
