import { random, slicer } from '../../core/index.js';
import { dot, topK } from '../../math/index.js';
import { type Cells, cluster, nearestCell } from './cells.js';

/** Below so many items a full scan takes about a millisecond and is exact. */
export const worthIndexing = 20_000;
/** Vectors per centroid that k-means sees. */
const sampled = 64;
/** Cells looked into of those there are; see docs/decisions/0005-read-path.md for what recall it gives. */
const probes = 32;
/** Candidates by quantised score, per item wanted, that are scored again exactly. */
const rescored = 4;
/** Longest the build holds up the requests, ms. */
const patience = 5;

export interface Found {
  rows: Uint32Array;
  scores: Float32Array;
}

/**
 * Maximum inner product search by an inverted file (Jégou, Douze & Schmid 2011): items in cells of a two-level
 * k-means, of which only the most promising are scanned, on vectors of one byte per number; the best are scored
 * again by the vectors themselves. About √n cells, so a search is O(√n · probes).
 */
export class FactorIndex {
  private constructor(
    private readonly vectors: Float32Array,
    private readonly dimension: number,
    /** [cells × dimension] */
    private readonly centroids: Float32Array,
    /** Items of cell c are at start[c] … start[c+1] in `rows` and `bytes`. */
    private readonly start: Uint32Array,
    private readonly rows: Uint32Array,
    private readonly bytes: Int8Array,
    /** Value of one step of an item's bytes, by place. */
    private readonly steps: Float32Array,
  ) {}

  /** Builds the index in slices, so that requests are answered meanwhile. */
  static async build(vectors: Float32Array, dimension: number, seed = 1): Promise<FactorIndex> {
    const size = vectors.length / dimension;
    const branches = Math.max(1, Math.round(size ** 0.25));
    const slice = slicer(patience);
    const { top, leaves } = await tree(vectors, dimension, size, branches, seed, slice);
    const cellOf = new Uint32Array(size);
    for (let row = 0; row < size; row++) {
      const branch = nearestCell(top, vectors, row * dimension);
      cellOf[row] = branch * branches + nearestCell(leaves[branch]!, vectors, row * dimension);
      if (row % 256 === 0) await slice();
    }
    const { start, rows } = group(cellOf, branches * branches);
    const bytes = new Int8Array(size * dimension);
    const steps = new Float32Array(size);
    for (let place = 0; place < size; place++) {
      steps[place] = quantise(vectors, rows[place]! * dimension, bytes, place * dimension, dimension);
      if (place % 4096 === 0) await slice();
    }
    const centroids = new Float32Array(branches * branches * dimension);
    leaves.forEach((leaf, at) => {
      centroids.set(leaf.centroids, at * branches * dimension);
    });
    return new FactorIndex(vectors, dimension, centroids, start, rows, bytes, steps);
  }

  get cells(): number {
    return this.start.length - 1;
  }

  /** The k rows with the largest inner product with `shopper`, nearly: best first, with exact scores. */
  search(shopper: Float32Array, k: number, allowed: (row: number) => boolean, look = probes): Found {
    const { dimension, rows, vectors } = this;
    const near = this.#scan(shopper, rescored * k, allowed, look);
    const exact = new Float32Array(near.length);
    near.forEach((place, at) => {
      exact[at] = dot(vectors, rows[place]! * dimension, shopper, 0, dimension);
    });
    const top = topK(exact, k);
    return { rows: top.rows.map((at) => rows[near[at]!]!), scores: top.scores };
  }

  /** Places of the best by quantised score in the cells that promise most. */
  #scan(shopper: Float32Array, k: number, allowed: (row: number) => boolean, look: number): Uint32Array {
    const { dimension, centroids, start, rows, bytes, steps } = this;
    const promise = new Float32Array(this.cells);
    for (let cell = 0; cell < promise.length; cell++) {
      promise[cell] = dot(centroids, cell * dimension, shopper, 0, dimension);
    }
    const chosen = topK(promise, Math.min(look, promise.length)).rows;
    let size = 0;
    for (const cell of chosen) size += start[cell + 1]! - start[cell]!;
    const scores = new Float32Array(size);
    const places = new Uint32Array(size);
    let at = 0;
    for (const cell of chosen) {
      for (let place = start[cell]!; place < start[cell + 1]!; place++) {
        scores[at] = steps[place]! * dotBytes(bytes, place * dimension, shopper, dimension);
        places[at++] = place;
      }
    }
    return topK(scores, k, (found) => allowed(rows[places[found]!]!)).rows.map((found) => places[found]!);
  }
}

async function tree(
  vectors: Float32Array,
  dimension: number,
  size: number,
  branches: number,
  seed: number,
  slice: () => Promise<void> | undefined,
): Promise<{ top: Cells; leaves: Cells[] }> {
  const chance = random(seed);
  const sample = Uint32Array.from({ length: Math.min(size, sampled * branches * branches) }, () =>
    chance.int(size),
  );
  const top = cluster(vectors, dimension, sample.subarray(0, sampled * branches * 4), branches, seed);
  const members: number[][] = Array.from({ length: branches }, () => []);
  for (const row of sample) members[nearestCell(top, vectors, row * dimension)]!.push(row);
  const leaves: Cells[] = [];
  for (const [branch, rows] of members.entries()) {
    await slice();
    const some = rows.length > 0 ? Uint32Array.from(rows) : sample;
    leaves.push(cluster(vectors, dimension, some, branches, seed + 1 + branch));
  }
  return { top, leaves };
}

/** Counting sort of the items by cell. */
function group(cellOf: Uint32Array, cells: number): { start: Uint32Array; rows: Uint32Array } {
  const start = new Uint32Array(cells + 1);
  for (const cell of cellOf) start[cell + 1]!++;
  for (let cell = 0; cell < cells; cell++) start[cell + 1]! += start[cell]!;
  const next = start.slice();
  const rows = new Uint32Array(cellOf.length);
  cellOf.forEach((cell, row) => {
    rows[next[cell]!++] = row;
  });
  return { start, rows };
}

/** Writes a vector as bytes −127 … 127; returns the value of one step. */
function quantise(from: Float32Array, at: number, to: Int8Array, toAt: number, dimension: number): number {
  let largest = 0;
  for (let d = 0; d < dimension; d++) largest = Math.max(largest, Math.abs(from[at + d]!));
  if (largest === 0) return 0;
  const step = largest / 127;
  for (let d = 0; d < dimension; d++) to[toAt + d] = Math.round(from[at + d]! / step);
  return step;
}

function dotBytes(bytes: Int8Array, at: number, vector: Float32Array, dimension: number): number {
  let sum = 0;
  for (let d = 0; d < dimension; d++) sum += bytes[at + d]! * vector[d]!;
  return sum;
}
