import type { Random } from '../core/index.js';

export interface Bucket {
  /** Padded length of all sequences of this batch. */
  length: number;
  /** Which sequences. */
  members: Int32Array;
}

/**
 * Batches of sequences of like length, in random order: a sequence is padded to the smallest of `lengths` (ascending)
 * that holds it, not to the longest of all. Longer ones are for the caller to cut to the last of `lengths`. A batch
 * holds as many sequences as fit into `positions`, padding included: steps cost alike whatever the length.
 */
export function bucketByLength(
  sequenceLengths: ArrayLike<number>,
  options: { lengths: readonly number[]; positions: number; rng: Random },
): Bucket[] {
  const { lengths, positions, rng } = options;
  const groups = lengths.map((): number[] => []);
  const order = rng.shuffle(Int32Array.from({ length: sequenceLengths.length }, (_, i) => i));
  for (const i of order) {
    const group = lengths.findIndex((length) => sequenceLengths[i]! <= length);
    groups.at(group)!.push(i);
  }
  const buckets = groups.flatMap((group, g) => {
    const length = lengths[g]!;
    const batch = sequencesPerBatch(positions, length);
    return Array.from({ length: Math.ceil(group.length / batch) }, (_, b) => ({
      length,
      members: Int32Array.from(group.slice(b * batch, (b + 1) * batch)),
    }));
  });
  return rng.shuffle(buckets);
}

export function sequencesPerBatch(positions: number, length: number): number {
  return Math.max(1, Math.floor(positions / length));
}
