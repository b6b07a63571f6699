import { HashedRows } from './hashedRows.js';

/**
 * Numbers by a hash of up to 53 bits, the `limit` last put first at most twice over: two tables of arrays, and when the
 * younger one is full the older one is emptied and takes its place. A map of as many would take five times the room.
 */
export class MarkTable {
  #young = numbers();
  #old = numbers();

  constructor(private readonly limit: number) {}

  /** Undefined where nothing was put. */
  get(hash: number): number | undefined {
    return numberOf(this.#young, hash) ?? numberOf(this.#old, hash);
  }

  set(hash: number, value: number): void {
    let at = this.#young.find(hash);
    if (at < 0) {
      if (this.#young.size >= this.limit / 2) {
        [this.#old, this.#young] = [this.#young, this.#old];
        this.#young.clear();
      }
      at = this.#young.add(hash);
    }
    this.#young.cells[at] = value;
  }

  clear(): void {
    this.#young.clear();
    this.#old.clear();
  }

  /** Hash and number in turn, of the older table and of the younger one. */
  pack(): [number[], number[]] {
    return [packed(this.#old), packed(this.#young)];
  }

  restore([old, young]: readonly [number[], number[]]): void {
    this.#old = unpacked(old);
    this.#young = unpacked(young);
  }
}

type Numbers = HashedRows<Float32Array>;

const numbers = (): Numbers => new HashedRows(1, (length) => new Float32Array(length));

function numberOf(table: Numbers, hash: number): number | undefined {
  const at = table.find(hash);
  return at < 0 ? undefined : table.cells[at];
}

const packed = (table: Numbers): number[] =>
  Array.from(table.hashes()).flatMap((hash) => [hash, numberOf(table, hash)!]);

function unpacked(flat: readonly number[]): Numbers {
  const made = numbers();
  for (let at = 0; at < flat.length; at += 2) {
    // First, for it may make `cells` anew.
    const cell = made.add(flat[at]!);
    made.cells[cell] = flat[at + 1]!;
  }
  return made;
}
