/** 0 is no address. */
const firstAddress = 4;
/** Cells of four bytes of one block: 1 MiB. A table never spans two. */
const blockPower = 18;
const blockMask = (1 << blockPower) - 1;
/** Pairs of the smallest table, four times a whole number; each size after it is half as large again, or a third. */
const leastPairs = 8;
const sizes = 32;

/** Pairs that a table of a size has room for: 8, 12, 16, 24, 32, 48, … */
export const pairsOf: readonly number[] = Array.from(
  { length: sizes },
  (_, size) => (leastPairs * (size % 2 === 0 ? 2 : 3) * 2 ** (size >> 1)) / 2,
);

/**
 * Memory for very many small tables of pairs, a cell each. An object of its own per table would cost several times the
 * table; blocks are never copied as they would be if one array grew.
 */
export class Slabs {
  readonly #blocks: Int32Array[] = [];
  /** Tables given back, by size. */
  readonly #free: number[][] = [];
  #end = firstAddress;

  /** Address of a table of `pairsOf[size]` pairs, all zero. */
  take(size: number): number {
    const known = this.#reused(size);
    if (known !== undefined) return known;
    const cells = pairsOf[size]!;
    // The rest of a block too small for the table stays unused: at most a table's worth per block.
    if ((this.#end & blockMask) + cells > 1 << blockPower) this.#end = (this.#end | blockMask) + 1;
    const address = this.#end;
    this.#end += cells;
    if (address >>> blockPower >= this.#blocks.length) this.#blocks.push(new Int32Array(1 << blockPower));
    return address;
  }

  free(address: number, size: number): void {
    const start = this.start(address);
    this.block(address).fill(0, start, start + pairsOf[size]!);
    this.#giveBack(address, size);
  }

  /** A table given back, or half of one twice as large. */
  #reused(size: number): number | undefined {
    if (size >= this.#free.length) return undefined;
    const known = this.#free[size]?.pop();
    if (known !== undefined) return known;
    const double = this.#reused(size + 2);
    if (double !== undefined) this.#giveBack(double + pairsOf[size]!, size);
    return double;
  }

  #giveBack(address: number, size: number): void {
    this.#free[size] ??= [];
    this.#free[size].push(address);
  }

  /** The block that holds the table, which begins there at the cell `start`. */
  block(address: number): Int32Array {
    return this.#blocks[address >>> blockPower]!;
  }

  start(address: number): number {
    return address & blockMask;
  }
}
