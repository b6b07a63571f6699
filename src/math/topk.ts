import { numbersFor } from './gather.js';

/** Rows with their scores, best first; ties go to the lower row. */
export interface Top {
  rows: Uint32Array;
  scores: Float32Array;
}

/** By row: of equal scores the lower one comes first; without them the row itself is. */
type Ties = ArrayLike<number> | undefined;

/**
 * The k best of `scores` that `allowed` lets through, by a bounded heap: O(n + n' log k) where n' is how often a
 * score enters. NaN and −∞ never enter. `allowed` is asked only about scores that would.
 */
export function topK(
  scores: Float32Array,
  k: number,
  allowed?: (row: number) => boolean,
  ties?: ArrayLike<number>,
): Top {
  const { whole: rows, real: best } = numbersFor(k);
  let size = 0;
  /** What a score has to be above to enter. */
  let least = Number.NEGATIVE_INFINITY;
  for (let row = 0; k > 0 && row < scores.length; row++) {
    const score = scores[row]!;
    if (!(score > least || (ties && size === k && score === least && ties[row]! < ties[rows[0]!]!))) continue;
    if (allowed && !allowed(row)) continue;
    if (size < k) {
      let at = size++;
      for (; at > 0; at = (at - 1) >> 1) {
        const parent = (at - 1) >> 1;
        if (!worse(score, row, best[parent]!, rows[parent]!, ties)) break;
        rows[at] = rows[parent]!;
        best[at] = best[parent]!;
      }
      rows[at] = row;
      best[at] = score;
    } else sink(rows, best, size, row, score, ties);
    if (size === k) least = best[0]!;
  }
  for (let last = size - 1; last > 0; last--) {
    const row = rows[last]!;
    const score = best[last]!;
    rows[last] = rows[0]!;
    best[last] = best[0]!;
    sink(rows, best, last, row, score, ties);
  }
  return { rows: rows.subarray(0, size), scores: best.subarray(0, size) };
}

function worse(score: number, row: number, otherScore: number, otherRow: number, ties: Ties): boolean {
  if (score !== otherScore) return score < otherScore;
  return ties ? ties[row]! > ties[otherRow]! : row > otherRow;
}

/** Puts a row into a heap of `size`, the worst first, in place of that one. */
function sink(
  rows: Uint32Array,
  best: Float32Array,
  size: number,
  row: number,
  score: number,
  ties: Ties,
): void {
  let at = 0;
  for (let child = 1; child < size; child = 2 * at + 1) {
    const right = child + 1;
    if (right < size && worse(best[right]!, rows[right]!, best[child]!, rows[child]!, ties)) child = right;
    if (!worse(best[child]!, rows[child]!, score, row, ties)) break;
    rows[at] = rows[child]!;
    best[at] = best[child]!;
    at = child;
  }
  rows[at] = row;
  best[at] = score;
}

export function dot(a: Float32Array, aAt: number, b: Float32Array, bAt: number, length: number): number {
  let sum = 0;
  for (let d = 0; d < length; d++) sum += a[aAt + d]! * b[bAt + d]!;
  return sum;
}
