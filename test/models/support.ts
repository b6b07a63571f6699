import { random, Vocabulary } from '../../src/core/index.js';
import type { Dataset, Query } from '../../src/models/index.js';

const day = 86_400_000;

/** Options by which a network learns a few shoppers within a second, in the same way each time. */
export const smallNetwork = {
  epochs: 25,
  width: 16,
  length: 8,
  dropout: 0,
  batch: 256,
  average: 0,
  learningRate: 0.01,
  heldOut: 0,
  seed: 1,
} as const;

/** One list of item ids per shopper, oldest first, a day apart. */
export function dataset(
  lists: readonly (readonly string[])[],
  ratings?: readonly (readonly number[])[],
): Dataset {
  const items = new Vocabulary([...new Set(lists.flat())].sort());
  const start = new Uint32Array(lists.length + 1);
  lists.forEach((list, user) => {
    start[user + 1] = start[user]! + list.length;
  });
  const all = lists.flat();
  const time = Float64Array.from(lists.flatMap((list) => list.map((_, at) => at * day)));
  return {
    users: new Vocabulary(lists.map((_, user) => `u${user}`)),
    items,
    start,
    item: Uint32Array.from(all, (id) => items.row(id)),
    time,
    weight: new Float32Array(all.length).fill(1),
    rating: Float32Array.from(ratings?.flat() ?? all.map(() => Number.NaN)),
    until: Math.max(0, ...time),
  };
}

export function query(ids: readonly string[], values?: readonly number[]): Query {
  const events = ids.map((item, at) => ({
    item,
    type: values ? 'rate' : 'view',
    time: at * day,
    weight: 1,
    ...(values ? { value: values[at]! } : {}),
  }));
  return { profile: { user: 'new', events, total: events.length, counters: {} }, now: ids.length * day };
}

/**
 * Two tastes: shoppers of one walk around a ring of even items, those of the other around odd ones. What comes next
 * follows from the last item, what belongs together from the taste.
 */
export function twoTastes(shoppers: number, ring = 10, steps = 6): string[][] {
  const next = random(5);
  return Array.from({ length: shoppers }, (_, user) => {
    const from = next.int(ring);
    return Array.from(
      { length: steps },
      (_, at) => `i${String(2 * ((from + at) % ring) + (user % 2)).padStart(2, '0')}`,
    );
  });
}
