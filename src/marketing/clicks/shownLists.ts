import { Eviction } from '../../core/index.js';

/** Lists remembered of one shopper and of all, and items on all of them together; who came last is kept. */
export const limits = { ofOne: 30, all: 50_000, places: 500_000 };

/** A list that was shown, for what comes of it. */
export interface ShownList {
  /** Id of the recommendation. */
  id: string;
  slot: string;
  segment: string;
  items: string[];
  /** Place of each item in its slot. */
  places: number[];
}

export type PackedLists = [user: string, lists: ShownList[]][];

/** The lists each shopper was shown last: nobody's lists push out those of others while others come. */
export class ShownLists {
  readonly #shoppers = new Map<string, ShownList[]>();
  readonly #eviction = new Eviction(this.#shoppers);
  #lists = 0;
  #places = 0;

  find(user: string, id: string): ShownList | undefined {
    return this.#shoppers.get(user)?.find((list) => list.id === id);
  }

  /** Remembers a list, or that it was added to, as the shopper's last one. `added`: items that are new on it. */
  keep(user: string, list: ShownList, added: number): void {
    const lists = this.#shoppers.get(user) ?? [];
    const known = lists.indexOf(list);
    if (known >= 0) lists.splice(known, 1);
    else this.#lists++;
    this.#places += added;
    lists.push(list);
    this.#shoppers.delete(user);
    this.#shoppers.set(user, lists);
    if (lists.length > limits.ofOne) this.#uncount(lists.shift()!);
    this.#makeRoom();
  }

  /** What `from` was shown is `to`'s from now on. */
  move(from: string, to: string): void {
    const moved = this.#shoppers.get(from);
    if (!moved || from === to) return;
    this.#shoppers.delete(from);
    const lists = [...(this.#shoppers.get(to) ?? []), ...moved];
    while (lists.length > limits.ofOne) this.#uncount(lists.shift()!);
    this.#shoppers.delete(to);
    this.#shoppers.set(to, lists);
  }

  forget(user: string): void {
    for (const list of this.#shoppers.get(user) ?? []) this.#uncount(list);
    this.#shoppers.delete(user);
  }

  #uncount({ items }: ShownList): void {
    this.#lists--;
    this.#places -= items.length;
  }

  #makeRoom(): void {
    while (this.#shoppers.size > 1 && (this.#lists > limits.all || this.#places > limits.places))
      this.forget(this.#eviction.oldest()![0]);
  }

  pack(): PackedLists {
    return [...this.#shoppers];
  }

  restore(packed: PackedLists): void {
    this.#shoppers.clear();
    this.#lists = this.#places = 0;
    for (const [user, lists] of packed) {
      this.#shoppers.set(user, lists);
      this.#lists += lists.length;
      for (const { items } of lists) this.#places += items.length;
    }
  }
}
