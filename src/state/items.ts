import { addDecayed, type Decayed, day, decayedAt } from './decay.js';
import { DirtyRows } from './dirtyRows.js';
import { corruptState } from './dump.js';
import { PairCounts } from './pairs.js';
import { typesKept } from './shopper.js';

/** Half-lives of popularity, ms: what moves now, and what sells at all. */
export const trendHalfLife = 7 * day;
export const popularityHalfLife = 60 * day;

/** Units and revenue of one item on one UTC day (days since 1970). */
export interface Demand {
  day: number;
  units: number;
  revenue: number;
}

interface ItemRecord {
  id: string;
  trend: Decayed;
  popularity: Decayed;
  /** Events by type. */
  counts: Map<string, number>;
  demand: Demand[];
}

export interface ItemStats {
  id: string;
  trend: number;
  popularity: number;
  counts: Readonly<Record<string, number>>;
  demand: readonly Demand[];
}

/** Pairs kept per item, days of demand kept per item. */
const pairsKept = 256;
const daysKept = 800;

/** Statistics of every item seen in the log, by row in order of first sight. */
export class ItemTable {
  readonly #records: ItemRecord[] = [];
  readonly #rows = new Map<string, number>();
  readonly bought = new PairCounts(pairsKept);
  readonly viewed = new PairCounts(pairsKept);
  readonly #dirty = new DirtyRows();

  constructor(private readonly limit: number) {}

  get size(): number {
    return this.#records.length;
  }

  row(id: string): number {
    return this.#rows.get(id) ?? -1;
  }

  id(row: number): string {
    return this.#records[row]!.id;
  }

  /** Row of `id`, made on first sight; −1 once the configured number of items is reached. */
  intern(id: string): number {
    const known = this.#rows.get(id);
    if (known !== undefined) return known;
    if (this.#records.length >= this.limit) return -1;
    const record = { id, trend: { value: 0, at: 0 }, popularity: { value: 0, at: 0 } };
    this.#records.push({ ...record, counts: new Map(), demand: [] });
    this.#rows.set(id, this.#records.length - 1);
    return this.#records.length - 1;
  }

  count(row: number, type: string, weight: number, time: number): void {
    const record = this.#records[row]!;
    const known = record.counts.get(type);
    if (known !== undefined || record.counts.size < typesKept) record.counts.set(type, (known ?? 0) + 1);
    if (weight !== 0) {
      addDecayed(record.trend, weight, time, trendHalfLife);
      addDecayed(record.popularity, weight, time, popularityHalfLife);
    }
    this.#dirty.add(row);
  }

  /** One basket (or session step) held these pairs: `row` together with each of `others`. */
  pair(kind: 'bought' | 'viewed', row: number, others: readonly number[]): void {
    const counts = this[kind];
    for (const other of others) {
      if (other === row) continue;
      counts.add(row, other, 1);
      counts.add(other, row, 1);
      this.#dirty.add(other);
    }
    this.#dirty.add(row);
  }

  sell(row: number, units: number, revenue: number, time: number): void {
    const { demand } = this.#records[row]!;
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
    this.#dirty.add(row);
  }

  trend(row: number, now: number): number {
    return decayedAt(this.#records[row]!.trend, now, trendHalfLife);
  }

  popularity(row: number, now: number): number {
    return decayedAt(this.#records[row]!.popularity, now, popularityHalfLife);
  }

  stats(row: number, now: number): ItemStats {
    const { id, counts, demand } = this.#records[row]!;
    return {
      id,
      counts: Object.fromEntries(counts),
      demand,
      trend: this.trend(row, now),
      popularity: this.popularity(row, now),
    };
  }

  /** Plain records of the rows that changed since the last call, for a checkpoint. */
  takeDirty(): { id: string; record: unknown }[] {
    return this.#dirty.take().map((row) => {
      const { bought, viewed } = this;
      const baskets = { bought: bought.baskets(row), viewed: viewed.baskets(row) };
      const pairs = { boughtWith: bought.dump(row), viewedWith: viewed.dump(row) };
      const { counts, ...record } = this.#records[row]!;
      return { id: record.id, record: { row, ...record, counts: [...counts], ...baskets, ...pairs } };
    });
  }

  markDirty(ids: readonly string[]): void {
    for (const id of ids) this.#dirty.add(this.row(id));
  }

  /** Takes back one record of `takeDirty`. */
  restore(stored: unknown): void {
    type Stored = Omit<ItemRecord, 'counts'> & {
      row: number;
      bought: number;
      viewed: number;
      boughtWith: number[];
      viewedWith: number[];
      counts: [string, number][];
    };
    const { row, bought, viewed, boughtWith, viewedWith, counts, ...record } = stored as Stored;
    this.#records[row] = { ...record, counts: new Map(counts) };
    this.#rows.set(record.id, row);
    this.bought.restore(row, bought, boughtWith);
    this.viewed.restore(row, viewed, viewedWith);
  }

  /** Throws where the records taken back leave a row out or name one twice. */
  requireWhole(): void {
    if (this.#rows.size !== this.#records.length) throw corruptState('records of items are missing');
  }
}
