import { type Profile, ratingOf, Vocabulary } from '../../core/index.js';
import { solveUpper } from '../../math/index.js';
import { perProfile } from '../perProfile.js';
import { defineRecommender, type Model, type Query } from '../recommender.js';
import { historyOf, packModel, retrieveByScore, unpackModel } from '../support.js';
import { gather, type Scale, scaleOf } from './ratings.js';
import { type Draw, product, Sampler, shopperEvidence } from './sampler.js';
import { condition, effectsOf } from './side.js';

const day = 86_400_000;

export interface BayesianOptions {
  factors: number;
  /** Sweeps of the sampler; the first third only finds the way. */
  epochs: number;
  /** Samples kept, evenly spread over the rest: predictions are their mean. */
  draws: number;
}

interface Content {
  ids: string[];
  scale: Scale;
  draws: Draw[];
}

/**
 * Bayesian matrix factorisation by Gibbs sampling (Salakhutdinov & Mnih 2008) with what shoppers touched at all as
 * side information of both sides (Koren 2008; Simm et al. 2017) and an effect of each shopper's day (Koren 2009):
 * r = μ + ⟨u, v⟩ + b_i + b_j + e_{i,day} + noise. A shopper of a request is the exact posterior mean given the items
 * of each sample, so one unknown at training is served like any other. It predicts ratings; it is no ranker.
 */
export const bayesianMf = defineRecommender<BayesianOptions>({
  name: 'bayesianMf',
  source: 'Salakhutdinov & Mnih 2008, Bayesian Probabilistic Matrix Factorization using MCMC',
  defaults: { factors: 12, epochs: 300, draws: 30 },
  ratings: {},
  async fit(data, { seed, ...options }, progress) {
    const scale = scaleOf(data.rating);
    const ratings = gather(data.start, data.item, data.time, data.rating, scale);
    const sampler = new Sampler(data, ratings, options.factors, seed);
    const from = Math.floor(options.epochs / 3);
    const every = Math.max(1, Math.floor((options.epochs - from) / options.draws));
    const draws: Draw[] = [];
    for (let epoch = 0; epoch < options.epochs; epoch++) {
      sampler.sweep();
      if (epoch >= from && (options.epochs - 1 - epoch) % every === 0) draws.push(sampler.draw());
      progress({ phase: 'bayesianMf', done: epoch + 1, total: options.epochs, epochs: epoch + 1 });
    }
    return modelOf({ ids: [...data.items.ids], scale, draws });
  },
  load: async (files) => modelOf(unpackModel<Content>(files)),
});

/** The shopper of a request: for each sample the vector, and the effects of the days of the profile. */
interface Shopper {
  days: number[];
  samples: { vector: Float64Array; effects: Float64Array }[];
}

function foldIn({ draws, scale }: Content, items: Vocabulary, profile: Profile): Shopper {
  const events = profile.events.filter(
    (event) => (event.weight > 0 || !Number.isNaN(ratingOf(event))) && items.row(event.item) >= 0,
  );
  const touched = historyOf(profile, items, events.length).rows;
  const share = 1 / Math.sqrt(Math.max(1, touched.length));
  const ratings = gather(
    [0, events.length],
    events.map(({ item }) => items.row(item)),
    events.map(({ time }) => time),
    events.map(ratingOf),
    scale,
  );
  const samples = draws.map((draw) => {
    const d = draw.mean.length;
    const mean = draw.mean.slice();
    for (const row of touched) for (let f = 0; f < d; f++) mean[f]! += share * draw.touch[row * d + f]!;
    const evidence = shopperEvidence(ratings, 0, draw.items, d);
    const { factor, shift: vector } = condition({ mean, precision: draw.precision }, evidence, draw);
    solveUpper(factor, d, vector);
    return { vector, effects: effectsOf(evidence, vector, draw).mean };
  });
  return { days: ratings.days, samples };
}

function modelOf(content: Content): Model {
  const items = new Vocabulary(content.ids);
  const { draws, scale } = content;
  const shopperOf = perProfile((profile) => foldIn(content, items, profile));
  const rate = ({ profile, now }: Query, row: number): number => {
    const { days, samples } = shopperOf(profile);
    const today = days.indexOf(Math.floor(now / day));
    const at = row < 0 ? items.size : row;
    let sum = 0;
    samples.forEach(({ vector, effects }, s) => {
      sum += product(vector, 0, draws[s]!.items, at, vector.length) + (effects[today] ?? 0);
    });
    const value = scale.mean + (scale.deviation * sum) / samples.length;
    return Math.min(scale.high, Math.max(scale.low, value));
  };
  const model: Model = {
    name: 'bayesianMf',
    kind: 'factor',
    items,
    async scoreAll(queries, out) {
      queries.forEach((query, at) => {
        for (let row = 0; row < items.size; row++) out[at * items.size + row] = rate(query, row);
      });
    },
    score: async (query, rows) => Float32Array.from(rows, (row) => rate(query, row)),
    retrieve: (query, k, allowed) => retrieveByScore(model, query, k, allowed),
    predictRating: rate,
    save: () => packModel(content),
  };
  return model;
}
