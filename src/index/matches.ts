/** What a query finds: by item its score and the clauses it matches. The arrays are used again by the next query. */
export class Matches {
  #scores = new Float32Array(0);
  #masks = new Uint32Array(0);
  /** Items whose stamp is the query's are found by it. */
  #stamps = new Uint32Array(0);
  #touched = new Uint32Array(0);
  #size = 0;
  #query = 0;

  /** How many items are found. */
  get size(): number {
    return this.#size;
  }

  /** The items found, in no order. */
  get found(): Uint32Array {
    return this.#touched.subarray(0, this.#size);
  }

  has(item: number): boolean {
    return this.#stamps[item] === this.#query;
  }

  score(item: number): number {
    return this.has(item) ? this.#scores[item]! : 0;
  }

  /** Bits of the required clauses that the item matches, in their order. */
  mask(item: number): number {
    return this.has(item) ? this.#masks[item]! : 0;
  }

  /** Begins another query over items below `room`. */
  begin(room: number): void {
    if (this.#stamps.length < room) {
      this.#scores = new Float32Array(room);
      this.#masks = new Uint32Array(room);
      this.#stamps = new Uint32Array(room);
      this.#touched = new Uint32Array(room);
      this.#query = 0;
    }
    this.#query++;
    this.#size = 0;
  }

  /** Takes the item for found; one that was put in after the query began is passed over. */
  touch(item: number): void {
    if (this.#stamps[item] === this.#query || item >= this.#stamps.length) return;
    this.#stamps[item] = this.#query;
    this.#scores[item] = 0;
    this.#masks[item] = 0;
    this.#touched[this.#size++] = item;
  }

  /** Adds to a found item. */
  add(item: number, score: number, bit: number): void {
    this.#scores[item]! += score;
    this.#masks[item]! |= bit;
  }
}
