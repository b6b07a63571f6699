import type { Item } from '../core/index.js';
import { SortedLists } from '../index/index.js';
import { words } from '../text/index.js';
import { type NeighbourContent, neighbourModel } from './neighbourModel.js';
import { defineRecommender } from './recommender.js';
import { sparsify, unpackModel, withUntouched } from './support.js';

/** Characters of a title that are read: what a shop writes in it beyond that is no title. */
const readLength = 500;
/** Tags of an item that are read. */
const tagsRead = 50;
/**
 * What a word counts by where it stands. A title names the maker and the thing first: its first word counts thrice, those
 * after it less and less; brand and category once, a tag half (chosen on Beauty's validation: .082 to .086 by the places;
 * Online Retail's agrees).
 */
const places = 16;
const [named, tagged] = [places - 2, places - 1];
const placeWeights = Float64Array.from({ length: places }, (_, place) => 1 + 2 * 2 ** (-place / 4));
placeWeights.set([1, 0.5], named);
const placeSquares = placeWeights.map((weight) => weight ** 2);
/** How much a close match counts beside many faint ones (chosen likewise). */
const closeness = 1.5;
/** A word in more than this share of the texts says nothing of one (but small shops are spared). */
const common = { share: 0.1, least: 50 };
/** Items looked at for one that are like it, counted once for each word they share. */
const lookedAt = 20_000;
/**
 * One of a crowd counts less: how like it is is divided by this power of how many share its words (chosen on Beauty's
 * validation; Online Retail's agrees).
 */
const crowding = 0.3;
/** The newest of the shopper's items counts 1, the one before it this power of a half, the next of a third (likewise). */
const fading = 0.7;
/** What the shopper's item `place` places before the newest counts. */
export const titleFade = (place: number): number => (1 + place) ** -fading;

/**
 * Items by what their entries say: title, brand and category as TF-IDF vectors. It grows with the catalogue: an item has
 * neighbours as soon as it is put, and nothing is trained. Rows are whatever whole numbers the caller has.
 */
