import { roomFor, topK } from '../math/index.js';

/** Candidates by catalogue handle, each once, with the sum of what speaks for it. */
export class Scores {
  constructor(
    readonly handles: Int32Array,
    readonly sums: Float32Array,
  ) {}

  get size(): number {
    return this.handles.length;
  }

  get(handle: number): number {
    const at = this.handles.indexOf(handle);
    return at < 0 ? 0 : this.sums[at]!;
  }

  /** The `k` best that `allowed` lets through, best first; ties in the order they came. */
  best(k: number, allowed: (handle: number) => boolean = () => true): Scores {
    const { handles, sums } = this;
    const { rows, scores } = topK(sums, Math.min(k, sums.length), (at) => allowed(handles[at]!));
    return new Scores(
      Int32Array.from(rows, (at) => handles[at]!),
      scores,
    );
  }

  top(k: number, allowed?: (handle: number) => boolean): number[] {
    return Array.from(this.best(k, allowed).handles);
  }
}

/** Adds scores up by handle. One serves call after call, so that a candidate costs no allocation. */
export class Tally {
  /** Place of each handle in the two below, +1; 0 where it has none. */
  #places = new Int32Array(1024);
  #handles = new Int32Array(1024);
  #sums = new Float64Array(1024);
  #size = 0;

  /** Adds a positive amount; others, and handles that are none (below 0), are passed over. */
  add(handle: number, amount: number): void {
    if (handle < 0 || !(amount > 0)) return;
    const place = handle < this.#places.length ? this.#places[handle]! : 0;
    if (place > 0) this.#sums[place - 1]! += amount;
    else this.#enter(handle, amount);
  }

  addAll({ handles, sums }: Scores): void {
    this.#addTimes(handles, sums, 1);
  }

  /** Adds `scores` with the best of them brought to `weight`. */
  addScaled({ handles, sums }: Scores, weight: number): void {
    let best = 0;
    for (const sum of sums) if (sum > best) best = sum;
    this.#addTimes(handles, sums, weight / best);
  }

  /** What was added since the last call, in the order of first mention. */
  take(): Scores {
    const handles = this.#handles.slice(0, this.#size);
    const sums = Float32Array.from(this.#sums.subarray(0, this.#size));
    for (const handle of handles) this.#places[handle] = 0;
    this.#size = 0;
    return new Scores(handles, sums);
  }

  /** All in one loop: amounts that travel as arguments would each be a number on the heap. */
  #addTimes(handles: Int32Array, sums: Float32Array, factor: number): void {
    for (let at = 0; at < handles.length; at++) {
      const handle = handles[at]!;
      const place = handle < this.#places.length ? this.#places[handle]! : 0;
      if (place > 0) this.#sums[place - 1]! += factor * sums[at]!;
      else this.#enter(handle, factor * sums[at]!);
    }
  }

  #enter(handle: number, amount: number): void {
    this.#places = roomFor(this.#places, handle);
    this.#handles = roomFor(this.#handles, this.#size);
    this.#sums = roomFor(this.#sums, this.#size);
    this.#handles[this.#size] = handle;
    this.#sums[this.#size] = amount;
    this.#places[handle] = ++this.#size;
  }
}

/** Reciprocal rank fusion (Cormack, Clarke & Büttcher 2009): lists with scores of different kinds become one. */
export function fuse(lists: readonly { handles: readonly number[]; weight: number }[], tally: Tally): Scores {
  for (const { handles, weight } of lists) {
    handles.forEach((handle, rank) => {
      tally.add(handle, weight / (rankOffset + rank));
    });
  }
  return tally.take();
}
const rankOffset = 20;
