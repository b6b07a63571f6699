import { ensureCapacity } from '../math/index.js';

/** Bytes of a block, and of a record from which on it has a block of its own. */
const blockSize = 1 << 16;
const largeBytes = blockSize / 4;
/** Before each record: its number and its length. */
const headBytes = 8;
/** Share of the shared blocks that is in use at least, once there are some. */
const leastUse = 0.8;
const someBlocks = 8;

interface Block {
  bytes: Uint8Array;
  /** The same memory. */
  view: DataView;
  shared: boolean;
  /** Up to where records were put, and how many bytes of them hold still. */
  end: number;
  live: number;
}

/**
 * Many records of bytes by small numbers, each replaced often, one after the other in shared blocks: an array for each
 * takes nearly as much again beside its bytes, and as garbage waits for a full collection. What was replaced leaves a
 * gap; where gaps are more than a fifth, each block that begins takes in what is left of the one with the most of them.
 */
export class ByteRecords {
  /** By the upper bits of an address. */
  readonly #blocks: (Block | undefined)[] = [];
  readonly #freeNumbers: number[] = [];
  /** By record: its block and place there, plus one; 0 for none. */
  #addresses = new Float64Array(1024);
  /** Number of the block that is being filled. */
  #newest = -1;
  /** Shared blocks, and the bytes that hold in them. */
  #shared = 0;
  #live = 0;

  /** Bytes of all blocks. */
  get capacity(): number {
    return this.#blocks.reduce((sum, block) => sum + (block?.bytes.length ?? 0), 0);
  }

  has(record: number): boolean {
    return this.#addressOf(record) >= 0;
  }

  /** A view, good until the next `put`; undefined where there is none. */
  get(record: number): Uint8Array | undefined {
    const address = this.#addressOf(record);
    if (address < 0) return undefined;
    const { bytes, view } = this.#blocks[Math.floor(address / blockSize)]!;
    const at = address % blockSize;
    return bytes.subarray(at + headBytes, at + headBytes + view.getUint32(at + 4));
  }

  put(record: number, bytes: Uint8Array): void {
    this.delete(record);
    this.#addresses = ensureCapacity(this.#addresses, record);
    const size = headBytes + bytes.length;
    if (size >= largeBytes) this.#append(this.#open(size, false), record, bytes);
    else {
      if (!this.#fits(size)) this.#begin();
      if (!this.#fits(size)) this.#newest = this.#open(blockSize, true);
      this.#append(this.#newest, record, bytes);
    }
  }

  delete(record: number): void {
    const address = this.#addressOf(record);
    if (address < 0) return;
    this.#addresses[record] = 0;
    const number = Math.floor(address / blockSize);
    const block = this.#blocks[number]!;
    const size = headBytes + block.view.getUint32((address % blockSize) + 4);
    block.live -= size;
    if (block.shared) this.#live -= size;
    if (block.live === 0 && number !== this.#newest) this.#close(number);
  }

  #addressOf(record: number): number {
    return (this.#addresses[record] ?? 0) - 1;
  }

  #fits(size: number): boolean {
    return this.#newest >= 0 && this.#blocks[this.#newest]!.end + size <= blockSize;
  }

  /** Another block to fill, which what is left of an old one may begin. */
  #begin(): void {
    const full = this.#newest;
    this.#newest = this.#open(blockSize, true);
    if (this.#blocks[full]?.live === 0) this.#close(full);
    if (this.#shared <= someBlocks || this.#live >= leastUse * blockSize * this.#shared) return;
    const emptiest = this.#emptiest();
    const { bytes, view, end } = this.#blocks[emptiest]!;
    for (let at = 0; at < end; ) {
      const [record, next] = [view.getUint32(at), at + headBytes + view.getUint32(at + 4)];
      if (this.#addressOf(record) === emptiest * blockSize + at)
        this.put(record, bytes.subarray(at + headBytes, next));
      at = next;
    }
  }

  /** Number of the shared block, besides the newest, in which least holds still. */
  #emptiest(): number {
    let found = -1;
    let least = Number.POSITIVE_INFINITY;
    for (const [number, block] of this.#blocks.entries()) {
      if (!block?.shared || number === this.#newest || block.live >= least) continue;
      [found, least] = [number, block.live];
    }
    return found;
  }

  #open(size: number, shared: boolean): number {
    const number = this.#freeNumbers.pop() ?? this.#blocks.length;
    const bytes = new Uint8Array(size);
    this.#blocks[number] = { bytes, view: new DataView(bytes.buffer), shared, end: 0, live: 0 };
    if (shared) this.#shared++;
    return number;
  }

  #close(number: number): void {
    if (this.#blocks[number]!.shared) this.#shared--;
    this.#blocks[number] = undefined;
    this.#freeNumbers.push(number);
  }

  #append(number: number, record: number, bytes: Uint8Array): void {
    const block = this.#blocks[number]!;
    const size = headBytes + bytes.length;
    this.#addresses[record] = number * blockSize + block.end + 1;
    block.view.setUint32(block.end, record);
    block.view.setUint32(block.end + 4, bytes.length);
    block.bytes.set(bytes, block.end + headBytes);
    block.end += size;
    block.live += size;
    if (block.shared) this.#live += size;
  }
}
