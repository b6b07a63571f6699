/** 0 is no address. */
const firstAddress = 2;
/** Clusters of one block: 1 MiB. A table never spans two. */
const blockPower = 18;
const blockMask = (1 << blockPower) - 1;

/**
 * Memory for very many small tables of 2^power pairs of cells. An object of its own per table would cost several
 * times the table; blocks are never copied as they would be if one array grew.
 */
export class Slabs {
  readonly #blocks: Int32Array[] = [];
  /** Tables given back, by power. */
  readonly #free: number[][] = [];
  #end = firstAddress;

  /** Address of a table of 2^power pairs, all zero. */
  take(power: number): number {
    const known = this.#free[power]?.pop();
    if (known !== undefined) return known;
    const size = 2 << power;
    // The rest of a block too small for the table stays unused: at most a table's worth per block.
    if ((this.#end & blockMask) + size > 1 << blockPower) this.#end = (this.#end | blockMask) + 1;
    const address = this.#end;
    this.#end += size;
    if (address >>> blockPower >= this.#blocks.length) this.#blocks.push(new Int32Array(1 << blockPower));
    return address;
  }

  free(address: number, power: number): void {
    const start = this.start(address);
    this.cells(address).fill(0, start, start + (2 << power));
    this.#free[power] ??= [];
    this.#free[power].push(address);
  }

  /** The block that holds the table, which begins there at `start`. */
  cells(address: number): Int32Array {
    return this.#blocks[address >>> blockPower]!;
  }

  start(address: number): number {
    return address & blockMask;
  }
}
