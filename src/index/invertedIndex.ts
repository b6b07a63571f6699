import { ensureCapacity } from '../math/index.js';
import type { Analyser } from '../text/index.js';
import { type Bm25Options, defaultBm25, FieldNorms, idf, packCounts, textFields } from './bm25f.js';
import { Lexicon } from './lexicon.js';
import { SortedLists } from './sortedLists.js';

const fieldCount = textFields.length;
/** Different words of an item that are kept: what comes after is noise, or an attack. */
const wordsPerItem = 2_000;
/** A word that may be missing and stands in more than this share of the items is not looked up. */
const commonShare = 0.15;
/** A list so many times as long as the items to be scored is not read through: each item is looked up in it. */
const lookupFactor = 12;
const none: readonly number[] = [];

/** One way to satisfy a clause. */
export interface Alternative {
  /** Terms that must all be in the item: one, or the pairs of a Chinese word. */
  terms: readonly number[];
  /** 0 to 1: how much a find counts beside the word that was asked for. */
  weight: number;
}

/** A part of a query. An item matches it by the first of its alternatives that it has. */
export interface Clause {
  alternatives: readonly Alternative[];
  /** Whether a match needs it; otherwise it only adds to the score. */
  required: boolean;
}

/** Required clauses a query may have: one bit each. */
export const clauseLimit = 30;

/**
 * Words of items → items, with counts by field (BM25F). An item is put, replaced or removed at once and exactly: its
 * words are remembered, so nothing of it stays behind. Items are small whole numbers (catalogue handles).
 */
export class InvertedIndex {
  readonly lexicon = new Lexicon();
  readonly #postings = new SortedLists(true);
  /** Words of each item, by number. */
  readonly #wordsOf = new SortedLists(false);
  readonly #norms: FieldNorms;
  #indexed = new Uint8Array(1024);
  /** Of the query last asked: score and matched clauses of the items whose stamp is that query's. */
  #scores = new Float32Array(0);
  #masks = new Uint32Array(0);
  #stamps = new Uint32Array(0);
  #touched = new Uint32Array(0);
  #touchedSize = 0;
  #query = 0;

  constructor(
    readonly analyser: Analyser,
    options: Bm25Options = defaultBm25,
  ) {
    this.#norms = new FieldNorms(options);
  }

  /** Items in the index. */
  get size(): number {
    return this.#norms.items;
  }

  /** Postings there is room for: follows what is kept, however often it was replaced. */
  get capacity(): number {
    return this.#postings.capacity + this.#wordsOf.capacity;
  }

  has(item: number): boolean {
    return this.#indexed[item] === 1;
  }

  /** Adds or replaces an item; `texts` in the order of `textFields`. */
  put(item: number, texts: readonly string[]): void {
    this.remove(item);
    const lengths = new Float64Array(fieldCount);
    const counts = this.#count(texts, lengths);
    const byTerm = new Map<number, Uint8Array>();
    for (const [word, own] of counts) {
      const number = this.lexicon.use(word);
      this.#wordsOf.put(item, number);
      const term = this.lexicon.term(number);
      const known = byTerm.get(term);
      if (!known) byTerm.set(term, own);
      else
        for (let field = 0; field < fieldCount; field++)
          known[field] = Math.min(255, known[field]! + own[field]!);
    }
    for (const [term, own] of byTerm) this.#postings.put(term, item, packCounts(own));
    this.#norms.put(item, lengths);
    this.#indexed = ensureCapacity(this.#indexed, item);
    this.#indexed[item] = 1;
  }

  remove(item: number): void {
    if (!this.has(item)) return;
    const start = this.#wordsOf.start(item);
    const end = start + this.#wordsOf.length(item);
    for (let at = start; at < end; at++) {
      const number = this.#wordsOf.keys[at]!;
      this.#postings.remove(this.lexicon.term(number), item);
      this.lexicon.release(number);
    }
    this.#wordsOf.clear(item);
    this.#norms.remove(item);
    this.#indexed[item] = 0;
  }

  /** Items that have `term`. */
  holders(term: number): number {
    return term < 0 ? 0 : this.#postings.length(term);
  }

