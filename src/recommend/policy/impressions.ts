import { type Event, Eviction } from '../../core/index.js';

const mostShoppers = 50_000;
/** Showings remembered of one shopper, and of all together. */
const mostShown = 200;
export const mostOfAll = 400_000;

interface Shown {
  item: string;
  time: number;
}

/** What shoppers were shown lately and did nothing with: a fold of impressions, bounded in shoppers and in items. */
export class Impressions {
  /** The shopper shown something longest ago first. */
  readonly #shoppers = new Map<string, Shown[]>();
  readonly #eviction = new Eviction(this.#shoppers);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  apply({ type, user, items, time }: Event): void {
    if (items.length === 0) return;
    const shown = this.#shoppers.get(user);
    if (type !== 'impression') {
      // What they did something with may be shown again.
      if (shown) for (const { id } of items) this.#size -= drop(shown, id);
      return;
    }
    const list = shown ?? [];
    this.#shoppers.delete(user);
    this.#shoppers.set(user, list);
    this.#size -= list.length;
    for (const { id, unlisted } of items) if (!unlisted) list.push({ item: id, time });
    list.splice(0, Math.max(0, list.length - mostShown));
    this.#size += list.length;
    while ((this.#size > mostOfAll && this.#shoppers.size > 1) || this.#shoppers.size > mostShoppers) {
      const [longestAgo, gone] = this.#eviction.oldest()!;
      this.#shoppers.delete(longestAgo);
      this.#size -= gone.length;
    }
    if (list.length === 0) this.#shoppers.delete(user);
  }

  /** How often `user` was shown `item` since `from`, ms. */
  count(user: string, item: string, from: number): number {
    let count = 0;
    for (const shown of this.#shoppers.get(user) ?? [])
      if (shown.item === item && shown.time >= from) count++;
    return count;
  }
}

/** Returns how many. */
function drop(shown: Shown[], id: string): number {
  const before = shown.length;
  for (let at = shown.length - 1; at >= 0; at--) if (shown[at]!.item === id) shown.splice(at, 1);
  return before - shown.length;
}
