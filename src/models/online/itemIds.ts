/**
 * Rows of items by id: those trained on keep theirs, newer ones take turns in a bounded number; the one that was not
 * seen for longest gives up its row.
 */
export class ItemIds {
  readonly #trained: ReadonlyMap<string, number>;
  /** New items, the one seen longest ago first. */
  readonly #fresh = new Map<string, number>();

  constructor(
    readonly trained: readonly string[],
    /** New items at a time. */
    private readonly most: number,
  ) {
    this.#trained = new Map(trained.map((id, row) => [id, row]));
  }

  /** Row of an id that has one, −1 otherwise. */
  row(id: string): number {
    return this.#trained.get(id) ?? this.#fresh.get(id) ?? -1;
  }

  /** Notes that an item was seen. `made`: it has a row since now; `gaveUp`: whose row it took. */
  see(id: string): { row: number; made: boolean; gaveUp?: string } {
    const trained = this.#trained.get(id);
    if (trained !== undefined) return { row: trained, made: false };
    const known = this.#fresh.get(id);
    if (known !== undefined) {
      this.#fresh.delete(id);
      this.#fresh.set(id, known);
      return { row: known, made: false };
    }
    if (this.#fresh.size < this.most) {
      const row = this.trained.length + this.#fresh.size;
      this.#fresh.set(id, row);
      return { row, made: true };
    }
    const [gaveUp, row] = this.#fresh.entries().next().value!;
    this.#fresh.delete(gaveUp);
    this.#fresh.set(id, row);
    return { row, made: true, gaveUp };
  }

  /** New items with their rows, the one seen longest ago first. */
  pack(): [string, number][] {
    return [...this.#fresh];
  }

  restore(fresh: readonly (readonly [string, number])[]): void {
    this.#fresh.clear();
    for (const [id, row] of fresh) this.#fresh.set(id, row);
  }
}

/** New items that a learner holds between two trainings. */
export const mostNewItems = 50_000;
