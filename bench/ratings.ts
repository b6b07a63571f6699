import { silent } from '../src/core/index.js';
import { mae, rmse } from '../src/math/index.js';
import {
  bayesianMf,
  biasedMf,
  ease,
  itemKnn,
  mlp,
  multVae,
  neuMf,
  popularity,
  type Recommender,
  tasteBlend,
} from '../src/models/index.js';
import { asked } from './support/asked.js';
import {
  byUser,
  folds,
  movieLens,
  profileOf,
  quarterOfEachUser,
  type Rating,
  type RatingSplit,
  ratingsDataset,
} from './support/movieLens.js';
import { topN } from './support/ranking.js';
import type { BenchOptions, BenchRow } from './support/row.js';

type Options = Record<string, number | string | boolean>;

interface Entry {
  name: string;
  algorithm: Recommender;
  options: Options;
  /** Published figures and where they are from. */
  reference: readonly number[];
  source: string;
}

/** Algorithms to run; all by default. */
const { names: only } = asked();
const entry = (
  name: string,
  algorithm: unknown,
  options: Options,
  reference: number[],
  source: string,
): Entry => ({
  name,
  algorithm: algorithm as Recommender,
  options,
  reference,
  source,
});

const svd = [0.934, 0.737];
const svdSource = 'SVD, Surprise, 5-fold';
const svdpp = [0.92, 0.722];
const svdppSource = 'SVD++, Surprise, 5-fold';
/** The options of `biasedMf.ratings` were chosen on a tenth of the training part of the first fold. */
const mf = biasedMf.ratings as Options;
const raters = [
  entry('⟨u,v⟩ + b_i + b_j', biasedMf, { ...mf, drift: false, implicit: false }, svd, svdSource),
  entry('+ α (time drift)', biasedMf, { ...mf, drift: true, implicit: false }, svd, svdSource),
  entry('+ β (implicit feedback)', biasedMf, { ...mf, drift: false, implicit: true }, svdpp, svdppSource),
  entry('+ α + β', biasedMf, { ...mf, drift: true, implicit: true }, svdpp, svdppSource),
  entry('bayesianMf', bayesianMf, {}, svdpp, svdppSource),
];

/** Chosen on a random quarter of each shopper's training ratings of the first split. */
const rankers = [
  entry('popularity', popularity, { halfLifeDays: 1e6 }, [], ''),
  entry('itemKnn', itemKnn, { keep: 1000, shrink: 20 }, [0.382], 'SAR, recommenders'),
  entry('ease', ease, { lambda: 800, rated: true, signed: true }, [0.475], 'BiVAE, recommenders'),
  entry('biasedMf', biasedMf, {}, [0.442], 'BPR, recommenders'),
  entry('neuMf', neuMf, { epochs: 35 }, [0.396], 'NCF, recommenders'),
  entry('mlp', mlp, { width: 16, epochs: 30, dropout: 0.3 }, [0.396], 'NCF, recommenders'),
  entry('multVae', multVae, { beta: 2, dropout: 0.6, epochs: 80 }, [0.475], 'BiVAE, recommenders'),
  entry('tasteBlend', tasteBlend, {}, [0.475], 'BiVAE, recommenders'),
];

/**
 * MovieLens 100K on the two protocols with published tables: ratings on random 5-fold (Surprise), each asked for at
 * its own time, and ranking on a random quarter of each user (Microsoft recommenders). Every shopper is folded in from
 * the profile, as when serving. `ENDCAP_BENCH=ease,multVae npm run bench -- ratings` runs a part.
 */
export async function run({ smoke, data }: BenchOptions): Promise<BenchRow[]> {
  const ratings = movieLens(data);
  if (!ratings) return [];
  const wanted = ({ algorithm }: Entry): boolean => only.length === 0 || only.includes(algorithm.name);
  const rows: BenchRow[] = [];
  for (const rater of raters.filter(wanted)) rows.push(...(await predict(rater, ratings, smoke)));
  for (const ranker of rankers.filter(wanted)) rows.push(...(await rank(ranker, ratings, smoke)));
  return rows;
}

async function predict(
  { name, algorithm, ...rest }: Entry,
  ratings: Rating[],
  smoke: boolean,
): Promise<BenchRow[]> {
  if (smoke && !['+ α + β', 'bayesianMf'].includes(name)) return [];
  const options = { ...algorithm.defaults, ...rest.options, ...(smoke ? { epochs: 3 } : {}) };
  const errors: { rmse: number; mae: number }[] = [];
  for (const split of folds(ratings, 5, 1).slice(0, smoke ? 1 : 5)) {
    errors.push(await predictionErrors(algorithm, options, split));
    say(`${name}: RMSE ${errors.at(-1)!.rmse.toFixed(4)}`);
  }
  const data = 'ml-100k, random 5-fold';
  const of = (metric: 'rmse' | 'mae', at: number): BenchRow =>
    summary(
      data,
      `${name}, ${metric.toUpperCase()}`,
      errors.map((error) => error[metric]),
      {
        seeds: 1,
        reference: rest.reference[at],
        source: rest.source,
      },
    );
  return [of('rmse', 0), of('mae', 1)];
}

async function predictionErrors(
  algorithm: Recommender,
  options: Options,
  { train, test }: RatingSplit,
): Promise<{ rmse: number; mae: number }> {
  const model = await algorithm.fit(ratingsDataset(train), { ...options, seed: 1 }, silent);
  const profiles = new Map([...byUser(train)].map(([user, rows]) => [user, profileOf(rows)]));
  const stranger = profileOf([]);
  const predicted = test.map(({ user, item, time }) => {
    const value = model.predictRating!(
      { profile: profiles.get(user) ?? stranger, now: time },
      model.items.row(item),
    );
    return Math.min(5, Math.max(1, value));
  });
  const actual = test.map(({ rating }) => rating);
  return { rmse: rmse(predicted, actual), mae: mae(predicted, actual) };
}

async function rank(
  { name, algorithm, ...rest }: Entry,
  ratings: Rating[],
  smoke: boolean,
): Promise<BenchRow[]> {
  if (smoke && !['popularity', 'ease'].includes(name)) return [];
  const options = { ...algorithm.defaults, ...rest.options };
  const values: number[] = [];
  for (const seed of smoke ? [1] : [1, 2, 3]) {
    values.push(await rankingQuality(algorithm, { ...options, seed }, quarterOfEachUser(ratings, seed)));
    say(`${name}: nDCG@10 ${values.at(-1)!.toFixed(4)}`);
  }
  const { source } = rest;
  const reference = rest.reference[0];
  return [
    summary('ml-100k, random 75/25 of each user', `${name} nDCG@10`, values, {
      seeds: values.length,
      ...(reference === undefined ? {} : { reference, source }),
    }),
  ];
}

async function rankingQuality(
  algorithm: Recommender,
  options: Options & { seed: number },
  { train, test }: RatingSplit,
): Promise<number> {
  const data = ratingsDataset(train);
  const model = await algorithm.fit(data, options, silent);
  const targets = byUser(test);
  const cases = [...byUser(train)].map(([user, rows]) => ({
    query: { profile: profileOf(rows), now: data.until },
    targets: new Set(targets.get(user)!.map(({ item }) => item)),
  }));
  return topN(model, cases, 10);
}

function summary(data: string, metric: string, values: readonly number[], rest: Partial<BenchRow>): BenchRow {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const square = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { data, metric, value: mean, sd: Math.sqrt(square / Math.max(1, values.length - 1)), ...rest };
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
