import type { ProfileEvent } from '../core/index.js';
import { pack, unpack } from './codec.js';
import { givenCells } from './influence.js';
import type { Counter, Shopper } from './shopper.js';

/** Cells of one remembered event: item, place of what it says in `kinds`, time since the event before. */
const eventCells = 3;
/** Cells of what events say beside item and time: type, weight, value, quantity, price. */
const kindCells = 5;
/** Of these, the last so many are looked through: where every event says something else, looking finds nothing. */
const kindsLookedAt = 16;
/** Cells of one counter: type, value, as of when. */
const counterCells = 3;

type Cell = string | number | null;

/** What of a shopper is a map; it travels as pairs: names come from outside, and a key `__proto__` would not survive as one. */
const maps = ['cart', 'bought', 'hidden'] as const;

/**
 * A shopper as rows: names of fields, said once an event, would be most of what is kept, and what events say twice is
 * kept once. Times are what has passed since the one before, which takes half the bytes.
 */
interface Packed {
  rest: Pick<Shopper, 'known' | 'ratings' | 'given' | 'total' | 'firstSeen' | 'lastSeen'>;
  kinds: Cell[];
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
  const given = rest.given.slice();
  for (let at = given.length - givenCells + 1; at > givenCells; at -= givenCells)
    given[at]! -= given[at - givenCells]!;
  const packed: Packed = { rest: { ...rest, given }, kinds: [], events: [], counters: [] };
  let before = 0;
  for (const event of events) {
    packed.events.push(event.item, kindOf(event, packed.kinds), event.time - before);
    before = event.time;
  }
  for (const { type, value, at } of counters) packed.counters.push(type, value, at);
  for (const name of maps) if (shopper[name]) packed[name] = [...shopper[name]];
  if (touched) packed.touched = [...touched];
  return pack(packed);
}

/** Place in `kinds` of what the event says, which is put there if it is new. */
function kindOf(event: ProfileEvent, kinds: Cell[]): number {
  const { type, weight } = event;
  const [value, quantity, price] = [event.value ?? null, event.quantity ?? null, event.price ?? null];
  const least = Math.max(0, kinds.length - kindCells * kindsLookedAt);
  for (let at = kinds.length - kindCells; at >= least; at -= kindCells)
    if (
      kinds[at] === type &&
      kinds[at + 1] === weight &&
      kinds[at + 2] === value &&
      kinds[at + 3] === quantity &&
      kinds[at + 4] === price
    )
      return at / kindCells;
  return kinds.push(type, weight, value, quantity, price) / kindCells - 1;
}

/** What `packShopper` was given; `store_corrupt` where the bytes are not its. `user` is for the message. */
export function unpackShopper(bytes: Uint8Array, user: string): Shopper {
  const { rest, kinds, events, counters, touched, ...parts } = unpack(bytes, `the shopper ${user}`) as Packed;
  const { given } = rest;
  for (let at = givenCells + 1; at < given.length; at += givenCells) given[at]! += given[at - givenCells]!;
  const shopper: Shopper = {
    ...rest,
    events: eventsOf(events, kinds),
    counters: countersOf(counters),
  };
  for (const name of maps) if (parts[name]) shopper[name] = new Map(parts[name] as [string, never][]);
  if (touched) shopper.touched = new Set(touched);
  return shopper;
}

function eventsOf(cells: readonly Cell[], kinds: readonly Cell[]): ProfileEvent[] {
  const events: ProfileEvent[] = [];
  let time = 0;
  for (let at = 0; at < cells.length; at += eventCells) {
    const item = cells[at] as string;
    const kind = kindCells * (cells[at + 1] as number);
    time += cells[at + 2] as number;
    const [type, weight] = [kinds[kind] as string, kinds[kind + 1] as number];
    const [value, quantity, price] = kinds.slice(kind + 2, kind + kindCells) as (number | null)[];
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
