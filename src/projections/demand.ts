import { defaultEventTable, type Event, type EventTable, type Meaning, meaningIn } from '../core/index.js';
import type { EventLog } from '../storage/index.js';
import { day } from './decay.js';
import { type Giver, Influence } from './influence.js';
import { type ItemNames, type ItemRecords, itemRecords } from './itemRecords.js';
import type { Projection, StoredRecord } from './projection.js';

/** What one item sold on one UTC day (days since 1970); refunds of that day are taken off. */
export interface Demand {
  day: number;
  units: number;
  revenue: number;
  /** Purchases it was in. */
  orders: number;
}

/** Days of demand kept per item. */
export const daysKept = 800;
/** Units of an item that a page may say were sold at once. */
const pageUnits = 10;
/** What adds to the demand of an item and what takes back. */
const signs: ReadonlyMap<Meaning | undefined, number> = new Map<Meaning, number>([
  ['purchase', 1],
  ['refund', -1],
]);

/** Numbers of a day as it is kept: those of `Demand`, in its order. */
const wide = 4;

/** What was sold of each item, by day. */
export class DemandByDay implements Projection {
  readonly name = 'demand';
  readonly version: number;
  /** By handle, one day after the other: an object a day would be most of what the garbage collector has to look at. */
  readonly #days: (number[] | undefined)[] = [];
  readonly #records: ItemRecords<readonly Demand[]>;

  constructor(
    private readonly items: ItemNames,
    /** Of the event that is folded in. */
    private readonly influence: Influence,
    private readonly table: EventTable,
  ) {
    this.version = 2 + influence.tableNumber;
    this.#records = itemRecords(this.name, items, (handle) => this.of(handle));
  }

  get dirty() {
    return this.#records.dirty;
  }

  /** Oldest day first; days without a sale are left out. */
  of(handle: number): Demand[] {
    const days = this.#days[handle] ?? [];
    return Array.from({ length: days.length / wide }, (_, at) => ({
      day: days[at * wide]!,
      units: days[at * wide + 1]!,
      revenue: days[at * wide + 2]!,
      orders: days[at * wide + 3]!,
    }));
  }

  /** Items that were sold, with the days on which they were. */
  *all(): Iterable<{ id: string; days: readonly Demand[] }> {
    for (let handle = 0; handle < this.#days.length; handle++)
      if (this.#days[handle]) yield { id: this.items.id(handle), days: this.of(handle) };
  }

  /** What a shop's server says was sold counts as it is; what a page says, as one shopper's order of a day. */
  apply(_offset: number, { type, items, time, received }: Event, handles: readonly number[]): void {
    const sign = signs.get(meaningIn(this.table, type));
    if (sign === undefined) return;
    const fromPage = received !== undefined;
    // By no function of its own: what one refers to would be made anew for every event, sold or not.
    for (let at = 0; at < items.length; at++) {
      const { quantity = 1, price = 0 } = items[at]!;
      const handle = handles[at]!;
      if (handle < 0 || (fromPage && !this.influence.counts[at])) continue;
      const units = fromPage ? Math.min(quantity, pageUnits) : quantity;
      this.#sell(handle, sign * units, sign * units * price, time);
    }
  }

  restore(record: StoredRecord): void {
    const { handle, kept } = this.#records.open(record);
    // Sliced, an array has no room beyond its end.
    this.#days[handle] = kept
      .flatMap(({ day, units, revenue, orders }) => [day, units, revenue, orders])
      .slice();
  }

  #sell(handle: number, units: number, revenue: number, time: number): void {
    this.dirty.touch(handle);
    const days = this.#days[handle] ?? [];
    const on = Math.floor(time / day);
    let end = days.length;
    while (end > 0 && days[end - wide]! > on) end -= wide;
    const orders = units > 0 ? 1 : 0;
    const found = end - wide;
    if (days[found] === on) {
      days[found + 1]! += units;
      days[found + 2]! += revenue;
      days[found + 3]! += orders;
    } else {
      // A new array, as long as what is in it: one that grows takes room for four days with its first.
      const more = days.toSpliced(end, 0, on, units, revenue, orders);
      this.#days[handle] = more.length > daysKept * wide ? more.slice(wide) : more;
    }
  }
}

/** What a log says of demand alone, by the same fold as the state of an open shop: for who must not open the shop. */
export async function demandOf(log: EventLog): Promise<{ id: string; days: readonly Demand[] }[]> {
  const ids: string[] = [];
  const handles = new Map<string, number>();
  const influence = new Influence(defaultEventTable);
  const givers = new Map<string, Giver>();
  const names = { id: (handle: number) => ids[handle]!, find: (id: string) => handles.get(id) ?? -1 };
  const demand = new DemandByDay(names, influence, defaultEventTable);
  const intern = (id: string): number => {
    const known = handles.get(id) ?? ids.push(id) - 1;
    handles.set(id, known);
    return known;
  };
  for await (const { offset, event } of log.read(0)) {
    if (!signs.has(meaningIn(defaultEventTable, event.type))) continue;
    const rows = event.items.map(({ id }) => intern(id));
    // Only what a page says counts by who says it.
    if (event.received !== undefined) {
      const giver = givers.get(event.user) ?? { given: [] };
      givers.set(event.user, giver);
      influence.look(event, rows, giver);
    }
    demand.apply(offset, event, rows);
  }
  return [...demand.all()];
}
