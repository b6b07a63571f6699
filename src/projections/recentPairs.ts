import { ensureCapacity } from '../math/index.js';
import { day, decayed } from './decay.js';

/** Half-lives of what happens together lately, ms. */
export const recentHalfLives = { today: day, hours: day / 8 } as const;
export type Lately = keyof typeof recentHalfLives;

/** Partners kept of an item. */
export const partnersKept = 32;
/** Room that an item takes at a time: it is never moved, as one table that grows would be. */
const chunkSize = 8;
const chunksOfOne = partnersKept / chunkSize;
/** Partners of one block of memory; a chunk never spans two. */
const blockPower = 14;
const blockSize = 1 << blockPower;
const blockMask = blockSize - 1;
/** Times are kept in seconds, and so in four bytes. */
const second = 1_000;
const secondsOfDay = day / second;
/** A count of today falls by half in a day: its bits, as a number, by 2^23. */
const bitsOfSecond = 2 ** 23 / secondsOfDay;

/** Cells of a chunk: its others, their times (seconds since 1970), their counts of today and of hours, one column after the other. */
const [ofTimes, ofToday, ofHours] = [chunkSize, 2 * chunkSize, 3 * chunkSize];
const columnsOfChunk = 4;

/** Some chunks. What is said of one partner lies within two lines of the cache. */
interface Block {
  /** Others, times, and the bits of the counts: see `strength`. */
  cells: Uint32Array;
  /** The same memory: the counts. */
  counts: Float32Array;
}

function newBlock(): Block {
  const counts = new Float32Array(columnsOfChunk * blockSize);
  return { cells: new Uint32Array(counts.buffer), counts };
}

/** Where the cells of the chunk begin in its block that holds the partner at an address; a chunk never spans two. */
const chunkCell = (address: number): number => columnsOfChunk * (address & blockMask & -chunkSize);
/** Where the other of a partner is in its block; what else is said of it lies `ofTimes`, … behind. */
const cellOf = (address: number): number => chunkCell(address) + (address & (chunkSize - 1));

/** What a checkpoint keeps of an item, column by column: its times, its others and their two counts. */
const columns = [ofTimes, 0, ofToday, ofHours];

/**
 * What is looked at, or bought, together lately: item row → other row → counts that halve in a day and in three hours, each as of the
 * pair's latest event. An item keeps a bounded number of others; what speaks least for itself gives way.
 */
export class RecentPairs {
  readonly #blocks: Block[] = [];
  /** Of each item, the addresses of its chunks: block and place in it. */
  #chunks = new Uint32Array(256 * chunksOfOne);
  /** How many others each item has. */
  #held = new Uint8Array(256);
  #end = 0;
  /** What `dump` gives is in here. */
  readonly #dumped = new Uint32Array(columns.length * partnersKept);

