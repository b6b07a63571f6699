import { ensureCapacity } from '../math/index.js';
import { day, exp2 } from './decay.js';

/** Half-lives of what happens together lately, ms. */
export const recentHalfLives = { today: day, hours: day / 8 } as const;
export type Lately = keyof typeof recentHalfLives;
/** A day has so many half-lives of the hours. */
const hoursOfDay = recentHalfLives.today / recentHalfLives.hours;

/** Partners kept of an item. */
export const partnersKept = 32;
/** Room that an item takes at a time, a line of the cache: it is never moved, as one table that grows would be. */
const chunkSize = 8;
const chunksOfOne = partnersKept / chunkSize;
/** Partners of one block of memory; a chunk never spans two. */
const blockPower = 14;
const blockSize = 1 << blockPower;
const blockMask = blockSize - 1;

/**
 * A count that halves is one number, whenever it is looked at: its logarithm to base 2 plus its time in half-lives, its
 * strength. Of a partner two cells of 32 bits keep the strength of today, and by how much that of the hours, an eighth of
 * it, is less. That is 0 where it happened once, at most 7/8 of the logarithm of how often it did, and never below 0.
 * The first cell has 24 bits of the other and 8 of this lag; the second, `chunkSize` behind it, 24 of the strength and 8 of the lag.
 */
const columnsOfChunk = 2;
/** Parts of one: of a strength, below 2^15 days since 1970, and of a lag, below 16. */
const [partsOfStrength, partsOfLag] = [2 ** 9, 2 ** 12];
const [strengthEnd, lagEnd] = [2 ** 24, 2 ** 16];
/** A count is at most 2 to this, also that of a time ahead of `now`. */
const mostAhead = 20;

/** Where the cells of the chunk begin in its block that holds the partner at an address; a chunk never spans two. */
const chunkCell = (address: number): number => columnsOfChunk * (address & blockMask & -chunkSize);
/** Where the other of a partner is in its block; its strength lies `chunkSize` behind. */
const cellOf = (address: number): number => chunkCell(address) + (address & (chunkSize - 1));

/**
 * What is looked at, or bought, together lately: item row → other row → counts that halve in a day and in three hours. An
 * item keeps a bounded number of others; what speaks least for itself gives way. Rows are below 2^24.
 */
export class RecentPairs {
  readonly #blocks: Uint32Array[] = [];
  /** Of each item, the addresses of its chunks: block and place in it. */
  #chunks = new Uint32Array(256 * chunksOfOne);
  /** How many others each item has. */
  #held = new Uint8Array(256);
  #end = 0;
  /** What `dump` gives is in here. */
  readonly #dumped = new Uint32Array(columnsOfChunk * partnersKept);

  /** One visit or order held `other` beside `item`; the other direction is another call. A late one is worth what it still is. */
  add(item: number, other: number, time: number): void {
    if (item === other) return;
    const known = this.#find(item, other);
    if (known >= 0) {
      count(this.#blockOf(known), cellOf(known), time);
      return;
    }
    const address = this.#held[item] === partnersKept ? this.#weakest(item) : this.#append(item);
    put(this.#blockOf(address), cellOf(address), other, time / day, 0);
  }

  /** Calls `found` with the others of `item` and their counts at `now`. */
  each(item: number, lately: Lately, now: number, found: (other: number, count: number) => void): void {
    const held = this.#held[item] ?? 0;
    const [strengthOf, time] =
      lately === 'today' ? [today, now / day] : [ofHours, now / recentHalfLives.hours];
    for (let partner = 0; partner < held; partner++) {
      const address = this.#address(item, partner);
      const cells = this.#blockOf(address);
      const cell = cellOf(address);
      found(cells[cell]! >>> 8, exp2(Math.min(mostAhead, strengthOf(cells, cell) - time)));
    }
  }

  /** What a checkpoint keeps of an item: its others, then their strengths. Good until the next call. */
  dump(item: number): Uint8Array {
    const held = this.#held[item] ?? 0;
    const record = this.#dumped;
    for (let partner = 0; partner < held; partner++) {
      const address = this.#address(item, partner);
      const cells = this.#blockOf(address);
      record[partner] = cells[cellOf(address)]!;
      record[held + partner] = cells[cellOf(address) + chunkSize]!;
    }
    return new Uint8Array(record.buffer, 0, record.BYTES_PER_ELEMENT * columnsOfChunk * held);
  }

  restore(item: number, bytes: Uint8Array): void {
    // A copy, which lies where numbers of four bytes may.
    const record = new Uint32Array(new Uint8Array(bytes).buffer);
    const held = record.length / columnsOfChunk;
    for (let partner = 0; partner < held; partner++) {
      const address = this.#append(item);
      const cells = this.#blockOf(address);
      cells[cellOf(address)] = record[partner]!;
      cells[cellOf(address) + chunkSize] = record[held + partner]!;
    }
  }

  /** Address of `other` among those of `item`, −1 where it is not. */
  #find(item: number, other: number): number {
    const held = this.#held[item] ?? 0;
    for (let from = 0; from < held; from += chunkSize) {
      const address = this.#chunks[item * chunksOfOne + from / chunkSize]!;
      const cells = this.#blockOf(address);
      const start = chunkCell(address);
      const end = start + Math.min(chunkSize, held - from);
      for (let cell = start; cell < end; cell++)
        if (cells[cell]! >>> 8 === other) return address + cell - start;
    }
    return -1;
  }

  /** Address for one more partner of the item. */
  #append(item: number): number {
    this.#held = ensureCapacity(this.#held, item);
    this.#chunks = ensureCapacity(this.#chunks, (item + 1) * chunksOfOne - 1);
    const held = this.#held[item]!++;
    const chunk = item * chunksOfOne + Math.floor(held / chunkSize);
    if (held % chunkSize === 0) {
      this.#chunks[chunk] = this.#end;
      this.#end += chunkSize;
      if (this.#end > blockSize * this.#blocks.length)
        this.#blocks.push(new Uint32Array(columnsOfChunk * blockSize));
    }
    return this.#address(item, held);
  }

  /** Address of the partner that came as the `partner`th to the item. */
  #address(item: number, partner: number): number {
    return this.#chunks[item * chunksOfOne + Math.floor(partner / chunkSize)]! + (partner % chunkSize);
  }

