import type { SearchStep, Steps } from '../core/index.js';
import { clauseLimit, type Matches } from '../index/index.js';
import { topK } from '../math/index.js';
import type { Token } from '../text/index.js';
import { clausesOf, type WordClause } from './clauses.js';
import type { ProductIndex } from './productIndex.js';
import { openness } from './rank.js';
import type { Selection } from './selection.js';
import type { Synonyms } from './synonyms.js';

/** Items whose order is looked at closely; those behind keep the order of their words. */
export const candidateLimit = 1_000;
/** Below so many finds, items with most of the words join them. */
export const few = 20;
/** Matches looked at in one step. */
const lookedAtOnce = 1_024;
/** Share of the words that an item needs where too few have them all, and how many at least, if any item has so many. */
const least = { share: 0.4, words: 2 };

export interface Retrieved {
  step: SearchStep;
  clauses: readonly WordClause[];
  dropped: string[];
  /** Items that match all that is asked for. */
  total: number;
  /** The best of them by their words, best first; where they are few, items with most of the words follow. */
  candidates: number[];
  /** Place of the first candidate among all that there is; 0 where they were found by words. */
  first?: number;
  /** Candidates that have all of the words: they stand before the others whoever asks. */
  whole: number;
  scores: Float32Array;
  /** Whether a known item is among the matches, and its score by the words: until the next query. */
  scoreOf: (item: number) => number;
  /** To be called when `scoreOf` is done with: another large search waits for it. */
  leave?: () => void;
  /** Matches with those that the filters keep out: whether others join must not depend on a filter. */
  matching: number;
  /** Whether there are matches, all of which the filters keep out. */
  filtered: boolean;
}

/** How much the words leave open, by the items that have them all where these are few. */
export function opennessOf(
  { whole, total }: Pick<Retrieved, 'whole' | 'total'>,
  words: number,
  choices: ReadonlyMap<string, number>,
): number {
  return openness(whole < few ? whole : total, words, choices);
}

/** The words of a query, as they were written. */
export interface Asked {
  tokens: readonly Token[];
  /** Whether the last word may be the beginning of one. */
  prefix: boolean;
  clauses: readonly WordClause[];
}

export function askedOf(
  { words }: ProductIndex,
  synonyms: Synonyms,
  tokens: readonly Token[],
  prefix: boolean,
): Asked {
  return { tokens, prefix, clauses: clausesOf(tokens, words, synonyms, { prefix, typos: false }) };
}

export interface RetrieveOptions {
  /** What the matches are written to: in use until the answer is ranked. */
  matches: Matches;
  /** Order other than by words, highest first. */
  sortKey?: ((item: number) => number) | undefined;
}

/**
 * Finds by words, in steps: all the words (the last may be a beginning, an unknown one misspelt); all of them,
 * known ones perhaps misspelt too; some of them, as they were written, the more telling the better: a word that is in
 * the shop is not taken for another only because it does not go with the rest. Nothing: the caller goes on by meaning.
 */
export function* retrieve(
  products: ProductIndex,
  synonyms: Synonyms,
  { tokens, prefix, clauses: written }: Asked,
  selection: Selection,
  { matches, sortKey }: RetrieveOptions,
): Steps<Retrieved> {
  const looking: Looking = { products, matches, selection, sortKey };
  let clauses = written;
  let found = yield* all(looking, clauses);
  if (found.matching === 0) {
    clauses = clausesOf(tokens, products.words, synonyms, { prefix, typos: true });
    found = yield* all(looking, clauses);
    const fewer = found.matching === 0 ? yield* some(looking, written) : undefined;
    if (fewer) return { ...fewer, clauses: written, step: 'dropped' };
  }
  const corrected = clauses.some((clause) => clause.corrected.length > 0);
  const step = corrected ? 'typo' : 'exact';
  if (found.total > 0 && found.matching < few && !sortKey) yield* addPartial(looking, clauses, found);
  return { ...found, dropped: [], clauses, step };
}

type Found = Pick<
  Retrieved,
  'total' | 'candidates' | 'whole' | 'scores' | 'scoreOf' | 'matching' | 'filtered'
>;
type SortKey = RetrieveOptions['sortKey'];

interface Looking {
  products: ProductIndex;
  matches: Matches;
  selection: Selection;
  sortKey: SortKey;
}

function* all(looking: Looking, clauses: readonly WordClause[]): Steps<Found> {
  const needed = bits(wholeMask(clauses));
  yield* looking.products.words.matching(clauses, needed, looking.matches);
  return yield* collect(looking, needed);
}

