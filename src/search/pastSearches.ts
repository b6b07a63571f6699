import { Eviction } from '../core/index.js';

/** Shoppers, searches of each, and of all together: what is longest unused goes first. */
export const limits = { shoppers: 100_000, ofOne: 30, all: 50_000 };

/** One search of a shopper. */
export interface PastSearch {
  key: string;
  time: number;
  /** Times the shopper asked it since they first did. */
  times: number;
  id?: string;
  shown: string[];
  /** Whether what was shown counts for others as looked at. */
  counted: boolean;
  /** Items chosen after it, each with the weight that was counted; absent where nothing was. */
  chosen?: Map<string, number>;
}

interface Searcher {
  /** When the shop first heard a search of theirs, by its own clock where a page told, ms. */
  since: number;
  /** Whether the shop's own server told of an order of theirs: no page made them up. */
  isCustomer: boolean;
  searches: PastSearch[];
}

export type PackedSearcher = [
  user: string,
  since: number,
  isCustomer: boolean,
  (Omit<PastSearch, 'chosen'> & { chosen: [string, number][] })[],
];

/** The last searches of each shopper. Those who came last are kept: a map remembers the order of insertion. */
export class PastSearches {
  readonly #shoppers = new Map<string, Searcher>();
  readonly #eviction = new Eviction(this.#shoppers);
  #size = 0;

  /** `dropped`: told of each query that a shopper is not remembered for any more. */
  constructor(private readonly dropped: (user: string, key: string) => void) {}

  /** Oldest first. */
  of(user: string): readonly PastSearch[] {
    return this.#shoppers.get(user)?.searches ?? [];
  }

  /** When the shopper first searched; +∞ for one who never did. */
  since(user: string): number {
    return this.#shoppers.get(user)?.since ?? Number.POSITIVE_INFINITY;
  }

  isCustomer(user: string): boolean {
    return this.#shoppers.get(user)?.isCustomer ?? false;
  }

  /** Of those who came last first. */
  *newestFirst(): Iterable<{ user: string; search: PastSearch }> {
    for (const [user, { searches }] of [...this.#shoppers].reverse())
      for (const search of searches.toReversed()) yield { user, search };
  }

  /** `received`: when the shop heard of it. */
  add(user: string, search: PastSearch, received: number): void {
    const searcher = this.#open(user, received);
    searcher.searches.push(search);
    this.#size++;
    if (searcher.searches.length > limits.ofOne) this.#dropOldest(user, searcher);
    this.#makeRoom();
  }

  /** The shop's own server told of an order of theirs. */
  order(user: string, received: number): void {
    this.#open(user, received).isCustomer = true;
    this.#makeRoom();
  }

  /** Comes again: is not the longest unused one any more. */
  touch(user: string, received: number): void {
    this.#open(user, received);
    this.#makeRoom();
  }

  /** What `from` did is `to`'s from now on. */
  move(from: string, to: string): void {
    const moved = this.#shoppers.get(from);
    if (!moved) return;
    this.#shoppers.delete(from);
    const into = this.#open(to, moved.since);
    into.since = Math.min(into.since, moved.since);
    into.isCustomer ||= moved.isCustomer;
    into.searches = [...into.searches, ...moved.searches].sort((a, b) => a.time - b.time);
    while (into.searches.length > limits.ofOne) this.#dropOldest(to, into);
  }

  forget(user: string): void {
    this.#size -= this.of(user).length;
    this.#shoppers.delete(user);
  }

  #open(user: string, received: number): Searcher {
    const known = this.#shoppers.get(user) ?? { since: received, isCustomer: false, searches: [] };
    this.#shoppers.delete(user);
    this.#shoppers.set(user, known);
    return known;
  }

  #dropOldest(user: string, { searches }: Searcher): void {
    this.#size--;
    const gone = searches.shift()!;
    if (!searches.some(({ key }) => key === gone.key)) this.dropped(user, gone.key);
  }

  #makeRoom(): void {
    while (this.#shoppers.size > limits.shoppers || this.#size > limits.all) {
      if (this.#shoppers.size === 1) return;
      const [user, searcher] = this.#eviction.oldest()!;
      this.#shoppers.delete(user);
      while (searcher.searches.length > 0) this.#dropOldest(user, searcher);
    }
  }

  pack(): PackedSearcher[] {
    return Array.from(this.#shoppers, ([user, { since, isCustomer, searches }]) => [
      user,
      since,
      isCustomer,
      searches.map(({ chosen = new Map(), ...rest }) => ({ ...rest, chosen: [...chosen] })),
    ]);
  }

  restore(packed: readonly PackedSearcher[]): void {
    for (const [user, since, isCustomer, searches] of packed) {
      this.#size += searches.length;
      this.#shoppers.set(user, {
        since,
        isCustomer,
        searches: searches.map(({ chosen, ...rest }) =>
          chosen.length > 0 ? { ...rest, chosen: new Map(chosen) } : rest,
        ),
      });
    }
  }
}
