import { EndcapError, type Random, Vocabulary } from '../../core/index.js';
import {
  type Batch,
  binaryCrossEntropy,
  compileInference,
  type EmbeddingTable,
  Graph,
  gather,
  type Inference,
  mul,
  normal,
  reshape,
  sub,
  sum,
  type Tensor,
  Weights,
} from '../../nn/index.js';
import { type Dataset, defineRecommender, type Model, type Recommender } from '../recommender.js';
import { historyOf, packModel, retrieveByScore, scoreByAll, unpackModel } from '../support.js';
import { threads } from '../threads.js';
import { fitWeights, shuffledBatches } from './fitting.js';
import { type ItemNumbers, itemNumbers, numbersPerItem } from './itemNumbers.js';

export interface PairOptions {
  [name: string]: number;
  width: number;
  negatives: number;
  dropout: number;
  epochs: number;
  batch: number;
  learningRate: number;
}

interface Content {
  options: PairOptions;
  ids: string[];
  weights: Record<string, Float32Array>;
  numbers?: ItemNumbers;
}

/** Items of a shopper that are looked at. */
const remembered = 200;

/** A logit [n, 1] from the shopper [n, width], the item [n, width] and, where asked for, its numbers. */
type Head = (g: Graph, shopper: Tensor, item: Tensor, options: PairOptions, numbers?: Tensor) => Tensor;

interface Algorithm {
  name: string;
  source: string;
  head: Head;
  /** Whether the head looks at the numbers of the item, [n, numbersPerItem]. */
  numbers?: true;
  defaults: PairOptions;
}

/**
 * An algorithm that scores a pair of shopper and item by a network, trained to tell items a shopper touched from random
 * ones. The shopper is |N|^-½ · Σ of the vectors of the items N they touched (as in FISM and SVD++), so one unknown at
 * training is served too; the item to be told is left out of its own shopper.
 */
export function pairAlgorithm(algorithm: Algorithm): Recommender {
  const { name, source, defaults } = algorithm;
  return defineRecommender<PairOptions>({
    name,
    source,
    defaults,
    async fit(data, { seed, ...options }, progress) {
      const chosen = options as PairOptions;
      if (data.items.size < 2)
        throw new EndcapError('too_little_data', `${name} needs two items or more, not ${data.items.size}`);
      const { weights, table } = networkOf(algorithm, chosen, data.items.size, seed);
      const numbers = algorithm.numbers && itemNumbers(data);
      await fitWeights({
        name,
        weights,
        loss: (g) => binaryCrossEntropy(logit(g, table, algorithm, chosen), g.input('label', ['n', 1])),
        options: chosen,
        stepsPerEpoch: Math.ceil(data.item.length / chosen.batch),
        batches: (rng) => examples(data, chosen, numbers, rng),
        progress,
      });
      return modelOf(algorithm, { weights, table }, chosen, data.items, numbers);
    },
    async load(files) {
      const { options, ids, weights: values, numbers } = unpackModel<Content>(files);
      const network = networkOf(algorithm, options, ids.length, 0);
      network.weights.load(values);
      return modelOf(algorithm, network, options, new Vocabulary(ids), numbers);
    },
  });
}

interface Network {
  weights: Weights;
  table: EmbeddingTable;
}

function networkOf(algorithm: Algorithm, options: PairOptions, size: number, seed: number): Network {
  const weights = new Weights(seed);
  const table = weights.table('items', size, options.width, normal(0.1));
  logit(new Graph(weights, false), table, algorithm, options);
  return { weights, table };
}

function logit(g: Graph, table: EmbeddingTable, algorithm: Algorithm, options: PairOptions): Tensor {
  const item = g.rows(table, 'item', ['n']);
  const all = gather(touched(g, table, options), g.input('owner', ['n'], 'int32'));
  const others = sub(all, mul(item, g.input('label', ['n', 1])));
  return algorithm.head(g, mul(others, g.input('scale', ['n', 1])), item, options, numbersOf(g, algorithm));
}

function numbersOf(g: Graph, { numbers }: Algorithm): Tensor | undefined {
  return numbers && g.input('numbers', ['n', numbersPerItem]);
}

/** Sum of the vectors of what each shopper touched, [shoppers, width]. */
function touched(g: Graph, table: EmbeddingTable, { width }: PairOptions): Tensor {
  return reshape(sum(g.rows(table, 'history', ['shoppers', 'length']), [1]), ['shoppers', width]);
}

