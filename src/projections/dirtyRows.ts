import { ensureCapacity } from '../math/index.js';

/** What a row is: as in the last checkpoint, changed since, or changed before the one under way and not yet packed. */
const [clean, changed, waiting] = [0, 1, 2];

/**
 * Rows that changed since the last checkpoint, each once. A checkpoint under way packs them little by little, each as
 * it was when the checkpoint began: a row about to change is packed first. Marking a marked row costs a look at a byte.
 */
export class DirtyRows {
  #marks = new Uint8Array(1024);
  #changed: number[] = [];
  #waiting: number[] = [];

  constructor(private readonly pack: (row: number) => void) {}

  /** To be called before the row changes. */
  touch(row: number): void {
    this.#marks = ensureCapacity(this.#marks, row);
    const mark = this.#marks[row];
    if (mark === changed) return;
    if (mark === waiting) this.pack(row);
    this.#marks[row] = changed;
    this.#changed.push(row);
  }

  /** What changed so far belongs to the checkpoint that begins. */
  begin(): void {
    this.#waiting = this.#changed;
    this.#changed = [];
    for (const row of this.#waiting) this.#marks[row] = waiting;
  }

  /** Packs some of what waits; false when nothing is left. */
  packSome(count: number): boolean {
    for (const row of this.#waiting.splice(-count)) {
      if (this.#marks[row] !== waiting) continue;
      this.pack(row);
      this.#marks[row] = clean;
    }
    return this.#waiting.length > 0;
  }
}
