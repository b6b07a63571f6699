import type { ProfileEvent } from '../core/index.js';
import { ByteReader, ByteWriter } from './bytes.js';
import { corruptState, pack, unpack } from './codec.js';
import { type Given, givenCells } from './influence.js';
import type { Counter, Shopper } from './shopper.js';

/** Of what events say beside item and time, the last so many kinds are looked through: where every event says something else, looking finds nothing. */
const kindsLookedAt = 16;
/** Bits of a kind: which of these its events have. */
const [hasValue, hasQuantity, hasPrice] = [1, 2, 4];

/**
 * What most shoppers have nothing of, as MessagePack behind the rest. What is hidden travels as pairs: names come from
 * outside, and a key `__proto__` would not survive as one.
 */
interface Seldom {
  known?: boolean;
  ratings?: Shopper['ratings'];
  touched?: string[];
  hidden?: [string, { time: number; hidden: boolean }][];
}

const writer = new ByteWriter();

/**
 * What is kept of a shopper, in few bytes; equal for equal shoppers. What events say twice (type, weight, price, …) is
 * kept once, and times are what has passed since the one before.
 */
export function packShopper(shopper: Shopper): Uint8Array {
  const { events, counters, given, total, firstSeen, lastSeen } = shopper;
  writer.clear();
  for (const value of [total, firstSeen, lastSeen]) writer.number(value);
  const kinds: ProfileEvent[] = [];
  const kindOfEvent = events.map((event) => kindOf(event, kinds));
  writer.number(kinds.length);
  for (const kind of kinds) writeKind(kind);
  writer.number(events.length);
  let before = 0;
  for (let at = 0; at < events.length; at++) {
    const { item, time } = events[at]!;
    writer.text(item);
    writer.number(kindOfEvent[at]!);
    writer.number(time - before);
    before = time;
  }
  writer.number(counters.length);
  for (const { type, value, at } of counters) {
    writer.text(type);
    writer.number(value);
    writer.number(at);
  }
  writeGiven(given);
  writeBought(shopper);
  const seldom = seldomOf(shopper);
  return writer.written(seldom && pack(seldom));
}

/** What `packShopper` was given; `store_corrupt` where the bytes are not its. `user` is for the message. */
export function unpackShopper(bytes: Uint8Array, user: string): Shopper {
  try {
    return readShopper(new ByteReader(bytes), user);
  } catch (cause) {
    throw cause instanceof RangeError ? corruptState(`the shopper ${user} cannot be read`, cause) : cause;
  }
}

function readShopper(reader: ByteReader, user: string): Shopper {
  const [total, firstSeen, lastSeen] = [reader.number(), reader.number(), reader.number()];
  const kinds = Array.from({ length: reader.count() }, () => readKind(reader));
  const events: ProfileEvent[] = [];
  let time = 0;
  for (let left = reader.count(); left > 0; left--) {
    const item = reader.text();
    const kind = kinds[reader.number()];
    time += reader.number();
    if (!kind) throw new RangeError('An event is of no kind');
    events.push(eventOf(item, time, kind));
  }
  const counters: Counter[] = [];
  for (let left = reader.count(); left > 0; left--)
    counters.push({ type: reader.text(), value: reader.number(), at: reader.number() });
  const given = readGiven(reader);
  const shopper: Shopper = { events, counters, given, total, firstSeen, lastSeen };
  readBought(reader, shopper);
  const { behind } = reader;
  if (behind.length === 0) return shopper;
  const { touched, known, ratings, hidden } = unpack(behind, `the shopper ${user}`) as Seldom;
  if (hidden) shopper.hidden = new Map(hidden);
  if (touched) shopper.touched = new Set(touched);
  if (known !== undefined) shopper.known = known;
  if (ratings) shopper.ratings = ratings;
  return shopper;
}

/** Place in `kinds` of an event that says the same beside item and time; this one is put there if none does. */
function kindOf(event: ProfileEvent, kinds: ProfileEvent[]): number {
  const { type, weight, value, quantity, price } = event;
  const least = Math.max(0, kinds.length - kindsLookedAt);
  for (let at = kinds.length - 1; at >= least; at--) {
    const kind = kinds[at]!;
    if (
      kind.type === type &&
      kind.weight === weight &&
      kind.value === value &&
      kind.quantity === quantity &&
      kind.price === price
    )
      return at;
  }
  return kinds.push(event) - 1;
}

