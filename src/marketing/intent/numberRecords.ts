import { RowPool } from './rowPool.js';

/** What it holds, as plain values: the numbers of a record after those of the one before. */
export interface PackedRecords {
  keys: string[];
  numbers: Float64Array;
}

/**
 * A map of records that hold numbers alone, in the order in which keys were set first. They lie in one array: an object
 * for each would take three times the memory, on the heap that every full collection goes through.
 */
export class NumberRecords<Field extends string> {
  readonly #rows = new Map<string, number>();
  readonly #pool: RowPool;
  readonly #row: Float64Array;

  /** `record` makes the record whose numbers, in the order of the fields, begin at a place of the cells. */
  constructor(
    private readonly fields: readonly Field[],
    private readonly record: (cells: Float64Array, start: number) => Record<Field, number>,
  ) {
    this.#pool = new RowPool(fields.length);
    this.#row = new Float64Array(fields.length);
  }

  get size(): number {
    return this.#rows.size;
  }

  keys(): Iterable<string> {
    return this.#rows.keys();
  }

  *[Symbol.iterator](): IterableIterator<[string, Record<Field, number>]> {
    for (const [key, row] of this.#rows) yield [key, this.#pool.read(row, this.record)];
  }

  /** Where the numbers of the key lie until it is deleted; −1 where there are none. */
  row(key: string): number {
    return this.#rows.get(key) ?? -1;
  }

  /** The number of a row in the place of a field. */
  at(row: number, place: number): number {
    return this.#pool.at(row, place);
  }

  add(row: number, place: number, more: number): void {
    this.#pool.set(row, place, this.#pool.at(row, place) + more);
  }

  has(key: string): boolean {
    return this.#rows.has(key);
  }

  /** A copy: what changes in it is kept by `set`. */
  get(key: string): Record<Field, number> | undefined {
    const row = this.#rows.get(key);
    return row === undefined ? undefined : this.#pool.read(row, this.record);
  }

  set(key: string, record: Readonly<Record<Field, number>>): void {
    const known = this.#rows.get(key);
    const row = known === undefined ? this.#row : this.#pool.row(known);
    for (let at = 0; at < this.fields.length; at++) row[at] = record[this.fields[at]!];
    if (known === undefined) this.#rows.set(key, this.#pool.put(row));
  }

  delete(key: string): void {
    const row = this.#rows.get(key);
    if (row === undefined) return;
    this.#rows.delete(key);
    this.#pool.free([row]);
  }

  pack(): PackedRecords {
    const width = this.fields.length;
    const numbers = new Float64Array(width * this.size);
    let end = 0;
    for (const row of this.#rows.values()) {
      numbers.set(this.#pool.row(row), end);
      end += width;
    }
    return { keys: [...this.keys()], numbers };
  }

  restore({ keys, numbers }: PackedRecords): void {
    const width = this.fields.length;
    for (const key of [...this.keys()]) this.delete(key);
    for (const [at, key] of keys.entries())
      this.#rows.set(key, this.#pool.put(numbers.subarray(at * width, (at + 1) * width)));
  }
}
