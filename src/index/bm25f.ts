import { ensureCapacity } from '../math/index.js';

/** What an item is searched by; a word counts for where it stands. */
export const textFields = ['title', 'label', 'tags', 'description'] as const;
export type TextField = (typeof textFields)[number];

/** BM25F (Zaragoza et al. 2004): weight and length normalisation by field, saturation over all of them together. */
export interface Bm25Options {
  /** By field: title, category and brand, tags and attributes, description. */
  weights: readonly number[];
  /** How much a long field counts less, 0 to 1. */
  b: readonly number[];
  k1: number;
}
export const defaultBm25: Bm25Options = { weights: [3, 1.5, 1, 0.5], b: [0.4, 0.3, 0.3, 0.6], k1: 1.2 };

const fieldCount = textFields.length;
/** Change of a mean length from which on all norms are made anew. */
const drift = 0.05;

/** Counts of a word in each field, 0 to 255 of each, in one number. */
export function packCounts(counts: Uint8Array): number {
  return (counts[0]! | (counts[1]! << 8) | (counts[2]! << 16) | (counts[3]! << 24)) >>> 0;
}

/** What a count of a field is worth in each item, kept as a table so that scoring a posting is four products. */
export class FieldNorms {
  /** [items × fields] weight / (1 − b + b × length / mean length) */
  norms = new Float32Array(0);
  #lengths = new Float32Array(0);
  readonly #sums = new Float64Array(fieldCount);
  readonly #with = new Float64Array(fieldCount);
  readonly #means = new Float64Array(fieldCount).fill(1);
  #items = 0;

  constructor(readonly options: Bm25Options) {}

  get items(): number {
    return this.#items;
  }

  /** Sets the lengths of an item's fields, in words. */
  put(item: number, lengths: ArrayLike<number>): void {
    this.#items++;
    this.#lengths = ensureCapacity(this.#lengths, item * fieldCount + fieldCount);
    this.norms = ensureCapacity(this.norms, item * fieldCount + fieldCount);
    for (let field = 0; field < fieldCount; field++) {
      this.#lengths[item * fieldCount + field] = lengths[field]!;
      this.#count(field, lengths[field]!, 1);
    }
    if (this.#drifted()) this.#renew();
    else this.#fill(item);
  }

  remove(item: number): void {
    this.#items--;
    for (let field = 0; field < fieldCount; field++) {
      this.#count(field, this.#lengths[item * fieldCount + field]!, -1);
      this.#lengths[item * fieldCount + field] = 0;
    }
  }

  #count(field: number, length: number, sign: number): void {
    if (length === 0) return;
    this.#sums[field]! += sign * length;
    this.#with[field]! += sign;
  }

  #mean(field: number): number {
    return this.#with[field]! > 0 ? this.#sums[field]! / this.#with[field]! : 1;
  }

  #drifted(): boolean {
    for (let field = 0; field < fieldCount; field++)
      if (Math.abs(this.#mean(field) / this.#means[field]! - 1) > drift) return true;
    return false;
  }

  #renew(): void {
    for (let field = 0; field < fieldCount; field++) this.#means[field] = this.#mean(field);
    for (let item = 0; item * fieldCount < this.norms.length; item++) this.#fill(item);
  }

  #fill(item: number): void {
    const { weights, b } = this.options;
    for (let field = 0; field < fieldCount; field++) {
      const at = item * fieldCount + field;
      this.norms[at] =
        weights[field]! / (1 - b[field]! + (b[field]! * this.#lengths[at]!) / this.#means[field]!);
    }
  }
}

/** Weight of a word that `holders` of `items` have; never below 0. */
export function idf(items: number, holders: number): number {
  return Math.log(1 + (items - holders + 0.5) / (holders + 0.5));
}
