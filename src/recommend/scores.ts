import { ensureCapacity, gather, listAt, numbersFor, type Top, topK } from '../math/index.js';

/** Candidates by catalogue handle, each once, with the sum of what speaks for it. */
export class Scores {
  constructor(
    readonly handles: Uint32Array,
    readonly sums: Float32Array,
  ) {}

  get size(): number {
    return this.handles.length;
  }

  /** A copy that outlives a pause: what `drain` gives is good until the next request. */
  copy(): Scores {
    return new Scores(this.handles.slice(), this.sums.slice());
  }

  get(handle: number): number {
    const at = this.handles.indexOf(handle);
    return at < 0 ? 0 : this.sums[at]!;
  }

  /** The `k` best that `allowed` lets through, best first; ties by handle, so that a restart changes nothing. */
  best(k: number, allowed: (handle: number) => boolean = () => true): Scores {
    const { rows, scores } = this.#top(k, allowed);
    return new Scores(gather(this.handles, rows), scores);
  }

  top(k: number, allowed: (handle: number) => boolean = () => true): number[] {
    return listAt(this.handles, this.#top(k, allowed).rows);
  }

  #top(k: number, allowed: (handle: number) => boolean): Top {
    const { handles, sums } = this;
    return topK(sums, Math.min(k, sums.length), (at) => allowed(handles[at]!), handles);
  }
}

/** Adds scores up by handle. One serves request after request, so that a candidate costs no allocation. */
export class ScoreAccumulator {
  /** Place of each handle in the two below, +1; 0 where it has none. */
  #places = new Int32Array(1024);
  #handles = new Uint32Array(1024);
  #sums = new Float64Array(1024);
  #size = 0;

  /** Adds a positive amount; others, and handles that are none (below 0), are passed over. */
  add(handle: number, amount: number): void {
    if (handle < 0 || !(amount > 0)) return;
    const place = this.#placeOf(handle);
    this.#sums[place]! += amount;
  }

  addAll({ handles, sums }: Scores): void {
    this.#addTimes(handles, sums, 1);
  }

  /** Adds `weight` times the scores. */
  addTimes({ handles, sums }: Scores, weight: number): void {
    this.#addTimes(handles, sums, weight);
  }

  /** Adds `scores` with the best of them brought to `weight`. */
  addScaled({ handles, sums }: Scores, weight: number): void {
    let best = 0;
    for (let at = 0; at < sums.length; at++) if (sums[at]! > best) best = sums[at]!;
    this.#addTimes(handles, sums, weight / best);
  }

  /** What was added since the last context, in the order of first mention. */
  drain(): Scores {
    const { whole: handles, real: sums } = numbersFor(this.#size);
    handles.set(this.#handles.subarray(0, this.#size));
    sums.set(this.#sums.subarray(0, this.#size));
    for (let at = 0; at < handles.length; at++) this.#places[handles[at]!] = 0;
    this.#size = 0;
    return new Scores(handles, sums);
  }

  #addTimes(handles: Uint32Array, sums: Float32Array, factor: number): void {
    for (let at = 0; at < handles.length; at++) {
      const place = this.#placeOf(handles[at]!);
      this.#sums[place]! += factor * sums[at]!;
    }
  }

  /** Where the sum of a handle is, 0 if it is new. Amounts stay with the caller: as arguments they cost an allocation. */
  #placeOf(handle: number): number {
    const place = handle < this.#places.length ? this.#places[handle]! : 0;
    return place > 0 ? place - 1 : this.#enter(handle);
  }

  #enter(handle: number): number {
    if (handle >= this.#places.length) this.#places = ensureCapacity(this.#places, handle);
    if (this.#size >= this.#sums.length) {
      this.#handles = ensureCapacity(this.#handles, this.#size);
      this.#sums = ensureCapacity(this.#sums, this.#size);
    }
    this.#handles[this.#size] = handle;
    this.#sums[this.#size] = 0;
    this.#places[handle] = this.#size + 1;
    return this.#size++;
  }
}

/** Reciprocal rank fusion (Cormack, Clarke & Büttcher 2009): lists with scores of different kinds become one. */
export function fuse(
  lists: readonly { handles: readonly number[]; weight: number }[],
  accumulator: ScoreAccumulator,
): Scores {
  for (const { handles, weight } of lists) {
    handles.forEach((handle, rank) => {
      accumulator.add(handle, weight / (rankOffset + rank));
    });
  }
  return accumulator.drain();
}
const rankOffset = 20;