  /** Address of the partner of a full item that gives way. */
  #weakest(item: number): number {
    let found = -1;
    let least = Number.POSITIVE_INFINITY;
    for (let chunk = item * chunksOfOne; chunk < (item + 1) * chunksOfOne; chunk++) {
      const address = this.#chunks[chunk]!;
      const cells = this.#blockOf(address);
      const start = chunkCell(address) + chunkSize;
      for (let cell = start; cell < start + chunkSize; cell++)
        if (cells[cell]! < least) [found, least] = [address + cell - start, cells[cell]!];
    }
    return found;
  }

  #blockOf(address: number): Uint32Array {
    return this.#blocks[address >>> blockPower]!;
  }
}

/** Strength of today of the partner at a cell. */
const today = (cells: Uint32Array, cell: number): number =>
  (cells[cell + chunkSize]! >>> 8) / partsOfStrength;

/** Strength of the hours. */
function ofHours(cells: Uint32Array, cell: number): number {
  const lag = ((cells[cell + chunkSize]! & 255) << 8) | (cells[cell]! & 255);
  return hoursOfDay * (today(cells, cell) - lag / partsOfLag);
}

/** One more at `time` for the partner at a cell. */
function count(cells: Uint32Array, cell: number, time: number): void {
  const strength = sum(today(cells, cell), time / day);
  const hours = sum(ofHours(cells, cell), time / recentHalfLives.hours);
  put(cells, cell, cells[cell]! >>> 8, strength, strength - hours / hoursOfDay, time);
}

/**
 * A sum is rounded up with the probability that is right in the long run: one more of a thousand adds less than half of a part,
 * and would be lost for ever. What happened once is rounded up, for the lag to say the rest.
 */
function put(
  cells: Uint32Array,
  cell: number,
  other: number,
  strength: number,
  lag: number,
  seed?: number,
): void {
  const kept = within(strengthEnd, partsOfStrength * strength + chanceOf(seed, 0x9e3779b1));
  const behind = lag + kept / partsOfStrength - strength;
  const keptLag = within(lagEnd, partsOfLag * behind + chanceOf(seed, 0x85ebca6b));
  cells[cell] = (other << 8) | (keptLag & 255);
  cells[cell + chunkSize] = (kept << 8) | (keptLag >>> 8);
}

const within = (end: number, value: number): number => Math.min(end - 1, Math.max(0, Math.floor(value)));

/** In [0, 1), spread evenly over times that follow each other; 1 where there is no seed. */
const chanceOf = (seed: number | undefined, factor: number): number =>
  seed === undefined ? 1 : (Math.imul(seed, factor) >>> 0) / 2 ** 32;

/** Logarithm of 2^a + 2^b. */
const sum = (a: number, b: number): number =>
  Math.max(a, b) + Math.LOG2E * Math.log1p(exp2(-Math.abs(a - b)));
