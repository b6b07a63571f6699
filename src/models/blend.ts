import { EndcapError, Vocabulary } from '../core/index.js';
import { rankingMetrics, topK } from '../math/index.js';
import { sasrec } from './deep/index.js';
import { ease } from './ease.js';
import { itemKnn } from './itemKnn.js';
import { popularity } from './popularity.js';
import type { Dataset, Model, ModelFiles, Query, Recommender } from './recommender.js';
import { packModel, retrieveByScore, unpackModel } from './support.js';

const day = 86_400_000;
/** Cases on which the weights are learned. */
const maxCases = 1000;
/** Negative ones too: what was liked long ago, less what is liked now, says what is over. */
const steps = [-0.5, -0.3, -0.1, 0, 0.1, 0.3, 0.5, 1, 2, 4];
const rounds = 3;
/** Queries scored at once. */
const chunk = 64;

interface Content {
  members: string[];
  weights: number[];
  ids: string[];
}

interface HeldOut {
  query: Query;
  targets: Set<number>;
  seen: Set<number>;
}

interface Member {
  name: string;
  recommender: Recommender;
  options: Record<string, number>;
}

/** What a blend is made of, the anchor (weight 1) first: it learns how much the others add. */
const members: readonly Member[] = [
  { name: 'ease', recommender: ease as unknown as Recommender, options: { halfLifeDays: 30 } },
  {
    name: 'sasrec',
    recommender: sasrec as unknown as Recommender,
    options: { epochs: 25, patience: 4, heldOut: 1000 },
  },
  { name: 'itemKnn', recommender: itemKnn as unknown as Recommender, options: {} },
  { name: 'recent', recommender: popularity as unknown as Recommender, options: { halfLifeDays: 7 } },
];

/**
 * A weighted sum of several families' scores, each standardised over the catalogue. The weights are learned by
 * coordinate ascent of NDCG@10 on the last `days` of the training data, which the members have not seen; then the
 * members are fitted again on everything.
 */
export const blend: Recommender<{ days: number }> = {
  name: 'blend',
  source: 'linear fusion of standardised scores, learned on held-out time',
  defaults: { days: 28 },
  async fit(data, { days, seed }, progress) {
    const span = data.until - data.time.reduce((first, time) => Math.min(first, time), data.until);
    const { past, cases } = holdOutTime(data, data.until - Math.min(days * day, span / 4));
    if (cases.length === 0) {
      throw new EndcapError('too_little_data', `No shopper of the last ${days} days was there before`, {
        remedy: 'Give more history, or a shorter option "days"',
      });
    }
    const early = await fitAll(past, seed, progress);
    const weights = await learnWeights(early, cases);
    return modelOf(await fitAll(data, seed, progress), weights);
  },
  async load(files) {
    const content = unpackModel<Content>(files);
    const loaded = content.members.map(async (name) => {
      const { recommender } = members.find((member) => member.name === name)!;
      const own = Object.entries(files).filter(([file]) => file.startsWith(`${name}.`));
      return recommender.load(
        Object.fromEntries(own.map(([file, bytes]) => [file.slice(name.length + 1), bytes])),
      );
    });
    return modelOf(await Promise.all(loaded), content.weights);
  },
};

async function fitAll(
  data: Dataset,
  seed: number,
  progress: Parameters<Recommender['fit']>[2],
): Promise<Model[]> {
  const models: Model[] = [];
  for (const { recommender, options } of members)
    models.push(await recommender.fit(data, { ...recommender.defaults, ...options, seed }, progress));
  return models;
}