export class TextVectors {
  readonly #words = new Map<string, number>();
  /** Of each word, the rows that have it, each with the place where (row · places + place). */
  readonly #postings = new SortedLists(false);
  /** Of each row, its words, each with its place. */
  readonly #wordsOf = new SortedLists(false);
  #size = 0;
  #texts = 0;
  /** Another number after each change. */
  version = 0;
  #weighedAt = -1;
  /** Of each word, its inverse document frequency, squared. */
  #rarity = new Float64Array(0);
  #norms = new Float64Array(0);
  /**
   * What a row is divided by as one that is like another: its norm, times a power of how many rows share its words, which
   * is Σ over them of its own v² times all rows' v² (v of length 1).
   */
  #divisors = new Float64Array(0);

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
    for (const placed of before) this.#postings.remove(codeOf(placed), row * places + placeOf(placed));
    for (const placed of now ?? []) this.#postings.put(codeOf(placed), row * places + placeOf(placed));
    this.#texts += (now ? 1 : 0) - (before.length > 0 ? 1 : 0);
    this.#size = Math.max(this.#size, row + 1);
    this.#wordsOf.clear(row);
    for (const placed of now ?? []) this.#wordsOf.put(row, placed);
  }

  /** Whether anything is known of the row by which it could be like another. */
  has(row: number): boolean {
    return this.#wordsOf.length(row) > 0;
  }

  /**
   * Writes (cos(row, other) / crowd(other)^crowding)^closeness to `out[other]` for the others that share a word; rare
   * words first, and bounded.
   */
  addLike(row: number, out: Float32Array): void {
    const own = this.#listOf(row);
    if (own.length === 0) return;
    this.#weigh();
    const { products, touched } = this.#scratch();
    let [count, left] = [0, lookedAt];
    const postings = this.#postings;
    const holders = (placed: number): number => postings.length(codeOf(placed));
    const rareFirst = [...own].sort((a, b) => holders(a) - holders(b));
    for (const placed of rareFirst) {
      const weight = this.#rarity[codeOf(placed)]! * placeWeights[placeOf(placed)]!;
      if (weight === 0 || left <= 0) continue;
      const start = postings.start(codeOf(placed));
      const end = start + Math.min(left, holders(placed));
      left -= end - start;
      for (let at = start; at < end; at++) {
        const posting = postings.keys[at]!;
        const other = codeOf(posting);
        if (products[other] === 0) touched[count++] = other;
        products[other]! += weight * placeWeights[placeOf(posting)]!;
      }
    }
    for (let at = 0; at < count; at++) {
      const other = touched[at]!;
      const likeness = products[other]! / (this.#norms[row]! * this.#divisors[other]!);
      products[other] = 0;
      if (other !== row && other < out.length) out[other] = likeness ** closeness;
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

  /** Weights of the words, lengths of the vectors and crowds, anew after the catalogue changed. */
  #weigh(): void {
    if (this.#weighedAt === this.version) return;
    this.#weighedAt = this.version;
    const most = Math.max(common.least, common.share * this.#texts);
    this.#rarity = Float64Array.from({ length: this.#words.size }, (_, word) => {
      const holders = this.#postings.length(word);
      return holders < 2 || holders > most ? 0 : Math.log(1 + this.#texts / holders) ** 2;
    });
    const ofWords = new Float64Array(this.#words.size);
    this.#norms = new Float64Array(this.#size);
    for (let row = 0; row < this.#size; row++) {
      const squared = this.#sumOver(row);
      this.#norms[row] = Math.sqrt(squared) || 1;
      if (squared > 0) this.#addSquares(row, 1 / squared, ofWords);
    }
    this.#divisors = this.#norms.map((norm, row) => {
      const crowd = this.#sumOver(row, ofWords) / norm ** 2;
      return norm * (crowd || 1) ** crowding;
    });
  }

  /** Σ over the row's words of their squared weights, each times a factor of the word. */
  #sumOver(row: number, factors?: Float64Array): number {
    const { keys } = this.#wordsOf;
    const start = this.#wordsOf.start(row);
    const end = start + this.#wordsOf.length(row);
    let sum = 0;
    for (let at = start; at < end; at++) {
      const word = codeOf(keys[at]!);
      sum += this.#rarity[word]! * placeSquares[placeOf(keys[at]!)]! * (factors ? factors[word]! : 1);
    }
    return sum;
  }

  /** Adds to each of the row's words its squared weight times a scale. */
  #addSquares(row: number, scale: number, out: Float64Array): void {
    const { keys } = this.#wordsOf;
    const start = this.#wordsOf.start(row);
    const end = start + this.#wordsOf.length(row);
    for (let at = start; at < end; at++) {
      const word = codeOf(keys[at]!);
      out[word]! += scale * this.#rarity[word]! * placeSquares[placeOf(keys[at]!)]!;
    }
  }

  /** The row's words with their places, rising: a view, good until the next change. */
  #listOf(row: number): Uint32Array {
    const start = this.#wordsOf.start(row);
    return this.#wordsOf.keys.subarray(start, start + this.#wordsOf.length(row));
  }

  #numbersOf(item: Item): Uint32Array | undefined {
    const found = placedWords(item);
    if (found.size === 0) return undefined;
    return Uint32Array.from(found, ([word, place]) => this.#numberOf(word) * places + place).sort();
  }

  #numberOf(word: string): number {
    const number = this.#words.get(word) ?? this.#words.size;
    this.#words.set(word, number);
    return number;
  }
}

/** Of a number with a place: the number. */
const codeOf = (placed: number): number => Math.floor(placed / places);
const placeOf = (placed: number): number => placed % places;

/** Words of the title without a plural s, each where it stands first; brand, category and tags as words of their own. */
function placedWords({ title = '', brand, category, tags }: Item): Map<string, number> {
  const found = new Map<string, number>();
  const put = (word: string, place: number): void => {
    if (!found.has(word)) found.set(word, place);
  };
  for (const [at, word] of words(title.slice(0, readLength)).entries())
    put(word.length > 3 && /[^s]s$/.test(word) ? word.slice(0, -1) : word, Math.min(at, named - 1));
  if (brand) put(`brand:${brand}`, named);
  if (category) put(`category:${category}`, named);
  for (const tag of (tags ?? []).slice(0, tagsRead)) put(`tag:${tag}`, tagged);
  return found;
}

/** Most similar items of one that are kept. */
const kept = 200;

/**
 * What is like the shopper's items by its entry, recent ones first: Σ over the items of (1 + place)^−fading · likeness^1.5.
 * The power lets one close match count more than many faint ones. Nothing is trained on what shoppers did.
 */
export const titles = defineRecommender<{ fading: number }>({
  name: 'titles',
  source:
    'TF-IDF over title, brand and category (Salton & Buckley 1988), the first words of a title counting more',
  defaults: { fading },
  async fit(data, { fading }, progress) {
    const { items, catalogue } = withUntouched(data);
    const { size } = items;
    const vectors = new TextVectors();
    for (let row = 0; row < size; row++) vectors.set(row, catalogue?.[row]);
    const neighbours = sparsify(size, { keep: kept }, (item, out) => {
      if (item % 500 === 0) progress({ phase: 'titles', done: item, total: size });
      vectors.addLike(item, out);
    });
    return neighbourModel({ name: 'titles', ids: [...items.ids], neighbours, fading });
  },
  load: async (files) => neighbourModel(unpackModel<NeighbourContent>(files)),
});
