import { keepLatest } from '../core/index.js';
import { namesKept } from './queries.js';

const pairsKept = 20_000;
/** Share of those who ask for a word that must say it otherwise: a few do not speak for the many whom it serves. */
const leastShare = 0.1;
/** A second query so shortly after one that led to nothing says the same in other words, ms. */
const rewordedWithin = 3 * 60_000;

interface Pair {
  shoppers: Set<string>;
  /** Of the times the first query had been asked, at its height. */
  share: number;
}

/** How shoppers worded anew what had led to nothing: those of each pair of queries who count, the first ones. */
export class Rewordings {
  /** "from\0to" → who reworded so; the pair somebody came to longest ago first. */
  readonly #pairs = new Map<string, Pair>();
  /** Another number after each change. */
  changes = 0;

  /** `asked`: how often the first query was asked so far. */
  add(from: string, to: string, shopper: string, asked: number): void {
    const name = `${from}\0${to}`;
    const pair = this.#pairs.get(name) ?? { shoppers: new Set(), share: 0 };
    if (pair.shoppers.has(shopper)) return;
    if (pair.shoppers.size < namesKept) pair.shoppers.add(shopper);
    pair.share = Math.max(pair.share, pair.shoppers.size / Math.max(1, asked));
    this.#pairs.delete(name);
    this.#pairs.set(name, pair);
    keepLatest(this.#pairs, pairsKept);
    this.changes++;
  }

  /** Pairs that at least `k` shoppers went over, and enough of those who asked. */
  *ofMany(k: number): Iterable<{ from: string; to: string; shoppers: number }> {
    for (const [name, { shoppers, share }] of this.#pairs) {
      if (shoppers.size < k || share < leastShare) continue;
      const [from = '', to = ''] = name.split('\0');
      yield { from, to, shoppers: shoppers.size };
    }
  }

  forget(users: ReadonlySet<string>): void {
    for (const [name, { shoppers }] of this.#pairs) {
      const before = shoppers.size;
      for (const user of shoppers) if (users.has(user)) shoppers.delete(user);
      if (shoppers.size === before) continue;
      if (shoppers.size === 0) this.#pairs.delete(name);
      this.changes++;
    }
  }

  pack(): PackedPair[] {
    return Array.from(this.#pairs, ([name, { shoppers, share }]) => [name, [...shoppers], share]);
  }

  restore(packed: readonly PackedPair[]): void {
    for (const [name, shoppers, share] of packed)
      this.#pairs.set(name, { shoppers: new Set(shoppers), share });
    this.changes++;
  }
}

export type PackedPair = [name: string, shoppers: string[], share: number];

/** Whether the second of two searches may say the first in other words. */
export const isReworded = (before: { time: number }, after: { time: number }): boolean =>
  after.time >= before.time && after.time - before.time <= rewordedWithin;