  /** One visit or order held `other` beside `item`; the other direction is another call. A late one is worth what it still is. */
  add(item: number, other: number, time: number): void {
    if (item === other) return;
    const at = secondsOf(time);
    const known = this.#find(item, other);
    if (known >= 0) {
      count(this.#blockOf(known), cellOf(known), at);
      return;
    }
    const address = this.#held[item] === partnersKept ? this.#weakest(item) : this.#append(item);
    const block = this.#blockOf(address);
    block.cells[cellOf(address)] = other;
    put(block, cellOf(address), at, 1, 1);
  }

  /** Calls `found` with the others of `item` and their counts at `now`. */
  each(item: number, lately: Lately, now: number, found: (other: number, count: number) => void): void {
    const held = this.#held[item] ?? 0;
    for (let from = 0; from < held; from += chunkSize) {
      const { cells, counts, start } = this.#chunk(item, from);
      const end = start + Math.min(chunkSize, held - from);
      for (let cell = start; cell < end; cell++) {
        const count = counts[cell + (lately === 'today' ? ofToday : ofHours)]!;
        found(cells[cell]!, decayed(count, second * cells[cell + ofTimes]!, now, recentHalfLives[lately]));
      }
    }
  }

  /** What a checkpoint keeps of an item: its times, then its others and their two counts. Good until the next call. */
  dump(item: number): Uint8Array {
    const held = this.#held[item] ?? 0;
    const record = this.#dumped;
    for (let partner = 0; partner < held; partner++) {
      const address = this.#address(item, partner);
      const { cells } = this.#blockOf(address);
      const cell = cellOf(address);
      for (let column = 0; column < columns.length; column++)
        record[column * held + partner] = cells[cell + columns[column]!]!;
    }
    return new Uint8Array(record.buffer, 0, record.BYTES_PER_ELEMENT * columns.length * held);
  }

  restore(item: number, bytes: Uint8Array): void {
    // A copy, which lies where numbers of four bytes may.
    const record = new Uint32Array(new Uint8Array(bytes).buffer);
    const held = record.length / columns.length;
    for (let partner = 0; partner < held; partner++) {
      const address = this.#append(item);
      const { cells } = this.#blockOf(address);
      const cell = cellOf(address);
      for (let column = 0; column < columns.length; column++)
        cells[cell + columns[column]!] = record[column * held + partner]!;
    }
  }

  /** Address of `other` among those of `item`, −1 where it is not. */
  #find(item: number, other: number): number {
    const held = this.#held[item] ?? 0;
    for (let from = 0; from < held; from += chunkSize) {
      const address = this.#chunks[item * chunksOfOne + from / chunkSize]!;
      const { cells } = this.#blockOf(address);
      const start = chunkCell(address);
      const end = start + Math.min(chunkSize, held - from);
      for (let cell = start; cell < end; cell++) if (cells[cell] === other) return address + cell - start;
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
      if (this.#end > blockSize * this.#blocks.length) this.#blocks.push(newBlock());
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
      const { cells } = this.#blockOf(address);
      const start = chunkCell(address);
      for (let cell = start; cell < start + chunkSize; cell++) {
        const strong = strength(cells[cell + ofToday]!, cells[cell + ofTimes]!);
        if (strong < least) [found, least] = [address + cell - start, strong];
      }
    }
    return found;
  }

  /** The block with the chunk of the item that holds its partner at `from`, and the cell where the chunk begins. */
  #chunk(item: number, from: number): Block & { start: number } {
    const address = this.#chunks[item * chunksOfOne + from / chunkSize]!;
    return { ...this.#blockOf(address), start: chunkCell(address) };
  }

  #blockOf(address: number): Block {
    return this.#blocks[address >>> blockPower]!;
  }
}

const secondsOf = (time: number): number => Math.min(2 ** 32 - 1, Math.max(0, Math.floor(time / second)));

function put({ cells, counts }: Block, cell: number, at: number, today: number, hours: number): void {
  cells[cell + ofTimes] = at;
  counts[cell + ofToday] = today;
  counts[cell + ofHours] = hours;
}

function count(block: Block, cell: number, time: number): void {
  const at = block.cells[cell + ofTimes]!;
  const today = block.counts[cell + ofToday]!;
  const hours = block.counts[cell + ofHours]!;
  const kept = decayed(1, Math.min(at, time), Math.max(at, time), secondsOfDay);
  const keptOfHours = eighthPower(kept);
  if (time >= at) put(block, cell, time, today * kept + 1, hours * keptOfHours + 1);
  else put(block, cell, at, today + kept, hours + keptOfHours);
}

/** What is left of one that halves eight times as fast, as the hours beside the day. */
function eighthPower(left: number): number {
  const square = left * left;
  const fourth = square * square;
  return fourth * fourth;
}

/**
 * Of the count of today the logarithm plus its time: partners are in this order at whatever time they are compared. The
 * bits of a positive number are its logarithm to less than a tenth (Mitchell 1962), which is two hours of its time.
 */
function strength(todayBits: number, at: number): number {
  return todayBits + at * bitsOfSecond;
}
