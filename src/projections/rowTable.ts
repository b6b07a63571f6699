import { mixed } from './markTable.js';

/** Share of its places that a table fills before it grows. */
const fill = 0.75;
const smallest = 64;

/**
 * Rows of a few numbers by a hash of up to 53 bits, the `limit` / 2 last used at least and twice as many at most: two
 * tables of arrays, and when the younger one is full the older one is forgotten. A row of nothing but 0 counts as none.
 */
export class RowTable {
  #young: HashedRows;
  #old: HashedRows;

  constructor(
    private readonly limit: number,
    private readonly width: number,
  ) {
    this.#young = new HashedRows(width);
    this.#old = new HashedRows(width);
  }

  /** The row to read at once; looking at it does not keep it longer. */
  get(hash: number): Readonly<Float64Array> | undefined {
    const row = this.#young.find(hash) ?? this.#old.find(hash);
    return row?.some(isSet) ? row : undefined;
  }

  /** The row to change at once, of 0 where there is none; it counts as used. Until the next call it stays where it is. */
  open(hash: number): Float64Array {
    const young = this.#young.find(hash);
    if (young) return young;
    const old = this.#old.find(hash);
    const moved = this.#add(hash);
    if (old) moved.set(old);
    return moved;
  }

  /** Takes a row out. */
  clear(hash: number): void {
    this.#young.find(hash)?.fill(0);
    this.#old.find(hash)?.fill(0);
  }

  #add(hash: number): Float64Array {
    if (this.#young.size >= this.limit / 2) {
      this.#old = this.#young;
      this.#young = new HashedRows(this.width);
    }
    return this.#young.add(hash);
  }

  /** Hash and row in turn, of the older table and of the younger one. */
  pack(): PackedRows {
    return [this.#old.pack(), this.#young.pack()];
  }

  restore([old, young]: PackedRows): void {
    this.#old = HashedRows.of(old, this.width);
    this.#young = HashedRows.of(young, this.width);
  }
}

export type PackedRows = readonly [old: Float64Array, young: Float64Array];

const isSet = (value: number): boolean => value !== 0;

/** An open table with linear probing; nothing is ever taken out of it. */
class HashedRows {
  #keys = new Float64Array(smallest).fill(Number.NaN);
  #rows: Float64Array;
  size = 0;

  constructor(private readonly width: number) {
    this.#rows = new Float64Array(smallest * width);
  }

  static of(packed: Float64Array, width: number): HashedRows {
    const made = new HashedRows(width);
    for (let at = 0; at < packed.length; at += 1 + width)
      made.add(packed[at]!).set(packed.subarray(at + 1, at + 1 + width));
    return made;
  }

  find(hash: number): Float64Array | undefined {
    const at = this.#place(hash);
    return this.#keys[at] === hash ? this.#row(at) : undefined;
  }

  /** A hash that is not in it yet. */
  add(hash: number): Float64Array {
    if (++this.size > fill * this.#keys.length) this.#grow();
    const at = this.#place(hash);
    this.#keys[at] = hash;
    return this.#row(at);
  }

  /** By hash, so that equal tables pack alike however they came to be. */
  pack(): Float64Array {
    const known = this.#keys.filter((key) => !Number.isNaN(key) && this.find(key)!.some(isSet)).sort();
    const flat = new Float64Array(known.length * (1 + this.width));
    for (const [at, key] of known.entries()) {
      flat[at * (1 + this.width)] = key;
      flat.set(this.find(key)!, at * (1 + this.width) + 1);
    }
    return flat;
  }

  #row(at: number): Float64Array {
    return this.#rows.subarray(at * this.width, (at + 1) * this.width);
  }

  /** Where the hash is, or where it would be put. */
  #place(hash: number): number {
    const mask = this.#keys.length - 1;
    let at = mixed(hash) & mask;
    while (this.#keys[at] !== hash && !Number.isNaN(this.#keys[at]!)) at = (at + 1) & mask;
    return at;
  }

  #grow(): void {
    const [keys, rows] = [this.#keys, this.#rows];
    this.#keys = new Float64Array(2 * keys.length).fill(Number.NaN);
    this.#rows = new Float64Array(2 * rows.length);
    for (let from = 0; from < keys.length; from++) {
      if (Number.isNaN(keys[from]!)) continue;
      const at = this.#place(keys[from]!);
      this.#keys[at] = keys[from]!;
      this.#row(at).set(rows.subarray(from * this.width, (from + 1) * this.width));
    }
  }
}
