import { EndcapError, type Random, Vocabulary } from '../../core/index.js';
import {
  type Batch,
  binaryCrossEntropy,
  compileInference,
  type EmbeddingTable,
  Graph,
  type Inference,
  meanPool,
  normal,
  type Tensor,
  Weights,
} from '../../nn/index.js';
import type { Dataset, Model, Recommender } from '../recommender.js';
import { historyOf, packModel, retrieveByScore, unpackModel } from '../support.js';
import { fitWeights, shuffledBatches, threads } from './fitting.js';

export interface PairOptions {
  [name: string]: number;
  width: number;
  negatives: number;
  dropout: number;
  epochs: number;
  batch: number;
  rate: number;
}

interface Content {
  options: PairOptions;
  ids: string[];
  weights: Record<string, Float32Array>;
}

/** Items of a shopper that are looked at. */
const remembered = 50;

/** A logit [n, 1] from the shopper [n, width] and the item [n, width]. */
type Head = (g: Graph, shopper: Tensor, item: Tensor, options: PairOptions) => Tensor;

/**
 * A family that scores a pair of shopper and item by a network, trained to tell items a shopper touched from random
 * ones. The shopper is the mean of the vectors of what they touched, so one unknown at training is served too; the
 * item to be told is left out of its own shopper.
 */
export function pairFamily(family: {
  name: string;
  source: string;
  head: Head;
  defaults: PairOptions;
}): Recommender<PairOptions> {
  const { name, head, ...rest } = family;
  return {
    name,
    ...rest,
    async fit(data, { seed, ...options }, progress) {
      const chosen = options as PairOptions;
      if (data.items.size < 2)
        throw new EndcapError('too_little_data', `${name} needs two items or more, not ${data.items.size}`);
      const { weights, table } = networkOf(head, chosen, data.items.size, seed);
      await fitWeights({
        name,
        weights,
        loss: (g) => binaryCrossEntropy(logit(g, table, head, chosen), g.input('label', ['n', 1])),
        options: chosen,
        stepsPerEpoch: Math.ceil(data.item.length / chosen.batch),
        batches: (rng) => examples(data, chosen, rng),
        progress,
      });
      return modelOf(name, head, weights, table, chosen, data.items);
    },
    async load(files) {
      const { options, ids, weights: values } = unpackModel<Content>(files);
      const { weights, table } = networkOf(head, options, ids.length, 0);
      weights.load(values);
      return modelOf(name, head, weights, table, options, new Vocabulary(ids));
    },
  };
}

function networkOf(
  head: Head,
  options: PairOptions,
  size: number,
  seed: number,
): { weights: Weights; table: EmbeddingTable } {
  const weights = new Weights(seed);
  const table = weights.table('items', size, options.width, normal(0.1));
  logit(new Graph(weights, false), table, head, options);
  return { weights, table };
}

function logit(g: Graph, table: EmbeddingTable, head: Head, options: PairOptions): Tensor {
  const history = g.rows(table, 'history', ['n', 'length']);
  const shopper = meanPool(history, g.input('present', ['n', 'length']));
  return head(g, shopper, g.rows(table, 'item', ['n']), options);
}

/** Each interaction with `negatives` random items beside it. */
function* examples(data: Dataset, { batch, negatives }: PairOptions, rng: Random): Generator<Batch> {
  const owner = new Uint32Array(data.item.length);
  for (let user = 0; user + 1 < data.start.length; user++)
    owner.fill(user, data.start[user], data.start[user + 1]);
  const each = 1 + negatives;
  for (const members of shuffledBatches(data.item.length, batch, rng)) {
    const n = members.length * each;
    const item = new Int32Array(n);
    const label = new Float32Array(n);
    const histories: number[][] = [];
    members.forEach((at, m) => {
      const user = owner[at]!;
      const own = data.item.subarray(data.start[user], data.start[user + 1]);
      const others = Array.from(own.subarray(-remembered)).filter((row) => row !== data.item[at]);
      for (let i = 0; i < each; i++) {
        item[m * each + i] = i === 0 ? data.item[at]! : rng.int(data.items.size);
        histories.push(others);
      }
      label[m * each] = 1;
    });
    const { feeds, sizes } = padded(histories);
    yield { feeds: { ...feeds, item, label }, sizes };
  }
}

function padded(histories: readonly number[][]): {
  feeds: { history: Int32Array; present: Float32Array };
  sizes: { n: number; length: number };
} {
  const length = Math.max(1, ...histories.map((rows) => rows.length));
  const history = new Int32Array(histories.length * length).fill(-1);
  const present = new Float32Array(history.length);
  histories.forEach((rows, at) => {
    history.set(rows, at * length);
    present.fill(1, at * length, at * length + rows.length);
  });
  return { feeds: { history, present }, sizes: { n: histories.length, length } };
}

async function modelOf(
  name: string,
  head: Head,
  weights: Weights,
  table: EmbeddingTable,
  options: PairOptions,
  items: Vocabulary,
): Promise<Model> {
  const { width } = options;
  const shoppers: Inference = await compileInference(weights, (g) => ({
    shopper: meanPool(g.rows(table, 'history', ['n', 'length']), g.input('present', ['n', 'length'])),
  }));
  const scorer: Inference = await compileInference(
    weights,
    (g) => ({ scores: head(g, g.input('shoppers', ['n', width]), g.rows(table, 'item', ['n']), options) }),
    { threads },
  );
  const all = Int32Array.from({ length: items.size }, (_, row) => row);
  const model: Model = {
    name,
    family: 'scorer',
    items,
    async scoreAll(queries, out) {
      for (const [at, { profile }] of queries.entries()) {
        const { feeds, sizes } = padded([historyOf(profile, items, remembered).rows]);
        const { shopper } = await shoppers.run(feeds, sizes);
        const wide = new Float32Array(items.size * width);
        for (let row = 0; row < items.size; row++) wide.set(shopper!, row * width);
        const { scores } = await scorer.run({ shoppers: wide, item: all }, { n: items.size });
        out.set(scores!, at * items.size);
      }
    },
    retrieve: (query, k, allowed) => retrieveByScore(model, query, k, allowed),
    save: () => packModel({ options, ids: [...items.ids], weights: weights.copy() } satisfies Content),
  };
  return model;
}
