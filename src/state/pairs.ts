/**
 * How often items occur together: item row → other row → count. Each item keeps between `keep` and 2·`keep`
 * others: when the list is full its rarest half is forgotten (ties: the newest go), which is deterministic and
 * costs O(1) amortised.
 */
export class PairCounts {
  readonly #lists: (Map<number, number> | undefined)[] = [];

  constructor(private readonly keep: number) {}

  add(a: number, b: number, weight: number): void {
    this.#lists[a] ??= new Map();
    const list = this.#lists[a];
    const known = list.get(b);
    if (known !== undefined) {
      list.set(b, known + weight);
      return;
    }
    list.set(b, weight);
    if (list.size >= 2 * this.keep) this.#lists[a] = this.#prune(list);
  }

  of(item: number): ReadonlyMap<number, number> {
    return this.#lists[item] ?? none;
  }

  /** [other, count, other, count, …] in insertion order, which pruning depends on. */
  dump(item: number): number[] {
    return [...this.of(item)].flat();
  }

  restore(item: number, flat: readonly number[]): void {
    if (flat.length === 0) return;
    const list = new Map<number, number>();
    for (let at = 0; at < flat.length; at += 2) list.set(flat[at]!, flat[at + 1]!);
    this.#lists[item] = list;
  }

  #prune(list: Map<number, number>): Map<number, number> {
    const ranked = [...list].map(([other, count], order) => ({ other, count, order }));
    ranked.sort((a, b) => b.count - a.count || a.order - b.order);
    const kept = ranked.slice(0, this.keep).sort((a, b) => a.order - b.order);
    return new Map(kept.map(({ other, count }) => [other, count]));
  }
}

const none: ReadonlyMap<number, number> = new Map();
