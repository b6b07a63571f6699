import type { Language } from './state/words.js';

/** "RED RETROSPOT LUNCH BAG" reads "Red Retrospot Lunch Bag"; a title in mixed case is left as its owner wrote it. */
export function tidyTitle(title: string): string {
  const text = title
    .replace(/\s+/g, ' ')
    .replace(/[\s.,]+$/, '')
    .trim();
  if (text !== text.toUpperCase()) return text;
  return text
    .toLowerCase()
    .replace(/(^|[\s\-/+(&"])(\p{L})/gu, (_, before: string, letter: string) => before + letter.toUpperCase())
    .replace(/\b(And|Of|In|With|The|For|On|To|A)\b(?!$)/g, (word, _w, at: number) =>
      at === 0 ? word : word.toLowerCase(),
    );
}

export function formatPrice(price: number, currency: string, language: Language): string {
  return new Intl.NumberFormat(language, {
    style: 'currency',
    currency,
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