function writeKind({ type, weight, value, quantity, price }: ProfileEvent): void {
  writer.text(type);
  writer.number(weight);
  const said =
    (value === undefined ? 0 : hasValue) |
    (quantity === undefined ? 0 : hasQuantity) |
    (price === undefined ? 0 : hasPrice);
  writer.number(said);
  if (value !== undefined) writer.number(value);
  if (quantity !== undefined) writer.number(quantity);
  if (price !== undefined) writer.number(price);
}

type Kind = Omit<ProfileEvent, 'item' | 'time'>;

function readKind(reader: ByteReader): Kind {
  const kind: Kind = { type: reader.text(), weight: reader.number() };
  const said = reader.number();
  if (said & hasValue) kind.value = reader.number();
  if (said & hasQuantity) kind.quantity = reader.number();
  if (said & hasPrice) kind.price = reader.number();
  return kind;
}

function eventOf(item: string, time: number, { type, weight, value, quantity, price }: Kind): ProfileEvent {
  // The usual shape at once, as where events are folded in.
  if (value === undefined && quantity !== undefined && price !== undefined)
    return { item, type, time, weight, quantity, price };
  const event: ProfileEvent = { item, type, time, weight };
  if (value !== undefined) event.value = value;
  if (quantity !== undefined) event.quantity = quantity;
  if (price !== undefined) event.price = price;
  return event;
}

function writeGiven(given: Given): void {
  writer.number(given.length / givenCells);
  let before = 0;
  for (let at = 0; at < given.length; at += givenCells) {
    writer.number(given[at]!);
    writer.number(given[at + 1]! - before);
    writer.number(given[at + 2]!);
    before = given[at + 1]!;
  }
}

function readGiven(reader: ByteReader): Given {
  const given: Given = [];
  let time = 0;
  for (let left = reader.count(); left > 0; left--) {
    const key = reader.number();
    time += reader.number();
    given.push(key, time, reader.number());
  }
  return given;
}

/** Of the cart and of what was bought, how many items they have and one more; 0 where there is no such map. */
function writeBought({ cart, bought }: Shopper): void {
  writer.number(cart ? 1 + cart.size : 0);
  for (const [item, { emptied, moves }] of cart ?? []) {
    writer.text(item);
    writer.number(emptied);
    writer.number(moves.length);
    for (const [time, units] of moves) {
      writer.number(time);
      writer.number(units);
    }
  }
  writer.number(bought ? 1 + bought.size : 0);
  for (const [item, { units, first, last, times }] of bought ?? []) {
    writer.text(item);
    for (const value of [units, first, last, times]) writer.number(value);
  }
}

function readBought(reader: ByteReader, shopper: Shopper): void {
  const lines = reader.count();
  if (lines > 0) shopper.cart = new Map();
  for (let left = lines - 1; left > 0; left--) {
    const item = reader.text();
    const emptied = reader.number();
    const moves: [number, number][] = [];
    for (let more = reader.count(); more > 0; more--) moves.push([reader.number(), reader.number()]);
    shopper.cart!.set(item, { moves, emptied });
  }
  const items = reader.count();
  if (items > 0) shopper.bought = new Map();
  for (let left = items - 1; left > 0; left--) {
    const item = reader.text();
    const [units, first] = [reader.number(), reader.number()];
    const [last, times] = [reader.number(), reader.number()];
    shopper.bought!.set(item, { units, first, last, times });
  }
}

function seldomOf(shopper: Shopper): Seldom | undefined {
  const { known, ratings, touched, hidden } = shopper;
  const seldom: Seldom = {};
  if (known !== undefined) seldom.known = known;
  if (ratings) seldom.ratings = ratings;
  if (touched) seldom.touched = [...touched];
  if (hidden) seldom.hidden = [...hidden];
  for (const _ in seldom) return seldom;
  return undefined;
}
