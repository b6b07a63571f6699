/** Ids and their rows, in both directions. Rows are 0 … size − 1 in the order of `ids`. */
export class Vocabulary {
  readonly #rows: Map<string, number>;
  #ids: readonly string[];
  /** A copy that may grow: the list it was made of is the maker's. */
  #grown: string[] | undefined;

  constructor(ids: readonly string[]) {
    this.#ids = ids;
    this.#rows = new Map(ids.map((id, row) => [id, row]));
  }

  get ids(): readonly string[] {
    return this.#ids;
  }

  get size(): number {
    return this.#ids.length;
  }

  row(id: string): number {
    return this.#rows.get(id) ?? -1;
  }

  /** Row of an id, the next one where it had none. */
  add(id: string): number {
    const known = this.#rows.get(id);
    if (known !== undefined) return known;
    if (!this.#grown) {
      this.#grown = [...this.#ids];
      this.#ids = this.#grown;
    }
    this.#rows.set(id, this.#grown.length);
    return this.#grown.push(id) - 1;
  }
}
