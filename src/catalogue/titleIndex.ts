import type { Item } from '../core/index.js';
import { topK } from '../math/index.js';
import type { Catalogue } from './catalogue.js';

/** A word in more than this share of the titles says nothing of the kind of thing (but small shops are spared). */
const commonShare = 0.1;
const commonLeast = 50;
/** Items looked at for one that are like it, counted once for each word they share. */
const lookedAt = 10_000;

/**
 * Which items are the same kind of thing, by the words of their titles: weighted Jaccard with inverse document
 * frequencies. It needs no training and an item has neighbours as soon as it is put.
 */
export class TitleIndex {
  readonly #words = new Map<string, number>();
  readonly #postings: number[][] = [];
  /** Sorted word numbers by handle. */
  readonly #wordsOf: (Uint32Array | undefined)[] = [];
  #idf = new Float64Array(0);
  #weighed = false;
  #titles = 0;
  #shared = new Float64Array(0);

  constructor(private readonly catalogue: Catalogue) {
    for (const { id } of catalogue.all()) this.#index(catalogue.find(id));
    catalogue.onChange((handle) => this.#index(handle));
  }

  /** The most similar items, best first, each with its similarity in (0, 1]; `handle` itself is left out. */
  similar(handle: number, k: number): { handle: number; similarity: number }[] {
    const words = this.#wordsOf[handle];
    if (!words) return [];
    this.#weigh();
    const touched = this.#share(words, handle).sort((a, b) => a - b);
    const own = this.#mass(words);
    const found = touched.map((other) => {
      const shared = this.#shared[other]!;
      this.#shared[other] = 0;
      return { handle: other, similarity: shared / (own + this.#mass(this.#wordsOf[other]!) - shared) };
    });
    const order = topK(
      Float32Array.from(found, ({ similarity }) => similarity),
      Math.min(k, found.length),
    );
    return Array.from(order.rows, (at) => found[at]!);
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
    const union = this.#mass(wordsA) + this.#mass(wordsB) - shared;
    return union > 0 ? shared / union : 0;
  }

  /** Adds the weight of each shared word to `#shared`; returns the items touched. */
  #share(words: Uint32Array, handle: number): number[] {
    if (this.#shared.length < this.catalogue.handles) {
      this.#shared = new Float64Array(Math.ceil(1.5 * this.catalogue.handles));
    }
    const touched: number[] = [];
    // Rare words first: where the shop is large, the common ones would touch half of it and tell little.
    const rareFirst = [...words].sort((a, b) => this.#postings[a]!.length - this.#postings[b]!.length);
    let left = lookedAt;
    for (const word of rareFirst) {
      const weight = this.#idf[word]!;
      if (weight === 0) continue;
      for (const other of this.#postings[word]!) {
        if (left-- <= 0) return touched;
        if (other === handle) continue;
        if (this.#shared[other] === 0) touched.push(other);
        this.#shared[other]! += weight;
      }
    }
    return touched;
  }

  #mass(words: Uint32Array): number {
    let sum = 0;
    for (const word of words) sum += this.#idf[word]!;
    return sum;
  }

  /** Weights of the words, anew after the catalogue changed. */
  #weigh(): void {
    if (this.#weighed) return;
    this.#weighed = true;
    if (this.#idf.length < this.#postings.length) {
      this.#idf = new Float64Array(Math.ceil(1.5 * this.#postings.length));
    }
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
    this.#weighed = false;
    for (const word of before ?? []) {
      const postings = this.#postings[word]!;
      postings.splice(postings.indexOf(handle), 1);
    }
    for (const word of words ?? []) this.#postings[word]!.push(handle);
    this.#titles += (words ? 1 : 0) - (before ? 1 : 0);
    this.#wordsOf[handle] = words;
  }

  #wordsIn(item: Item): Uint32Array | undefined {
    const words = new Set(wordsOf(item.title ?? ''));
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

const han = /\p{Script=Han}/u;

/** Words in lower case without a plural s; Chinese by pairs of characters. */
function wordsOf(text: string): string[] {
  const found = text.toLowerCase().match(/\p{Script=Han}+|[^\P{L}\p{Script=Han}]+|\p{N}+/gu) ?? [];
  return found.flatMap((word) => {
    if (!han.test(word)) return word.length > 3 && /[^s]s$/.test(word) ? word.slice(0, -1) : word;
    const characters = [...word];
    if (characters.length === 1) return word;
    return characters.slice(1).map((character, at) => characters[at]! + character);
  });
}

function same(a: Uint32Array | undefined, b: Uint32Array | undefined): boolean {
  return a === b || (a?.length === b?.length && !!a && a.every((word, at) => word === b![at]));
}
