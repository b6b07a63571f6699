import { atOnce, type Steps } from '../core/index.js';
import { ensureCapacity } from '../math/index.js';
import type { Analyser } from '../text/index.js';
import { type Bm25Options, defaultBm25, FieldNorms, idf, packCounts, textFields } from './bm25f.js';
import { Lexicon } from './lexicon.js';
import { Matches } from './matches.js';
import { SortedLists } from './sortedLists.js';

const fieldCount = textFields.length;
/** Different words of an item that are kept: what comes after is noise, or an attack. */
const wordsPerItem = 2_000;
/** A word that may be missing and stands in more than this share of the items is not looked up. */
const commonShare = 0.15;
/** A list so many times as long as the items to be scored is not read through: each item is looked up in it. */
const lookupFactor = 12;
/** Postings read in one step. */
const postingsAtOnce = 4_096;
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
  readonly #matches = new Matches();

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
   * before the next call: it stands in arrays that are used again.
   */
  match(clauses: readonly Clause[], needed = 0): Matches {
    atOnce(this.matching(clauses, needed, this.#matches));
    return this.#matches;
  }

  /** The same in steps, into `matches`. An item that is put or removed meanwhile may be found or not. */
  *matching(clauses: readonly Clause[], needed: number, matches: Matches): Steps<void> {
    matches.begin(this.#indexed.length);
    // An item without any of the rarest of them lacks too many: what the long lists alone have is not even scored.
    const opening = this.#opening(clauses, needed);
    for (const clause of opening ?? []) yield* this.#touchClause(clause, matches);
    let bit = 0;
    for (const clause of clauses) {
      const own = clause.required && bit < clauseLimit ? 2 ** bit++ : 0;
      if (own === 0 && this.#isCommon(clause)) continue;
      yield* this.#matchClause(clause, own, opening === undefined, matches);
    }
  }

  /** Postings that `matching` reads at most. */
  work(clauses: readonly Clause[], needed: number): number {
    const opening = this.#opening(clauses, needed);
    const opened = opening?.reduce((sum, clause) => sum + this.#cost(clause), 0) ?? Number.POSITIVE_INFINITY;
    const read = clauses.reduce(
      (sum, clause) => sum + Math.min(this.#cost(clause), lookupFactor * opened),
      0,
    );
    return opening ? opened + read : read;
  }

  /** The rarest clauses, one of which whatever matches `needed` of them has; nothing where all may open. */
  #opening(clauses: readonly Clause[], needed: number): Clause[] | undefined {
    const required = clauses.filter((clause) => clause.required).slice(0, clauseLimit);
    const opening = required.length - needed + 1;
    if (needed === 0 || opening >= clauses.length) return undefined;
    return required.sort((a, b) => this.#cost(a) - this.#cost(b)).slice(0, opening);
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
  *#touchClause({ alternatives }: Clause, matches: Matches): Steps<void> {
    for (const { terms } of alternatives)
      yield* this.#read(rarest(terms, this), (item) => matches.touch(item));
  }

  /** `opens`: whether items that no clause before has touched are found by it. */
  *#matchClause({ alternatives }: Clause, bit: number, opens: boolean, matches: Matches): Steps<void> {
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
      const take = (item: number, counts: number): void => {
        if (matches.has(item)) {
          if ((matches.mask(item) & done) !== 0) return;
        } else if (!opens) return;
        if (!this.#hasAll(item, others)) return;
        matches.touch(item);
        matches.add(item, weight * rarity * this.#saturated(item, counts), bit);
      };
      if (opens || this.holders(first) < lookupFactor * matches.size) yield* this.#read(first, take);
      else yield* this.#lookUp(first, matches.found, take);
    }
  }

  /** Visits the postings of a term. After a step it goes on by item: postings move when others come or go. */
  *#read(term: number, visit: (item: number, counts: number) => void): Steps<void> {
    for (let next = 0; ; ) {
      const { keys, values } = this.#postings;
      const start = this.#postings.start(term);
      const from = start + this.#postings.lowerBound(term, next);
      const end = start + this.holders(term);
      const to = Math.min(end, from + postingsAtOnce);
      for (let at = from; at < to; at++) visit(keys[at]!, values[at]!);
      if (to === end) return;
      next = keys[to - 1]! + 1;
      yield;
    }
  }

  /** Visits the postings of a long list that few items have: they are looked up in it. */
  *#lookUp(term: number, items: Uint32Array, visit: (item: number, counts: number) => void): Steps<void> {
    for (let each = 0; each < items.length; each++) {
      const item = items[each]!;
      const at = this.#postings.lowerBound(term, item);
      const place = this.#postings.start(term) + at;
      if (at < this.holders(term) && this.#postings.keys[place] === item)
        visit(item, this.#postings.values[place]!);
      if (each % 1_024 === 1_023) yield;
    }
  }

  #hasAll(item: number, terms: readonly number[]): boolean {
    for (const term of terms) if (!this.#postings.has(term, item)) return false;
    return true;
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
