import type { PriceRange } from '../core/index.js';

const amount = '[$€£¥￥]?\\s*(\\d{1,9}(?:\\.\\d{1,2})?)';
const money = '(?:\\s*(?:dollars?|euros?|pounds?|bucks|usd|eur|gbp|yuan|rmb|元|块钱?|圆))?';
/** A way to say a price, and which bounds its numbers are. Longer ways come first. */
const ways: readonly (readonly [RegExp, readonly ('min' | 'max')[]])[] = [
  [new RegExp(`\\bbetween\\s+${amount}${money}\\s+and\\s+${amount}${money}`, 'iu'), ['min', 'max']],
  [
    new RegExp(`${amount}${money}\\s*(?:到|至|~|～|-|—)\\s*${amount}\\s*(?:元|块钱?)(?:之间)?`, 'u'),
    ['min', 'max'],
  ],
  [
    new RegExp(
      `\\b(?:under|below|less than|cheaper than|up to|at most|max(?:imum)?|no more than)\\s+${amount}${money}`,
      'iu',
    ),
    ['max'],
  ],
  [new RegExp(`\\b(?:over|above|more than|at least|min(?:imum)?)\\s+${amount}${money}`, 'iu'), ['min']],
  [new RegExp(`(?:不超过|低于|少于|最多)\\s*${amount}${money}`, 'u'), ['max']],
  [new RegExp(`(?:不少于|高于|超过|至少)\\s*${amount}${money}`, 'u'), ['min']],
  [new RegExp(`${amount}\\s*(?:元|块钱?|圆)?\\s*(?:以下|以内|之内|左右内)`, 'u'), ['max']],
  [new RegExp(`${amount}\\s*(?:元|块钱?|圆)?\\s*(?:以上|起)`, 'u'), ['min']],
];

/** What a query says of the price ("under 50", "200元以下"), and the query without it. */
export function readPrice(query: string): { rest: string; price?: PriceRange } {
  for (const [pattern, bounds] of ways) {
    const match = pattern.exec(query);
    if (!match) continue;
    const numbers = match
      .slice(1)
      .filter((part) => part !== undefined)
      .map(Number);
    if (bounds.length === 2) numbers.sort((a, b) => a - b);
    const price = Object.fromEntries(bounds.map((bound, at) => [bound, numbers[at]!])) as PriceRange;
    const rest = `${query.slice(0, match.index)} ${query.slice(match.index + match[0].length)}`;
    // A query that is nothing but a price stays one.
    return { rest: rest.trim() === '' ? '' : rest, price };
  }
  return { rest: query };
}
