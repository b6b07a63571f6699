import type { SearchStep } from '../core/index.js';
import { clauseLimit, type InvertedIndex } from '../index/index.js';
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

export interface RetrieveOptions {
  /** Whether the last word may be the beginning of one. */
  prefix: boolean;
  /** Order other than by words, highest first. */
  sortKey?: ((item: number) => number) | undefined;
}

/**
 * Finds by words, in steps: all the words (the last may be a beginning, an unknown one misspelt); all of them,
 * known ones perhaps misspelt too; some of them, as they were written, the more telling the better: a word that is in
 * the shop is not taken for another only because it does not go with the rest. Nothing: the caller goes on by meaning.
 */
export function retrieve(
  products: ProductIndex,
  synonyms: Synonyms,
  tokens: readonly Token[],
  selection: Selection,
  { prefix, sortKey }: RetrieveOptions,
): Retrieved {
  const written = clausesOf(tokens, products.words, synonyms, { prefix, typos: false });
  let clauses = written;
  let found = all(products, clauses, selection, sortKey);
  if (found.matching === 0) {
    clauses = clausesOf(tokens, products.words, synonyms, { prefix, typos: true });
    found = all(products, clauses, selection, sortKey);
    const fewer = found.matching === 0 ? some(products, written, selection, sortKey) : undefined;
    if (fewer) return { ...fewer, clauses: written, step: 'dropped' };
  }
  const corrected = clauses.some((clause) => clause.corrected.length > 0);
  const step = corrected ? 'typo' : 'exact';
  if (found.total > 0 && found.matching < few && !sortKey) addPartial(products, clauses, selection, found);
  return { ...found, dropped: [], clauses, step };
}

type Found = Pick<
  Retrieved,
  'total' | 'candidates' | 'whole' | 'scores' | 'scoreOf' | 'matching' | 'filtered'
>;
type SortKey = RetrieveOptions['sortKey'];

function all(
  products: ProductIndex,
  clauses: readonly WordClause[],
  selection: Selection,
  sortKey: SortKey,
): Found {
  const needed = bits(wholeMask(clauses));
  products.words.match(clauses, needed);
  return collect(products, selection, needed, sortKey);
}

/** Items with some of the words, after those that have them all. */
function addPartial(
  products: ProductIndex,
  clauses: readonly WordClause[],
  selection: Selection,
  found: Found,
): void {
  const { words } = products;
  const required = bits(wholeMask(clauses));
  const needed = leastOf(required);
  if (needed >= required) return;
  words.match(clauses, needed);
  const partial = best(words, undefined, (item) => {
    const own = bits(words.mask(item));
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
function some(
  products: ProductIndex,
  clauses: readonly WordClause[],
  selection: Selection,
  sortKey: SortKey,
): (Found & { dropped: string[] }) | undefined {
  const required = clauses.filter((clause) => clause.required).slice(0, clauseLimit);
  let needed = leastOf(required.length);
  let fullest = fullestOf(products, clauses, selection, needed);
  if (bits(fullest) < needed) {
    fullest = fullestOf(products, clauses, selection, 1);
    needed = bits(fullest);
  }
  if (fullest === 0) return undefined;
  const dropped = required.filter((_, at) => (fullest & (2 ** at)) === 0).map(({ word }) => word);
  return { ...collect(products, selection, needed, sortKey), dropped };
}

/** Which words the items with most of them have, as bits; of the ways to have so many the one of most items. */
function fullestOf(
  { words }: ProductIndex,
  clauses: readonly WordClause[],
  selection: Selection,
  needed: number,
): number {
  words.match(clauses, needed);
  const counts = new Map<number, number>();
  for (const item of words.found) {
    const mask = words.mask(item);
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
function collect(products: ProductIndex, selection: Selection, needed: number, sortKey: SortKey): Found {
  const { words } = products;
  selection.restart();
  let matching = 0;
  const { total, candidates, scores } = best(words, sortKey, (item) => {
    if (bits(words.mask(item)) < needed) return false;
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
    scoreOf: (item) => (bits(words.mask(item)) >= needed && selection.allows(item) ? words.score(item) : 0),
  };
}

/** The best of what was found and is taken, and how many that is; of equal ones the earlier item comes first. */
function best(
  words: InvertedIndex,
  sortKey: SortKey,
  takes: (item: number) => boolean,
): Pick<Found, 'total' | 'candidates' | 'scores'> {
  const { found } = words;
  const items = new Uint32Array(found.length);
  const scores = new Float32Array(found.length);
  let total = 0;
  for (let at = 0; at < found.length; at++) {
    const item = found[at]!;
    if (!takes(item)) continue;
    items[total] = item;
    scores[total++] = sortKey ? sortKey(item) : words.score(item);
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
