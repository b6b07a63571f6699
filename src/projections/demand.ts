import { type Event, type EventTable, type Meaning, meaningIn } from '../core/index.js';
import { day } from './decay.js';
import type { Influence } from './influence.js';
import { type ItemNames, type ItemRecords, itemRecords } from './itemRecords.js';
import type { Projection, StoredRecord } from './projection.js';

/** Units and revenue of one item on one UTC day (days since 1970). */
export interface Demand {
  day: number;
  units: number;
  revenue: number;
}

/** Days of demand kept per item. */
const daysKept = 800;
/** Units of an item that a page may say were sold at once. */
const pageUnits = 10;
/** What adds to the demand of an item and what takes back. */
const signs: ReadonlyMap<Meaning | undefined, number> = new Map<Meaning, number>([
  ['purchase', 1],
  ['refund', -1],
]);

/** What was sold of each item, by day. */
export class DemandByDay implements Projection {
  readonly name = 'demand';
  readonly version: number;
  readonly #days: (Demand[] | undefined)[] = [];
  readonly #records: ItemRecords<Demand[]>;

  constructor(
    items: ItemNames,
    /** Of the event that is folded in. */
    private readonly influence: Influence,
    private readonly table: EventTable,
  ) {
    this.version = 2 + influence.tableNumber;
    this.#records = itemRecords(this.name, items, (handle) => this.#days[handle] ?? []);
  }

  get dirty() {
    return this.#records.dirty;
  }

  /** Oldest day first; days without a sale are left out. */
  of(handle: number): readonly Demand[] {
    return this.#days[handle] ?? [];
  }

  /** What a shop's server says was sold counts as it is; what a page says, as one shopper's order of a day. */
  apply(_offset: number, { type, items, time, received }: Event, handles: readonly number[]): void {
    const sign = signs.get(meaningIn(this.table, type));
    if (sign === undefined) return;
    const fromPage = received !== undefined;
    items.forEach(({ quantity = 1, price = 0 }, at) => {
      const handle = handles[at]!;
      if (handle < 0 || (fromPage && !this.influence.counts[at])) return;
      const units = fromPage ? Math.min(quantity, pageUnits) : quantity;
      this.#sell(handle, sign * units, sign * units * price, time);
    });
  }

  restore(record: StoredRecord): void {
    const { handle, kept } = this.#records.open(record);
    this.#days[handle] = kept;
  }

  #sell(handle: number, units: number, revenue: number, time: number): void {
    this.dirty.touch(handle);
    this.#days[handle] ??= [];
    const days = this.#days[handle];
    const on = Math.floor(time / day);
    let at = days.length;
    while (at > 0 && days[at - 1]!.day > on) at--;
    const found = days[at - 1];
    if (found?.day === on) {
      found.units += units;
      found.revenue += revenue;
    } else {
      days.splice(at, 0, { day: on, units, revenue });
      if (days.length > daysKept) days.shift();
    }
  }
}
