import { type Random, random } from '../../core/index.js';
import { type Batch, bucketByLength, sequencesPerBatch } from '../../nn/index.js';
import type { Dataset } from '../recommender.js';
import { timesTouched } from '../support.js';

/** Where each sequence ends for training: the last item of a held-out one is kept back for early stopping. */
export interface Sequences {
  data: Dataset;
  /** [users] row after the last training interaction. */
  end: Uint32Array;
  /** Users whose last interaction is held out. */
  heldOut: Uint32Array;
}

/** Holds out the last item of up to `count` users with three interactions or more, if it came after `since`. */
export function holdOut(
  data: Dataset,
  count: number,
  seed: number,
  since = Number.NEGATIVE_INFINITY,
): Sequences {
  const users = data.start.length - 1;
  const long = Array.from({ length: users }, (_, user) => user).filter((user) => {
    const end = data.start[user + 1]!;
    return end - data.start[user]! >= 3 && data.time[end - 1]! > since;
  });
  const heldOut = Uint32Array.from(random(seed).shuffle(long).slice(0, count));
  const end = data.start.slice(1);
  for (const user of heldOut) end[user]!--;
  return { data, end, heldOut };
}

/** Padded lengths: a batch is as long as the smallest of these that holds it. */
export function bucketLengths(length: number): number[] {
  return [4, 8, 16, 32, 64, 128].filter((each) => each < length).concat(length);
}

/** How the softmax draws items that are not the target. */
export interface Negatives {
  /** How many a batch, shared by its rows; 0 ranks the target against the whole catalogue. */
  count: number;
  draw: (rng: Random) => number;
  /** Logarithm of the expected number of draws of each item. */
  logQ: Float32Array;
}

/** Half uniform, half by popularity: hard negatives without forgetting the tail. */
export function mixedNegatives(data: Dataset, count: number): Negatives {
  const size = data.items.size;
  const times = timesTouched(data);
  const total = data.item.length;
  const logQ = Float32Array.from(times, (n) => Math.log((count * (n / total + 1 / size)) / 2));
  const draw = (rng: Random): number => (rng.float() < 0.5 ? rng.int(size) : data.item[rng.int(total)]!);
  return { count, draw, logQ };
}

/**
 * Batches for next-item training at every position at once. Sequences are right-padded: a causal encoder never looks
 * at the padding. `at` holds the places of the real targets in the flattened batch, so padding costs no softmax.
 */
export function* batches(
  { data, end }: Sequences,
  options: { length: number; batch: number; negatives: Negatives },
  rng: Random,
): Generator<Batch> {
  const { length, batch, negatives } = options;
  const users = Array.from(end.keys()).filter((user) => end[user]! - data.start[user]! >= 2);
  const sizes = users.map((user) => Math.min(length, end[user]! - data.start[user]! - 1));
  for (const { length: padded, members } of bucketByLength(sizes, {
    lengths: bucketLengths(length),
    positions: batch,
    rng,
  })) {
    const history = new Int32Array(members.length * padded).fill(-1);
    const at: number[] = [];
    const targets: number[] = [];
    members.forEach((member, b) => {
      const size = sizes[member]!;
      const first = end[users[member]!]! - size - 1;
      for (let t = 0; t < size; t++) {
        history[b * padded + t] = data.item[first + t]!;
        at.push(b * padded + t);
        targets.push(data.item[first + t + 1]!);
      }
    });
    const feeds = { history, at: Int32Array.from(at), targets: Int32Array.from(targets) };
    const sizesOf = { batch: members.length, length: padded, n: at.length };
    if (negatives.count === 0) yield { feeds, sizes: sizesOf };
    else yield { feeds: { ...feeds, ...drawn(feeds.targets, negatives, rng) }, sizes: sizesOf };
  }
}

function drawn(targets: Int32Array, { count, draw, logQ }: Negatives, rng: Random): Batch['feeds'] {
  const negatives = Int32Array.from({ length: count }, () => draw(rng));
  return {
    negatives,
    logQ: Float32Array.from(negatives, (row) => logQ[row]!),
    targetLogQ: Float32Array.from(targets, (row) => logQ[row]!),
  };
}

/** How many batches an epoch has, for schedules and the ETA. */
export function stepsOf({ data, end }: Sequences, batch: number, length: number): number {
  const lengths = bucketLengths(length);
  const counts = new Uint32Array(lengths.length);
  for (let user = 0; user < end.length; user++) {
    const size = Math.min(length, end[user]! - data.start[user]! - 1);
    if (size < 1) continue;
    counts[lengths.findIndex((each) => size <= each)]!++;
  }
  return lengths.reduce(
    (steps, each, at) => steps + Math.ceil(counts[at]! / sequencesPerBatch(batch, each)),
    0,
  );
}
