/** A frozen two-way map between string ids and rows 0 … size-1. Row −1 means unknown. */
export class Vocabulary {
  readonly #rows: Map<string, number>;
  constructor(readonly ids: readonly string[]) {
    this.#rows = new Map(ids.map((id, row) => [id, row]));
  }
  get size(): number {
    return this.ids.length;
  }
  row(id: string): number {
    return this.#rows.get(id) ?? -1;
  }
}