/** All interactions of some shoppers at a time, each with `negatives` random items beside it. */
function* examples(
  data: Dataset,
  { batch, negatives }: PairOptions,
  numbers: ItemNumbers | undefined,
  rng: Random,
): Generator<Batch> {
  const histories: Uint32Array[] = [];
  let count = 0;
  for (const [user] of shuffledBatches(data.users.size, 1, rng)) {
    const own = data.item.subarray(data.start[user!], data.start[user! + 1]);
    histories.push(Uint32Array.from(new Set(own.subarray(-remembered))));
    count += histories.at(-1)!.length;
    if (count < batch) continue;
    yield exampleBatch(histories.splice(0), negatives, data.items.size, numbers, rng);
    count = 0;
  }
  if (count > 0) yield exampleBatch(histories, negatives, data.items.size, numbers, rng);
}

function exampleBatch(
  histories: readonly Uint32Array[],
  negatives: number,
  items: number,
  numbers: ItemNumbers | undefined,
  rng: Random,
): Batch {
  const each = 1 + negatives;
  const n = each * histories.reduce((sum, { length }) => sum + length, 0);
  const columns = {
    item: new Int32Array(n),
    owner: new Int32Array(n),
    label: new Float32Array(n),
    scale: new Float32Array(n),
  };
  let at = 0;
  histories.forEach((rows, owner) => {
    for (const row of rows) {
      for (let i = 0; i < each; i++, at++) {
        columns.item[at] = i === 0 ? row : rng.int(items);
        columns.owner[at] = owner;
        columns.label[at] = i === 0 ? 1 : 0;
        columns.scale[at] = 1 / Math.sqrt(Math.max(1, rows.length - columns.label[at]!));
      }
    }
  });
  const { history, sizes } = padded(histories);
  const described = numbers && { numbers: rowsOf(numbers, columns.item) };
  return { feeds: { history, ...columns, ...described }, sizes: { ...sizes, n } };
}

function rowsOf({ values }: ItemNumbers, items: Int32Array): Float32Array {
  const rows = new Float32Array(items.length * numbersPerItem);
  items.forEach((row, at) => {
    rows.set(values.subarray(row * numbersPerItem, (row + 1) * numbersPerItem), at * numbersPerItem);
  });
  return rows;
}

/** Rows beyond a history are −1, which reads as zeros. */
function padded(histories: readonly ArrayLike<number>[]): {
  history: Int32Array;
  sizes: { shoppers: number; length: number };
} {
  const length = Math.max(1, ...histories.map((rows) => rows.length));
  const history = new Int32Array(histories.length * length).fill(-1);
  histories.forEach((rows, at) => {
    history.set(rows, at * length);
  });
  return { history, sizes: { shoppers: histories.length, length } };
}

async function modelOf(
  algorithm: Algorithm,
  { weights, table }: Network,
  options: PairOptions,
  items: Vocabulary,
  numbers: ItemNumbers | undefined,
): Promise<Model> {
  const { width } = options;
  const shoppers: Inference = await compileInference(weights, (g) => ({
    shopper: mul(touched(g, table, options), g.input('scale', ['shoppers', 1])),
  }));
  const scorer: Inference = await compileInference(
    weights,
    (g) => {
      const item = g.rows(table, 'item', ['n']);
      return {
        scores: algorithm.head(g, g.input('shoppers', ['n', width]), item, options, numbersOf(g, algorithm)),
      };
    },
    { threads },
  );
  const described = numbers && { numbers: numbers.values };
  const all = Int32Array.from({ length: items.size }, (_, row) => row);
  const model: Model = {
    name: algorithm.name,
    kind: 'scorer',
    items,
    async scoreAll(queries, out) {
      for (const [at, { profile }] of queries.entries()) {
        const { rows } = historyOf(profile, items, remembered);
        const { history, sizes } = padded([rows]);
        const scale = Float32Array.of(1 / Math.sqrt(Math.max(1, rows.length)));
        const { shopper } = await shoppers.run({ history, scale }, sizes);
        const wide = new Float32Array(items.size * width);
        for (let row = 0; row < items.size; row++) wide.set(shopper!, row * width);
        const { scores } = await scorer.run({ shoppers: wide, item: all, ...described }, { n: items.size });
        out.set(scores!, at * items.size);
      }
    },
    score: (query, rows) => scoreByAll(model, query, rows),
    retrieve: (query, k, allowed) => retrieveByScore(model, query, k, allowed),
    save: () =>
      packModel({
        options,
        ids: [...items.ids],
        weights: weights.copy(),
        ...(numbers && { numbers }),
      } satisfies Content),
  };
  return model;
}
