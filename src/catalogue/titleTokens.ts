import type { Item } from '../core/index.js';
import { isStopWord, kindWords } from '../text/index.js';
import { kindsOf } from './kinds.js';

/** What a token is in the entry of an item. */
export const tokenKinds = { field: 0, number: 1, word: 2, compound: 3 } as const;

export interface TitleToken {
  text: string;
  kind: (typeof tokenKinds)[keyof typeof tokenKinds];
  /** Where a word stands: 0 at the end of what is named, 1 before that, 2 further ahead, 3 in what is said beyond ("with bells"). */
  place: number;
  /** Of a compound, its two words. */
  parts?: readonly [string, string];
}

/** Different tokens of an item that are looked at. */
const mostTokens = 250;
const han = /\p{Script=Han}/u;
/** What comes after these says more of the thing, not what it is. */
const prepositions = new Set(
  'with in for to on from w by at mit für aus im avec pour en dans con para per'.split(' '),
);

/**
 * What an entry says: the words of its title (without a plural s; Chinese by pairs of characters), each two that
 * stand beside each other as one ("cake stand" is neither any cake nor any stand), its categories with those above them,
 * and its brand. Each once.
 */
export function titleTokens(item: Item): TitleToken[] {
  const found = new Map<string, TitleToken>();
  const add = (token: TitleToken): void => {
    const before = found.get(token.text);
    if (!before || token.place < before.place) found.set(token.text, token);
  };
  const pieces = kindWords(item.title ?? '');
  const named = pieces.findIndex((piece, at) => at > 0 && prepositions.has(piece));
  const { word, number, compound, field } = tokenKinds;
  for (const [ahead, part] of [
    pieces.slice(0, named < 0 ? undefined : named),
    pieces.slice(named < 0 ? pieces.length : named),
  ].entries()) {
    const words = part.filter((piece) => !hasDigit.test(piece) && !isStopWord(piece));
    words.forEach((text, at) => {
      add({ text, kind: word, place: ahead > 0 ? 3 : Math.min(2, words.length - 1 - at) });
      const before = words[at - 1];
      if (before === undefined || han.test(text) || before === text) return;
      add({ text: `${before} ${text}`, kind: compound, place: 0, parts: [before, text] });
    });
  }
  for (const text of pieces) if (hasDigit.test(text)) add({ text, kind: number, place: 0 });
  for (const category of categoriesOf(item)) add({ text: `category:${category}`, kind: field, place: 0 });
  if (item.brand) add({ text: `brand:${item.brand}`, kind: field, place: 0 });
  return [...found.values()].slice(0, mostTokens);
}

/** The categories of an item, each with those above it: `Home > Mugs` is in `Home` too. */
export function categoriesOf(item: Item): Set<string> {
  const found = new Set<string>();
  for (const path of kindsOf(item))
    path.split(' > ').reduce((above, name) => {
      const whole = above === '' ? name : `${above} > ${name}`;
      found.add(whole);
      return whole;
    }, '');
  return found;
}

const hasDigit = /\p{N}/u;

/** The category that stands for the item. */
export const categoryOf = (item: Item): string | undefined => kindsOf(item)[0];
