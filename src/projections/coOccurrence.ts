import { ensureCapacity } from '../math/index.js';
import { pairsOf, Slabs } from './slabs.js';

/** Pairs kept per item. */
export const pairsKept = 256;
/** Of the pairs of a shop that has too many. */
const keptShare = 0.75;

/**
 * How often items occur together: item row → other row → count. Each item keeps between `keep` and 2·`keep`
 * others: when its table is full its rarest half is forgotten (ties: the higher rows, seen later, go), which is
 * deterministic and costs O(1) amortised.
 *
 * A table is open-addressed, at most four fifths full, and lies in one slab. A pair is one cell: its other + 1 above a byte
 * of its count, so that a look costs one cache line or two: this is what a replay spends its time on, and much of a shop's
 * memory. The few counts that are larger than a byte are kept aside.
 */
export class CoOccurrence {
  readonly #slabs = new Slabs();
  /** By item, four cells each, named below. */
  #tables = new Int32Array(1024);
  #baskets = new Float64Array(256);
  /** Counts from `many` on, by item and other. */
  readonly #large = new Map<number, number>();
  #size = 0;
  #items = 0;

  /** What `dump` gives is in here: an array of its own for each record would be a piece of memory outside of the heap. */
  readonly #dumped: BigInt64Array;

  /** Others of an item in order, the most frequent first, each as one number. */
  readonly #ranked: Float64Array;

  constructor(private readonly keep: number) {
    this.#dumped = new BigInt64Array(2 * keep);
    this.#ranked = new Float64Array(2 * keep);
  }

  /** Pairs of all items, each direction of them. */
  get size(): number {
    return this.#size;
  }

  /** Items that have pairs. */
  get items(): number {
    return this.#items;
  }

  /** One basket (or session step) held both. */
  together(item: number, other: number): void {
    if (item === other) return;
    this.add(item, other);
    this.add(other, item);
  }

