import { join } from 'node:path';
import { type ProfileEvent, random, Vocabulary } from '../../src/core/index.js';
import type { Dataset, Query } from '../../src/models/index.js';
import { lines } from './datasets.js';

export interface Rating {
  user: number;
  item: string;
  rating: number;
  /** ms since 1970 */
  time: number;
}

export interface RatingSplit {
  train: Rating[];
  test: Rating[];
}

/** MovieLens 100K, or undefined where it is absent. */
export function movieLens(data: string): Rating[] | undefined {
  return lines(join(data, 'ml-100k'), 'ratings.tsv.gz')
    ?.slice(1)
    .map((line) => {
      const [user, item, rating, time] = line.split('\t');
      return { user: Number(user), item: item!, rating: Number(rating), time: 1000 * Number(time) };
    });
}

/** Random k-fold over all ratings. */
export function folds(ratings: readonly Rating[], k: number, seed: number): RatingSplit[] {
  const fold = random(seed).shuffle(Uint8Array.from(ratings, (_, at) => at % k));
  return Array.from({ length: k }, (_, out) => ({
    train: ratings.filter((_, at) => fold[at] !== out),
    test: ratings.filter((_, at) => fold[at] === out),
  }));
}

/** A random quarter of every shopper's ratings is test, as `python_stratified_split(ratio=0.75)` of recommenders. */
export function quarterOfEachUser(ratings: readonly Rating[], seed: number): RatingSplit {
  const rng = random(seed);
  const split: RatingSplit = { train: [], test: [] };
  for (const rows of byUser(ratings).values()) {
    const cut = Math.floor(0.75 * rows.length);
    const mixed = rng.shuffle([...rows]);
    split.train.push(...mixed.slice(0, cut));
    split.test.push(...mixed.slice(cut));
  }
  return split;
}

export function byUser(ratings: readonly Rating[]): Map<number, Rating[]> {
  const users = new Map<number, Rating[]>();
  for (const rating of ratings) {
    const rows = users.get(rating.user) ?? [];
    rows.push(rating);
    users.set(rating.user, rows);
  }
  return users;
}

export function ratingsDataset(ratings: readonly Rating[]): Dataset {
  const users = byUser(ratings);
  const all = [...users.values()].flatMap((rows) => rows.sort((a, b) => a.time - b.time));
  const items = new Vocabulary([...new Set(all.map(({ item }) => item))].sort());
  const start = new Uint32Array(users.size + 1);
  [...users.values()].forEach((rows, user) => {
    start[user + 1] = start[user]! + rows.length;
  });
  return {
    users: new Vocabulary([...users.keys()].map(String)),
    items,
    start,
    item: Uint32Array.from(all, ({ item }) => items.row(item)),
    time: Float64Array.from(all, ({ time }) => time),
    weight: new Float32Array(all.length).fill(1),
    rating: Float32Array.from(all, ({ rating }) => rating),
    until: all.reduce((latest, { time }) => Math.max(latest, time), 0),
  };
}

/** What a shopper's training ratings look like in a request, oldest first. */
export function profileOf(ratings: readonly Rating[]): Query['profile'] {
  const events = [...ratings]
    .sort((a, b) => a.time - b.time)
    .map(({ item, rating, time }): ProfileEvent => ({ item, type: 'rate', time, weight: 1, value: rating }));
  return { user: 'u', events, total: events.length, counters: {} };
}
