import { type Profile, type Random, random, ratingOf, Vocabulary } from '../core/index.js';
import { dot } from '../math/index.js';
import { type Events, type Examples, examplesOf } from './mfExamples.js';
import { perProfile } from './perProfile.js';
import { type Dataset, defineRecommender, type Model } from './recommender.js';
import { type History, historyOf, packModel, retrieveByScore, unpackModel } from './support.js';

const day = 86_400_000;

export interface MfOptions {
  factors: number;
  epochs: number;
  learningRate: number;
  decay: number;
  /** 'mse' on ratings, or 'cross-entropy' on seen (1) against `negatives` sampled unseen items (0). */
  loss: string;
  negatives: number;
  /** α: the shopper's drift in time. β: the item's answer to what the shopper touched at all. */
  drift: boolean;
  implicit: boolean;
}

interface Content {
  options: MfOptions;
  ids: string[];
  mean: number;
  itemBias: Float32Array;
  vectors: Float32Array;
  touched: Float32Array;
  seed: number;
}

/** The part of the model that belongs to one shopper; learned at training and again at every request. */
interface Shopper {
  bias: number;
  slope: number;
  meanTime: number;
  vector: Float32Array;
  /** |N|^-½ · Σ y_k over the items N touched. */
  implicit: Float32Array;
}

/**
 * Biased matrix factorisation, r̂ = ⟨u, v⟩ + b_i + b_j + α_i + β_j for shopper i and item j, by SGD.
 *
 * b_i and b_j are the biases (the global mean lives in b_j). α_i adjusts for time: a_i · dev_i(t) with
 * dev(t) = sign(t − t̄_i)·|days|^0.4, the drift of the shopper's scale (Koren 2009, timeSVD eq. 8). β_j adjusts for
 * implicit feedback: ⟨|N|^-½ Σ_{k∈N} y_k, v_j⟩, what having touched the items N at all says about item j (Koren 2008,
 * SVD++ eq. 15). The shopper's part (u, b_i, a_i) is learned again from the profile at every request, so a shopper
 * unknown at training is served like any other.
 */
export const biasedMf = defineRecommender<MfOptions>({
  name: 'biasedMf',
  source: 'Koren 2008 (SVD++) and 2009 (timeSVD)',
  defaults: {
    factors: 32,
    epochs: 20,
    learningRate: 0.01,
    decay: 0.02,
    loss: 'cross-entropy',
    negatives: 4,
    drift: false,
    implicit: true,
  },
  grid: { factors: [16, 32], decay: [0.02, 0.05] },
  ratings: { loss: 'mse', factors: 40, epochs: 40, decay: 0.08, drift: true },
  async fit(data, options, progress) {
    const content = start(data, options);
    const next = random(options.seed);
    const users = Uint32Array.from({ length: data.users.size }, (_, user) => user);
    const events = Array.from(users, (user) => eventsOf(data, user));
    const shoppers = events.map(({ time }) => newShopper(content, time, next));
    for (let epoch = 0; epoch < options.epochs; epoch++) {
      const learningRate = options.learningRate * 0.95 ** epoch;
      next.shuffle(users);
      for (const user of users) {
        const examples = examplesOf(events[user]!, options, data.items.size, next);
        learnUser(content, shoppers[user]!, examples, learningRate, true);
      }
      progress({ phase: 'biasedMf', done: epoch + 1, total: options.epochs, epochs: epoch + 1 });
      if (progress.enough?.()) break;
    }
    return modelOf(content);
  },
  load: async (files) => modelOf(unpackModel<Content>(files)),
});

function start(data: Dataset, options: MfOptions & { seed: number }): Content {
  const { mean, itemBias } = startBiases(data, options);
  const { seed, ...kept } = options;
  return {
    options: kept,
    ids: [...data.items.ids],
    mean,
    itemBias,
    vectors: smallVectors(data.items.size, options.factors, random(options.seed ^ 0x5bd1e995)),
    touched: new Float32Array(data.items.size * options.factors),
    seed,
  };
}

function startBiases(data: Dataset, options: MfOptions): { mean: number; itemBias: Float32Array } {
  const itemBias = new Float32Array(data.items.size);
  if (options.loss !== 'mse') return { mean: 0, itemBias: itemBias.fill(-1) };
  let sum = 0;
  let count = 0;
  for (const rating of data.rating) {
    if (Number.isNaN(rating)) continue;
    sum += rating;
    count++;
  }
  const mean = count > 0 ? sum / count : 0;
  return { mean, itemBias: itemBias.fill(mean) };
}

function eventsOf({ start, item, time, rating }: Dataset, user: number): Events {
  const [from, to] = [start[user]!, start[user + 1]!];
  return { item: item.subarray(from, to), time: time.subarray(from, to), rating: rating.subarray(from, to) };
}

function smallVectors(count: number, factors: number, next: Random): Float32Array {
  return Float32Array.from(
    { length: count * factors },
    () => (0.1 * next.normal()) / Math.sqrt(factors / 10),
  );
}

function newShopper(content: Content, times: ArrayLike<number>, next: Random): Shopper {
  const { factors } = content.options;
  let sum = 0;
  for (let at = 0; at < times.length; at++) sum += times[at]!;
  return {
    bias: 0,
    slope: 0,
    meanTime: times.length > 0 ? sum / times.length : 0,
    vector: smallVectors(1, factors, next),
    implicit: new Float32Array(factors),
  };
}

/**
 * One pass over a shopper's examples. The step on the implicit sum is gathered and given back to the y_k once,
 * which makes a pass cost O(examples · factors) instead of O(examples · touched · factors).
 */
