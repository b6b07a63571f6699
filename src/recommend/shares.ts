/** Shares below this, of 1, explain nothing. */
const leastShare = 0.01;
const mostShown = 3;

/** What each of some things has to do with an item, for one item after another: a request explains ten. */
export class Shares {
  readonly #slots = new Map<string, number>();
  readonly #ids: string[] = [];
  readonly #sums: number[] = [];
  /** Those that have a share of this item, in the order they came. */
  readonly #counted: number[] = [];
  readonly #isCounted: boolean[] = [];

  /** Number of a thing, for as long as these are used. */
  slot(id: string): number {
    const known = this.#slots.get(id);
    if (known !== undefined) return known;
    this.#slots.set(id, this.#ids.length);
    this.#sums.push(0);
    this.#isCounted.push(false);
    return this.#ids.push(id) - 1;
  }

  add(slot: number, amount: number): void {
    if (!this.#isCounted[slot]) this.#counted.push(slot);
    this.#isCounted[slot] = true;
    this.#sums[slot]! += amount;
  }

  /** The three strongest, the first of equals first, with their parts of the whole; the next item begins with none. */
  take<T>(shown: (id: string, share: number) => T): T[] {
    let total = 0;
    for (const slot of this.#counted) total += this.#sums[slot]!;
    const best: number[] = [];
    for (const slot of this.#counted) {
      if (!(this.#sums[slot]! / total > leastShare)) continue;
      let at = best.length;
      while (at > 0 && this.#sums[best[at - 1]!]! < this.#sums[slot]!) at--;
      if (at === mostShown) continue;
      for (let to = Math.min(best.length, mostShown - 1); to > at; to--) best[to] = best[to - 1]!;
      best[at] = slot;
    }
    const taken = best.map((slot) => shown(this.#ids[slot]!, this.#sums[slot]! / total));
    for (const slot of this.#counted) {
      this.#sums[slot] = 0;
      this.#isCounted[slot] = false;
    }
    this.#counted.length = 0;
    return taken;
  }
}
