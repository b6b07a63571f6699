import type { ChineseWords } from './chinese.js';

const runs = /\p{Script=Han}+/gu;
/** A new word stands in so many titles, with so many different neighbours, and its parts cohere so much (0 to 1). */
const least = { titles: 5, neighbours: 3, cohesion: 0.6 };
const longestWord = 5;
/** Titles looked at and words kept: more teach little. */
const titlesRead = 50_000;
const wordsKept = 20_000;

interface Seen {
  count: number;
  before: Set<string>;
  after: Set<string>;
}

/**
 * Words of the shop that the general dictionary splits: neighbours of which one is a single character (玻 + 尿酸), that
 * stand together more often than chance would put them, in changing company.
 */
export function shopWords(titles: Iterable<string>, words: ChineseWords): string[] {
  const single = new Map<string, number>();
  const pairs = new Map<string, Seen & { a: string; b: string }>();
  let total = 0;
  let read = 0;
  for (const title of titles) {
    if (++read > titlesRead) break;
    for (const [run] of title.matchAll(runs)) {
      const parts = ['^', ...words.cut(run), '$'];
      for (let at = 1; at < parts.length - 1; at++) {
        const a = parts[at]!;
        const b = parts[at + 1]!;
        single.set(a, (single.get(a) ?? 0) + 1);
        total++;
        if (b === '$' || (a.length > 1 && b.length > 1) || a.length + b.length > longestWord) continue;
        note(pairs, a, b, parts[at - 1]!, parts[at + 2]!);
      }
    }
  }
  // Normalised pointwise mutual information (Bouma 2009): 1 where the parts never stand apart.
  const cohesion = ({ a, b, count }: { a: string; b: string; count: number }): number =>
    Math.log((count * total) / (single.get(a)! * single.get(b)!)) / Math.log(total / count);
  return [...pairs]
    .filter(
      ([, pair]) =>
        pair.count >= least.titles &&
        Math.min(pair.before.size, pair.after.size) >= least.neighbours &&
        cohesion(pair) >= least.cohesion,
    )
    .sort(([, a], [, b]) => b.count - a.count)
    .slice(0, wordsKept)
    .map(([word]) => word);
}

function note(
  pairs: Map<string, Seen & { a: string; b: string }>,
  a: string,
  b: string,
  left: string,
  right: string,
): void {
  const word = a + b;
  let seen = pairs.get(word);
  if (!seen) {
    if (pairs.size >= 20 * wordsKept) return;
    seen = { a, b, count: 0, before: new Set(), after: new Set() };
    pairs.set(word, seen);
  }
  seen.count++;
  if (seen.before.size < least.neighbours) seen.before.add(left);
  if (seen.after.size < least.neighbours) seen.after.add(right);
}
