import type { Item } from '../core/index.js';
import { SortedLists } from '../index/index.js';
import { words } from '../text/index.js';
import { type NeighbourContent, neighbourModel } from './neighbourModel.js';
import { defineRecommender } from './recommender.js';
import { sparsify, unpackModel, withUntouched } from './support.js';

/** Characters of a title that are read: what a shop writes in it beyond that is no title. */
const readLength = 500;
/** Tags of an item that are read, and what a tag says of it beside a word of its title (chosen on Beauty's validation). */
const [tagsRead, tagged, tagWeight] = [50, 'tag:', 0.5];
/** A word in more than this share of the texts says nothing of one (but small shops are spared). */
const common = { share: 0.1, least: 50 };
/** Items looked at for one that are like it, counted once for each word they share. */
const lookedAt = 20_000;
/** Places after which an event of the shopper counts half. */
export const titleHalfLife = 4;

/**
 * Items by what their entries say: title, brand and category as TF-IDF vectors. It grows with the catalogue: an item has
 * neighbours as soon as it is put, and nothing is trained. Rows are whatever whole numbers the caller has.
 */
export class TextVectors {
  readonly #words = new Map<string, number>();
  /** Rows that have each word. */
  readonly #postings: number[][] = [];
  /** How much each word counts beside others as rare. */
  readonly #says: number[] = [];
  readonly #wordsOf = new SortedLists(false);
  #size = 0;
  #texts = 0;
  /** Another number after each change. */
  version = 0;
  #weighedAt = -1;
  #idf = new Float64Array(0);
  #norms = new Float64Array(0);

  /** Rows ever given are below this. */
  get size(): number {
    return this.#size;
  }

  /** Takes an item's entry, or another one in place of the one before; undefined forgets it. */
  set(row: number, item: Item | undefined): void {
    const before = this.#listOf(row);
    const now = item && this.#numbersOf(item);
    if (before.length === 0 && !now) return;
    this.version++;
    for (const word of before) {
      const postings = this.#postings[word]!;
      postings.splice(postings.indexOf(row), 1);
    }
    for (const word of now ?? []) this.#postings[word]!.push(row);
    this.#texts += (now ? 1 : 0) - (before.length > 0 ? 1 : 0);
    this.#size = Math.max(this.#size, row + 1);
    this.#wordsOf.clear(row);
    for (const word of now ?? []) this.#wordsOf.put(row, word);
  }

  /** Whether anything is known of the row by which it could be like another. */
  has(row: number): boolean {
    return this.#wordsOf.length(row) > 0;
  }

  /** Writes cos²(row, other) to `out[other]` for the others that share a word; rare words first, and bounded. */
  addLike(row: number, out: Float32Array): void {
    const own = this.#listOf(row);
    if (own.length === 0) return;
    this.#weigh();
    const { products, touched } = this.#scratch();
    let [count, left] = [0, lookedAt];
    const rareFirst = [...own].sort((a, b) => this.#postings[a]!.length - this.#postings[b]!.length);
    for (const word of rareFirst) {
      const square = this.#idf[word]! ** 2;
      if (square === 0 || left <= 0) continue;
      for (const other of this.#postings[word]!) {
        if (left-- <= 0) break;
        if (products[other] === 0) touched[count++] = other;
        products[other]! += square;
      }
    }
    for (let at = 0; at < count; at++) {
      const other = touched[at]!;
      const cosine = products[other]! / (this.#norms[row]! * this.#norms[other]!);
      products[other] = 0;
      if (other !== row && other < out.length) out[other] = cosine * cosine;
    }
  }

  #products = new Float64Array(0);
  #touched = new Int32Array(0);

  #scratch(): { products: Float64Array; touched: Int32Array } {
    if (this.#products.length < this.size) {
      this.#products = new Float64Array(2 * this.size);
      this.#touched = new Int32Array(2 * this.size);
    }
    return { products: this.#products, touched: this.#touched };
  }

  /** Weights of the words and lengths of the vectors, anew after the catalogue changed. */
  #weigh(): void {
    if (this.#weighedAt === this.version) return;
    this.#weighedAt = this.version;
    const most = Math.max(common.least, common.share * this.#texts);
    this.#idf = Float64Array.from(this.#postings, ({ length }, word) =>
      length < 2 || length > most ? 0 : this.#says[word]! * Math.log(1 + this.#texts / length),
    );
    this.#norms = Float64Array.from({ length: this.#size }, (_, row) => {
      let square = 0;
      for (const word of this.#listOf(row)) square += this.#idf[word]! ** 2;
      return Math.sqrt(square) || 1;
    });
  }

  /** Numbers of the row's words, rising: a view, good until the next change. */
  #listOf(row: number): Uint32Array {
    const start = this.#wordsOf.start(row);
    return this.#wordsOf.keys.subarray(start, start + this.#wordsOf.length(row));
  }

  #numbersOf(item: Item): Uint32Array | undefined {
    const found = new Set(tokensOf(item));
    if (found.size === 0) return undefined;
    return Uint32Array.from(found, (word) => {
      const known = this.#words.get(word);
      if (known !== undefined) return known;
      this.#words.set(word, this.#postings.length);
      this.#says.push(word.startsWith(tagged) ? tagWeight : 1);
      return this.#postings.push([]) - 1;
    }).sort();
  }
}

/** Words of the title without a plural s; brand, category and tags as words of their own. */
function tokensOf({ title = '', brand, category, tags }: Item): string[] {
  const named = [brand && `brand:${brand}`, category && `category:${category}`].filter((each) => !!each);
  const own = words(title.slice(0, readLength)).map((word) =>
    word.length > 3 && /[^s]s$/.test(word) ? word.slice(0, -1) : word,
  );
  return [...own, ...(named as string[]), ...(tags ?? []).slice(0, tagsRead).map((tag) => `${tagged}${tag}`)];
}

/** Most similar items of one that are kept. */
const kept = 200;

/**
 * What is like the shopper's items by its entry, recent ones first: Σ over the events of 2^(−place / halfLife) · cos².
 * The square lets one close match count more than many faint ones. Nothing is trained on what shoppers did.
 */
export const titles = defineRecommender<{ recencyHalfLife: number }>({
  name: 'titles',
  source: 'TF-IDF over title, brand and category (Salton & Buckley 1988)',
  defaults: { recencyHalfLife: titleHalfLife },
  async fit(data, { recencyHalfLife }, progress) {
    const { items, catalogue } = withUntouched(data);
    const { size } = items;
    const vectors = new TextVectors();
    for (let row = 0; row < size; row++) vectors.set(row, catalogue?.[row]);
    const neighbours = sparsify(size, { keep: kept }, (item, out) => {
      if (item % 500 === 0) progress({ phase: 'titles', done: item, total: size });
      vectors.addLike(item, out);
    });
    return neighbourModel({ name: 'titles', ids: [...items.ids], neighbours, recencyHalfLife });
  },
  load: async (files) => neighbourModel(unpackModel<NeighbourContent>(files)),
});
