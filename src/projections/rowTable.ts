import { HashedRows } from './hashedRows.js';

/**
 * Rows of a few numbers by a hash of up to 53 bits, the `limit` / 2 last used at least and twice as many at most: two
 * tables of arrays, and when the younger one is full the older one is forgotten. A row of nothing but 0 counts as none.
 */
export class RowTable {
  #young: Rows;
  #old: Rows;

  constructor(
    private readonly limit: number,
    private readonly width: number,
  ) {
    this.#young = rows(width);
    this.#old = rows(width);
  }

  /** The row to read at once; looking at it does not keep it longer. */
  get(hash: number): Readonly<Float64Array> | undefined {
    const row = rowOf(this.#young, hash) ?? rowOf(this.#old, hash);
    return row?.some(isSet) ? row : undefined;
  }

  /** The row to change at once, of 0 where there is none; it counts as used. Until the next call it stays where it is. */
  open(hash: number): Float64Array {
    const young = rowOf(this.#young, hash);
    if (young) return young;
    const old = rowOf(this.#old, hash);
    if (this.#young.size >= this.limit / 2) {
      this.#old = this.#young;
      this.#young = rows(this.width);
    }
    const moved = rowAt(this.#young, this.#young.add(hash));
    if (old) moved.set(old);
    return moved;
  }

  /** Takes a row out. */
  clear(hash: number): void {
    rowOf(this.#young, hash)?.fill(0);
    rowOf(this.#old, hash)?.fill(0);
  }

  /** Hash and row in turn, of the older table and of the younger one. */
  pack(): PackedRows {
    return [packed(this.#old), packed(this.#young)];
  }

  restore([old, young]: PackedRows): void {
    this.#old = unpacked(old, this.width);
    this.#young = unpacked(young, this.width);
  }
}

export type PackedRows = readonly [old: Float64Array, young: Float64Array];

type Rows = HashedRows<Float64Array>;

const rows = (width: number): Rows => new HashedRows(width, (length) => new Float64Array(length));

const isSet = (value: number): boolean => value !== 0;

const rowAt = ({ cells, width }: Rows, at: number): Float64Array => cells.subarray(at, at + width);

function rowOf(table: Rows, hash: number): Float64Array | undefined {
  const at = table.find(hash);
  return at < 0 ? undefined : rowAt(table, at);
}

function packed(table: Rows): Float64Array {
  const known = table.hashes().filter((hash) => rowOf(table, hash)!.some(isSet));
  const stride = 1 + table.width;
  const flat = new Float64Array(known.length * stride);
  for (const [at, hash] of known.entries()) {
    flat[at * stride] = hash;
    flat.set(rowOf(table, hash)!, at * stride + 1);
  }
  return flat;
}

function unpacked(flat: Float64Array, width: number): Rows {
  const made = rows(width);
  for (let at = 0; at < flat.length; at += 1 + width)
    rowAt(made, made.add(flat[at]!)).set(flat.subarray(at + 1, at + 1 + width));
  return made;
}
