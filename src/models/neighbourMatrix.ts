import type { Ranked } from './recommender.js';
import type { Neighbours } from './support.js';

/** Sparse item–item weights W; rows beyond those it knows have none. */
export interface NeighbourMatrix {
  /** out[offset + other] += factor · W[item, other] */
  add(item: number, factor: number, out: Float32Array, offset: number): void;
  /** W[item, ·], the largest first. */
  line(item: number): Ranked;
}

/** As it was trained. */
export function fixedMatrix({ start, row, weight }: Neighbours): NeighbourMatrix {
  const size = start.length - 1;
  return {
    add(item, factor, out, offset) {
      if (item >= size) return;
      for (let at = start[item]!; at < start[item + 1]!; at++)
        out[offset + row[at]!]! += factor * weight[at]!;
    },
    line(item) {
      const [from, to] = item < size ? [start[item]!, start[item + 1]!] : [0, 0];
      return { rows: row.subarray(from, to), scores: weight.subarray(from, to) };
    },
  };
}
