import { readFileSync } from 'node:fs';

type Scan = (
  bytes: number,
  count: number,
  width: number,
  shopper: number,
  steps: number,
  scores: number,
) => void;

const module = new WebAssembly.Module(readFileSync(new URL('./scan.wasm', import.meta.url)));
const pageSize = 65_536;
/** Numbers the scan takes at once. */
const lanes = 8;
const largestByte = 127;
/** What the sum of a product may come to. */
const largestSum = 2 ** 31 - 1;

/**
 * Vectors of one byte per number, each with the value of one step, for products with a shopper by the vector
 * instructions of the processor. At most 4 GiB of them.
 */
export class Int8Vectors {
  readonly #width: number;
  readonly #bytes: Int8Array;
  readonly #steps: Float32Array;
  readonly #shopper: Int16Array;
  readonly #scores: Float32Array;
  readonly #scan: Scan;

  constructor(
    size: number,
    private readonly dimension: number,
  ) {
    const width = Math.ceil(dimension / lanes) * lanes;
    const total = size * width + 2 * width + 8 * size + 16;
    const memory = new WebAssembly.Memory({ initial: Math.ceil(total / pageSize) });
    let end = 0;
    const room = (bytes: number): number => {
      const at = end;
      end = Math.ceil((end + bytes) / 8) * 8;
      return at;
    };
    this.#width = width;
    this.#bytes = new Int8Array(memory.buffer, room(size * width), size * width);
    this.#shopper = new Int16Array(memory.buffer, room(2 * width), width);
    this.#steps = new Float32Array(memory.buffer, room(4 * size), size);
    this.#scores = new Float32Array(memory.buffer, room(4 * size), size);
    this.#scan = new WebAssembly.Instance(module, { endcap: { memory } }).exports.scan as Scan;
  }

  /** Takes the vector at `from` of `vectors`, rounded to −127 … 127 steps. */
  set(at: number, vectors: Float32Array, from: number): void {
    let largest = 0;
    for (let d = 0; d < this.dimension; d++) largest = Math.max(largest, Math.abs(vectors[from + d]!));
    const step = largest / largestByte;
    this.#steps[at] = step;
    const own = at * this.#width;
    if (step === 0) this.#bytes.fill(0, own, own + this.dimension);
    for (let d = 0; d < this.dimension && step > 0; d++) {
      this.#bytes[own + d] = Math.round(vectors[from + d]! / step);
    }
  }

  /** The shopper that the next scans are for; how large it is does not change who comes first. */
  aim(shopper: Float32Array): void {
    let largest = 0;
    for (let d = 0; d < this.dimension; d++) largest = Math.max(largest, Math.abs(shopper[d]!));
    const most = Math.min(32_767, Math.floor(largestSum / (largestByte * this.dimension)));
    const scale = largest > 0 ? most / largest : 0;
    for (let d = 0; d < this.dimension; d++) this.#shopper[d] = Math.round(shopper[d]! * scale);
  }

  /** Writes the products of the vectors from … to with the shopper, up to one factor, to the scores from `out` on. */
  scan(from: number, to: number, out: number): void {
    this.#scan(
      from * this.#width,
      to - from,
      this.#width,
      this.#shopper.byteOffset,
      this.#steps.byteOffset + 4 * from,
      this.#scores.byteOffset + 4 * out,
    );
  }

  /** The first `count` scores, as the last scans left them. */
  scores(count: number): Float32Array {
    return this.#scores.subarray(0, count);
  }
}
