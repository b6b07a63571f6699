import { about } from './state/about.js';
import type { Language } from './state/words.js';

/** Words that stay in capitals. */
const initials =
  /^([1-4]D|CD|DVD|TV|UK|USA?|EU|LED|USB|BBQ|DIY|PVC|MDF|XL|XXL|XS|UV|GB|LP|II|III|IV|VI|VII|VIII)$/i;
const small = /^(and|of|in|with|the|for|on|to|a|an|or|by|at|from|as)$/;

/** "RED RETROSPOT LUNCH BAG" reads "Red Retrospot Lunch Bag"; a title in mixed case is left as its owner wrote it. */
export function tidyTitle(title: string): string {
  return tidyCase(title)
    .replace(/\s+/g, ' ')
    .replace(/[\s.,]+$/, '')
    .trim();
}

/** The case of `tidyTitle` alone: every letter stays in its place. */
export function tidyCase(title: string): string {
  if (!isInCapitals(title)) return title;
  const tidy = title.replace(/[\p{L}\p{M}\p{N}'’]+/gu, (word, at: number) => {
    if (initials.test(word)) return word.toUpperCase();
    const low = word.toLowerCase();
    const within = title[at - 1] === ' ' && title[at + word.length] === ' ';
    // "10CM" is "10cm": behind a figure stands a unit.
    if ((within && small.test(low)) || !/^\p{L}/u.test(word)) return low;
    return word[0]!.toUpperCase() + low.slice(1);
  });
  return tidy.length === title.length ? tidy : title;
}

/** In capitals but for a slip ("TRADITIONAl"), or with two long words that shout; sizes such as 25x24cm do not count. */
function isInCapitals(title: string): boolean {
  const words = title.match(/\b\p{L}[\p{L}\p{M}'’]*/gu) ?? [];
  const text = words.join('');
  const capitals = text.match(/\p{Lu}/gu)?.length ?? 0;
  const letters = capitals + (text.match(/\p{Ll}/gu)?.length ?? 0);
  const shouted = words.filter((word) => /^\p{Lu}{5,}$/u.test(word)).length;
  return letters > 1 && (capitals >= 0.8 * letters || shouted > 1);
}

/** A price; a bare number where nobody has said of what. */
export function formatPrice(price: number, currency: string | undefined, language: Language): string {
  const known = currency ?? about.currency;
  if (known === undefined) return new Intl.NumberFormat(language, { minimumFractionDigits: 2 }).format(price);
  return new Intl.NumberFormat(language, {
    style: 'currency',
    currency: known,
    currencyDisplay: 'narrowSymbol',
  }).format(price);
}

export function formatTime(time: number, language: Language): string {
  return new Intl.DateTimeFormat(language, { timeStyle: 'medium', hourCycle: 'h23' }).format(time);
}

/** A time of `ms` milliseconds as a person reads it: seconds from one on, one decimal below ten. */
export function formatLatency(ms: number, language: Language): string {
  const [value, unit] = ms < 1_000 ? [ms, 'ms'] : [ms / 1_000, 's'];
  const digits = value < 10 ? 1 : 0;
  return `${new Intl.NumberFormat(language, { maximumFractionDigits: digits, minimumFractionDigits: digits }).format(value)} ${unit}`;
}
