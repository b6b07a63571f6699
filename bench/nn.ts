import { random } from '../src/core/index.js';
import type { Graph, Tensor } from '../src/nn/index.js';
import * as nn from '../src/nn/index.js';
import type { BenchOptions, BenchRow } from './support/row.js';
import { type StepName, TorchPeer } from './support/torch.js';

/** Training speed beside the rate of the matrix products that it is made of, and beside PyTorch if that is here. */
const items = 12_000;
const width = 64;
const length = 50;
const batch = 128;
const negatives = 256;
const targets = 1000;
const threads = 2;

/** Multiply-adds per position of a one-block SASRec step: projections, attention, feed-forward, sampled logits. */
const macs = 6 * width * width + 2 * length * width + negatives * width;
/** The way back costs twice the way forth. */
const flopPerStep = 2 * 3 * macs * batch * length;

export async function run({ smoke }: BenchOptions): Promise<BenchRow[]> {
  const peer = smoke
    ? undefined
    : TorchPeer.start({ items, width, length, batch, negatives, targets, threads });
  const blocks = smoke ? 1 : 6;
  const sasrec = await race('sasrec', sasRec(0), blocks, peer);
  const dropped = await race('dropout', sasRec(0.2), blocks, peer);
  const gru = await race('gru', gru4Rec, blocks, peer);
  const full = await race('full', fullSoftmax, blocks, peer);
  peer?.stop();
  const data = `synthetic, ${batch}×${length}, d ${width}, ${negatives} negatives, ${threads} threads`;
  const row = (metric: string, value: number, reference?: number, source?: string): BenchRow => ({
    data,
    metric,
    value,
    reference,
    source,
  });
  const against = (name: string, { total, torch }: Race): BenchRow[] => [
    row(
      `${name}, steps/s`,
      1000 / total,
      torch && 1000 / torch,
      peer && `PyTorch ${peer.version}, same step`,
    ),
    ...(torch ? [row(`${name}, times as fast as PyTorch`, torch / total, 1, 'goal')] : []),
  ];
  const rate = flopPerStep / sasrec.total / 1e6;
  return [
    row('matmul [6400×64]·[64×64], GFLOP/s', sasrec.gemm),
    row('SASRec training, GFLOP/s', rate, 0.4 * sasrec.gemm, 'goal: 40 % of the matmul rate'),
    row('SASRec training, share of the matmul rate', rate / sasrec.gemm, 0.4, 'goal'),
    row('SASRec forward + backward, ms', sasrec.graph),
    row('SASRec optimiser (sparse Adam), ms', sasrec.optimizer),
    ...against('SASRec training', sasrec),
    ...against('SASRec training with dropout .2', dropped),
    ...against('GRU4Rec training', gru),
    ...against(`full cross-entropy, ${items} items, ${targets} targets`, full),
    ...(await servingTimes(smoke ? 50 : 2000)).map(([name, value]) =>
      row(name, value, 3, 'goal: p99 < 3 ms'),
    ),
  ];
}

/** Median milliseconds. */
interface Race {
  graph: number;
  optimizer: number;
  total: number;
  torch: number | undefined;
  /** Rate of the matrix product, GFLOP/s, measured in turns with the steps. */
  gemm: number;
}

/** Our steps, the machine's matrix products and PyTorch's steps in turns, the first turn of each not counted. */
async function race(name: StepName, model: Model, blocks: number, peer?: TorchPeer): Promise<Race> {
  const ours = await stepper(model);
  const product = await matmulClock();
  const times = {
    graph: [] as number[],
    optimizer: [] as number[],
    torch: [] as number[],
    gemm: [] as number[],
  };
  for (let block = 0; block <= blocks; block++) {
    const turn = {
      ...(await ours.steps(20)),
      gemm: await product.rates(10),
      torch: await peer?.steps(name, 20),
    };
    if (block === 0) continue;
    times.graph.push(...turn.graph);
    times.optimizer.push(...turn.optimizer);
    times.gemm.push(...turn.gemm);
    times.torch.push(...(turn.torch ?? []));
  }
  await ours.release();
  await product.release();
  const total = times.graph.map((graph, i) => graph + times.optimizer[i]!);
  return {
    graph: median(times.graph),
    optimizer: median(times.optimizer),
    total: median(total),
    torch: peer && median(times.torch),
    gemm: median(times.gemm),
  };
}

type Model = (weights: nn.Weights) => (g: Graph) => Tensor;

function encoder(g: Graph, x: Tensor, blocks: number, rate: number): Tensor {
  let h = g.dropout(nn.positions(g, 'positions', x, length), rate);
  const mask = g.causalMask('length');
  for (let i = 0; i < blocks; i++) {
    const block = g.scope(`block${i}`);
    h = nn.add(
      h,
      g.dropout(
        nn.attention(block, 'attention', nn.layerNorm(block, 'n1', h), { heads: 1, mask, rate }),
        rate,
      ),
    );
    h = nn.add(
      h,
      g.dropout(nn.feedForward(block, 'ffn', nn.layerNorm(block, 'n2', h), { hidden: width, rate }), rate),
    );
  }
  return nn.layerNorm(g, 'last', h);
}

