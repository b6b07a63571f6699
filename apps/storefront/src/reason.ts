import type { Reason, RecommendedItem, RecommendResponse } from '../../../packages/client/src/index.js';
import { tidyTitle } from './format.js';
import type { Words } from './state/words.js';

/** The "why this" line in the shopper's language, from the kind and the evidence of the reason. */
export function explain(reason: Reason | undefined, words: Words): string {
  const why = words.why;
  const evidence = reason?.items[0];
  const title = tidyTitle(evidence?.title ?? evidence?.id ?? '');
  switch (reason?.kind) {
    case undefined:
      return '';
    case 'similar':
    case 'bought_together':
      return title ? why[reason.kind](title) : why.model;
    case 'because':
      if (!title) return why.model;
      if (evidence?.event === 'purchase') return why.bought(title);
      return evidence?.event === 'add_to_cart' ? why.added(title) : why.viewed(title);
    case 'trending':
    case 'popular':
    case 'model':
    case 'due':
    case 'new':
    case 'sponsored':
      return why[reason.kind];
    default:
      return reason?.text ?? '';
  }
}

/** What the shelf "for you" goes by: this shopper, as soon as one of its reasons does. */
export function forYouText(response: RecommendResponse | undefined, words: Words): string {
  if (response === undefined) return '';
  const personal = response.items.some(
    ({ reason }) => reason?.kind === 'because' || reason?.kind === 'model',
  );
  return personal ? words.forYouWarm : words.forYouCold;
}

/**
 * What most cards of a shelf have as their reason, to be said once above them; a card then says only what differs. Where
 * the reason is about everybody, the shelf's own words say it already: `text` is undefined.
 */
export function saidOnce(
  items: readonly RecommendedItem[],
  words: Words,
): { same(reason: Reason | undefined): boolean; text?: string } | undefined {
  const counts = new Map<string, number>();
  for (const { reason } of items) {
    const text = explain(reason, words);
    counts.set(text, 1 + (counts.get(text) ?? 0));
  }
  const [text, count] = [...counts].sort((a, b) => b[1] - a[1])[0] ?? ['', 0];
  if (text === '' || 2 * count < items.length) return undefined;
  const own = items.find(({ reason }) => explain(reason, words) === text)?.reason;
  const same = (reason: Reason | undefined): boolean => explain(reason, words) === text;
  return own && own.items.length > 0 ? { same, text } : { same };
}
