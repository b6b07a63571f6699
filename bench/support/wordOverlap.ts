import type { Item } from '../../src/core/index.js';

/** A word in more than this share of the titles, and in more than so many, counts nothing. */
const common = { share: 0.1, least: 50 };

/** What is alike by the words of titles alone, weighted Jaccard with inverse document frequencies: how `similar` was. */
export function wordOverlap(items: readonly Item[]): (id: string, k: number) => string[] {
  const wordsOf = new Map(items.map(({ id, title = '' }) => [id, words(title)]));
  const counts = new Map<string, number>();
  for (const own of wordsOf.values()) for (const word of own) counts.set(word, (counts.get(word) ?? 0) + 1);
  const most = Math.max(common.least, common.share * items.length);
  const weight = (word: string): number => {
    const count = counts.get(word)!;
    return count > most ? 0 : Math.log(1 + items.length / count);
  };
  const mass = (own: ReadonlySet<string>): number => [...own].reduce((sum, word) => sum + weight(word), 0);
  return (id, k) => {
    const own = wordsOf.get(id)!;
    const scored = items.map((item, at) => {
      const theirs = wordsOf.get(item.id)!;
      const shared = mass(new Set([...own].filter((word) => theirs.has(word))));
      return { id: item.id, at, score: shared / (mass(own) + mass(theirs) - shared) };
    });
    return scored
      .filter((one) => one.id !== id && one.score > 0)
      .sort((a, b) => b.score - a.score || a.at - b.at)
      .slice(0, k)
      .map((one) => one.id);
  };
}

const words = (title: string): Set<string> =>
  new Set(
    (title.toLowerCase().match(/[^\P{L}]+|\p{N}+/gu) ?? []).map((word) =>
      word.length > 3 && /[^s]s$/.test(word) ? word.slice(0, -1) : word,
    ),
  );
