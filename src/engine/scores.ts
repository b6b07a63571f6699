import { topK } from '../math/index.js';

/** Candidates by catalogue handle, each with the sum of what speaks for it. */
export class Scores {
  readonly #sums = new Map<number, number>();

  get size(): number {
    return this.#sums.size;
  }

  add(handle: number, amount: number): void {
    if (handle >= 0 && amount > 0) this.#sums.set(handle, (this.#sums.get(handle) ?? 0) + amount);
  }

  /** Adds `other` with its best score brought to `weight`. */
  addScaled(other: Scores, weight: number): void {
    let best = 0;
    for (const sum of other.#sums.values()) best = Math.max(best, sum);
    for (const [handle, sum] of other.#sums) this.add(handle, (weight * sum) / best);
  }

  get(handle: number): number {
    return this.#sums.get(handle) ?? 0;
  }

  /** The `k` best that `allowed` lets through, best first; ties in the order they came. */
  top(k: number, allowed: (handle: number) => boolean = () => true): number[] {
    // Filled by hand: `from` an iterator is several times slower, and this is the hottest place of a request.
    const handles = new Int32Array(this.#sums.size);
    const sums = new Float32Array(this.#sums.size);
    let size = 0;
    for (const [handle, sum] of this.#sums) {
      handles[size] = handle;
      sums[size++] = sum;
    }
    return Array.from(
      topK(sums, Math.min(k, sums.length), (at) => allowed(handles[at]!)).rows,
      (at) => handles[at]!,
    );
  }
}

/** Reciprocal rank fusion (Cormack, Clarke & Büttcher 2009): lists with scores of different kinds become one. */
export function fuse(lists: readonly { handles: readonly number[]; weight: number }[]): Scores {
  const fused = new Scores();
  for (const { handles, weight } of lists) {
    handles.forEach((handle, rank) => {
      fused.add(handle, weight / (rankOffset + rank));
    });
  }
  return fused;
}
const rankOffset = 20;
