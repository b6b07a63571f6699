import { EndcapError, type Profile, Vocabulary } from '../../core/index.js';
import type { Inference } from '../../nn/index.js';
import { factorModel } from '../factorModel.js';
import { LeastRecent } from '../leastRecent.js';
import { factorStream } from '../online/factorStream.js';
import {
  defineRecommender,
  type Factors,
  type Model,
  type ModelFiles,
  type Query,
  type Recommender,
} from '../recommender.js';
import { packModel, unpackModel } from '../support.js';
import { threads } from '../threads.js';
import { fitWeights } from './fitting.js';
import { epochsOnwards, takeOver } from './goOn.js';
import { type Encoder, feedsOf, Network, type SequenceOptions } from './network.js';
import { batches, holdOut, mixedNegatives, type Sequences, stepsOf } from './sequences.js';

interface Content {
  options: SequenceOptions;
  ids: string[];
  weights: Record<string, Float32Array>;
}

const evaluated = 4000;
/** Histories whose vectors are remembered: 64 floats and a key of some hundred bytes each. */
const vectorsKept = 2_000;

/** What serving needs of a network: an encoder of histories and the vectors of the items. */
export type Servable = Pick<Network, 'options' | 'size' | 'compile' | 'vectors'>;

/**
 * An algorithm that reads the shopper's events in order: the encoder's last state against the item vectors. The table of
 * items is shared by input and output. Trained to predict the next item at every position by softmax; stopped early
 * by NDCG@10 on held-out last items.
 */
export function sequenceAlgorithm(algorithm: {
  name: string;
  source: string;
  encoder: Encoder;
  defaults: SequenceOptions;
  grid?: Recommender<SequenceOptions>['grid'];
}): Recommender {
  const { name, encoder, ...rest } = algorithm;
  return defineRecommender<SequenceOptions>({
    name,
    ...rest,
    goesOn: true,
    async fit(data, { seed, ...options }, progress, former) {
      if (data.items.size < 2)
        throw new EndcapError('too_little_data', `${name} needs two items or more, not ${data.items.size}`);
      const chosen = options as SequenceOptions;
      const network = new Network(encoder, chosen, data.items.size, seed);
      if (former) takeOver(network.weights, unpackModel<Content>(former.files), data.items);
      // What a former fit learned cannot be held out any more.
      const sequences = holdOut(data, chosen.heldOut, seed, former?.until);
      const stops = sequences.heldOut.length > 0;
      const steps = stepsOf(sequences, chosen.batch, chosen.length);
      if (steps === 0)
        throw new EndcapError('too_little_data', `${name} needs shoppers with two events or more`);
      const negatives = mixedNegatives(data, chosen.negatives);
      await fitWeights({
        name,
        weights: network.weights,
        loss: network.loss,
        options: former ? { ...chosen, epochs: epochsOnwards(chosen.epochs, stops) } : chosen,
        stepsPerEpoch: steps,
        batches: (rng) => batches(sequences, { ...chosen, negatives }, rng),
        ...(stops ? { evaluate: () => heldOutNdcg(network, sequences) } : {}),
        progress,
      });
      return sequenceModel(name, network, data.items);
    },
    async load(files) {
      const { options, ids, weights } = unpackModel<Content>(files);
      const network = new Network(encoder, options, ids.length, 0);
      network.weights.load(weights);
      return sequenceModel(name, network, new Vocabulary(ids));
    },
  });
}

/** Mean NDCG@10 of the held-out last items among all items not in the history. */
export async function heldOutNdcg(network: Servable, { data, end, heldOut }: Sequences): Promise<number> {
  const users = heldOut.subarray(0, evaluated);
  const scorer = await network.compile(true, threads);
  const vectors = network.vectors();
  let total = 0;
  const chunk = 256;
  for (let from = 0; from < users.length; from += chunk) {
    const part = users.subarray(from, from + chunk);
    const histories = Array.from(part, (user) => data.item.subarray(data.start[user], end[user]));
    const { feeds, sizes } = feedsOf(histories, network.options.length);
    const { scores } = await scorer.run({ ...feeds, vectors }, sizes);
    part.forEach((user, at) => {
      const line = scores!.subarray(at * network.size, (at + 1) * network.size);
      const target = data.item[end[user]!]!;
      const rank = rankOf(line, target, histories[at]!);
      if (rank < 10) total += 1 / Math.log2(rank + 2);
    });
  }
  await scorer.release();
  return total / users.length;
}

/** How many other items score as much as the target or more, the history left out; 0 is best. */
export function rankOf(scores: Float32Array, target: number, history: Iterable<number>): number {
  const score = scores[target]!;
  for (const row of history) if (row !== target) scores[row] = Number.NEGATIVE_INFINITY;
  let rank = -1;
  for (let row = 0; row < scores.length; row++) if (scores[row]! >= score) rank++;
  return rank;
}

/** Rows of the profile's positive events, oldest first. */
export function rowsOf(profile: Profile, items: Vocabulary): number[] {
  const rows: number[] = [];
  for (const { item, weight } of profile.events) {
    const row = items.row(item);
    if (row >= 0 && weight > 0) rows.push(row);
  }
  return rows;
}

function sequenceModel(name: string, network: Network, items: Vocabulary): Promise<Model> {
  const save = (): ModelFiles => {
    const { options, weights } = network;
    return packModel({ options, ids: [...items.ids], weights: weights.copy() } satisfies Content);
  };
  return modelOf({ name, network, items, save });
}

/** A network that encodes histories, as a model. */
export async function modelOf(content: {
  name: string;
  network: Servable;
  items: Vocabulary;
  embedNewItems?: Factors['embedNewItems'];
  save: Model['save'];
}): Promise<Model> {
  const { name, network, items, embedNewItems, save } = content;
  const { width, length } = network.options;
  const vectors = network.vectors();
  const encoder = await network.compile(false, 1);
  let scorer: Promise<Inference> | undefined;
  const encoded = new LeastRecent<Float32Array>(vectorsKept);
  const shopper = async ({ profile }: Query): Promise<Float32Array> => {
    const rows = rowsOf(profile, items).slice(-length);
    // Who did nothing since the last request is the same shopper: the network is asked when something happened.
    const key = rows.join();
    const known = encoded.get(key);
    if (known) return known;
    const { feeds, sizes } = feedsOf([rows], length);
    const vector = (await encoder.run(feeds, sizes)).shoppers!.slice();
    encoded.set(key, vector);
    return vector;
  };
  return factorModel({
    name,
    items,
    // The network stays as it was trained; the item vectors learn.
    stream: () => factorStream(items, vectors, width, shopper),
    factors: { vectors, dimension: width, shopper, ...(embedNewItems ? { embedNewItems } : {}) },
    async scoreAll(queries, out) {
      scorer ??= network.compile(true, threads);
      const { feeds, sizes } = feedsOf(
        queries.map(({ profile }) => rowsOf(profile, items)),
        length,
      );
      const { scores } = await (await scorer).run({ ...feeds, vectors }, sizes);
      out.set(scores!);
    },
    save,
  });
}
