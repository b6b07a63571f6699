import type { Event } from '../core/index.js';
import { CoOccurrence, pairedRows, pairsKept } from './coOccurrence.js';
import type { Influence } from './influence.js';
import { type ItemNames, type ItemRecords, itemRecords } from './itemRecords.js';
import { PairBatch } from './pairBatch.js';
import { type PairKind, pairKinds } from './pairKind.js';
import type { Projection, StoredRecord } from './projection.js';
import { RecentPairs } from './recentPairs.js';
import { packCounts, unpackCounts } from './varints.js';

/** Pairs are counted among at most so many items of one order: a wholesale order would count n² of them. */
export const pairLimit = 60;
/**
 * Pairs of a kind that a shop keeps: so many of each item on average, as if it had so many items at least. Where there are more,
 * items with more than 48 forget what was with them least often: as many stay whatever made-up shoppers do. Looked at every so many
 * events of the log: at the same ones in every replay.
 */
export const pairBounds = { ofItem: 64, items: 2 ** 17, lookedEvery: 256 };

interface Kept {
  bought: number;
  viewed: number;
  /** Pairs in few bytes: a checkpoint has hundreds for each item that changed. */
  boughtWith: Uint8Array;
  viewedWith: Uint8Array;
  lately: Uint8Array;
}

/** Which items are bought and looked at together, as far as the shopper's influence goes. */
export class Pairs implements Projection {
  readonly name = 'pairs';
  readonly version: number;
  readonly bought = new CoOccurrence(pairsKept);
  readonly viewed = new CoOccurrence(pairsKept);
  /** Looked at, or bought, together lately. */
  readonly lately = new RecentPairs();
  readonly #records: ItemRecords<Kept>;
  #batch: PairBatch | undefined;

  constructor(
    items: ItemNames,
    /** Of the event that is folded in. */
    private readonly influence: Pick<Influence, 'pair' | 'fresh' | 'earlier' | 'tableNumber'>,
    private readonly bounds = pairBounds,
  ) {
    this.version = 7 + influence.tableNumber;
    this.#records = itemRecords(this.name, items, (handle) => ({
      bought: this.bought.baskets(handle),
      viewed: this.viewed.baskets(handle),
      boughtWith: packCounts(this.bought.dump(handle)),
      viewedWith: packCounts(this.viewed.dump(handle)),
      lately: this.lately.dump(handle),
    }));
  }

  get dirty() {
    return this.#records.dirty;
  }

  apply(offset: number, { time, received = time }: Event): void {
    if (offset % this.bounds.lookedEvery === 0) for (const kind of pairKinds) this.#bound(kind, offset);
    const { pair: kind, fresh, earlier } = this.influence;
    if (!kind) return;
    const size = Math.min(fresh.length, pairLimit);
    for (let at = 0; at < size; at++) {
      const row = fresh[at]!;
      if (row >= pairedRows) continue;
      this.dirty.touch(row);
      this[kind].basket(row);
      for (let next = at + 1; next < size; next++) this.#pair(kind, row, fresh[next]!, received);
      for (let before = 0; before < earlier.length; before++)
        this.#pair(kind, row, earlier[before]!, received);
    }
  }

  /** Many events are to come and nobody asks meanwhile: pairs are counted in large batches until `settle`. */
  beginBatches(): void {
    this.#batch ??= new PairBatch(this);
  }

  /** Counts what waits. */
  flush(): void {
    this.#batch?.flush();
  }

  /** Counts what waits, and from now on each pair at once. */
  settle(): void {
    this.flush();
    this.#batch = undefined;
  }

  restore(record: StoredRecord): void {
    const { handle, kept } = this.#records.open(record);
    this.bought.restore(handle, kept.bought, unpackCounts(kept.boughtWith));
    this.viewed.restore(handle, kept.viewed, unpackCounts(kept.viewedWith));
    this.lately.restore(handle, kept.lately);
  }

  /** What waits to be counted may all be new: it is counted before anything is forgotten. */
  #bound(kind: PairKind, offset: number): void {
    const counts = this[kind];
    const { ofItem, items } = this.bounds;
    const most = (): number => ofItem * Math.max(items, counts.items);
    if (counts.size + (this.#batch?.size ?? 0) <= most()) return;
    this.flush();
    const from = Math.imul(offset, 0x9e3779b1) >>> 0;
    counts.forget(most(), from, (item) => this.dirty.touch(item));
  }

  /** One basket (or session step) held both. */
  #pair(kind: PairKind, row: number, other: number, time: number): void {
    if (other >= pairedRows) return;
    this.dirty.touch(other);
    if (this.#batch) this.#batch.together(pairKinds.indexOf(kind), row, other, time);
    else {
      this[kind].together(row, other);
      this.lately.add(row, other, time);
      this.lately.add(other, row, time);
    }
  }
}