function sampledLoss(g: Graph, table: nn.EmbeddingTable, h: Tensor): Tensor {
  const positive = nn.flatten(g.rows(table, 'targets', ['batch', 'length']));
  return nn.sampledSoftmax(nn.flatten(h), positive, g.rows(table, 'negatives', [negatives]));
}

function sasRec(rate: number): Model {
  return (weights) => {
    const table = weights.table('items', items, width);
    return (g) => sampledLoss(g, table, encoder(g, g.rows(table, 'history', ['batch', 'length']), 1, rate));
  };
}

const gru4Rec: Model = (weights) => {
  const table = weights.table('items', items, width);
  return (g) => sampledLoss(g, table, nn.gru(g, 'gru', g.rows(table, 'history', ['batch', 'length']), width));
};

function picks(count: number, seed: number): Int32Array {
  const rng = random(seed);
  return Int32Array.from({ length: count }, () => rng.int(items));
}

const fullSoftmax: Model = (weights) => {
  const table = weights.parameter('items', [items, width], nn.normal(0.02));
  return (g) => {
    const h = nn.linear(g, 'h', g.rows(table, 'past', [targets]), width);
    return nn.fullCrossEntropy(h, g.dense(table), g.rows(table, 'next', [targets]));
  };
};

interface Stepper {
  /** Milliseconds of `count` further steps, by part. */
  steps(count: number): Promise<{ graph: number[]; optimizer: number[] }>;
  release(): Promise<void>;
}

async function stepper(model: Model): Promise<Stepper> {
  const weights = new nn.Weights(1);
  const step = await nn.compileTraining(weights, model(weights), { threads });
  const adam = new nn.Adam({ learningRate: 1e-3 });
  const feeds = {
    history: picks(batch * length, 1),
    targets: picks(batch * length, 2),
    negatives: picks(negatives, 3),
    past: picks(targets, 4),
    next: picks(targets, 5),
  };
  let done = 0;
  return {
    async steps(count) {
      const times = { graph: [] as number[], optimizer: [] as number[] };
      for (const end = done + count; done < end; done++) {
        const start = performance.now();
        await step.run(feeds, { batch, length }, done);
        const middle = performance.now();
        adam.apply(weights, done, adam.learningRate);
        times.graph.push(middle - start);
        times.optimizer.push(performance.now() - middle);
      }
      return times;
    },
    release: () => step.release(),
  };
}

/** Clocks a chain of products, so that reading the result weighs nothing. */
async function matmulClock(): Promise<{
  rates(count: number): Promise<number[]>;
  release(): Promise<void>;
}> {
  const depth = 20;
  const n = batch * length;
  const session = await nn.compileInference(
    new nn.Weights(1),
    (g) => {
      let x = g.input('x', [n, width]);
      for (let i = 0; i < depth; i++) x = nn.matmul(x, g.input(`w${i}`, [width, width]));
      return { y: nn.sum(nn.slice(x, 1, 0, 1)) };
    },
    { threads },
  );
  const feeds: Record<string, Float32Array> = { x: new Float32Array(n * width).fill(0.1) };
  for (let i = 0; i < depth; i++) feeds[`w${i}`] = new Float32Array(width * width).fill(1 / width);
  return {
    async rates(count) {
      const rates: number[] = [];
      for (let i = 0; i < count; i++) {
        const start = performance.now();
        await session.run(feeds, {});
        rates.push((2 * depth * n * width * width) / (performance.now() - start) / 1e6);
      }
      return rates;
    },
    release: () => session.release(),
  };
}

/** A two-block encoder for one visitor on one thread. */
async function servingTimes(rounds: number): Promise<[string, number][]> {
  const weights = new nn.Weights(1);
  const table = weights.table('items', items, width);
  const encode = await nn.compileInference(weights, (g) => ({
    user: encoder(g, g.rows(table, 'history', ['batch', 'length']), 2, 0),
  }));
  const feeds = { history: picks(length, 1) };
  const times: number[] = [];
  for (let i = 0; i < rounds; i++) {
    const start = performance.now();
    await encode.run(feeds, { batch: 1, length });
    times.push(performance.now() - start);
  }
  await encode.release();
  times.sort((a, b) => a - b);
  return [['encoder p99, 2 blocks, batch 1, 1 thread, ms', times[Math.floor(0.99 * rounds)]!]];
}

function median(times: number[]): number {
  return times.sort((a, b) => a - b)[times.length >> 1]!;
}