  /**
   * Finds what matches at least `needed` of the required clauses; of items that match fewer, some are found too. Read it
   * by `found`, `score` and `mask` before the next call: they stand in arrays that are used again. Returns how many
   * items were touched.
   */
  match(clauses: readonly Clause[], needed = 0): number {
    this.#begin();
    const required = clauses.filter((clause) => clause.required).slice(0, clauseLimit);
    // An item without any of the rarest of them lacks too many: what the long lists alone have is not even scored.
    const opening = required.length - needed + 1;
    const opens = needed === 0 || opening >= clauses.length;
    if (!opens) {
      required.sort((a, b) => this.#cost(a) - this.#cost(b));
      for (let at = 0; at < opening; at++) this.#touchClause(required[at]!);
    }
    let bit = 0;
    for (const clause of clauses) {
      const own = clause.required && bit < clauseLimit ? 2 ** bit++ : 0;
      if (own === 0 && this.#isCommon(clause)) continue;
      this.#matchClause(clause, own, opens);
    }
    return this.#touchedSize;
  }

  /** The items touched, in no order. */
  get found(): Uint32Array {
    return this.#touched.subarray(0, this.#touchedSize);
  }

  score(item: number): number {
    return this.#stamps[item] === this.#query ? this.#scores[item]! : 0;
  }

  /** Bits of the required clauses that the item matches, in their order. */
  mask(item: number): number {
    return this.#stamps[item] === this.#query ? this.#masks[item]! : 0;
  }

  #begin(): void {
    const items = this.#indexed.length;
    if (this.#stamps.length < items) {
      this.#scores = new Float32Array(items);
      this.#masks = new Uint32Array(items);
      this.#stamps = new Uint32Array(items);
      this.#touched = new Uint32Array(items);
      this.#query = 0;
    }
    this.#query++;
    this.#touchedSize = 0;
  }

  #isCommon({ alternatives }: Clause): boolean {
    const [first] = alternatives;
    return first !== undefined && this.holders(first.terms[0]!) > Math.max(1_000, commonShare * this.size);
  }

  /** Postings that a clause makes one read. */
  #cost({ alternatives }: Clause): number {
    let postings = 0;
    for (const { terms } of alternatives) postings += this.holders(rarest(terms, this));
    return postings;
  }

  /** Takes the items that may match a clause for ones to be scored. */
  #touchClause({ alternatives }: Clause): void {
    for (const { terms } of alternatives) {
      const first = rarest(terms, this);
      const start = this.#postings.start(first);
      const end = start + this.holders(first);
      for (let at = start; at < end; at++) this.#touch(this.#postings.keys[at]!);
    }
  }

  /** `opens`: whether items that no clause before has touched are found by it. */
  #matchClause({ alternatives }: Clause, bit: number, opens: boolean): void {
    // All alternatives stand for one word: they share the weight of the commonest, or a rare misspelling would win.
    let holders = 0;
    for (const { terms } of alternatives) holders = Math.max(holders, this.holders(rarest(terms, this)));
    if (holders === 0) return;
    const rarity = idf(this.size, holders);
    // The better alternatives come first: an item that matched the clause by one of them is done.
    const done = alternatives.length === 1 ? 0 : bit;
    for (const { terms, weight } of alternatives) {
      const first = rarest(terms, this);
      const others = terms.length > 1 ? terms.filter((term) => term !== first) : none;
      const { keys, values } = this.#postings;
      const start = this.#postings.start(first);
      const end = start + this.holders(first);
      const take = (item: number, at: number): void => {
        if (this.#stamps[item] === this.#query) {
          if ((this.#masks[item]! & done) !== 0) return;
        } else if (!opens) return;
        if (!this.#hasAll(item, others)) return;
        this.#touch(item);
        this.#scores[item]! += weight * rarity * this.#saturated(item, values[at]!);
        this.#masks[item]! |= bit;
      };
      if (opens || end - start < lookupFactor * this.#touchedSize) {
        for (let at = start; at < end; at++) take(keys[at]!, at);
        continue;
      }
      // The few items are looked up in the long list, not the long list in the few items.
      for (let each = 0; each < this.#touchedSize; each++) {
        const item = this.#touched[each]!;
        const at = start + this.#postings.lowerBound(first, item);
        if (at < end && keys[at] === item) take(item, at);
      }
    }
  }

  #hasAll(item: number, terms: readonly number[]): boolean {
    for (const term of terms) if (!this.#postings.has(term, item)) return false;
    return true;
  }

  #touch(item: number): void {
    if (this.#stamps[item] === this.#query) return;
    this.#stamps[item] = this.#query;
    this.#scores[item] = 0;
    this.#masks[item] = 0;
    this.#touched[this.#touchedSize++] = item;
  }

  #saturated(item: number, counts: number): number {
    const { norms } = this.#norms;
    const at = item * fieldCount;
    let frequency = (counts & 255) * norms[at]!;
    // Most words stand in the title alone.
    if (counts > 255)
      frequency +=
        ((counts >>> 8) & 255) * norms[at + 1]! +
        ((counts >>> 16) & 255) * norms[at + 2]! +
        (counts >>> 24) * norms[at + 3]!;
    return frequency / (this.#norms.options.k1 + frequency);
  }

  #count(texts: readonly string[], lengths: Float64Array): Map<string, Uint8Array> {
    const counts = new Map<string, Uint8Array>();
    for (let field = 0; field < fieldCount; field++) {
      const text = texts[field];
      if (!text) continue;
      for (const { word, kind } of this.analyser.tokens(text)) {
        if (kind === 'word') lengths[field]!++;
        let own = counts.get(word);
        if (!own) {
          if (counts.size >= wordsPerItem) continue;
          own = new Uint8Array(fieldCount);
          counts.set(word, own);
        }
        if (own[field]! < 255) own[field]!++;
      }
    }
    return counts;
  }
}

function rarest(terms: readonly number[], index: InvertedIndex): number {
  let best = terms[0]!;
  for (const term of terms) if (index.holders(term) < index.holders(best)) best = term;
  return best;
}
