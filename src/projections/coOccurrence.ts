import { ensureCapacity } from '../math/index.js';
import { Slabs } from './slabs.js';

/** Pairs kept per item. */
export const pairsKept = 256;

/**
 * How often items occur together: item row → other row → count. Each item keeps between `keep` and 2·`keep`
 * others: when its table is full its rarest half is forgotten (ties: the higher rows, seen later, go), which is
 * deterministic and costs O(1) amortised.
 *
 * A table is open-addressed, at most half full, and lies in one slab of pairs (other + 1, count), so that a
 * look costs one cache line: this is what a replay spends its time on.
 */
export class CoOccurrence {
  readonly #slabs = new Slabs();
  /** By item, four cells each, named below. */
  #tables = new Int32Array(1024);
  #baskets = new Float64Array(256);

  constructor(private readonly keep: number) {}

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
    if (tables[own + address] === 0) this.#open(own, leastPower);
    tables[own + version]!++;
    const power = tables[own + log2]!;
    const cells = this.#slabs.cells(tables[own + address]!);
    const at = place(cells, this.#slabs.start(tables[own + address]!), power, other);
    cells[at + 1]!++;
    if (cells[at] !== 0) return;
    cells[at] = other + 1;
    const size = ++tables[own + held]!;
    if (size >= 2 * this.keep) this.#prune(item);
    else if (2 * size >= 1 << power) this.#widen(own, power + 1);
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
    const cells = this.#slabs.cells(table);
    const start = this.#slabs.start(table);
    const end = start + (2 << this.#tables[item * stride + log2]!);
    for (let at = start; at < end; at += 2) if (cells[at] !== 0) found(cells[at]! - 1, cells[at + 1]!);
  }

  /** Another number after each change of the counts of `item`. */
  version(item: number): number {
    return this.#tables[item * stride + version] ?? 0;
  }

  count(item: number, other: number): number {
    const table = this.#tables[item * stride + address];
    if (!table) return 0;
    const cells = this.#slabs.cells(table);
    const power = this.#tables[item * stride + log2]!;
    return cells[place(cells, this.#slabs.start(table), power, other) + 1]!;
  }

  /** [other, count, other, count, …] by row. */
  dump(item: number): Int32Array {
    const size = this.#tables[item * stride + held] ?? 0;
    const others = new Int32Array(size);
    let filled = 0;
    this.each(item, (other) => {
      others[filled++] = other;
    });
    others.sort();
    const flat = new Int32Array(2 * size);
    for (let at = 0; at < size; at++) {
      flat[2 * at] = others[at]!;
      flat[2 * at + 1] = this.count(item, others[at]!);
    }
    return flat;
  }

  restore(item: number, baskets: number, flat: ArrayLike<number>): void {
    this.#baskets = ensureCapacity(this.#baskets, item);
    this.#baskets[item] = baskets;
    if (flat.length === 0) return;
    this.#tables = ensureCapacity(this.#tables, item * stride + stride - 1);
    this.#open(item * stride, powerFor(flat.length / 2));
    for (let at = 0; at < flat.length; at += 2) this.#fill(item * stride, flat[at]!, flat[at + 1]!);
  }

  #entries(item: number): [other: number, count: number][] {
    const found: [number, number][] = [];
    this.each(item, (other, count) => {
      found.push([other, count]);
    });
    return found;
  }

  #prune(item: number): void {
    const own = item * stride;
    const ranked = this.#entries(item).sort(([a, times], [b, others]) => others - times || a - b);
    this.#slabs.free(this.#tables[own + address]!, this.#tables[own + log2]!);
    this.#open(own, powerFor(this.keep));
    for (const [other, count] of ranked.slice(0, this.keep)) this.#fill(own, other, count);
  }

  #widen(own: number, power: number): void {
    const [from, before] = [this.#tables[own + address]!, this.#tables[own + log2]!];
    const cells = this.#slabs.cells(from);
    const start = this.#slabs.start(from);
    this.#open(own, power);
    for (let at = start; at < start + (2 << before); at += 2) {
      if (cells[at] !== 0) this.#fill(own, cells[at]! - 1, cells[at + 1]!);
    }
    this.#slabs.free(from, before);
  }

  /** An empty table for the item at `own`. */
  #open(own: number, power: number): void {
    this.#tables[own + address] = this.#slabs.take(power);
    this.#tables[own + log2] = power;
    this.#tables[own + held] = 0;
  }

  /** A pair that is not in the table yet. */
  #fill(own: number, other: number, count: number): void {
    const table = this.#tables[own + address]!;
    const cells = this.#slabs.cells(table);
    const at = place(cells, this.#slabs.start(table), this.#tables[own + log2]!, other);
    cells[at] = other + 1;
    cells[at + 1] = count;
    this.#tables[own + held]!++;
  }
}

/** Of each item: where its table is (0: none), the power of two it has room for, how many it holds, its changes. */
const [address, log2, held, version] = [0, 1, 2, 3];
const stride = 4;
/** A table begins with room for eight pairs: one cache line. */
const leastPower = 3;

/** The smallest power of two that stays at most half full with `size` entries and one more. */
function powerFor(size: number): number {
  return Math.max(leastPower, Math.ceil(Math.log2(2 * size + 1)));
}

/** Where the pair of `row` is in the table of 2^power pairs at `start`, or the free place where it belongs. */
function place(cells: Int32Array, start: number, power: number, row: number): number {
  const mask = (1 << power) - 1;
  let slot = (Math.imul(row, 0x9e3779b1) >>> 16) & mask;
  for (;;) {
    const at = start + 2 * slot;
    const found = cells[at]!;
    if (found === row + 1 || found === 0) return at;
    slot = (slot + 1) & mask;
  }
}
