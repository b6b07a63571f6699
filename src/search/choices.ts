/** Items remembered with one query. */
const itemsKept = 64;
const stride = 3;

/**
 * What came of items after a query, in rows: choices weighted by kind (of one shopper each kind once a day), clicks that an
 * average item would have had in the same places, and clicks. There are many of them, so they are numbers in one array.
 */
export class Choices {
  readonly #ids: string[] = [];
  readonly #numbers: number[] = [];

  static of(ids: readonly string[], numbers: readonly number[]): Choices {
    const made = new Choices();
    for (const id of ids) made.#ids.push(id);
    for (const number of numbers) made.#numbers.push(number);
    return made;
  }

  get size(): number {
    return this.#ids.length;
  }

  /** −1 where nothing is known of the item. */
  find(id: string): number {
    return this.#ids.indexOf(id);
  }

  /** What was shown and never chosen gives way; −1 where all were chosen: what is new has no place then. */
  row(id: string): number {
    const known = this.find(id);
    if (known >= 0) return known;
    if (this.#ids.length >= itemsKept) {
      const unchosen = this.#ids.findIndex((_, row) => this.weight(row) === 0 && this.clicks(row) === 0);
      if (unchosen < 0) return -1;
      this.#ids.splice(unchosen, 1);
      this.#numbers.splice(stride * unchosen, stride);
    }
    this.#numbers.push(0, 0, 0);
    return this.#ids.push(id) - 1;
  }

  weight(row: number): number {
    return this.#numbers[stride * row]!;
  }

  expected(row: number): number {
    return this.#numbers[stride * row + 1]!;
  }

  clicks(row: number): number {
    return this.#numbers[stride * row + 2]!;
  }

  /** Adds to a row; nothing falls below 0. */
  add(row: number, weight: number, expected: number, clicks: number): void {
    const at = stride * row;
    this.#numbers[at] = Math.max(0, this.#numbers[at]! + weight);
    this.#numbers[at + 1] = Math.max(0, this.#numbers[at + 1]! + expected);
    this.#numbers[at + 2] = Math.max(0, this.#numbers[at + 2]! + clicks);
  }

  /** Items that were chosen, with their weights. */
  weights(): Map<string, number> {
    const chosen = new Map<string, number>();
    for (let row = 0; row < this.size; row++)
      if (this.weight(row) > 0) chosen.set(this.#ids[row]!, this.weight(row));
    return chosen;
  }

  pack(): { ids: string[]; numbers: number[] } {
    return { ids: this.#ids.slice(), numbers: this.#numbers.slice() };
  }
}
