import { writeFileSync } from 'node:fs';
import { random } from '../src/core/index.js';

/**
 * Writes data.csv: 1,000 ratings (1 to 5) with 10 features of shopper and item each, from a formula that is not
 * linear, plus noise. Run once; the file is kept in the repository so that everybody trains on the same.
 */
const next = random(2026);
const names = [
  'age',
  'visits',
  'spent',
  'wishes',
  'returns',
  'price',
  'discount',
  'popularity',
  'novelty',
  'match',
];
const lines = Array.from({ length: 1000 }, () => {
  const features = names.map(() => Number(next.float().toFixed(4)));
  return [...features, rate(features, 0.15 * next.normal()).toFixed(2)].join(',');
});
writeFileSync(
  process.argv[2] ?? 'examples/data.csv',
  `${[...names, 'rating'].join(',')}\n${lines.join('\n')}\n`,
);

/** What a shopper thinks: a match and a discount please together, a high price only those who seldom spend minds. */
export function rate(
  [, visits, spent, wishes, returns, price, discount, popularity, novelty, match]: number[],
  noise = 0,
): number {
  const taste = 2 * match! * (0.5 + discount!) + popularity! - 1.5 * price! * (1 - spent!);
  const habit = 0.5 * visits! + 0.5 * wishes! * novelty! - 0.8 * returns!;
  return Math.min(5, Math.max(1, 2.5 + taste + habit + noise));
}
