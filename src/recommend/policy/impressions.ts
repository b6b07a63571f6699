import type { Event } from '../../core/index.js';

const mostShoppers = 50_000;
const mostShown = 200;

interface Shown {
  item: string;
  time: number;
}

/** What shoppers were shown lately and did nothing with: a fold of impressions, bounded in shoppers and in items. */
export class Impressions {
  /** The shopper shown something longest ago first. */
  readonly #shoppers = new Map<string, Shown[]>();

  apply({ type, user, items, time }: Event): void {
    if (items.length === 0) return;
    const shown = this.#shoppers.get(user);
    if (type !== 'impression') {
      // What they did something with may be shown again.
      if (shown) for (const { id } of items) drop(shown, id);
      return;
    }
    const list = shown ?? [];
    this.#shoppers.delete(user);
    this.#shoppers.set(user, list);
    for (const { id } of items) list.push({ item: id, time });
    list.splice(0, Math.max(0, list.length - mostShown));
    if (this.#shoppers.size > mostShoppers) this.#shoppers.delete(this.#shoppers.keys().next().value!);
  }

  /** How often `user` was shown `item` since `from`, ms. */
  count(user: string, item: string, from: number): number {
    let count = 0;
    for (const shown of this.#shoppers.get(user) ?? [])
      if (shown.item === item && shown.time >= from) count++;
    return count;
  }
}

function drop(shown: Shown[], id: string): void {
  for (let at = shown.length - 1; at >= 0; at--) if (shown[at]!.item === id) shown.splice(at, 1);
}
