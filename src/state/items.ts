import { day } from './decay.js';
import { DirtyRows } from './dirtyRows.js';
import { corruptState } from './dump.js';
import { Momentum } from './momentum.js';
import { PairCounts } from './pairs.js';
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

/** Pairs kept per item, days of demand kept per item. */
const pairsKept = 256;
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
  boughtWith: number[];
  viewedWith: number[];
}

/** Statistics of every item seen in the log, by row in order of first sight; in columns, for events are many. */
export class ItemTable {
  readonly #ids: string[] = [];
  readonly #rows = new Map<string, number>();
  readonly #counts = new TypeCounts();
  readonly #momentum = new Momentum();
  readonly #demand: (Demand[] | undefined)[] = [];
  readonly bought = new PairCounts(pairsKept);
  readonly viewed = new PairCounts(pairsKept);
  readonly #dirty = new DirtyRows();

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
    this.#counts.add(row, type);
    if (weight !== 0) this.#momentum.add(row, weight, time);
    this.#dirty.add(row);
  }

  /** One basket (or session step) held `row` together with each of `others` from `from` on. */
  pair(kind: 'bought' | 'viewed', row: number, others: readonly number[], from: number): void {
    const counts = this[kind];
    for (let at = from; at < others.length; at++) {
      const other = others[at]!;
      if (other === row) continue;
      counts.add(row, other);
      counts.add(other, row);
      this.#dirty.add(other);
    }
    this.#dirty.add(row);
  }

  sell(row: number, units: number, revenue: number, time: number): void {
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
    this.#dirty.add(row);
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

  /** Plain records of the rows that changed since the last call, for a checkpoint. */
  takeDirty(): { id: string; record: unknown }[] {
    return this.#dirty.take().map((row) => {
      const record: ItemRecord = {
        id: this.id(row),
        row,
        momentum: this.#momentum.dump(row),
        counts: this.#counts.of(row),
        demand: this.#demand[row] ?? [],
        bought: this.bought.baskets(row),
        viewed: this.viewed.baskets(row),
        boughtWith: this.bought.dump(row),
        viewedWith: this.viewed.dump(row),
      };
      return { id: record.id, record };
    });
  }

  markDirty(ids: readonly string[]): void {
    for (const id of ids) this.#dirty.add(this.row(id));
  }

  /** Takes back one record of `takeDirty`. */
  restore(stored: unknown): void {
    const { id, row, momentum, counts, demand, ...pairs } = stored as ItemRecord;
    this.#ids[row] = id;
    this.#rows.set(id, row);
    this.#momentum.restore(row, momentum);
    this.#counts.restore(row, counts);
    if (demand.length > 0) this.#demand[row] = demand;
    this.bought.restore(row, pairs.bought, pairs.boughtWith);
    this.viewed.restore(row, pairs.viewed, pairs.viewedWith);
  }

  /** Throws where the records taken back leave a row out or name one twice. */
  requireWhole(): void {
    if (this.#rows.size !== this.#ids.length) throw corruptState('records of items are missing');
  }
}
