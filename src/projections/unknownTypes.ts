import { type Event, type EventTable, tableNumber } from '../core/index.js';
import { pack, unpack } from './codec.js';
import { DirtyRows } from './dirtyRows.js';
import type { Projection, StoredRecord } from './projection.js';

/** Types counted by name; further ones are not. */
const typesNamed = 50;

/** Types of events of which nobody has said what they mean: kept, counted, and of no weight until somebody does. */
export class UnknownTypes implements Projection {
  readonly name = 'unknownTypes';
  readonly version: number;
  readonly dirty = new DirtyRows(() => ({
    space: this.name,
    key: 'all',
    value: pack([...this.#counts]),
  }));
  readonly #counts = new Map<string, number>();

  constructor(private readonly table: EventTable) {
    this.version = 1 + 1_000 * tableNumber(table);
  }

  /** Events by type, the most frequent first. */
  get counts(): [type: string, events: number][] {
    return [...this.#counts].sort(([a, few], [b, many]) => many - few || (a < b ? -1 : 1));
  }

  apply(_offset: number, { type }: Event): void {
    if (this.table.has(type)) return;
    const known = this.#counts.get(type);
    if (known === undefined && this.#counts.size >= typesNamed) return;
    this.dirty.touch(0);
    this.#counts.set(type, (known ?? 0) + 1);
  }

  restore({ value }: StoredRecord): void {
    for (const [type, count] of unpack(value, 'unknown types') as [string, number][])
      this.#counts.set(type, count);
  }
}
