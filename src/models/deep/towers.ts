import type { Random } from '../../core/index.js';
import {
  type Batch,
  compileInference,
  flatten,
  Graph,
  gather,
  type Inference,
  l2Normalize,
  logPartition,
  matmul,
  mul,
  Parameter,
  reshape,
  rowDot,
  sub,
  type Tensor,
  Weights,
  weightedMean,
} from '../../nn/index.js';
import { timesTouched } from '../support.js';
import type { Entries } from './entries.js';
import { ItemTower } from './itemTower.js';
import type { SequenceOptions } from './network.js';
import { selfAttention } from './sasrec.js';
import { batches, type Sequences } from './sequences.js';

/** A tower of events and a tower of items that meet on the unit sphere; both read item vectors of the second. */
export class Towers {
  readonly weights: Weights;
  readonly items: ItemTower;
  private readonly known: Parameter;

  constructor(
    readonly options: SequenceOptions,
    readonly size: number,
    content: { fields: number; text: number },
    seed: number,
    /** How often each item was touched: without a touch there is no id to learn. */
    private readonly times: Float64Array = new Float64Array(size).fill(1),
  ) {
    const { width } = options;
    this.weights = new Weights(seed);
    this.items = new ItemTower(this.weights, { items: size, ...content, width }, times);
    this.known = new Parameter('known', [size, width]);
    this.loss(new Graph(this.weights, false));
  }

  /** Rows of the items that somebody touched. */
  get touched(): Int32Array {
    return Int32Array.from(this.times.keys()).filter((row) => this.times[row]! > 0);
  }

  /** Item vectors as they are scored, [items, width]: as of the last `embed`. */
  vectors(): Float32Array {
    return this.known.values;
  }

  /** Computes the vectors of all known items anew. */
  async embed(entries: Entries): Promise<void> {
    const { embed, release } = await this.items.compile();
    this.known.values.set(await embed(entries, true));
    await release();
  }

  /** `shoppers` [n, width] alone, or with `scores` [n, items] too. */
  compile(scores: boolean, threads: number): Promise<Inference> {
    return compileInference(
      this.weights,
      (g): Record<string, Tensor> => {
        const shoppers = this.shoppers(g, g.rows(this.known, 'history', ['batch', 'length']));
        if (!scores) return { shoppers };
        const vectors = g.input('vectors', [this.size, this.options.width]);
        return { scores: matmul(shoppers, vectors, { transposeB: true }) };
      },
      { threads },
    );
  }

  /** Softmax over the items of the batch, each logit less the logarithm of the chance that the item is among them. */
  loss = (g: Graph): Tensor => {
    const items = this.items.vectors(g);
    const pick = (name: string, shape: string[]): Tensor => gather(items, g.input(name, shape, 'int32'));
    const h = this.shoppers(g, pick('history', ['batch', 'length']));
    const scale = 1 / this.options.temperature;
    const logQ = g.input('logQ', ['items']);
    const all = logPartition(h, items, scale, (scores) => sub(scores, logQ));
    const targetLogQ = reshape(g.input('targetLogQ', ['n']), ['n', 1]);
    const right = sub(mul(rowDot(h, pick('targets', ['n'])), scale), targetLogQ);
    return weightedMean(sub(all, right));
  };

  private shoppers(g: Graph, history: Tensor): Tensor {
    const h = flatten(selfAttention(g, history, this.options));
    return l2Normalize(gather(h, g.input('at', ['n'], 'int32'), { distinct: true }));
  }
}

/**
 * Batches of next-item training whose rows point into a list of their own: the distinct items of the batch and
 * `negatives` random ones, so that an item goes through its tower once a batch.
 */
export function* towerBatches(
  sequences: Sequences,
  { options, size, items, touched }: Towers,
  entries: Entries,
  rng: Random,
): Generator<Batch> {
  const { data } = sequences;
  const { negatives, idDropout } = options;
  const times = timesTouched(data);
  const place = new Int32Array(size);
  const whole = { count: 0, draw: () => 0, logQ: new Float32Array(0) };
  for (const { feeds, sizes } of batches(sequences, { ...options, negatives: whole }, rng)) {
    const history = feeds.history as Int32Array;
    const targets = feeds.targets as Int32Array;
    const drawn = Int32Array.from({ length: negatives }, () => touched[rng.int(touched.length)]!);
    const rows = Int32Array.from(new Set([...history, ...targets, ...drawn])).filter((row) => row >= 0);
    rows.forEach((row, at) => {
      place[row] = at;
    });
    const local = (row: number): number => (row < 0 ? 0 : place[row]!);
    const logQ = Float32Array.from(rows, (row) => {
      const expected = (targets.length * times[row]!) / data.item.length + negatives / touched.length;
      return Math.log(-Math.expm1(-expected));
    });
    const tower = items.feeds(entries, rows, 1 - Number(idDropout), rng);
    const targetLogQ = Float32Array.from(targets, (row) => logQ[place[row]!]!);
    const own = { at: feeds.at!, history: history.map(local), targets: targets.map(local), logQ, targetLogQ };
    yield { feeds: { ...tower.feeds, ...own }, sizes: { ...sizes, ...tower.sizes } };
  }
}
