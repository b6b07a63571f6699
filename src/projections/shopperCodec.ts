import type { ProfileEvent } from '../core/index.js';
import { pack, unpack } from './codec.js';
import type { Counter, Shopper } from './shopper.js';

/** Cells of one remembered event: item, place of its type in `types`, time, weight, value, quantity, price. */
const eventCells = 7;
/** Cells of one counter: type, value, as of when. */
const counterCells = 3;

type Cell = string | number | null;

/** What of a shopper is a map; it travels as pairs: names come from outside, and a key `__proto__` would not survive as one. */
const maps = ['cart', 'bought', 'hidden'] as const;

/** A shopper as rows: names of fields, said once an event, would be most of what is kept. */
interface Packed {
  rest: Pick<Shopper, 'known' | 'ratings' | 'given' | 'total' | 'firstSeen' | 'lastSeen'>;
  types: string[];
  events: Cell[];
  counters: Cell[];
  touched?: string[];
  cart?: unknown[];
  bought?: unknown[];
  hidden?: unknown[];
}

/** What is kept of a shopper, in few bytes; equal for equal shoppers. */
export function packShopper(shopper: Shopper): Uint8Array {
  const { events, counters, cart, bought, hidden, touched, ...rest } = shopper;
  const packed: Packed = { rest, types: [], events: [], counters: [] };
  for (const event of events) addEvent(packed, event);
  for (const { type, value, at } of counters) packed.counters.push(type, value, at);
  for (const name of maps) if (shopper[name]) packed[name] = [...shopper[name]];
  if (touched) packed.touched = [...touched];
  return pack(packed);
}

function addEvent({ types, events }: Packed, event: ProfileEvent): void {
  let type = types.indexOf(event.type);
  if (type < 0) type = types.push(event.type) - 1;
  const { item, time, weight, value = null, quantity = null, price = null } = event;
  events.push(item, type, time, weight, value, quantity, price);
}

/** What `packShopper` was given; `store_corrupt` where the bytes are not its. `user` is for the message. */
export function unpackShopper(bytes: Uint8Array, user: string): Shopper {
  const { rest, types, events, counters, touched, ...parts } = unpack(bytes, `the shopper ${user}`) as Packed;
  const shopper: Shopper = {
    ...rest,
    events: eventsOf(events, types),
    counters: countersOf(counters),
  };
  for (const name of maps) if (parts[name]) shopper[name] = new Map(parts[name] as [string, never][]);
  if (touched) shopper.touched = new Set(touched);
  return shopper;
}

function eventsOf(cells: readonly Cell[], types: readonly string[]): ProfileEvent[] {
  const events: ProfileEvent[] = [];
  for (let at = 0; at < cells.length; at += eventCells) {
    const item = cells[at] as string;
    const type = types[cells[at + 1] as number]!;
    const [time, weight] = [cells[at + 2] as number, cells[at + 3] as number];
    const [value, quantity, price] = [cells[at + 4]!, cells[at + 5]!, cells[at + 6]!] as (number | null)[];
    // The usual shape at once, as where events are folded in.
    if (value === null && quantity !== null && price !== null)
      events.push({ item, type, time, weight, quantity: quantity!, price: price! });
    else {
      const event: ProfileEvent = { item, type, time, weight };
      if (value !== null) event.value = value!;
      if (quantity !== null) event.quantity = quantity!;
      if (price !== null) event.price = price!;
      events.push(event);
    }
  }
  return events;
}

function countersOf(cells: readonly Cell[]): Counter[] {
  const counters: Counter[] = [];
  for (let at = 0; at < cells.length; at += counterCells)
    counters.push({ type: cells[at] as string, value: cells[at + 1] as number, at: cells[at + 2] as number });
  return counters;
}
