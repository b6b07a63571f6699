import type { Event } from '../core/index.js';
import type { Influence } from './influence.js';
import { type ItemNames, type ItemRecords, itemRecords } from './itemRecords.js';
import { Momentum } from './momentum.js';
import type { Projection, StoredRecord } from './projection.js';
import { TypeCounts } from './typeCounts.js';

interface Kept {
  momentum: ReturnType<Momentum['dump']>;
  counts: [type: string, count: number][];
}

/** How often what happened to each item, and how it moves; in columns by handle, for events are many. */
export class ItemStatistics implements Projection {
  readonly name = 'statistics';
  readonly version: number;
  readonly #counts = new TypeCounts();
  readonly #momentum = new Momentum();
  readonly #records: ItemRecords<Kept>;

  constructor(
    items: ItemNames,
    /** Of the event that is folded in. */
    private readonly influence: Influence,
  ) {
    this.version = 3 + influence.tableNumber;
    this.#records = itemRecords(this.name, items, (handle) => ({
      momentum: this.#momentum.dump(handle),
      counts: this.#counts.of(handle),
    }));
  }

  get dirty() {
    return this.#records.dirty;
  }

  apply(_offset: number, { type }: Event, handles: readonly number[]): void {
    const { counts, moves } = this.influence;
    for (let at = 0; at < handles.length; at++) {
      if (!counts[at]) continue;
      this.dirty.touch(handles[at]!);
      this.#counts.add(handles[at]!, type);
    }
    for (const { handle, weight, time } of moves) this.#momentum.add(handle, weight, time);
  }

  /** Whether anything that carries weight ever happened to the item. */
  has(handle: number): boolean {
    return this.#momentum.has(handle);
  }

  trend(handle: number, now: number): number {
    return this.#momentum.trend(handle, now);
  }

  popularity(handle: number, now: number): number {
    return this.#momentum.popularity(handle, now);
  }

  /** Events by type. */
  counts(handle: number): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts.of(handle));
  }

  restore(record: StoredRecord): void {
    const { handle, kept } = this.#records.open(record);
    this.#momentum.restore(handle, kept.momentum);
    this.#counts.restore(handle, kept.counts);
  }
}
