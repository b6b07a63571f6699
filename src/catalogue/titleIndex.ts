import type { Item } from '../core/index.js';
import { ensureCapacity, topK } from '../math/index.js';
import { kindWords } from '../text/index.js';
import type { Catalogue } from './catalogue.js';

/** A word in more than this share of the titles says nothing of the kind of thing (but small shops are spared). */
const commonShare = 0.1;
const commonLeast = 50;
/** Items looked at for one that are like it, counted once for each word they share. */
const lookedAt = 10_000;
/** Items whose neighbours are remembered until the catalogue changes, and how many of each. */
const remembered = { items: 10_000, neighbours: 120 };

/** Items like another, best first, each with its similarity in (0, 1]. */
export interface Similar {
  handles: Int32Array;
  similarities: Float32Array;
}
const nothing: Similar = { handles: new Int32Array(0), similarities: new Float32Array(0) };

/**
 * Which items are the same kind of thing, by the words of their titles: weighted Jaccard with inverse document
 * frequencies. It needs no training and an item has neighbours as soon as it is put.
 */
export class TitleIndex {
  /** Another number after each change of a title. */
  version = 0;
  readonly #words = new Map<string, number>();
  readonly #postings: number[][] = [];
  /** Sorted word numbers by handle. */
  readonly #wordsOf: (Uint32Array | undefined)[] = [];
  #idf = new Float64Array(0);
  /** Sum of the weights of the words of each item, as of which version. */
  #masses = new Float64Array(0);
  #massesAt = new Uint32Array(0);
  /** Version the weights are of. */
  #weighedAt = -1;
  #titles = 0;
  #shared = new Float64Array(0);
  readonly #similar = new Map<number, Similar>();

  constructor(private readonly catalogue: Catalogue) {
    for (const { id } of catalogue.all()) this.#index(catalogue.find(id));
    catalogue.onChange((handle) => this.#index(handle));
  }

  /** At most `k` ≤ 120 of the most similar items; `handle` itself is left out. */
  similar(handle: number, k: number): Similar {
    const words = this.#wordsOf[handle];
    if (!words) return nothing;
    this.#weigh();
    let found = this.#similar.get(handle);
    if (!found) {
      found = this.#nearest(words, handle);
      if (this.#similar.size >= remembered.items) this.#similar.clear();
      this.#similar.set(handle, found);
    }
    return { handles: found.handles.subarray(0, k), similarities: found.similarities.subarray(0, k) };
  }

  /** Similarity of two items in [0, 1]. */
  similarity(a: number, b: number): number {
    const wordsA = this.#wordsOf[a];
    const wordsB = this.#wordsOf[b];
    if (!wordsA || !wordsB) return 0;
    this.#weigh();
    let shared = 0;
    for (let i = 0, j = 0; i < wordsA.length && j < wordsB.length; ) {
      const difference = wordsA[i]! - wordsB[j]!;
      if (difference === 0) shared += this.#idf[wordsA[i]!]!;
      if (difference <= 0) i++;
      if (difference >= 0) j++;
    }
    const union = this.#mass(a) + this.#mass(b) - shared;
    return union > 0 ? shared / union : 0;
  }

  #nearest(words: Uint32Array, handle: number): Similar {
    const touched = this.#share(words, handle).sort();
    const own = this.#mass(handle);
    const similarities = Float32Array.from(touched, (other) => {
      const shared = this.#shared[other]!;
      this.#shared[other] = 0;
      return shared / (own + this.#mass(other) - shared);
    });
    const { rows, scores } = topK(similarities, Math.min(remembered.neighbours, touched.length));
    return { handles: Int32Array.from(rows, (at) => touched[at]!), similarities: scores };
  }

  /** Adds the weight of each shared word to `#shared`; returns the items touched. */
  #share(words: Uint32Array, handle: number): Int32Array {
    this.#shared = ensureCapacity(this.#shared, this.catalogue.handles);
    const touched = new Int32Array(Math.min(lookedAt, this.catalogue.handles));
    let size = 0;
    // Rare words first: where the shop is large, the common ones would touch half of it and tell little.
    const rareFirst = [...words].sort((a, b) => this.#postings[a]!.length - this.#postings[b]!.length);
    let left = lookedAt;
    for (const word of rareFirst) {
      const weight = this.#idf[word]!;
      if (weight === 0) continue;
      for (const other of this.#postings[word]!) {
        if (left-- <= 0) return touched.subarray(0, size);
        if (other === handle) continue;
        if (this.#shared[other] === 0) touched[size++] = other;
        this.#shared[other]! += weight;
      }
    }
    return touched.subarray(0, size);
  }

  #mass(handle: number): number {
    if (this.#massesAt[handle] !== this.version) {
      let mass = 0;
      for (const word of this.#wordsOf[handle]!) mass += this.#idf[word]!;
      this.#masses[handle] = mass;
      this.#massesAt[handle] = this.version;
    }
    return this.#masses[handle]!;
  }

  /** Weights of the words, anew after the catalogue changed. */
  #weigh(): void {
    if (this.#weighedAt === this.version) return;
    this.#weighedAt = this.version;
    this.#similar.clear();
    this.#idf = ensureCapacity(this.#idf, this.#postings.length);
    this.#masses = ensureCapacity(this.#masses, this.#wordsOf.length);
    this.#massesAt = ensureCapacity(this.#massesAt, this.#wordsOf.length);
    const common = Math.max(commonLeast, commonShare * this.#titles);
    this.#postings.forEach(({ length }, word) => {
      this.#idf[word] = length === 0 || length > common ? 0 : Math.log(1 + this.#titles / length);
    });
  }

  #index(handle: number): void {
    const item = this.catalogue.item(handle);
    const words = item ? this.#wordsIn(item) : undefined;
    const before = this.#wordsOf[handle];
    if (same(before, words)) return;
    this.version++;
    for (const word of before ?? []) {
      const postings = this.#postings[word]!;
      postings.splice(postings.indexOf(handle), 1);
    }
    for (const word of words ?? []) this.#postings[word]!.push(handle);
    this.#titles += (words ? 1 : 0) - (before ? 1 : 0);
    this.#wordsOf[handle] = words;
  }

  #wordsIn(item: Item): Uint32Array | undefined {
    const words = new Set(kindWords(item.title ?? ''));
    for (const field of ['category', 'brand'] as const) if (item[field]) words.add(`${field}:${item[field]}`);
    if (words.size === 0) return undefined;
    const numbers = [...words].map((word) => {
      const known = this.#words.get(word);
      if (known !== undefined) return known;
      this.#words.set(word, this.#postings.length);
      return this.#postings.push([]) - 1;
    });
    return Uint32Array.from(numbers).sort();
  }
}

function same(a: Uint32Array | undefined, b: Uint32Array | undefined): boolean {
  return a === b || (a?.length === b?.length && !!a && a.every((word, at) => word === b![at]));
}
