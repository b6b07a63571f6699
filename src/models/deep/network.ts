import {
  compileInference,
  type EmbeddingTable,
  flatten,
  fullCrossEntropy,
  Graph,
  gather,
  type Inference,
  l2Normalize,
  matmul,
  normal,
  type Parameter,
  reshape,
  sampledSoftmax,
  type Tensor,
  Weights,
} from '../../nn/index.js';
import { itemTable } from './goOn.js';

/** What every sequence model has in common; an encoder may read further options. */
export interface SequenceOptions {
  [name: string]: number | string | boolean;
  width: number;
  blocks: number;
  /** Events looked at, the newest. */
  length: number;
  dropout: number;
  /** Negatives shared by a batch; 0: softmax over the whole catalogue. */
  negatives: number;
  /** 0: inner products. Otherwise cosines divided by this. */
  temperature: number;
  epochs: number;
  /** Events of a training step, padding included. */
  batch: number;
  learningRate: number;
  weightDecay: number;
  /** Decay of the moving average of the weights that is evaluated and kept; 0: the weights themselves. */
  average: number;
  /** Epochs without a better held-out NDCG@10 before stopping. */
  patience: number;
  /** Users whose last item is held out for early stopping. */
  heldOut: number;
}

/** A causal encoder, [batch, length, width] → the same: position t sees positions up to t only. */
export type Encoder = (g: Graph, x: Tensor, options: SequenceOptions) => Tensor;

/** Item table and encoder over one set of weights. */
export class Network {
  readonly weights: Weights;
  readonly table: Parameter | EmbeddingTable;

  constructor(
    private readonly encoder: Encoder,
    readonly options: SequenceOptions,
    readonly size: number,
    seed: number,
  ) {
    const { width, negatives } = options;
    this.weights = new Weights(seed);
    // A full softmax moves every row at every step; with samples only the rows of the batch.
    this.table = negatives
      ? this.weights.table(itemTable, size, width)
      : this.weights.parameter(itemTable, [size, width], normal(0.02));
    this.states(new Graph(this.weights, false));
  }

  /** Representations [n, width] of the places `at` of the flattened batch. */
  private states(g: Graph): Tensor {
    const x = g.rows(this.table, 'history', ['batch', 'length']);
    const h = flatten(this.encoder(g, x, this.options));
    return this.direction(gather(h, g.input('at', ['n'], 'int32'), { distinct: true }));
  }

  /** On the unit sphere where scores are cosines. */
  private direction(x: Tensor): Tensor {
    return this.options.temperature ? l2Normalize(x) : x;
  }

  loss = (g: Graph): Tensor => {
    const { table, options } = this;
    const temperature = options.temperature || 1;
    const h = this.states(g);
    const positive = this.direction(g.rows(table, 'targets', ['n']));
    if (options.negatives === 0) {
      const all = this.direction(g.dense(this.table as Parameter));
      return fullCrossEntropy(h, all, positive, { temperature });
    }
    const m = options.negatives;
    const negative = this.direction(g.rows(table, 'negatives', [m]));
    const logQ = {
      positive: reshape(g.input('targetLogQ', ['n']), ['n', 1]),
      negative: reshape(g.input('logQ', [m]), [1, m]),
    };
    const ids = {
      positive: reshape(g.input('targets', ['n'], 'int32'), ['n', 1]),
      negative: reshape(g.input('negatives', [m], 'int32'), [1, m]),
    };
    return sampledSoftmax(h, positive, negative, { temperature, logQ, ids });
  };

  /** `shoppers` [n, width] alone, or with `scores` [n, items] too. */
  compile(scores: boolean, threads: number): Promise<Inference> {
    return compileInference(
      this.weights,
      (g): Record<string, Tensor> => {
        const shoppers = this.states(g);
        if (!scores) return { shoppers };
        return {
          scores: matmul(shoppers, g.input('vectors', [this.size, this.options.width]), { transposeB: true }),
        };
      },
      { threads },
    );
  }

  /** Item vectors as they are scored, [items, width]. */
  vectors(): Float32Array {
    const { values } = this.table;
    if (!this.options.temperature) return values;
    const { width } = this.options;
    const unit = values.slice();
    for (let from = 0; from < unit.length; from += width) {
      let square = 1e-12;
      for (let k = 0; k < width; k++) square += unit[from + k]! ** 2;
      const scale = 1 / Math.sqrt(square);
      for (let k = 0; k < width; k++) unit[from + k]! *= scale;
    }
    return unit;
  }
}

/** Histories as one right-padded batch; `at` points at the last item of each. An empty one stands on padding. */
export function feedsOf(
  histories: readonly ArrayLike<number>[],
  limit: number,
): { feeds: { history: Int32Array; at: Int32Array }; sizes: { batch: number; length: number; n: number } } {
  const length = Math.max(1, Math.min(limit, Math.max(...histories.map((rows) => rows.length))));
  const history = new Int32Array(histories.length * length).fill(-1);
  const at = new Int32Array(histories.length);
  histories.forEach((rows, b) => {
    const size = Math.min(length, rows.length);
    for (let t = 0; t < size; t++) history[b * length + t] = rows[rows.length - size + t]!;
    at[b] = b * length + Math.max(0, size - 1);
  });
  return { feeds: { history, at }, sizes: { batch: histories.length, length, n: histories.length } };
}
