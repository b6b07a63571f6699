import { keepLatest } from '../../core/index.js';
import { ensureCapacity, topK } from '../../math/index.js';
import type { NeighbourMatrix } from '../neighbourMatrix.js';
import type { Ranked } from '../recommender.js';
import type { Neighbours } from '../support.js';
import { mostShoppers, type StreamStep } from './admission.js';

/** How item–item weights come from what shoppers touched together. */
export interface PairNorms {
  weighting: string;
  shrink: number;
  /** By item: Σ of its shoppers' weights; of `bm25` how many they are. */
  sums: Float32Array;
  /** BM25's k1 and b. */
  k1: number;
  b: number;
}

/** Last items of a shopper that a new one is paired with. */
const remembered = 30;
/** Partners of an item beside those it was trained with; the weakest gives way. */
export const freshKept = 64;

/**
 * Item–item weights W[i, j] = together(i, j) / (√(sum i · sum j) + shrink) that go on counting: a shopper's item adds to
 * its sum, and to what it has together with each of their last items. Memory is bounded by the number of items.
 */
export class LivePairs implements NeighbourMatrix {
  /** What the trained weights are of. */
  readonly #together: Float32Array;
  readonly #size: number;
  /** Items with a row by now. */
  #items: number;
  #sums: Float32Array;
  /** By item what its weights are divided by, as `sums` says. */
  #norms: Float32Array;
  #total: number;
  /** By item: the block of its fresh partners (+1; 0: none), and how many it holds. */
  #blocks = new Uint32Array(256);
  #held = new Uint8Array(256);
  #blockCount = 0;
  #freshRows = new Uint32Array(freshKept);
  #freshTogether = new Float32Array(freshKept);
  /** Last items of a shopper, newest last; the shopper seen longest ago first. */
  readonly #touched = new Map<string, number[]>();

