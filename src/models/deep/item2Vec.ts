import { EndcapError, type Profile, Vocabulary } from '../../core/index.js';
import { dot } from '../../math/index.js';
import { skipGram } from '../../text/index.js';
import { factorModel } from '../factorModel.js';
import { defineRecommender, type Model, type Query } from '../recommender.js';
import { type History, historyOf, packModel, recency, unpackModel } from '../support.js';

interface Item2VecOptions {
  dimension: number;
  /** Events on either side that count as together. */
  window: number;
  negatives: number;
  /** Items that make up a larger share of the events are left out at random. */
  subsample: number;
  epochs: number;
  learningRate: number;
  /** CheckpointStore after which an event counts half at request time. */
  recencyHalfLife: number;
}

interface Content {
  ids: string[];
  dimension: number;
  recencyHalfLife: number;
  inputs: Float32Array;
  contexts: Float32Array;
}

/**
 * Word embedding of items (Barkan & Koenigstein 2016): a shopper's events are a sentence, and an item learns to predict
 * what stands near it. A shopper is the mean of the input vectors of their events, newest first; what they want next is
 * what those predict: items are scored by their context vectors.
 */
export const item2Vec = defineRecommender<Item2VecOptions>({
  name: 'item2Vec',
  source: 'Barkan & Koenigstein 2016, Item2Vec (arXiv 1603.04259)',
  defaults: {
    dimension: 64,
    window: 5,
    negatives: 10,
    subsample: 1e-3,
    epochs: 20,
    learningRate: 0.05,
    recencyHalfLife: 3,
  },
  grid: { window: [3, 10], recencyHalfLife: [1, 3, 10] },
  async fit({ items, start, item }, { recencyHalfLife, seed, ...options }, progress) {
    const lines = Array.from({ length: start.length - 1 }, (_, user) =>
      item.subarray(start[user], start[user + 1]),
    ).filter((line) => new Set(line).size > 1);
    if (lines.length === 0)
      throw new EndcapError('too_little_data', 'item2Vec needs a shopper who touched two items or more', {
        remedy: 'Import more events, or leave this algorithm out',
      });
    const own = Array.from({ length: items.size }, (_, row) => Uint32Array.of(row));
    const trained = skipGram(lines, own, items.size, {
      ...options,
      seed,
      onEpoch: (done) => progress({ phase: 'item2Vec', done, total: options.epochs, epochs: done }),
    });
    return modelOf({ ids: [...items.ids], dimension: options.dimension, recencyHalfLife, ...trained });
  },
  load: async (files) => modelOf(unpackModel<Content>(files)),
});

function modelOf(content: Content): Model {
  const { dimension, recencyHalfLife, inputs, contexts } = content;
  const items = new Vocabulary(content.ids);
  const shares = ({ weights }: History): number[] => {
    const raw = weights.map((weight, place) => weight * recency(place, recencyHalfLife));
    const total = raw.reduce((sum, share) => sum + share, 0);
    return raw.map((share) => share / total);
  };
  return factorModel({
    name: 'item2Vec',
    items,
    factors: {
      vectors: contexts,
      dimension,
      shopper({ profile }: Query) {
        const history = historyOf(profile, items);
        const mean = new Float32Array(dimension);
        shares(history).forEach((share, at) => {
          const from = history.rows[at]! * dimension;
          for (let k = 0; k < dimension; k++) mean[k]! += share * inputs[from + k]!;
        });
        return mean;
      },
    },
    attribute({ profile }, rows) {
      const history = historyOf(profile, items);
      return Array.from(rows, (row) => attributed(profile, history, row));
    },
    save: () => packModel(content),
  });

  function attributed(profile: Profile, history: History, row: number): Float32Array {
    const found = new Float32Array(profile.events.length);
    shares(history).forEach((share, at) => {
      const product = dot(inputs, history.rows[at]! * dimension, contexts, row * dimension, dimension);
      found[history.events[at]!] = share * Math.max(0, product);
    });
    return found;
  }
}
