import { numbersFor } from './gather.js';

/** Rows with their scores, best first; ties go to the lower row. */
export interface Top {
  rows: Uint32Array;
  scores: Float32Array;
}

/**
 * The k best of `scores` that `allowed` lets through, by a bounded heap: O(n + n' log k) where n' is how often a
 * score enters. NaN and −∞ never enter. `allowed` is asked only about scores that would.
 */
export function topK(
  scores: Float32Array,
  k: number,
  allowed?: (row: number) => boolean,
  /** By row: of equal scores the lower one comes first; the row itself by default. */
  ties?: ArrayLike<number>,
): Top {
  const { whole: rows, real: best } = numbersFor(k);
  let size = 0;
  const place = (row: number): number => (ties ? ties[row]! : row);
  const worse = (a: number, b: number): boolean =>
    best[a]! < best[b]! || (best[a]! === best[b]! && place(rows[a]!) > place(rows[b]!));
  const swap = (a: number, b: number): void => {
    const row = rows[a]!;
    rows[a] = rows[b]!;
    rows[b] = row;
    const score = best[a]!;
    best[a] = best[b]!;
    best[b] = score;
  };
  const sink = (limit: number): void => {
    for (let at = 0; ; ) {
      let child = 2 * at + 1;
      if (child >= limit) return;
      if (child + 1 < limit && worse(child + 1, child)) child++;
      if (!worse(child, at)) return;
      swap(at, child);
      at = child;
    }
  };
  for (let row = 0; k > 0 && row < scores.length; row++) {
    const score = scores[row]!;
    const least = size < k ? Number.NEGATIVE_INFINITY : best[0]!;
    if (!(score > least || (ties && size === k && score === least && ties[row]! < ties[rows[0]!]!))) continue;
    if (allowed && !allowed(row)) continue;
    if (size < k) {
      rows[size] = row;
      best[size] = score;
      for (let at = size++; at > 0 && worse(at, (at - 1) >> 1); at = (at - 1) >> 1) swap(at, (at - 1) >> 1);
    } else {
      rows[0] = row;
      best[0] = score;
      sink(size);
    }
  }
  for (let last = size - 1; last > 0; last--) {
    swap(0, last);
    sink(last);
  }
  return { rows: rows.subarray(0, size), scores: best.subarray(0, size) };
}

export function dot(a: Float32Array, aAt: number, b: Float32Array, bAt: number, length: number): number {
  let sum = 0;
  for (let d = 0; d < length; d++) sum += a[aAt + d]! * b[bAt + d]!;
  return sum;
}
