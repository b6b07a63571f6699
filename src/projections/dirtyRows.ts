import { ensureCapacity } from '../math/index.js';
import type { StateChange } from '../storage/index.js';

/**
 * What a row is: as on disk, changed since the last checkpoint began, changed before that and not yet packed, or
 * packed and being written.
 */
const [clean, changed, waiting, packed] = [0, 1, 2, 3];

/**
 * Rows that changed since the last checkpoint, each once. A checkpoint under way packs them little by little, each as
 * it was when the checkpoint began: a row about to change is packed first. Marking a marked row costs a look at a byte.
 */
export class DirtyRows {
  #marks = new Uint8Array(1024);
  #changed: number[] = [];
  /** Of the checkpoint under way: all its rows, how many of them were looked at, and what waits to be written. */
  #taken: number[] = [];
  #lookedAt = 0;
  #changes: StateChange[] = [];

  constructor(private readonly pack: (row: number) => StateChange | readonly StateChange[]) {}

  /** How many rows changed since the last checkpoint began. */
  get size(): number {
    return this.#changed.length;
  }

  /** Whether the row is not on disk as it is: to be kept in memory until it is. */
  held(row: number): boolean {
    return row < this.#marks.length && this.#marks[row] !== clean;
  }

  /** To be called before the row changes. */
  touch(row: number): void {
    this.#marks = ensureCapacity(this.#marks, row);
    const mark = this.#marks[row];
    if (mark === changed) return;
    if (mark === waiting) this.#pack(row);
    this.#marks[row] = changed;
    this.#changed.push(row);
  }

  /** What changed so far belongs to the checkpoint that begins. */
  begin(): void {
    this.#taken = this.#changed;
    this.#changed = [];
    this.#lookedAt = 0;
    this.#changes = [];
    for (const row of this.#taken) this.#marks[row] = waiting;
  }

  /** Packs some more of the checkpoint, as of its beginning; false when nothing is left. */
  packSome(count: number): boolean {
    const end = Math.min(this.#taken.length, this.#lookedAt + count);
    for (; this.#lookedAt < end; this.#lookedAt++) {
      const row = this.#taken[this.#lookedAt]!;
      if (this.#marks[row] !== waiting) continue;
      this.#pack(row);
      this.#marks[row] = packed;
    }
    return end < this.#taken.length;
  }

  /** What was packed for the checkpoint since the last call. */
  drain(): readonly StateChange[] {
    if (this.#changes.length === 0) return this.#changes;
    const changes = this.#changes;
    this.#changes = [];
    return changes;
  }

  /** The checkpoint is on disk. */
  written(): void {
    for (const row of this.#taken) if (this.#marks[row] === packed) this.#marks[row] = clean;
    this.#forget();
  }

  /** The checkpoint is not: what it was to write counts as changed again. */
  failed(): void {
    for (const row of this.#taken) {
      if (this.#marks[row] === changed) continue;
      this.#marks[row] = changed;
      this.#changed.push(row);
    }
    this.#forget();
  }

  #pack(row: number): void {
    const changes = this.pack(row);
    if ('space' in changes) this.#changes.push(changes);
    else this.#changes.push(...changes);
  }

  #forget(): void {
    this.#taken = [];
    this.#changes = [];
  }
}