  constructor(
    private readonly trained: Neighbours,
    private readonly norms: PairNorms,
  ) {
    const { start, row, weight } = trained;
    this.#size = this.#items = start.length - 1;
    this.#sums = norms.sums.slice();
    this.#total = this.#sums.reduce((sum, each) => sum + each, 0);
    this.#norms = this.#sums.map((_, item) => this.#normOf(item));
    this.#together = new Float32Array(row.length);
    for (let item = 0; item < this.#size; item++)
      for (let at = start[item]!; at < start[item + 1]!; at++)
        this.#together[at] = weight[at]! * this.#divisor(item, row[at]!);
  }

  append({ user }: Pick<StreamStep, 'user'>, row: number): void {
    const items = this.#touched.get(user) ?? [];
    this.#keep(user, items);
    this.#grow(row);
    if (items.includes(row)) return;
    const weight = this.#weightOf(items.length + 1);
    const counted = this.norms.weighting === 'bm25' ? 1 : weight;
    this.#total += counted;
    this.#sums[row]! += counted;
    this.#norms[row] = this.#normOf(row);
    for (const other of items) {
      this.#pair(row, other, weight);
      this.#pair(other, row, weight);
    }
    items.push(row);
    if (items.length > remembered) items.shift();
  }

  /** What the anonymous shopper touched and the known one's items were touched by one. */
  identify(anonymous: string, user: string): void {
    const from = this.#touched.get(anonymous);
    if (!from) return;
    this.#touched.delete(anonymous);
    const own = this.#touched.get(user) ?? [];
    this.#keep(user, [...own.filter((row) => !from.includes(row)), ...from].slice(-remembered));
  }

  add(item: number, factor: number, out: Float32Array): void {
    const { start, row } = this.trained;
    if (item < this.#size)
      for (let at = start[item]!; at < start[item + 1]!; at++)
        out[row[at]!]! += (factor * this.#together[at]!) / this.#divisor(item, row[at]!);
    const from = this.#blockOf(item);
    for (let at = from; at < from + (this.#held[item] ?? 0); at++) {
      const other = this.#freshRows[at]!;
      out[other]! += (factor * this.#freshTogether[at]!) / this.#divisor(item, other);
    }
  }

  among(item: number, places: Uint32Array, found: (place: number, weight: number) => void): void {
    const { start, row } = this.trained;
    const tell = (other: number, together: number): void => {
      const place = places[other]!;
      if (place > 0) found(place, together / this.#divisor(item, other));
    };
    if (item < this.#size)
      for (let at = start[item]!; at < start[item + 1]!; at++) tell(row[at]!, this.#together[at]!);
    const from = this.#blockOf(item);
    for (let at = from; at < from + (this.#held[item] ?? 0); at++)
      tell(this.#freshRows[at]!, this.#freshTogether[at]!);
  }

  line(item: number): Ranked {
    const { start, row } = this.trained;
    const trained = item < this.#size ? row.subarray(start[item], start[item + 1]) : new Uint32Array(0);
    const from = this.#blockOf(item);
    const rows = [...trained, ...this.#freshRows.subarray(from, from + (this.#held[item] ?? 0))];
    const weights = Float32Array.from(rows, (other, at) => {
      const own =
        at < trained.length
          ? this.#together[start[item]! + at]!
          : this.#freshTogether[from + at - trained.length]!;
      return own / this.#divisor(item, other);
    });
    const { rows: order, scores } = topK(weights, rows.length);
    return { rows: order.map((at) => rows[at]!), scores };
  }

  /** Adds to what `item` has together with `other`, in this direction. */
  #pair(item: number, other: number, weight: number): void {
    const { start, row } = this.trained;
    if (item < this.#size)
      for (let at = start[item]!; at < start[item + 1]!; at++)
        if (row[at] === other) {
          this.#together[at]! += weight;
          return;
        }
    this.#addFresh(item, other, weight);
  }

  #addFresh(item: number, other: number, weight: number): void {
    if (this.#blocks[item] === 0) {
      this.#blocks[item] = ++this.#blockCount;
      this.#freshRows = ensureCapacity(this.#freshRows, this.#blockCount * freshKept - 1);
      this.#freshTogether = ensureCapacity(this.#freshTogether, this.#blockCount * freshKept - 1);
    }
    const from = this.#blockOf(item);
    const held = this.#held[item]!;
    let weakest = from;
    for (let at = from; at < from + held; at++) {
      if (this.#freshRows[at] === other) {
        this.#freshTogether[at]! += weight;
        return;
      }
      if (this.#freshTogether[at]! < this.#freshTogether[weakest]!) weakest = at;
    }
    const place = held < freshKept ? from + held : weakest;
    if (held < freshKept) this.#held[item] = held + 1;
    this.#freshRows[place] = other;
    this.#freshTogether[place] = weight;
  }

  #blockOf(item: number): number {
    return Math.max(0, (this.#blocks[item] ?? 0) - 1) * freshKept;
  }

  /** What a shopper of so many items says of a pair. */
  #weightOf(touched: number): number {
    return this.norms.weighting === 'cosine' ? 1 : Math.log(this.#items / (1 + touched)) ** 2;
  }

  #normOf(item: number): number {
    const { weighting, k1, b } = this.norms;
    const sum = this.#sums[item]!;
    if (weighting !== 'bm25') return Math.sqrt(sum);
    const mean = this.#total / Math.max(1, this.#items);
    return (k1 * (1 - b + (b * sum) / Math.max(1, mean)) + 1) / (k1 + 1);
  }

  #divisor(item: number, other: number): number {
    const product = this.#norms[item]! * this.#norms[other]!;
    return this.norms.weighting === 'bm25' ? product : product + this.norms.shrink;
  }

  #keep(user: string, items: number[]): void {
    this.#touched.delete(user);
    this.#touched.set(user, items);
    keepLatest(this.#touched, mostShoppers);
  }

  /** A new item has touched nobody yet. */
  #grow(row: number): void {
    this.#items = Math.max(this.#items, row + 1);
    this.#sums = ensureCapacity(this.#sums, row);
    this.#norms = ensureCapacity(this.#norms, row);
    this.#blocks = ensureCapacity(this.#blocks, row);
    this.#held = ensureCapacity(this.#held, row);
  }
}
