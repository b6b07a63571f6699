import { knownEventTypes } from '../core/index.js';
import { ensureCapacity } from '../math/index.js';

/** Types of events counted by name, for types are open: the first ones that come. */
export const typesKept = 64;

/** Events by item row and type: those Endcap knows, and the first others of the shop, so many in all. */
export class TypeCounts {
  readonly #columns = new Map<string, Uint32Array>(knownEventTypes.map((type) => [type, new Uint32Array()]));

  add(row: number, type: string): void {
    const known = this.#columns.get(type);
    if (!known && this.#columns.size >= typesKept) return;
    const column = this.#columnFor(type, known, row);
    column[row]!++;
  }

  /** Types that occurred with their counts, by name. */
  of(row: number): [type: string, count: number][] {
    const found: [string, number][] = [];
    // Not by `for`, which makes a pair of each of the many types that did not occur.
    this.#columns.forEach((column, type) => {
      if (column[row]! > 0) found.push([type, column[row]!]);
    });
    return found.sort(([a], [b]) => (a < b ? -1 : 1));
  }

  restore(row: number, counts: readonly [type: string, count: number][]): void {
    for (const [type, count] of counts) this.#columnFor(type, this.#columns.get(type), row)[row] = count;
  }

  #columnFor(type: string, known: Uint32Array | undefined, row: number): Uint32Array {
    const column = ensureCapacity(known ?? new Uint32Array(), row);
    if (column !== known) this.#columns.set(type, column);
    return column;
  }
}
