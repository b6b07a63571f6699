import { randomInt } from 'node:crypto';

/** Share of its places that a table fills before it grows. */
const fill = 0.75;
const smallest = 64;
/** Another number in each process: nobody can choose hashes that all want the same place. */
const secret = randomInt(2 ** 32);

/**
 * Numbers by a hash of up to 53 bits, the `limit` last put first at most twice over: two tables of arrays, and when the
 * younger one is full the older one is emptied and takes its place. A map of as many would take five times the room.
 */
export class MarkTable {
  #young = new HashedNumbers();
  #old = new HashedNumbers();

  constructor(private readonly limit: number) {}

  /** Undefined where nothing was put. */
  get(hash: number): number | undefined {
    return this.#young.get(hash) ?? this.#old.get(hash);
  }

  set(hash: number, value: number): void {
    if (this.#young.size >= this.limit / 2 && this.#young.get(hash) === undefined) {
      [this.#old, this.#young] = [this.#young, this.#old];
      this.#young.clear();
    }
    this.#young.set(hash, value);
  }

  clear(): void {
    this.#young.clear();
    this.#old.clear();
  }

  /** Hash and number in turn, of the older table and of the younger one. */
  pack(): [number[], number[]] {
    return [this.#old.pack(), this.#young.pack()];
  }

  restore([old, young]: readonly [number[], number[]]): void {
    this.#old = HashedNumbers.of(old);
    this.#young = HashedNumbers.of(young);
  }
}

/** An open table with linear probing; nothing is ever taken out of it. In order of entry when packed. */
class HashedNumbers {
  #keys = new Float64Array(smallest).fill(Number.NaN);
  #values = new Float32Array(smallest);
  size = 0;

  static of(packed: readonly number[]): HashedNumbers {
    const made = new HashedNumbers();
    for (let at = 0; at < packed.length; at += 2) made.set(packed[at]!, packed[at + 1]!);
    return made;
  }

  get(hash: number): number | undefined {
    const at = this.#place(hash);
    return this.#keys[at] === hash ? this.#values[at] : undefined;
  }

  set(hash: number, value: number): void {
    let at = this.#place(hash);
    if (this.#keys[at] !== hash) {
      if (++this.size > fill * this.#keys.length) {
        this.#grow();
        at = this.#place(hash);
      }
      this.#keys[at] = hash;
    }
    this.#values[at] = value;
  }

  /** Empty, with the room it had: what is filled again and again leaves no arrays behind. */
  clear(): void {
    this.#keys.fill(Number.NaN);
    this.size = 0;
  }

  /** Sorted, so that equal tables pack alike however they came to be. */
  pack(): number[] {
    const flat: number[] = [];
    for (const key of this.#keys.slice().sort()) {
      if (Number.isNaN(key)) break;
      flat.push(key, this.get(key)!);
    }
    return flat;
  }

  /** Where the hash is, or where it would be put. */
  #place(hash: number): number {
    const mask = this.#keys.length - 1;
    let at = mixed(hash) & mask;
    while (this.#keys[at] !== hash && !Number.isNaN(this.#keys[at]!)) at = (at + 1) & mask;
    return at;
  }

  #grow(): void {
    const [keys, values] = [this.#keys, this.#values];
    this.#keys = new Float64Array(2 * keys.length).fill(Number.NaN);
    this.#values = new Float32Array(2 * keys.length);
    for (let from = 0; from < keys.length; from++) {
      if (Number.isNaN(keys[from]!)) continue;
      const at = this.#place(keys[from]!);
      this.#keys[at] = keys[from]!;
      this.#values[at] = values[from]!;
    }
  }
}

/** A place for a hash: see `secret`. */
export function mixed(hash: number): number {
  let mix = Math.imul(hash ^ secret, 0x85ebca6b) ^ Math.imul((hash / 2 ** 32) ^ secret, 0xc2b2ae35);
  mix = Math.imul(mix ^ (mix >>> 15), 0x2c1b3c6d);
  return mix ^ (mix >>> 13);
}
