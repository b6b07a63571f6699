import { ensureCapacity } from '../math/index.js';
import { day, decayed } from './decay.js';

/** Half-lives of what happens together lately, ms. */
export const recentHalfLives = { today: day, hours: day / 8 } as const;
export type Lately = keyof typeof recentHalfLives;

/** Partners kept of an item. */
export const partnersKept = 32;
/** Room of an item's first partners; it doubles as they come. */
const leastRoom = 4;
/** Partners of one block of memory: never copied, as one array that grows would be. A table never spans two. */
const blockPower = 12;
const blockSize = 1 << blockPower;
const blockMask = blockSize - 1;

/** Some tables of partners, in columns. */
interface Block {
  others: Uint32Array;
  at: Float64Array;
  today: Float32Array;
  hours: Float32Array;
  /** Of each count of today the logarithm plus its time: they are in this order at whatever time they are compared. */
  strength: Float64Array;
}

const newBlock = (): Block => ({
  others: new Uint32Array(blockSize),
  at: new Float64Array(blockSize),
  today: new Float32Array(blockSize),
  hours: new Float32Array(blockSize),
  strength: new Float64Array(blockSize),
});

/**
 * What is looked at, or bought, together lately: item row → other row → counts that halve in a day and in three hours, each as of the
 * pair's latest event. An item keeps a bounded number of others; what speaks least for itself gives way.
 */
export class RecentPairs {
  readonly #blocks: Block[] = [];
  /** By item: where its table is, and how many others it holds, which says how large the table is. */
  #tables = new Uint32Array(256);
  #held = new Uint8Array(256);
  /** Tables given back, by room. */
  readonly #free = new Map<number, number[]>();
  #end = 0;

  /** One visit or order held `other` beside `item`; the other direction is another call. A late one is worth what it still is. */
  add(item: number, other: number, time: number): void {
    if (item === other) return;
    this.#makeRow(item);
    const held = this.#held[item]!;
    if (held > 0) {
      const block = this.#blockOf(item);
      const from = this.#tables[item]! & blockMask;
      const place = placeOf(block.others, from, from + held, other);
      if (place >= 0) {
        count(block, place, time);
        return;
      }
    }
    if (held < partnersKept) {
      this.#makeRoom(item, held + 1);
      this.#held[item] = held + 1;
    }
    const block = this.#blockOf(item);
    const from = this.#tables[item]! & blockMask;
    set(block, held < partnersKept ? from + held : weakest(block, from), other, time);
  }

  /** Calls `found` with the others of `item` and their counts at `now`. */
  each(item: number, lately: Lately, now: number, found: (other: number, count: number) => void): void {
    const held = this.#held[item] ?? 0;
    if (held === 0) return;
    const { others, at, [lately]: counts } = this.#blockOf(item);
    const from = this.#tables[item]! & blockMask;
    for (let place = from; place < from + held; place++)
      found(others[place]!, decayed(counts[place]!, at[place]!, now, recentHalfLives[lately]));
  }

  /** What a checkpoint keeps of an item: its times, then its others and their two counts, as they lie in memory. */
  dump(item: number): Uint8Array {
    const held = this.#held[item] ?? 0;
    if (held === 0) return new Uint8Array(0);
    const { at, others, today, hours } = this.#blockOf(item);
    const from = this.#tables[item]! & blockMask;
    const bytes = new Uint8Array(partnerBytes * held);
    let end = 0;
    for (const column of [at, others, today, hours]) {
      const part = column.subarray(from, from + held);
      bytes.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), end);
      end += part.byteLength;
    }
    return bytes;
  }

  restore(item: number, bytes: Uint8Array): void {
    const held = bytes.length / partnerBytes;
    if (held === 0) return;
    // A copy, for the bytes of a record may begin anywhere.
    const { buffer } = Uint8Array.from(bytes);
    this.#makeRow(item);
    this.#makeRoom(item, held);
    this.#held[item] = held;
    const from = this.#tables[item]! & blockMask;
    const block = this.#blockOf(item);
    const { at, others, today, hours } = block;
    at.set(new Float64Array(buffer, 0, held), from);
    others.set(new Uint32Array(buffer, 8 * held, held), from);
    today.set(new Float32Array(buffer, 12 * held, held), from);
    hours.set(new Float32Array(buffer, 16 * held, held), from);
    for (let place = from; place < from + held; place++) weigh(block, place);
  }

  #makeRow(item: number): void {
    this.#tables = ensureCapacity(this.#tables, item);
    this.#held = ensureCapacity(this.#held, item);
  }

  #blockOf(item: number): Block {
    return this.#blocks[this.#tables[item]! >>> blockPower]!;
  }

  /** A table with room for so many, with what the one before held. */
  #makeRoom(item: number, wanted: number): void {
    const held = this.#held[item]!;
    const room = roomFor(wanted);
    if (held > 0 && roomFor(held) >= room) return;
    const address = this.#take(room);
    if (held > 0) {
      const before = this.#tables[item]!;
      const [from, to] = [before & blockMask, address & blockMask];
      const [old, next] = [this.#blocks[before >>> blockPower]!, this.#blocks[address >>> blockPower]!];
      for (const name of ['others', 'at', 'today', 'hours', 'strength'] as const)
        next[name].set(old[name].subarray(from, from + held), to);
      const free = this.#free.get(roomFor(held)) ?? [];
      free.push(before);
      this.#free.set(roomFor(held), free);
    }
    this.#tables[item] = address;
  }

  #take(room: number): number {
    const known = this.#free.get(room)?.pop();
    if (known !== undefined) return known;
    // Rooms are powers of two: after any of them a larger one begins at a multiple of its own size.
    const address = Math.ceil(this.#end / room) * room;
    this.#end = address + room;
    if (address >>> blockPower >= this.#blocks.length) this.#blocks.push(newBlock());
    return address;
  }
}

/** Bytes of one partner in a record. */
const partnerBytes = 8 + 4 + 4 + 4;

function placeOf(others: Uint32Array, from: number, to: number, other: number): number {
  for (let place = from; place < to; place++) if (others[place] === other) return place;
  return -1;
}

function roomFor(held: number): number {
  let room = leastRoom;
  while (room < held) room *= 2;
  return room;
}

function set(block: Block, place: number, other: number, time: number): void {
  block.others[place] = other;
  put(block, place, time, 1, 1);
}

function put(block: Block, place: number, time: number, today: number, hours: number): void {
  block.at[place] = time;
  block.today[place] = today;
  block.hours[place] = hours;
  weigh(block, place);
}

/** Of the count as it is kept, so that a restart finds the same. */
function weigh({ today, at, strength }: Block, place: number): void {
  strength[place] = Math.log2(today[place]!) + at[place]! / recentHalfLives.today;
}

function count(block: Block, place: number, time: number): void {
  const at = block.at[place]!;
  const today = block.today[place]!;
  const hours = block.hours[place]!;
  const kept = decayed(1, Math.min(at, time), Math.max(at, time), recentHalfLives.today);
  const keptOfHours = eighthPower(kept);
  if (time >= at) put(block, place, time, today * kept + 1, hours * keptOfHours + 1);
  else put(block, place, at, today + kept, hours + keptOfHours);
}

/** What is left of one that halves eight times as fast, as the hours beside the day. */
function eighthPower(left: number): number {
  const square = left * left;
  const fourth = square * square;
  return fourth * fourth;
}

function weakest({ strength }: Block, from: number): number {
  let found = from;
  for (let place = from + 1; place < from + partnersKept; place++)
    if (strength[place]! < strength[found]!) found = place;
  return found;
}
