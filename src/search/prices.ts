import type { PriceRange } from '../core/index.js';
import { fold, unitOf } from '../text/index.js';

const sign = '(?:us\\s?\\$|usd|eur|gbp|cny|rmb|人民币|[$€£¥])';
const money =
  '(?:[$€£¥](?!\\s*\\d)|(?:dollars?|euros?|pounds?|quid|bucks|usd|eur|gbp|yuan|rmb)\\b|元|块钱?|圆)';
const numeral = '[一二两三四五六七八九十百千万零]';
// "1,299.99", "200", "2万", "两百五十". Numerals are taken whole or not at all: a pattern that tries each part takes seconds.
const number = `(?<![\\d.,]|${numeral})((?:\\d{1,3}(?:,\\d{3})+|\\d{1,9})(?:\\.\\d{1,2})?[千万]?|${numeral}{1,9})(?![\\d%]|${numeral})`;
const amount = `(?:${sign}\\s*)?${number}(?:\\s*${money})?`;
/** An amount that says itself that it is money. */
const priced = `(?:${sign}\\s*${number}(?:\\s*${money})?|${number}\\s*${money})`;
const to = '\\s*(?:to|and|到|至|和|与|~|-|—|–)\\s*';

type Bound = 'min' | 'max';
const way = (pattern: string, ...bounds: Bound[]): readonly [RegExp, readonly Bound[]] => [
  new RegExp(pattern, 'u'),
  bounds,
];
/** Ways to say a price, read in a folded query, and which bounds the numbers of each are. */
const ranges = [
  way(`(?:\\bbetween|介于|价格?在?|\\bprice)\\s*${amount}${to}${amount}(?:\\s*之间)?`, 'min', 'max'),
  way(`(?:\\bfrom\\s+)?${amount}${to}${priced}(?:\\s*之间)?`, 'min', 'max'),
  way(`(?:\\bfrom\\s+)?${priced}${to}${amount}(?:\\s*之间)?`, 'min', 'max'),
  way(`${amount}${to}${amount}\\s*之间`, 'min', 'max'),
];
const bounds = [
  way(
    `\\b(?:under|below|(?:less|cheaper|lower|(?:no|not) more) than|(?:no|not) over|up to|at most|max(?:imum)? price(?: of)?)\\s*${amount}`,
    'max',
  ),
  way(
    `\\b(?<!not? )(?:over|above|(?<!not? )more than|at least|min(?:imum)? price(?: of)?)\\s*${amount}`,
    'min',
  ),
  // "Air Max 90" is a shoe.
  way(`\\bmax(?:imum)?\\.?\\s*${priced}`, 'max'),
  way(`\\bmin(?:imum)?\\.?\\s*${priced}`, 'min'),
  way(`${amount}\\s*(?:or|and) (?:less|under|below|cheaper)\\b`, 'max'),
  way(`${priced}\\s*max(?:imum)?\\b`, 'max'),
  way(`${priced}\\s*(?:\\+|(?:or|and) (?:more|over|above|up)\\b)`, 'min'),
  way(`(?:<=?|≤)\\s*${amount}`, 'max'),
  way(`(?:>=?|≥)\\s*${amount}`, 'min'),
  way(`(?:不超过?|不[高大多]于|(?<!不)[低少小]于|最多|最高|至多)\\s*${amount}`, 'max'),
  way(`(?:不[低少小]于|(?<!不)(?:[高大多]于|超过)|至少|最少|最低)\\s*${amount}`, 'min'),
  way(`${amount}\\s*(?:以下|以内|之内|之下)`, 'max'),
  way(`${number}\\s*(?:元|块钱?|圆)\\s*内(?![衣裤胆])`, 'max'),
  way(`${amount}\\s*(?:以上|之上|往上|起)`, 'min'),
];

/** What a query says of the price ("under 50", "200元以下"), and the query without it. */
export function readPrice(query: string): { rest: string; price?: PriceRange } {
  const folded = fold(query);
  for (const [pattern, names] of ranges) {
    const said = read(folded, pattern);
    if (!said) continue;
    const [min, max] = said.numbers.sort((a, b) => a - b);
    return { rest: said.rest, price: Object.fromEntries(names.map((name, at) => [name, [min!, max!][at]!])) };
  }
  const price: PriceRange = {};
  let rest = folded;
  for (const [pattern, [name]] of bounds) {
    if (price[name!] !== undefined) continue;
    const said = read(rest, pattern);
    if (!said) continue;
    price[name!] = said.numbers[0]!;
    rest = said.rest;
  }
  const { min, max } = price;
  // Upside down, or nothing: the words stand for something else.
  if ((min === undefined && max === undefined) || min! > max!) return { rest: query };
  return { rest, price };
}

/** What a pattern finds, unless a measure follows: "under 50 inch" is no price. */
function read(query: string, pattern: RegExp): { numbers: number[]; rest: string } | undefined {
  const match = pattern.exec(query);
  if (!match) return undefined;
  const after = query.slice(match.index + match[0].length);
  if (isMeasured(after)) return undefined;
  const numbers = match
    .slice(1)
    .filter((part) => part !== undefined)
    .map(amountOf);
  if (numbers.some(Number.isNaN)) return undefined;
  const rest = `${query.slice(0, match.index)} ${after}`;
  // A query that is nothing but a price stays one.
  return { numbers, rest: rest.trim() === '' ? '' : rest };
}

const measures = new Set(
  'years year yrs months month days hours people persons person percent cal kcal'.split(' '),
);

function isMeasured(after: string): boolean {
  const [, glued, word = '', character = ''] =
    /^(?:([a-z"'”″′])|\s*([a-z]+)|\s*(\p{Script=Han}{1,2}))/u.exec(after) ?? [];
  // "In" after a number is more often a word than an inch.
  if (word === 'in') return false;
  return (
    glued !== undefined ||
    measures.has(word) ||
    unitOf(word || character) !== undefined ||
    /^[人岁寸天年月]/.test(character)
  );
}

const digits = '零一二三四五六七八九';
const powers = new Map([...'十百千万'].map((name, at) => [name, 10 ** (at + 1)]));

/** "1,299.99", "2万" and "一千五百" as numbers; NaN for a numeral such as 一, for 一起 is "together". */
function amountOf(said: string): number {
  const written = /^([\d,.]+)([千万]?)$/.exec(said);
  if (written) return Number(written[1]!.replaceAll(',', '')) * (powers.get(written[2]!) ?? 1);
  if (!/[十百千万]/.test(said)) return Number.NaN;
  let whole = 0;
  let part = 0;
  let digit = 0;
  for (const character of said) {
    const power = powers.get(character);
    if (power === undefined) digit = character === '两' ? 2 : digits.indexOf(character);
    else if (power === 10_000) {
      whole += (part + digit || 1) * power;
      part = digit = 0;
    } else {
      part += (digit || 1) * power;
      digit = 0;
    }
  }
  return whole + part + digit;
}
