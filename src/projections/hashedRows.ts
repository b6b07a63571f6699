import { randomInt } from 'node:crypto';

/** Share of its places that a table fills before it grows. */
const fill = 0.75;
const smallest = 64;
/** Another number in each process: nobody can choose hashes that all want the same place. */
const secret = randomInt(2 ** 32);

/**
 * Rows of `width` numbers by a hash of up to 53 bits: an open table with linear probing, in arrays. Nothing is ever taken
 * out of it alone.
 */
export class HashedRows<Cells extends Float32Array | Float64Array> {
  #keys = new Float64Array(smallest).fill(Number.NaN);
  /** Row after row: `find` says where each begins. */
  cells: Cells;
  size = 0;

  constructor(
    readonly width: number,
    private readonly make: (length: number) => Cells,
  ) {
    this.cells = make(smallest * width);
  }

  /** Where the row begins in `cells`; −1 where there is none. */
  find(hash: number): number {
    const at = this.#place(hash);
    return this.#keys[at] === hash ? at * this.width : -1;
  }

  /** Where the row of a hash begins that is not in it yet. */
  add(hash: number): number {
    if (++this.size > fill * this.#keys.length) this.#grow();
    const at = this.#place(hash);
    this.#keys[at] = hash;
    return at * this.width;
  }

  /** Empty, with the room it had: what is filled again and again leaves no arrays behind. */
  clear(): void {
    this.#keys.fill(Number.NaN);
    this.cells.fill(0);
    this.size = 0;
  }

  /** Rising, so that equal tables pack alike however they came to be. */
  hashes(): Float64Array {
    return this.#keys.filter((key) => !Number.isNaN(key)).sort();
  }

  /** Where the hash is, or where it would be put. */
  #place(hash: number): number {
    const mask = this.#keys.length - 1;
    let at = mixed(hash) & mask;
    while (this.#keys[at] !== hash && !Number.isNaN(this.#keys[at]!)) at = (at + 1) & mask;
    return at;
  }

  #grow(): void {
    const [keys, cells, { width }] = [this.#keys, this.cells, this];
    this.#keys = new Float64Array(2 * keys.length).fill(Number.NaN);
    this.cells = this.make(2 * cells.length);
    for (let from = 0; from < keys.length; from++) {
      if (Number.isNaN(keys[from]!)) continue;
      const at = this.#place(keys[from]!);
      this.#keys[at] = keys[from]!;
      for (let cell = 0; cell < width; cell++) this.cells[at * width + cell] = cells[from * width + cell]!;
    }
  }
}

/** A place for a hash: see `secret`. */
function mixed(hash: number): number {
  let mix = Math.imul(hash ^ secret, 0x85ebca6b) ^ Math.imul((hash / 2 ** 32) ^ secret, 0xc2b2ae35);
  mix = Math.imul(mix ^ (mix >>> 15), 0x2c1b3c6d);
  return mix ^ (mix >>> 13);
}
