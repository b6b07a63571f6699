import { type Random, random } from '../../core/index.js';
import { dot } from '../../math/index.js';

/** Centroids [count × dimension] of a k-means clustering. */
export interface Clusters {
  count: number;
  dimension: number;
  centroids: Float32Array;
  /** Half the squared norm of each centroid: nearest = largest ⟨v, c⟩ − |c|² / 2. */
  halfNorms: Float32Array;
}

/** k-means (Lloyd 1982) on the vectors of `rows`. Empty cells take a random vector. */
export function cluster(
  vectors: Float32Array,
  dimension: number,
  rows: Uint32Array,
  count: number,
  seed: number,
): Clusters {
  const chance = random(seed);
  const cells: Clusters = {
    count,
    dimension,
    centroids: new Float32Array(count * dimension),
    halfNorms: new Float32Array(count),
  };
  for (let cell = 0; cell < count; cell++) takeVector(cells, cell, vectors, rows, chance);
  for (let round = 0; round < rounds; round++) improve(cells, vectors, rows, chance);
  return cells;
}
const rounds = 6;

/** Cell whose centroid is nearest to the vector at `at`. */
export function nearestCluster(cells: Clusters, vectors: Float32Array, at: number): number {
  const { count, dimension, centroids, halfNorms } = cells;
  let nearest = 0;
  let best = Number.NEGATIVE_INFINITY;
  for (let cell = 0; cell < count; cell++) {
    const closeness = dot(vectors, at, centroids, cell * dimension, dimension) - halfNorms[cell]!;
    if (closeness > best) {
      best = closeness;
      nearest = cell;
    }
  }
  return nearest;
}

function improve(cells: Clusters, vectors: Float32Array, rows: Uint32Array, chance: Random): void {
  const { count, dimension, centroids } = cells;
  const sums = new Float32Array(count * dimension);
  const sizes = new Uint32Array(count);
  for (const row of rows) {
    const cell = nearestCluster(cells, vectors, row * dimension);
    sizes[cell]!++;
    for (let d = 0; d < dimension; d++) sums[cell * dimension + d]! += vectors[row * dimension + d]!;
  }
  for (let cell = 0; cell < count; cell++) {
    const size = sizes[cell]!;
    if (size === 0) {
      takeVector(cells, cell, vectors, rows, chance);
      continue;
    }
    for (let d = 0; d < dimension; d++) centroids[cell * dimension + d] = sums[cell * dimension + d]! / size;
    setNorm(cells, cell);
  }
}

function takeVector(
  cells: Clusters,
  cell: number,
  vectors: Float32Array,
  rows: Uint32Array,
  chance: Random,
): void {
  const { dimension, centroids } = cells;
  const at = rows[chance.int(rows.length)]! * dimension;
  centroids.set(vectors.subarray(at, at + dimension), cell * dimension);
  setNorm(cells, cell);
}

function setNorm({ dimension, centroids, halfNorms }: Clusters, cell: number): void {
  const at = cell * dimension;
  halfNorms[cell] = dot(centroids, at, centroids, at, dimension) / 2;
}
