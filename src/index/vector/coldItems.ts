import { dot, ensureCapacity, topK } from '../../math/index.js';

/**
 * Vectors of items that came after training, by catalogue handle. They are few until the next training, so a search
 * looks at all of them.
 */
export class ColdItems {
  readonly #slots = new Map<number, number>();
  readonly #handles: number[] = [];
  #vectors: Float32Array;

  constructor(private readonly dimension: number) {
    this.#vectors = new Float32Array(64 * dimension);
  }

  get size(): number {
    return this.#handles.length;
  }

  set(handle: number, vector: Float32Array): void {
    const slot = this.#slots.get(handle) ?? this.#handles.push(handle) - 1;
    this.#slots.set(handle, slot);
    this.#vectors = ensureCapacity(this.#vectors, (slot + 1) * this.dimension - 1);
    this.#vectors.set(vector, slot * this.dimension);
  }

  /** The last one takes the free slot. */
  delete(handle: number): void {
    const slot = this.#slots.get(handle);
    if (slot === undefined) return;
    const last = this.#handles.pop()!;
    this.#slots.delete(handle);
    if (last === handle) return;
    this.#handles[slot] = last;
    this.#slots.set(last, slot);
    const from = this.#handles.length * this.dimension;
    this.#vectors.copyWithin(slot * this.dimension, from, from + this.dimension);
  }

  get(handle: number): Float32Array | undefined {
    const slot = this.#slots.get(handle);
    return slot === undefined
      ? undefined
      : this.#vectors.subarray(slot * this.dimension, (slot + 1) * this.dimension);
  }

  /** The k handles with the largest inner product with `vector`, best first. */
  search(
    vector: Float32Array,
    k: number,
    allowed: (handle: number) => boolean,
  ): { handle: number; score: number }[] {
    const { dimension } = this;
    const scores = Float32Array.from(this.#handles, (_, slot) =>
      dot(vector, 0, this.#vectors, slot * dimension, dimension),
    );
    const top = topK(scores, Math.min(k, scores.length), (slot) => allowed(this.#handles[slot]!));
    return Array.from(top.rows, (slot, at) => ({ handle: this.#handles[slot]!, score: top.scores[at]! }));
  }
}
