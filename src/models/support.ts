import { Packr } from 'msgpackr';
import { EndcapError, type Profile, Vocabulary } from '../core/index.js';
import { gather, topK } from '../math/index.js';
import type { Dataset, Model, ModelFiles, Moments, Query, Ranked } from './recommender.js';

const packr = new Packr({ useRecords: false, moreTypes: true });

/** One file with everything a model is: plain values and typed arrays. */
export function packModel(content: object): ModelFiles {
  return { 'model.bin': packr.pack(content) };
}

export function unpackModel<Content>(files: ModelFiles): Content {
  const file = files['model.bin'];
  if (!file) throw new EndcapError('model_corrupt', 'The model has no file model.bin');
  return packr.unpack(file) as Content;
}

/** A profile in the rows of a model: each known item once, newest first. */
export interface History {
  rows: number[];
  /** Weight of the item's newest positive event. */
  weights: number[];
  /** Index of that event in `profile.events`. */
  events: number[];
}

export function historyOf(profile: Profile, items: Vocabulary, limit = 200): History {
  const history: History = { rows: [], weights: [], events: [] };
  const seen = new Set<number>();
  for (let at = profile.events.length - 1; at >= 0 && history.rows.length < limit; at--) {
    const event = profile.events[at]!;
    const row = items.row(event.item);
    if (row < 0 || event.weight <= 0 || seen.has(row)) continue;
    seen.add(row);
    history.rows.push(row);
    history.weights.push(event.weight);
    history.events.push(at);
  }
  return history;
}

/** Weight of the event at `place` from the newest: halves every `halfLife` places; 0 means no recency. */
export function recency(place: number, halfLife: number): number {
  return halfLife > 0 ? 2 ** (-place / halfLife) : 1;
}

/** Mean of the ratings there are; NaN without any. */
export function meanRating(ratings: Float32Array): number {
  const known = ratings.filter((rating) => !Number.isNaN(rating));
  return known.reduce((sum, rating) => sum + rating, 0) / known.length;
}

/** How strongly an event speaks for its item: its rating over the mean one, 1 where either is unknown. */
export function strength(rating: number, mean: number): number {
  return Number.isNaN(rating) || !(mean > 0) ? 1 : Math.max(0, rating) / mean;
}

/** `retrieve` for models that score everything anyway. */
export async function retrieveByScore(
  model: Pick<Model, 'scoreAll' | 'items'>,
  query: Query,
  k: number,
  allowed: (row: number) => boolean,
): Promise<Ranked> {
  const scores = new Float32Array(model.items.size);
  await model.scoreAll([query], scores);
  return topK(scores, k, allowed);
}

/** `score` for models that score everything anyway. */
export async function scoreByAll(
  model: Pick<Model, 'scoreAll' | 'items'>,
  query: Query,
  rows: Uint32Array,
): Promise<Float32Array> {
  const scores = new Float32Array(model.items.size);
  await model.scoreAll([query], scores);
  return gather(scores, rows);
}

/** Mean and deviation. In four sums side by side: in one, each addition waits for the one before. */
export function momentsOf(scores: Float32Array): Moments {
  const { length } = scores;
  const whole = length - (length % 4);
  let [a, b, c, d] = [0, 0, 0, 0];
  for (let at = 0; at < whole; at += 4) {
    a += scores[at]!;
    b += scores[at + 1]!;
    c += scores[at + 2]!;
    d += scores[at + 3]!;
  }
  for (let at = whole; at < length; at++) a += scores[at]!;
  const mean = (a + b + c + d) / length;
  [a, b, c, d] = [0, 0, 0, 0];
  for (let at = 0; at < whole; at += 4) {
    a += (scores[at]! - mean) ** 2;
    b += (scores[at + 1]! - mean) ** 2;
    c += (scores[at + 2]! - mean) ** 2;
    d += (scores[at + 3]! - mean) ** 2;
  }
  for (let at = whole; at < length; at++) a += (scores[at]! - mean) ** 2;
  return { mean, deviation: Math.sqrt((a + b + c + d) / length) };
}

/** Sparse item–item weights: neighbours of row i at start[i] … start[i+1]. */
export interface Neighbours {
  start: Uint32Array;
  row: Uint32Array;
  weight: Float32Array;
}

/** The `keep` largest positive entries of each row that `dense(row)` writes into the shared buffer; `signed`: largest in size. */
export function sparsify(
  size: number,
  { keep, signed = false }: { keep: number; signed?: boolean },
  dense: (row: number, out: Float32Array) => void,
): Neighbours {
  const start = new Uint32Array(size + 1);
  const rows: Uint32Array[] = [];
  const weights: Float32Array[] = [];
  const buffer = new Float32Array(size);
  // Few of a row are above 0: they alone are ranked.
  const found = new Uint32Array(size);
  const sizes = new Float32Array(size);
  for (let row = 0; row < size; row++) {
    buffer.fill(0);
    dense(row, buffer);
    let count = 0;
    for (let other = 0; other < size; other++) {
      const much = signed ? Math.abs(buffer[other]!) : buffer[other]!;
      if (!(much > 0) || other === row) continue;
      found[count] = other;
      sizes[count++] = much;
    }
    const largest = gather(found, topK(sizes.subarray(0, count), keep).rows);
    if (signed) largest.sort((a, b) => buffer[b]! - buffer[a]!);
    rows.push(largest);
    weights.push(Float32Array.from(largest, (other) => buffer[other]!));
    start[row + 1] = start[row]! + largest.length;
  }
  const row = new Uint32Array(start[size]!);
  const weight = new Float32Array(start[size]!);
  rows.forEach((part, at) => {
    row.set(part, start[at]!);
    weight.set(weights[at]!, start[at]!);
  });
  return { start, row, weight };
}

/** How often each item was touched, by row. */
export function timesTouched({ item, items }: Pick<Dataset, 'item' | 'items'>): Float64Array {
  const times = new Float64Array(items.size);
  for (const row of item) times[row]!++;
  return times;
}

/** The data with the items that nobody touched behind the others. */
export function withUntouched({ untouched = [], ...data }: Dataset): Dataset {
  if (untouched.length === 0) return data;
  const { items, catalogue } = data;
  return {
    ...data,
    items: new Vocabulary([...items.ids, ...untouched.map(({ id }) => id)]),
    catalogue: [...items.ids.map((_, row) => catalogue?.[row]), ...untouched],
  };
}

/** Distinct items of each user and users of each item, from the interactions. */
export function transpose(data: { start: Uint32Array; item: Uint32Array; items: Vocabulary }): {
  itemsOf: Uint32Array[];
  usersOf: Uint32Array[];
} {
  const itemsOf = Array.from({ length: data.start.length - 1 }, (_, user) =>
    Uint32Array.from(new Set(data.item.subarray(data.start[user], data.start[user + 1]))),
  );
  const lists: number[][] = Array.from({ length: data.items.size }, () => []);
  itemsOf.forEach((items, user) => {
    for (const item of items) lists[item]!.push(user);
  });
  return { itemsOf, usersOf: lists.map((list) => Uint32Array.from(list)) };
}
