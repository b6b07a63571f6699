import {
  type BenchOptions,
  type BenchRow,
  type ProfileEvent,
  random,
  silent,
  Vocabulary,
} from '../src/core/index.js';
import { mae, rmse } from '../src/math/index.js';
import { biasedMf, type Dataset, type MfOptions, type Query } from '../src/models/index.js';
import { movieLens, type Rating } from './support/datasets.js';

/** Chosen on a tenth of the training part of the first fold. */
const chosen = { ...biasedMf.defaults, loss: 'mse', factors: 40, epochs: 40, rate: 0.01, decay: 0.08 };
const variants: [string, Partial<MfOptions>][] = [
  ['⟨u,v⟩ + b_i + b_j', { drift: false, implicit: false }],
  ['+ α (time drift)', { drift: true, implicit: false }],
  ['+ β (implicit feedback)', { drift: false, implicit: true }],
  ['+ α + β', { drift: true, implicit: true }],
];

/** Biased matrix factorisation on MovieLens 100K, random 5-fold, each rating asked for at its own time: what α and β earn, beside Surprise's figures. */
export async function run({ smoke, data }: BenchOptions): Promise<BenchRow[]> {
  const ratings = movieLens(data);
  if (!ratings) return [];
  const fold = Uint8Array.from(ratings, (_, at) => at % 5);
  random(1).shuffle(fold);
  const rows: BenchRow[] = [];
  for (const [name, over] of smoke ? variants.slice(2, 3) : variants) {
    const errors: { rmse: number; mae: number }[] = [];
    for (let test = 0; test < (smoke ? 1 : 5); test++) {
      const options = { ...chosen, ...over, ...(smoke ? { epochs: 3 } : {}) };
      const part = (inside: boolean): Rating[] => ratings.filter((_, at) => (fold[at] === test) === inside);
      errors.push(await measure(part(false), part(true), options));
    }
    const [svd, svdpp] = ['SVD, Surprise (defaults), 5-fold', 'SVD++, Surprise (defaults), 5-fold'];
    const source = over.implicit ? svdpp : svd;
    rows.push(
      summary(
        `${name}, RMSE`,
        errors.map((error) => error.rmse),
        over.implicit ? 0.92 : 0.934,
        source,
      ),
      summary(
        `${name}, MAE`,
        errors.map((error) => error.mae),
        over.implicit ? 0.722 : 0.737,
        source,
      ),
    );
  }
  return rows;
}

export async function measure(
  train: readonly Rating[],
  test: readonly Rating[],
  options: MfOptions,
): Promise<{ rmse: number; mae: number }> {
  const users = [...new Set(train.map(({ user }) => user))];
  const byUser = new Map<number, Rating[]>(users.map((user) => [user, []]));
  for (const rating of train) byUser.get(rating.user)!.push(rating);
  for (const rows of byUser.values()) rows.sort((a, b) => a.time - b.time);
  const model = await biasedMf.fit(datasetOf([...byUser.values()]), { ...options, seed: 1 }, silent);
  const queries = new Map(users.map((user) => [user, queryOf(byUser.get(user)!)]));
  const predicted = test.map(({ user, item, time }) => {
    const query = { ...(queries.get(user) ?? queryOf([])), now: 1000 * time };
    const value = model.rate!(query, model.items.row(item));
    return Math.min(5, Math.max(1, value));
  });
  const actual = test.map(({ rating }) => rating);
  return { rmse: rmse(predicted, actual), mae: mae(predicted, actual) };
}

function datasetOf(users: readonly Rating[][]): Dataset {
  const all = users.flat();
  const items = new Vocabulary([...new Set(all.map(({ item }) => item))].sort());
  const start = new Uint32Array(users.length + 1);
  users.forEach((rows, user) => {
    start[user + 1] = start[user]! + rows.length;
  });
  return {
    users: new Vocabulary(users.map(([first]) => String(first!.user))),
    items,
    start,
    item: Uint32Array.from(all, ({ item }) => items.row(item)),
    time: Float64Array.from(all, ({ time }) => 1000 * time),
    weight: new Float32Array(all.length).fill(1),
    rating: Float32Array.from(all, ({ rating }) => rating),
    until: Math.max(...all.map(({ time }) => 1000 * time)),
  };
}

function queryOf(rows: readonly Rating[]): Query {
  const events = rows.map(
    ({ item, rating, time }): ProfileEvent => ({
      item,
      type: 'rate',
      time: 1000 * time,
      weight: 3,
      value: rating,
    }),
  );
  return {
    profile: { user: 'u', events, total: events.length, counters: {} },
    now: events.at(-1)?.time ?? 0,
  };
}

function summary(metric: string, values: readonly number[], reference: number, source: string): BenchRow {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance =
    values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, values.length - 1);
  return {
    data: 'ml-100k, random 5-fold',
    metric,
    value: mean,
    sd: Math.sqrt(variance),
    seeds: 1,
    reference,
    source,
  };
}
