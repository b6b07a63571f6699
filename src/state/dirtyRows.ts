import { roomFor } from '../math/index.js';

/** Rows that changed since the last checkpoint, each once. Marking one that is marked costs a look at a byte. */
export class DirtyRows {
  #marked = new Uint8Array(1024);
  #rows: number[] = [];

  add(row: number): void {
    this.#marked = roomFor(this.#marked, row);
    if (this.#marked[row] === 1) return;
    this.#marked[row] = 1;
    this.#rows.push(row);
  }

  /** The rows, which count as unchanged from now on. */
  take(): number[] {
    const rows = this.#rows;
    for (const row of rows) this.#marked[row] = 0;
    this.#rows = [];
    return rows;
  }
}