/** The interactions before `cut`, and for each shopper with a past what was new to them after it. */
function holdOutTime(data: Dataset, cut: number): { past: Dataset; cases: HeldOut[] } {
  const kept: number[] = [];
  const start = [0];
  const cases: HeldOut[] = [];
  for (let user = 0; user + 1 < data.start.length; user++) {
    const rows = Array.from(
      { length: data.start[user + 1]! - data.start[user]! },
      (_, i) => data.start[user]! + i,
    );
    const before = rows.filter((at) => data.time[at]! < cut);
    const seen = new Set(before.map((at) => data.item[at]!));
    const fresh = rows.filter((at) => data.time[at]! >= cut && !seen.has(data.item[at]!));
    if (before.length > 0 && fresh.length > 0) {
      const events = before.slice(-200).map((at) => ({
        item: data.items.ids[data.item[at]!]!,
        type: 'purchase',
        time: data.time[at]!,
        weight: data.weight[at]!,
      }));
      const profile = { user: String(user), events, total: before.length, counters: {} };
      cases.push({ query: { profile, now: cut }, targets: new Set(fresh.map((at) => data.item[at]!)), seen });
    }
    if (before.length === 0) continue;
    kept.push(...before);
    start.push(kept.length);
  }
  const pick = <A extends Uint32Array | Float64Array | Float32Array>(column: A): A =>
    column.filter((_, at) => data.time[at]! < cut) as A;
  const past: Dataset = {
    ...data,
    users: new Vocabulary(start.slice(1).map((_, user) => `u${user}`)),
    start: Uint32Array.from(start),
    item: pick(data.item),
    time: pick(data.time),
    weight: pick(data.weight),
    rating: pick(data.rating),
    until: cut,
  };
  return { past, cases: cases.slice(0, maxCases) };
}

async function learnWeights(models: readonly Model[], cases: readonly HeldOut[]): Promise<number[]> {
  const size = models[0]!.items.size;
  const queries = cases.map(({ query }) => query);
  const scores: Float32Array[] = [];
  for (const model of models) scores.push(await standardised(model, queries));
  const weights: number[] = models.map((_, at) => (at === 0 ? 1 : 0));
  const sum = new Float32Array(size);
  const quality = (): number => {
    let total = 0;
    cases.forEach(({ targets, seen }, at) => {
      sum.fill(0);
      for (const [member, line] of scores.entries())
        addScaled(sum, line.subarray(at * size, (at + 1) * size), weights[member]!);
      total += rankingMetrics(topK(sum, 10, (row) => !seen.has(row)).rows, targets, 10).ndcg;
    });
    return total / cases.length;
  };
  let best = quality();
  for (let round = 0; round < rounds; round++) {
    for (let at = 1; at < weights.length; at++) {
      let kept = weights[at]!;
      for (const step of steps) {
        weights[at] = step;
        const found = quality();
        if (found > best) [best, kept] = [found, step];
      }
      weights[at] = kept;
    }
  }
  return weights;
}

/** Scores of a member, each query's with mean 0 and deviation 1 over the catalogue, [queries × items]. */
async function standardised(model: Model, queries: readonly Query[]): Promise<Float32Array> {
  const { size } = model.items;
  const scores = new Float32Array(queries.length * size);
  for (let from = 0; from < queries.length; from += chunk) {
    const part = queries.slice(from, from + chunk);
    await model.scoreAll(part, scores.subarray(from * size, (from + part.length) * size));
  }
  for (let from = 0; from < scores.length; from += size) standardise(scores.subarray(from, from + size));
  return scores;
}

/** Mean 0, deviation 1 over the catalogue. */
function standardise(line: Float32Array): void {
  let mean = 0;
  for (const score of line) mean += score / line.length;
  let square = 0;
  for (const score of line) square += (score - mean) ** 2 / line.length;
  const scale = square > 0 ? 1 / Math.sqrt(square) : 0;
  for (let row = 0; row < line.length; row++) line[row] = (line[row]! - mean) * scale;
}

function addScaled(sum: Float32Array, line: Float32Array, weight: number): void {
  if (weight !== 0) for (let at = 0; at < sum.length; at++) sum[at]! += weight * line[at]!;
}

function modelOf(models: readonly Model[], weights: number[]): Model {
  const { items } = models[0]!;
  const used = models.map((_, at) => at).filter((at) => weights[at] !== 0);
  const model: Model = {
    name: 'blend',
    family: 'scorer',
    items,
    async scoreAll(queries, out) {
      out.fill(0);
      for (const member of used)
        addScaled(out, await standardised(models[member]!, queries), weights[member]!);
    },
    retrieve: (query, k, allowed) => retrieveByScore(model, query, k, allowed),
    attribute: (query, row) => models[0]!.attribute!(query, row),
    neighbours: (row, k) => models[0]!.neighbours!(row, k),
    save(): ModelFiles {
      const content: Content = { members: members.map(({ name }) => name), weights, ids: [...items.ids] };
      const files = packModel(content);
      for (const [at, { name }] of members.entries())
        for (const [file, bytes] of Object.entries(models[at]!.save())) files[`${name}.${file}`] = bytes;
      return files;
    },
  };
  return model;
}