  /** One more basket (or visit) held `other` beside `item`. The other direction is another call. */
  add(item: number, other: number): void {
    const own = item * stride;
    if (own >= this.#tables.length) this.#tables = ensureCapacity(this.#tables, own + stride - 1);
    const tables = this.#tables;
    if (tables[own + address] === 0) {
      this.#items++;
      this.#open(own, 0);
    }
    tables[own + version]!++;
    const size = tables[own + tableSize]!;
    const cells = this.#slabs.block(tables[own + address]!);
    const slot = slotOf(cells, this.#slabs.start(tables[own + address]!), pairsOf[size]!, other);
    const cell = cells[slot]!;
    if (cell !== 0) {
      if (byteOf(cell) < many - 1) cells[slot] = cell + 1;
      else cells[slot] = cellOf(other, this.#keepCount(item, other, this.#countOf(cell, item) + 1));
      return;
    }
    cells[slot] = cellOf(other, 1);
    this.#size++;
    const others = ++tables[own + held]!;
    if (others >= 2 * this.keep) this.#prune(item, this.keep);
    else if (isFull(others, size)) this.#widen(own, size + 1);
  }

  /**
   * Forgets until at most `most` pairs are left: of items that have more than each could keep if a quarter were to go, the
   * others with the least evidence. It begins at another item for another `from`, and goes no further than it must: all at once
   * would hold requests up. `touch` hears of each item before it changes.
   */
  forget(most: number, from: number, touch: (item: number) => void): void {
    const { bound, rows } = this.#boundFor(keptShare * most);
    for (let at = 0; at < rows && this.#size > most; at++) {
      const item = (from + at) % rows;
      if (this.#tables[item * stride + held]! <= bound) continue;
      touch(item);
      this.#tables[item * stride + version]!++;
      this.#prune(item, bound);
    }
  }

  /** One more basket (or visit) held `item`. */
  basket(item: number): void {
    this.#baskets = ensureCapacity(this.#baskets, item);
    this.#baskets[item]!++;
  }

  /** Baskets (or visits) that held `item`: the denominator of lift. */
  baskets(item: number): number {
    return item < this.#baskets.length ? this.#baskets[item]! : 0;
  }

  /** Calls `found` with the others of `item` and their counts. */
  each(item: number, found: (other: number, count: number) => void): void {
    const table = this.#tables[item * stride + address];
    if (!table) return;
    const cells = this.#slabs.block(table);
    const start = this.#slabs.start(table);
    const end = start + pairsOf[this.#tables[item * stride + tableSize]!]!;
    for (let at = start; at < end; at++) {
      const cell = cells[at]!;
      if (cell !== 0) found(otherOf(cell), this.#countOf(cell, item));
    }
  }

  /** Another number after each change of the counts of `item`. */
  version(item: number): number {
    return this.#tables[item * stride + version] ?? 0;
  }

  count(item: number, other: number): number {
    const table = this.#tables[item * stride + address];
    if (!table) return 0;
    const cells = this.#slabs.block(table);
    const room = pairsOf[this.#tables[item * stride + tableSize]!]!;
    return this.#countOf(cells[slotOf(cells, this.#slabs.start(table), room, other)]!, item);
  }

  /** [other, count, other, count, …] by row; good until the next call. */
  dump(item: number): Int32Array {
    // Sorted as numbers of 64 bits, the row above the count: sorted by row alone, each would be looked up again.
    const pairs = this.#dumped.subarray(0, this.#tables[item * stride + held] ?? 0);
    const flat = new Int32Array(pairs.buffer, 0, 2 * pairs.length);
    let filled = 0;
    this.each(item, (other, count) => {
      flat[filled + upper] = other;
      flat[filled + lower] = count;
      filled += 2;
    });
    pairs.sort();
    if (upper === 0) return flat;
    for (let at = 0; at < filled; at += 2) {
      const count = flat[at]!;
      flat[at] = flat[at + 1]!;
      flat[at + 1] = count;
    }
    return flat;
  }

  restore(item: number, baskets: number, flat: ArrayLike<number>): void {
    this.#baskets = ensureCapacity(this.#baskets, item);
    this.#baskets[item] = baskets;
    if (flat.length === 0) return;
    this.#tables = ensureCapacity(this.#tables, item * stride + stride - 1);
    this.#items++;
    this.#size += flat.length / 2;
    this.#open(item * stride, sizeFor(flat.length / 2));
    for (let at = 0; at < flat.length; at += 2)
      this.#fill(item * stride, cellOf(flat[at]!, this.#keepCount(item, flat[at]!, flat[at + 1]!)));
  }

  /** The byte of a count, which is kept aside where it does not fit. */
  #keepCount(item: number, other: number, count: number): number {
    if (count < many) return count;
    this.#large.set(keyOf(item, other), count);
    return many;
  }

  /** What a cell of the item says; 0 of one that is free. */
  #countOf(cell: number, item: number): number {
    const byte = byteOf(cell);
    return byte < many ? byte : this.#large.get(keyOf(item, otherOf(cell)))!;
  }

  /** How many others each item may keep for there to be `most` pairs at most; items with pairs are below `rows`. */
  #boundFor(most: number): { bound: number; rows: number } {
    const itemsWith = new Float64Array(2 * this.keep);
    let rows = 0;
    for (let own = held; own < this.#tables.length; own += stride) {
      const others = this.#tables[own]!;
      if (others === 0) continue;
      itemsWith[others]!++;
      rows = (own - held) / stride + 1;
    }
    let [bound, pairs, larger] = [0, 0, this.#items];
    while (bound < itemsWith.length && pairs + larger <= most) {
      pairs += larger;
      bound++;
      larger -= itemsWith[bound]!;
    }
    return { bound, rows };
  }

  /** Keeps so many others of the item: those that were with it most often, of equal ones those with the lower rows. */
  #prune(item: number, keep: number): void {
    const own = item * stride;
    const ranked = this.#ranked.subarray(0, this.#tables[own + held]);
    let filled = 0;
    this.each(item, (other, count) => {
      ranked[filled++] = (highest - count) * cellsOfCount + other;
    });
    ranked.sort();
    this.#slabs.free(this.#tables[own + address]!, this.#tables[own + tableSize]!);
    this.#open(own, sizeFor(keep));
    this.#size -= ranked.length - keep;
    for (let at = 0; at < ranked.length; at++) {
      const other = ranked[at]! % cellsOfCount;
      const count = highest - Math.floor(ranked[at]! / cellsOfCount);
      if (at < keep) this.#fill(own, cellOf(other, Math.min(count, many)));
      else if (count >= many) this.#large.delete(keyOf(item, other));
    }
  }

  #widen(own: number, size: number): void {
    const [from, before] = [this.#tables[own + address]!, this.#tables[own + tableSize]!];
    const cells = this.#slabs.block(from);
    const start = this.#slabs.start(from);
    const end = start + pairsOf[before]!;
    this.#open(own, size);
    for (let at = start; at < end; at++) if (cells[at] !== 0) this.#fill(own, cells[at]!);
    this.#slabs.free(from, before);
  }

  /** An empty table for the item at `own`. */
  #open(own: number, size: number): void {
    this.#tables[own + address] = this.#slabs.take(size);
    this.#tables[own + tableSize] = size;
    this.#tables[own + held] = 0;
  }

  /** A pair that is not in the table yet. */
  #fill(own: number, cell: number): void {
    const table = this.#tables[own + address]!;
    const cells = this.#slabs.block(table);
    const room = pairsOf[this.#tables[own + tableSize]!]!;
    cells[slotOf(cells, this.#slabs.start(table), room, otherOf(cell))] = cell;
    this.#tables[own + held]!++;
  }
}

/** A cell has 24 bits for its other + 1: others are below this. */
export const pairedRows = 2 ** 24 - 1;
const cellOf = (other: number, byte: number): number => ((other + 1) << 8) | byte;
const otherOf = (cell: number): number => (cell >>> 8) - 1;
const byteOf = (cell: number): number => cell & 255;
/** As one number for an order: what is missing from the `highest` count, above the other. */
const [highest, cellsOfCount] = [2 ** 28, 2 ** 24];
/** Byte of a count that is so large or larger, and kept aside. */
const many = 255;
/** For handles below 67 million. */
const keyOf = (item: number, other: number): number => item * 2 ** 26 + other;

/** Of each item: where its table is (0: none), its size (see `pairsOf`), how many it holds, its changes. */
const [address, tableSize, held, version] = [0, 1, 2, 3];
const stride = 4;
/** Which half of a number of 64 bits is in which of two of 32: the lower one comes first on nearly every machine. */
const [lower, upper] = new Int32Array(BigInt64Array.of(1n).buffer)[0] === 1 ? [0, 1] : [1, 0];

/** Whether so many others are four fifths of what the table has room for. */
const isFull = (others: number, size: number): boolean => 5 * others >= 4 * pairsOf[size]!;

/** The smallest size that is not full with so many others and one more. */
function sizeFor(others: number): number {
  let size = 0;
  while (isFull(others + 1, size)) size++;
  return size;
}

/** Cell of `row` among the `room` of the table at `start`, or the free one where it belongs. */
function slotOf(cells: Int32Array, start: number, room: number, row: number): number {
  const end = start + room;
  let slot = start + (((Math.imul(row, 0x9e3779b1) >>> 16) * room) >>> 16);
  for (;;) {
    const cell = cells[slot]!;
    if (cell === 0 || otherOf(cell) === row) return slot;
    if (++slot === end) slot = start;
  }
}