/** Items with some of the words, after those that have them all. */
function* addPartial(
  { products, matches, selection }: Looking,
  clauses: readonly WordClause[],
  found: Found,
): Steps<void> {
  const required = bits(wholeMask(clauses));
  const needed = leastOf(required);
  if (needed >= required) return;
  yield* products.words.matching(clauses, needed, matches);
  const partial = yield* best(matches, undefined, (item) => {
    const own = bits(matches.mask(item));
    return own < required && own >= needed && selection.take(item);
  });
  found.candidates = [...found.candidates, ...partial.candidates];
  found.scores = Float32Array.of(...found.scores, ...partial.scores);
  found.total += partial.total;
}

/**
 * Items with some of the words, where none has them all. Which words tell more, the scores know: an item with two rare
 * words stands before one with three common ones. `dropped` are the words that the fullest items lack.
 */
function* some(
  looking: Looking,
  clauses: readonly WordClause[],
): Steps<(Found & { dropped: string[] }) | undefined> {
  const required = clauses.filter((clause) => clause.required).slice(0, clauseLimit);
  let needed = leastOf(required.length);
  let fullest = yield* fullestOf(looking, clauses, needed);
  if (bits(fullest) < needed) {
    fullest = yield* fullestOf(looking, clauses, 1);
    needed = bits(fullest);
  }
  if (fullest === 0) return undefined;
  const dropped = required.filter((_, at) => (fullest & (2 ** at)) === 0).map(({ word }) => word);
  return { ...(yield* collect(looking, needed)), dropped };
}

/** Which words the items with most of them have, as bits; of the ways to have so many the one of most items. */
function* fullestOf(
  { products, matches, selection }: Looking,
  clauses: readonly WordClause[],
  needed: number,
): Steps<number> {
  yield* products.words.matching(clauses, needed, matches);
  const counts = new Map<number, number>();
  for (const [at, item] of matches.found.entries()) {
    if (at % lookedAtOnce === lookedAtOnce - 1) yield;
    const mask = matches.mask(item);
    if (bits(mask) >= needed && selection.allows(item)) counts.set(mask, (counts.get(mask) ?? 0) + 1);
  }
  let fullest = 0;
  for (const [mask, count] of counts) {
    const more = bits(mask) - bits(fullest);
    const as = count - (counts.get(fullest) ?? 0);
    if (more > 0 || (more === 0 && (as > 0 || (as === 0 && mask > fullest)))) fullest = mask;
  }
  return fullest;
}

/** Words that an item needs of so many that are asked for. */
function leastOf(required: number): number {
  return Math.max(least.words, Math.ceil(least.share * required));
}

/** Items with at least `needed` of the words that are asked for. */
function* collect({ matches, selection, sortKey }: Looking, needed: number): Steps<Found> {
  selection.restart();
  let matching = 0;
  const { total, candidates, scores } = yield* best(matches, sortKey, (item) => {
    if (bits(matches.mask(item)) < needed) return false;
    matching++;
    return selection.take(item);
  });
  return {
    total,
    matching,
    // Matches that only the filters keep out are an honest nothing: dropping words would not help.
    filtered: total === 0 && matching > 0,
    candidates,
    whole: candidates.length,
    scores,
    scoreOf: (item) =>
      bits(matches.mask(item)) >= needed && selection.allows(item) ? matches.score(item) : 0,
  };
}

/** The best of what was found and is taken, and how many that is; of equal ones the earlier item comes first. */
function* best(
  matches: Matches,
  sortKey: SortKey,
  takes: (item: number) => boolean,
): Steps<Pick<Found, 'total' | 'candidates' | 'scores'>> {
  const { found } = matches;
  const items = new Uint32Array(found.length);
  const scores = new Float32Array(found.length);
  let total = 0;
  for (let at = 0; at < found.length; at++) {
    const item = found[at]!;
    if (takes(item)) {
      items[total] = item;
      scores[total++] = sortKey ? sortKey(item) : matches.score(item);
    }
    if (at % lookedAtOnce === lookedAtOnce - 1) yield;
  }
  const top = topK(scores.subarray(0, total), Math.min(candidateLimit, total), undefined, items);
  const candidates: number[] = [];
  for (const row of top.rows) candidates.push(items[row]!);
  // `topK` lends its arrays.
  return { total, candidates, scores: top.scores.slice() };
}

/** A bit for each clause that must be found. */
function wholeMask(clauses: readonly WordClause[]): number {
  return 2 ** Math.min(clauseLimit, clauses.filter(({ required }) => required).length) - 1;
}

/** How many bits are set. */
function bits(mask: number): number {
  const pairs = mask - ((mask >>> 1) & 0x55555555);
  const nibbles = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return (((nibbles + (nibbles >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24;
}
