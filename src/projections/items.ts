import type { StateChange } from '../storage/index.js';
import { corruptState, pack, spaces } from './codec.js';
import { CoOccurrence, pairsKept } from './coOccurrence.js';
import { day } from './decay.js';
import { DirtyRows } from './dirtyRows.js';
import { Momentum } from './momentum.js';
import { adoptAll, type PairKind, releaseAll } from './pairMemory.js';
import { PairsElsewhere } from './pairsElsewhere.js';
import { TypeCounts } from './typeCounts.js';

/** Units and revenue of one item on one UTC day (days since 1970). */
export interface Demand {
  day: number;
  units: number;
  revenue: number;
}

export interface ItemStats {
  id: string;
  trend: number;
  popularity: number;
  counts: Readonly<Record<string, number>>;
  demand: readonly Demand[];
}

/** Days of demand kept per item. */
const daysKept = 800;

/** What a checkpoint keeps of an item. */
interface ItemRecord {
  id: string;
  row: number;
  momentum: ReturnType<Momentum['dump']>;
  counts: [type: string, count: number][];
  demand: Demand[];
  bought: number;
  viewed: number;
  /** Pairs as the bytes of 32-bit numbers: a checkpoint has hundreds for each item that changed. */
  boughtWith: Uint8Array;
  viewedWith: Uint8Array;
}

/** Statistics of every item seen in the log, by row in order of first sight; in columns, for events are many. */
export class ItemTable {
  readonly #ids: string[] = [];
  readonly #rows = new Map<string, number>();
  readonly #counts = new TypeCounts();
  readonly #momentum = new Momentum();
  readonly #demand: (Demand[] | undefined)[] = [];
  readonly bought = new CoOccurrence(pairsKept);
  readonly viewed = new CoOccurrence(pairsKept);
  #elsewhere: PairsElsewhere | undefined;
  readonly #dirty = new DirtyRows((row) => this.#pack(row));
  #changes: StateChange[] = [];

  constructor(private readonly limit: number) {}

  get size(): number {
    return this.#ids.length;
  }

  row(id: string): number {
    return this.#rows.get(id) ?? -1;
  }

  id(row: number): string {
    return this.#ids[row]!;
  }

  /** Row of `id`, made on first sight; −1 once the configured number of items is reached. */
  intern(id: string): number {
    const known = this.#rows.get(id);
    if (known !== undefined) return known;
    if (this.#ids.length >= this.limit) return -1;
    const row = this.#ids.push(id) - 1;
    this.#rows.set(id, row);
    return row;
  }

  count(row: number, type: string, weight: number, time: number): void {
    this.#dirty.touch(row);
    this.#counts.add(row, type);
    if (weight !== 0) this.#momentum.add(row, weight, time);
  }

  /** One basket (or session step) held `row` together with each of `others` from `from` on. */
  pair(kind: PairKind, row: number, others: readonly number[], from: number): void {
    if (from >= others.length) return;
    this.#dirty.touch(row);
    for (let at = from; at < others.length; at++) this.#dirty.touch(others[at]!);
    if (this.#elsewhere) this.#elsewhere.together(kind, row, others, from);
    else for (let at = from; at < others.length; at++) this[kind].together(row, others[at]!);
  }

  /** One more basket (or visit) held `row`. */
  basket(kind: PairKind, row: number): void {
    this.#dirty.touch(row);
    if (this.#elsewhere) this.#elsewhere.basket(kind, row);
    else this[kind].basket(row);
  }

  /** Lets another thread count the pairs. Until `regain` nothing is to be asked of them. */
  lend(): void {
    this.#elsewhere = new PairsElsewhere(releaseAll(this));
  }

  /** Waits where the other thread does not keep up. */
  keptUp(): Promise<void> | undefined {
    return this.#elsewhere?.keptUp();
  }

  async regain(): Promise<void> {
    const memories = await this.#elsewhere?.back();
    this.#elsewhere = undefined;
    if (memories) adoptAll(this, memories);
  }

  sell(row: number, units: number, revenue: number, time: number): void {
    this.#dirty.touch(row);
    this.#demand[row] ??= [];
    const demand = this.#demand[row];
    const on = Math.floor(time / day);
    let at = demand.length;
    while (at > 0 && demand[at - 1]!.day > on) at--;
    const found = demand[at - 1];
    if (found?.day === on) {
      found.units += units;
      found.revenue += revenue;
    } else {
      demand.splice(at, 0, { day: on, units, revenue });
      if (demand.length > daysKept) demand.shift();
    }
  }

  trend(row: number, now: number): number {
    return this.#momentum.trend(row, now);
  }

  popularity(row: number, now: number): number {
    return this.#momentum.popularity(row, now);
  }

  stats(row: number, now: number): ItemStats {
    return {
      id: this.id(row),
      counts: Object.fromEntries(this.#counts.of(row)),
      demand: this.#demand[row] ?? [],
      trend: this.trend(row, now),
      popularity: this.popularity(row, now),
    };
  }

  /** Begins a checkpoint of what changed since the last one. */
  begin(): void {
    this.#changes = [];
    this.#dirty.begin();
  }

  /** Packs some more of the checkpoint, as of its beginning; false when nothing is left. */
  packSome(count: number): boolean {
    return this.#dirty.packSome(count);
  }

  /** What the checkpoint writes; whole after the last `packSome`. */
  get changes(): readonly StateChange[] {
    return this.#changes;
  }

  written(): void {
    this.#changes = [];
  }

  /** Counts what the checkpoint was to write as changed again. */
  failed(): void {
    for (const { key } of this.#changes) this.#dirty.touch(this.row(key));
    this.#changes = [];
  }

  #pack(row: number): void {
    const record: ItemRecord = {
      id: this.id(row),
      row,
      momentum: this.#momentum.dump(row),
      counts: this.#counts.of(row),
      demand: this.#demand[row] ?? [],
      bought: this.bought.baskets(row),
      viewed: this.viewed.baskets(row),
      boughtWith: bytesOf(this.bought.dump(row)),
      viewedWith: bytesOf(this.viewed.dump(row)),
    };
    this.#changes.push({ space: spaces.items, key: record.id, value: pack(record) });
  }

  /** Takes back one record of a checkpoint. */
  restore(stored: unknown): void {
    const { id, row, momentum, counts, demand, ...pairs } = stored as ItemRecord;
    this.#ids[row] = id;
    this.#rows.set(id, row);
    this.#momentum.restore(row, momentum);
    this.#counts.restore(row, counts);
    if (demand.length > 0) this.#demand[row] = demand;
    this.bought.restore(row, pairs.bought, numbersOf(pairs.boughtWith));
    this.viewed.restore(row, pairs.viewed, numbersOf(pairs.viewedWith));
  }

  /** Throws where the records taken back leave a row out or name one twice. */
  requireWhole(): void {
    if (this.#rows.size !== this.#ids.length) throw corruptState('records of items are missing');
  }
}

function bytesOf(numbers: Int32Array): Uint8Array {
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}

/** A copy, for the bytes of a record may begin anywhere. */
function numbersOf(bytes: Uint8Array): Int32Array {
  return new Int32Array(Uint8Array.from(bytes).buffer);
}
