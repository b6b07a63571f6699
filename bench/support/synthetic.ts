import { type Profile, type Random, random, Vocabulary } from '../../src/core/index.js';
import { topK } from '../../src/math/index.js';
import type { Model } from '../../src/models/index.js';

export const dimension = 64;
const kinds = 2_000;

/**
 * Item vectors with planted kinds. `decaying`: the d-th number has standard deviation 1/√d, as trained factors
 * have; `flat`: all alike, the hardest case for any index.
 */
export function syntheticVectors(items: number, spectrum: 'decaying' | 'flat'): Float32Array {
  const chance = random(1);
  const scale = Float32Array.from({ length: dimension }, (_, d) =>
    spectrum === 'flat' ? 1 : 1 / Math.sqrt(d + 1),
  );
  const centres = new Float32Array(kinds * dimension).map(() => chance.normal());
  const vectors = new Float32Array(items * dimension);
  for (let row = 0; row < items; row++) {
    const kind = chance.int(kinds) * dimension;
    for (let d = 0; d < dimension; d++) {
      vectors[row * dimension + d] = scale[d]! * (centres[kind + d]! + 0.7 * chance.normal());
    }
  }
  return vectors;
}

/** A shopper who touched five items of unrelated kinds. */
export function syntheticShopper(vectors: Float32Array, chance: Random): Float32Array {
  const rows = Array.from({ length: 5 }, () => chance.int(vectors.length / dimension));
  return meanOf(vectors, rows);
}

/** A factor model over synthetic items `s0`, `s1`, …: the shopper is the mean of what they touched. */
export function syntheticModel(items: number): Model {
  const vectors = syntheticVectors(items, 'decaying');
  const vocabulary = new Vocabulary(Array.from({ length: items }, (_, row) => `s${row}`));
  const shopper = ({ profile }: { profile: Profile }): Float32Array =>
    meanOf(
      vectors,
      profile.events.map(({ item }) => vocabulary.row(item)).filter((row) => row >= 0),
    );
  return {
    name: 'synthetic',
    kind: 'factor',
    items: vocabulary,
    factors: { vectors, dimension, shopper },
    async scoreAll(queries, out) {
      queries.forEach((query, at) => {
        out.set(scoresOf(vectors, shopper(query)), at * items);
      });
    },
    score: async (query, rows) => {
      const all = scoresOf(vectors, shopper(query));
      return Float32Array.from(rows, (row) => all[row]!);
    },
    retrieve: async (query, k, allowed) => topK(scoresOf(vectors, shopper(query)), k, allowed),
    save: () => ({}),
  };
}

/** Score of every item: the exact answer. */
export function scoresOf(vectors: Float32Array, shopper: Float32Array): Float32Array {
  const scores = new Float32Array(vectors.length / dimension);
  for (let row = 0; row < scores.length; row++) {
    let sum = 0;
    for (let d = 0; d < dimension; d++) sum += vectors[row * dimension + d]! * shopper[d]!;
    scores[row] = sum;
  }
  return scores;
}

function meanOf(vectors: Float32Array, rows: readonly number[]): Float32Array {
  const mean = new Float32Array(dimension);
  for (const row of rows) {
    for (let d = 0; d < dimension; d++) mean[d]! += vectors[row * dimension + d]! / rows.length;
  }
  return mean;
}
