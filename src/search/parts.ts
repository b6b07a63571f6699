import type { PriceRange } from '../core/index.js';
import { wordsAsked } from './answer.js';
import type { SearchContext } from './context.js';
import { type Intent, intentFit } from './intent.js';
import { meaningPart, type Parts } from './rank.js';
import type { Retrieved } from './retrieve.js';

/** What is known of the candidates without what was learned of the query: words, meaning, popularity, price. */
export function plainParts(
  { products, semantic, signals: { popularity } }: SearchContext,
  found: Retrieved,
  vector: Float32Array | undefined,
  price: PriceRange | undefined,
  now: number,
): Parts {
  const { candidates, scores } = found;
  const parts: Parts = { words: scores };
  const each = (value: (item: number) => number): Float32Array => valuesOf(candidates, value);
  if (semantic && vector) {
    const cosines = each((item) => semantic.cosine(item, vector));
    parts.meaning = meaningPart(cosines, wordsAsked(found).length, semantic.trust);
  }
  if (popularity) parts.popularity = each((item) => Math.log1p(popularity(item, now)));
  if (price) {
    const { min = 0, max = Infinity } = price;
    parts.price = each((item) => {
      const own = products.prices.get(item);
      return own >= min && own <= max ? 1 : 0;
    });
  }
  return parts;
}

/** What clicks after this very query say. */
export function learnedParts(
  { catalogue, products, memory, anonymity }: SearchContext,
  { candidates }: Retrieved,
  key: string,
  intent: Intent,
  now: number,
): Partial<Parts> {
  const parts: Partial<Parts> = {};
  const each = (value: (item: number) => number): Float32Array => valuesOf(candidates, value);
  if (memory.isChosen(key, anonymity))
    parts.attraction = each((item) => memory.attraction(key, catalogue.id(item), now));
  if (Object.keys(intent).length > 0) parts.intent = each(intentFit(products, intent));
  return parts;
}

/** A loop: `from` goes through an iterator, a call and an allocation more for each candidate. */
function valuesOf(candidates: readonly number[], value: (item: number) => number): Float32Array {
  const values = new Float32Array(candidates.length);
  for (let at = 0; at < values.length; at++) values[at] = value(candidates[at]!);
  return values;
}
