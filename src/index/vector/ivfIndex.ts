import { random, slicer } from '../../core/index.js';
import { dot, groupRows, topK } from '../../math/index.js';
import { Int8Vectors } from './int8Vectors.js';
import { type Clusters, cluster, nearestCluster } from './kMeans.js';

/** Vectors per centroid that k-means sees. */
const sampled = 64;
/** Vectors a search looks at: all there are, or those in the most promising cells; docs/decisions/0005-read-path.md. */
const looked = 65_536;
/** Candidates by quantised score that are scored again exactly: so many times the items wanted, so many more at most. */
const rescored = { times: 4, more: 100 };
/** Longest the build holds up the requests, ms. */
const patience = 5;

export interface Found {
  rows: Uint32Array;
  scores: Float32Array;
}

/**
 * Maximum inner product search by an inverted file (Jégou, Douze & Schmid 2011): items in cells of a two-level
 * k-means, of which only the most promising are scanned, on vectors of one byte per number; the best are scored
 * again by the vectors themselves.
 */
export class IvfIndex {
  /** Place of each row; made at the first update. */
  #places: Uint32Array | undefined;

  private constructor(
    private readonly vectors: Float32Array,
    private readonly dimension: number,
    /** [cells × dimension] */
    private readonly centroids: Float32Array,
    /** Items of cell c are at places start[c] … start[c+1] of `rows` and `bytes`. */
    private readonly start: Uint32Array,
    private readonly rows: Uint32Array,
    private readonly bytes: Int8Vectors,
  ) {}

  /** Builds the index in slices, so that requests are answered meanwhile. */
  static async build(vectors: Float32Array, dimension: number, seed = 1): Promise<IvfIndex> {
    const size = vectors.length / dimension;
    // What is looked at whole needs no cells.
    const branches = size <= looked ? 1 : Math.round(size ** 0.25);
    const slice = slicer(patience);
    const { top, leaves } = await tree(vectors, dimension, size, branches, seed, slice);
    const cellOf = new Uint32Array(size);
    for (let row = 0; row < size; row++) {
      const branch = nearestCluster(top, vectors, row * dimension);
      cellOf[row] = branch * branches + nearestCluster(leaves[branch]!, vectors, row * dimension);
      if (row % 256 === 0) await slice();
    }
    const { start, rows } = groupRows(cellOf, branches * branches);
    const bytes = new Int8Vectors(size, dimension);
    for (let place = 0; place < size; place++) {
      bytes.set(place, vectors, rows[place]! * dimension);
      if (place % 4096 === 0) await slice();
    }
    const centroids = new Float32Array(branches * branches * dimension);
    leaves.forEach((leaf, at) => {
      centroids.set(leaf.centroids, at * branches * dimension);
    });
    return new IvfIndex(vectors, dimension, centroids, start, rows, bytes);
  }

  /**
   * A row moved: exact and quantised vector follow. It stays in its cell, so in an index of several cells it may be found
   * late until the next build.
   */
  update(row: number, vector: Float32Array): void {
    this.#places ??= invert(this.rows);
    this.vectors.set(vector, row * this.dimension);
    this.bytes.set(this.#places[row]!, this.vectors, row * this.dimension);
  }

  get cells(): number {
    return this.start.length - 1;
  }

  /** The k rows with the largest inner product with `shopper`, nearly: best first, with exact scores. */
  search(shopper: Float32Array, k: number, allowed: (row: number) => boolean, look = looked): Found {
    const { dimension, rows, vectors } = this;
    const near = this.#scan(shopper, Math.min(rescored.times * k, k + rescored.more), allowed, look);
    const exact = new Float32Array(near.length);
    near.forEach((place, at) => {
      exact[at] = dot(vectors, rows[place]! * dimension, shopper, 0, dimension);
    });
    const top = topK(exact, k);
    return { rows: top.rows.map((at) => rows[near[at]!]!), scores: top.scores };
  }

  /** CheckpointStore of the best by quantised score in the cells that promise most, `look` places of them. */
  #scan(shopper: Float32Array, k: number, allowed: (row: number) => boolean, look: number): Uint32Array {
    const { start, rows, bytes } = this;
    bytes.aim(shopper);
    const places = new Uint32Array(Math.min(rows.length, look));
    let seen = 0;
    for (const cell of this.#promising(shopper)) {
      const from = start[cell]!;
      const to = Math.min(start[cell + 1]!, from + look - seen);
      bytes.scan(from, to, seen);
      for (let place = from; place < to; place++) places[seen++] = place;
      if (seen === look) break;
    }
    const top = topK(bytes.scores(seen), k, (found) => allowed(rows[places[found]!]!));
    return top.rows.map((found) => places[found]!);
  }

  /** Clusters, the one whose centroid has the largest product with the shopper first. */
  #promising(shopper: Float32Array): Uint32Array {
    const { dimension, centroids } = this;
    const promise = new Float32Array(this.cells);
    for (let cell = 0; cell < promise.length; cell++) {
      promise[cell] = dot(centroids, cell * dimension, shopper, 0, dimension);
    }
    return topK(promise, promise.length).rows;
  }
}

async function tree(
  vectors: Float32Array,
  dimension: number,
  size: number,
  branches: number,
  seed: number,
  slice: () => Promise<void> | undefined,
): Promise<{ top: Clusters; leaves: Clusters[] }> {
  const chance = random(seed);
  const sample = Uint32Array.from({ length: Math.min(size, sampled * branches * branches) }, () =>
    chance.int(size),
  );
  const top = cluster(vectors, dimension, sample.subarray(0, sampled * branches * 4), branches, seed);
  const members: number[][] = Array.from({ length: branches }, () => []);
  for (const row of sample) members[nearestCluster(top, vectors, row * dimension)]!.push(row);
  const leaves: Clusters[] = [];
  for (const [branch, rows] of members.entries()) {
    await slice();
    const some = rows.length > 0 ? Uint32Array.from(rows) : sample;
    leaves.push(cluster(vectors, dimension, some, branches, seed + 1 + branch));
  }
  return { top, leaves };
}

function invert(rows: Uint32Array): Uint32Array {
  const places = new Uint32Array(rows.length);
  rows.forEach((row, place) => {
    places[row] = place;
  });
  return places;
}
