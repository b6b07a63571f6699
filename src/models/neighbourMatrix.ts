import type { Ranked } from './recommender.js';
import type { Neighbours } from './support.js';

/** Sparse item–item weights W; rows beyond those it knows have none. */
export interface NeighbourMatrix {
  /** out[other] += factor · W[item, other] */
  add(item: number, factor: number, out: Float32Array): void;
  /** Calls `found` with `places[other]` and W[item, other], for each other item that has a place above 0. */
  among(item: number, places: Uint32Array, found: (place: number, weight: number) => void): void;
  /** W[item, ·], the largest first. */
  line(item: number): Ranked;
}

/** As it was trained. */
export function fixedMatrix({ start, row, weight }: Neighbours): NeighbourMatrix {
  const size = start.length - 1;
  return {
    add(item, factor, out) {
      if (item >= size) return;
      const end = start[item + 1]!;
      for (let at = start[item]!; at < end; at++) out[row[at]!]! += factor * weight[at]!;
    },
    among(item, places, found) {
      if (item >= size) return;
      const end = start[item + 1]!;
      for (let at = start[item]!; at < end; at++) {
        const place = places[row[at]!]!;
        if (place > 0) found(place, weight[at]!);
      }
    },
    line(item) {
      if (item >= size) return { rows: new Uint32Array(0), scores: new Float32Array(0) };
      const [from, to] = [start[item]!, start[item + 1]!];
      return { rows: row.subarray(from, to), scores: weight.subarray(from, to) };
    },
  };
}