function learnUser(
  content: Content,
  shopper: Shopper,
  examples: Examples,
  learningRate: number,
  items: boolean,
): void {
  const { factors, decay, drift } = content.options;
  sumTouched(content, shopper, examples.touched);
  const before = shopper.implicit.slice();
  for (let at = 0; at < examples.rows.length; at++) {
    const row = examples.rows[at]!;
    const offset = row * factors;
    const deviation = drift ? deviationOf(examples.times[at]!, shopper.meanTime) : 0;
    const error = examples.targets[at]! - activate(content, raw(content, shopper, row, deviation));
    shopper.bias += learningRate * (error - decay * shopper.bias);
    if (drift) shopper.slope += 0.01 * learningRate * (error * deviation - decay * shopper.slope);
    if (items)
      content.itemBias[row]! += learningRate * (error - decay * (content.itemBias[row]! - content.mean));
    for (let f = 0; f < factors; f++) {
      const u = shopper.vector[f]!;
      const v = content.vectors[offset + f]!;
      shopper.vector[f] = u + learningRate * (error * v - decay * u);
      if (!items) continue;
      content.vectors[offset + f] = v + learningRate * (error * (u + shopper.implicit[f]!) - decay * v);
      if (content.options.implicit)
        shopper.implicit[f]! += learningRate * (error * v - decay * shopper.implicit[f]!);
    }
  }
  if (items && content.options.implicit) giveBack(content, shopper.implicit, before, examples.touched);
}

function sumTouched(content: Content, shopper: Shopper, touched: readonly number[]): void {
  shopper.implicit.fill(0);
  if (!content.options.implicit || touched.length === 0) return;
  const { factors } = content.options;
  for (const row of touched)
    for (let f = 0; f < factors; f++) shopper.implicit[f]! += content.touched[row * factors + f]!;
  const scale = 1 / Math.sqrt(touched.length);
  for (let f = 0; f < factors; f++) shopper.implicit[f]! *= scale;
}

function giveBack(
  content: Content,
  after: Float32Array,
  before: Float32Array,
  touched: readonly number[],
): void {
  const { factors } = content.options;
  const scale = 1 / Math.sqrt(Math.max(1, touched.length));
  for (const row of touched) {
    for (let f = 0; f < factors; f++) content.touched[row * factors + f]! += scale * (after[f]! - before[f]!);
  }
}

/** dev(t) of timeSVD: days from the shopper's mean time, damped. */
function deviationOf(time: number, mean: number): number {
  const days = (time - mean) / day;
  return Math.sign(days) * Math.abs(days) ** 0.4;
}

/** r̂ before the link: ⟨u, v⟩ + b_i + b_j + α_i + β_j. */
function raw(content: Content, shopper: Shopper, row: number, deviation: number): number {
  const { factors } = content.options;
  const at = row * factors;
  const alpha = shopper.slope * deviation;
  const beta = dot(shopper.implicit, 0, content.vectors, at, factors);
  return (
    dot(shopper.vector, 0, content.vectors, at, factors) +
    shopper.bias +
    content.itemBias[row]! +
    alpha +
    beta
  );
}

function activate(content: Content, value: number): number {
  return content.options.loss === 'mse' ? value : 1 / (1 + Math.exp(-value));
}

/** The shopper of a request, learned from the profile with the items fixed. */
function foldIn(content: Content, items: Vocabulary, profile: Profile): Shopper {
  const known = profile.events.filter(
    (event) => (event.weight > 0 || !Number.isNaN(ratingOf(event))) && items.row(event.item) >= 0,
  );
  const events: Events = {
    item: known.map(({ item }) => items.row(item)),
    time: known.map(({ time }) => time),
    rating: known.map(ratingOf),
  };
  const next = random(content.seed);
  const shopper = newShopper(content, events.time, next);
  const examples = examplesOf(events, content.options, items.size, next);
  for (let pass = 0; pass < content.options.epochs; pass++) {
    learnUser(content, shopper, examples, content.options.learningRate * 0.95 ** pass, false);
  }
  sumTouched(content, shopper, examples.touched);
  return shopper;
}

function modelOf(content: Content): Model {
  const items = new Vocabulary(content.ids);
  const shopperOf = perProfile((profile) => foldIn(content, items, profile));
  const model: Model = {
    name: 'biasedMf',
    kind: 'factor',
    items,
    async scoreAll(queries, out) {
      queries.forEach((query, at) => {
        const shopper = shopperOf(query.profile);
        for (let row = 0; row < items.size; row++) out[at * items.size + row] = raw(content, shopper, row, 0);
      });
    },
    async score({ profile }, rows) {
      const shopper = shopperOf(profile);
      return Float32Array.from(rows, (row) => raw(content, shopper, row, 0));
    },
    retrieve: (query, k, allowed) => retrieveByScore(model, query, k, allowed),
    attribute({ profile }, rows) {
      const history = historyOf(profile, items);
      return Array.from(rows, (row) => attributed(content, profile, history, row));
    },
    predictRating(query, row) {
      const shopper = shopperOf(query.profile);
      if (row < 0) return content.mean + shopper.bias;
      const deviation = content.options.drift ? deviationOf(query.now, shopper.meanTime) : 0;
      return raw(content, shopper, row, deviation);
    },
    save: () => packModel(content),
  };
  return model;
}

/** What each event's item, by itself and as one that was touched at all, has in common with `row`. */
function attributed(
  { options, vectors, touched }: Content,
  profile: Profile,
  history: History,
  row: number,
): Float32Array {
  const { factors } = options;
  const shares = new Float32Array(profile.events.length);
  history.rows.forEach((item, at) => {
    const alike = dot(vectors, item * factors, vectors, row * factors, factors);
    const beta = dot(touched, item * factors, vectors, row * factors, factors);
    shares[history.events[at]!] = Math.max(0, alike + beta);
  });
  return shares;
}
