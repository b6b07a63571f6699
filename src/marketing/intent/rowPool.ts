/** Rows of numbers in one array, each for a while: an array of its own per row would take twice the memory. */
export class RowPool {
  #cells: Float64Array;
  readonly #free: number[] = [];
  #end = 0;

  constructor(private readonly width: number) {
    this.#cells = new Float64Array(1_024 * width);
  }

  /** Number of a row that begins with `values`, whose other places are 0. */
  put(values: Float64Array): number {
    const row = this.#free.pop() ?? this.#end++;
    const start = row * this.width;
    if (start === this.#cells.length) {
      const grown = new Float64Array(2 * start);
      grown.set(this.#cells);
      this.#cells = grown;
    }
    this.#cells.fill(0, start, start + this.width).set(values, start);
    return row;
  }

  /** Puts other values in the place of those the row begins with. */
  replace(row: number, values: Float64Array): void {
    this.#cells.set(values, row * this.width);
  }

  /** The row itself, until another is put. */
  row(row: number): Float64Array {
    return this.#cells.subarray(row * this.width, (row + 1) * this.width);
  }

  /** What `record` makes of the cells where the row begins. */
  read<T>(row: number, record: (cells: Float64Array, start: number) => T): T {
    return record(this.#cells, row * this.width);
  }

  at(row: number, place: number): number {
    return this.#cells[row * this.width + place]!;
  }

  set(row: number, place: number, value: number): void {
    this.#cells[row * this.width + place] = value;
  }

  /** Nobody asks for these any more. */
  free(rows: readonly number[]): void {
    for (const row of rows) this.#free.push(row);
  }
}
