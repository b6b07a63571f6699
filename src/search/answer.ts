import { createHash } from 'node:crypto';
import { EndcapError, type Lift, type SearchRequest, type Understood } from '../core/index.js';
import { stem } from '../text/index.js';
import type { WordClause } from './clauses.js';
import type { ProductIndex } from './productIndex.js';
import type { Retrieved } from './retrieve.js';
import type { Selection } from './selection.js';
import type { Taste } from './taste.js';

export type SortKey = (item: number) => number;

/** Higher first; an item without a price is last either way. */
export function sortKeyOf({ sort }: SearchRequest, products: ProductIndex): SortKey | undefined {
  if (sort !== 'price' && sort !== 'price_desc') return undefined;
  const sign = sort === 'price' ? -1 : 1;
  return (item) => {
    const price = products.prices.get(item);
    return Number.isNaN(price) ? -1e30 : sign * price;
  };
}

/** The item whose id was typed stands first. */
export function addFirst(found: Retrieved, selection: Selection, item: number): void {
  selection.take(item);
  found.candidates = [item, ...found.candidates];
  found.scores = Float32Array.from([1 + (found.scores[0] ?? 0), ...found.scores]);
  found.total++;
  found.whole++;
}

export function join(found: Retrieved, selection: Selection, items: readonly number[], score: number): void {
  for (const item of items) selection.take(item);
  found.candidates = [...found.candidates, ...items];
  found.scores = Float32Array.from([...found.scores, ...items.map(() => score)]);
  found.total += items.length;
}

/** Words that an item must have. */
export function wordsAsked({ clauses }: Retrieved): string[] {
  return clauses.filter(({ required }) => required).map(({ word }) => word);
}

export function understoodOf(found: Retrieved): Understood {
  const { clauses, dropped } = found;
  const named = (pick: (clause: WordClause) => string[]): Record<string, string[]> =>
    Object.fromEntries(
      clauses.filter((clause) => pick(clause).length > 0).map((clause) => [clause.word, pick(clause)]),
    );
  return {
    words: wordsAsked(found),
    corrected: named(({ corrected }) => corrected),
    dropped,
    synonyms: named(({ synonyms }) => synonyms),
    sizes: clauses.filter(({ joined }) => joined).map(({ word }) => word),
  };
}

/** Tells the words of a text that the query was found by. */
export function matcherOf(clauses: readonly WordClause[]): (word: string) => boolean {
  const stems = new Set(clauses.flatMap(({ words }) => words.map(stem)));
  return (word) => stems.has(stem(word));
}

export function liftsOf(
  plain: Uint32Array,
  ranked: Uint32Array,
  candidates: readonly number[],
  taste: Taste,
): Map<number, Lift> {
  const from = new Uint32Array(plain.length);
  plain.forEach((at, place) => {
    from[at] = place + 1;
  });
  const lifts = new Map<number, Lift>();
  for (let place = 0; place < Math.min(ranked.length, 200); place++) {
    const at = ranked[place]!;
    const item = candidates[at]!;
    // What the shopper looked at says so where it stood highest anyway, too.
    const isTold = from[at]! > place + 1 || (from[at] === place + 1 && taste.part('seen', item) > 0);
    const reasons = isTold ? taste.reasons(item) : [];
    if (reasons.length > 0) lifts.set(item, { from: from[at]!, reasons });
  }
  return lifts;
}

/** Says which question a page belongs to: all that decides what is found, in one short string. */
export function questionOf({
  user,
  query,
  filters,
  price,
  filter,
  facets,
  sort,
  personal,
  strict,
}: SearchRequest): string {
  const parts = JSON.stringify([user, query, filters, price, filter, facets, sort, personal, strict]);
  return createHash('sha256').update(parts).digest('base64url').slice(0, 16);
}

export function check({ personal, count }: SearchRequest): void {
  const refuse = (field: string, message: string): never => {
    throw new EndcapError('invalid_request', `${field} ${message}`, { errors: [{ field, message }] });
  };
  if (personal !== undefined && !(personal >= 0 && personal <= 1)) refuse('personal', 'must be from 0 to 1');
  if (count !== undefined && !(Number.isInteger(count) && count >= 1 && count <= 100))
    refuse('count', 'must be a whole number from 1 to 100');
}
