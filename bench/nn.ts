import { execFileSync } from 'node:child_process';
import type { BenchOptions, BenchRow } from '../src/core/index.js';
import { random } from '../src/core/index.js';
import type { Graph, Tensor } from '../src/nn/index.js';
import * as nn from '../src/nn/index.js';

/** Training speed beside the rate of the matrix products that it is made of, and beside PyTorch if that is here. */
const items = 12_000;
const width = 64;
const length = 50;
const batch = 128;
const negatives = 256;
const threads = 2;

/** Multiply-adds per position of a one-block SASRec step: projections, attention, feed-forward, sampled logits. */
const macs = 6 * width * width + 2 * length * width + negatives * width;
/** The way back costs twice the way forth. */
const flopPerStep = 2 * 3 * macs * batch * length;

export async function run({ smoke }: BenchOptions): Promise<BenchRow[]> {
  const rounds = smoke ? 5 : 100;
  const gemm = await matmulRate(rounds);
  const sasrec = await stepTime(sasRec(0), rounds);
  const dropped = await stepTime(sasRec(0.2), rounds);
  const gru = await stepTime(gru4Rec, rounds);
  const rate = flopPerStep / sasrec.total / 1e6;
  const data = `synthetic, ${batch}×${length}, d ${width}, ${negatives} negatives, ${threads} threads`;
  const row = (metric: string, value: number, reference?: number | string, source?: string): BenchRow => ({
    data,
    metric,
    value,
    reference,
    source,
  });
  const torch = smoke ? undefined : torchTimes();
  return [
    row('matmul [6400×64]·[64×64], GFLOP/s', gemm),
    row('SASRec training, GFLOP/s', rate, 0.4 * gemm, 'goal: 40 % of the matmul rate'),
    row(
      'SASRec training, steps/s',
      1000 / sasrec.total,
      torch && 1000 / torch.sasrec,
      'PyTorch CPU, same step',
    ),
    row('SASRec forward + backward, ms', sasrec.graph),
    row('SASRec optimiser (sparse Adam), ms', sasrec.optimizer),
    row('SASRec training with dropout .2, steps/s', 1000 / dropped.total),
    row('GRU4Rec training, steps/s', 1000 / gru.total, torch && 1000 / torch.gru, 'PyTorch CPU, same step'),
    row('full cross-entropy, 12,000 items, 1,000 targets, ms', await fullSoftmaxTime(rounds)),
    ...(await servingTimes(smoke ? 50 : 2000)).map(([name, value]) =>
      row(name, value, 3, 'goal: p99 < 3 ms'),
    ),
  ];
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

/** Median milliseconds of a step and of its parts. */
async function stepTime(
  model: Model,
  rounds: number,
): Promise<{ graph: number; optimizer: number; total: number }> {
  const weights = new nn.Weights(1);
  const step = await nn.compileTraining(weights, model(weights), { threads });
  const adam = new nn.Adam({ rate: 1e-3 });
  const feeds = {
    history: picks(batch * length, 1),
    targets: picks(batch * length, 2),
    negatives: picks(negatives, 3),
  };
  const graph: number[] = [];
  const optimizer: number[] = [];
  for (let i = 0; i < rounds + 5; i++) {
    const start = performance.now();
    await step.run(feeds, { batch, length }, i);
    const middle = performance.now();
    adam.apply(weights, i, adam.rate);
    graph.push(middle - start);
    optimizer.push(performance.now() - middle);
  }
  await step.release();
  const [a, b] = [median(graph.slice(5)), median(optimizer.slice(5))];
  return { graph: a, optimizer: b, total: a + b };
}

async function fullSoftmaxTime(rounds: number): Promise<number> {
  const weights = new nn.Weights(1);
  const table = weights.parameter('items', [items, width], nn.normal(0.02));
  const model = (g: Graph): Tensor => {
    const h = nn.linear(g, 'h', g.rows(table, 'history', ['n']), width);
    return nn.fullCrossEntropy(h, g.dense(table), g.rows(table, 'targets', ['n']));
  };
  const step = await nn.compileTraining(weights, model, { threads });
  const adam = new nn.Adam({ rate: 1e-3 });
  const feeds = { history: picks(1000, 1), targets: picks(1000, 2) };
  const times: number[] = [];
  for (let i = 0; i < Math.ceil(rounds / 4) + 2; i++) {
    const start = performance.now();
    await step.run(feeds, { n: 1000 }, i);
    adam.apply(weights, i, adam.rate);
    times.push(performance.now() - start);
  }
  await step.release();
  return median(times.slice(2));
}

/** GFLOP/s of a chain of products, so that reading the result weighs nothing. */
async function matmulRate(rounds: number): Promise<number> {
  const depth = 20;
  const weights = new nn.Weights(1);
  const session = await nn.compileInference(
    weights,
    (g) => {
      let x = g.input('x', ['n', width]);
      for (let i = 0; i < depth; i++) x = nn.matmul(x, g.input(`w${i}`, [width, width]));
      return { y: nn.sum(nn.slice(x, 1, 0, 1)) };
    },
    { threads },
  );
  const n = batch * length;
  const feeds: Record<string, Float32Array> = { x: new Float32Array(n * width).fill(0.1) };
  for (let i = 0; i < depth; i++) feeds[`w${i}`] = new Float32Array(width * width).fill(1 / width);
  const times: number[] = [];
  for (let i = 0; i < rounds + 5; i++) {
    const start = performance.now();
    await session.run(feeds, { n });
    times.push(performance.now() - start);
  }
  await session.release();
  return (2 * depth * n * width * width) / median(times.slice(5)) / 1e6;
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

/** The same two steps in PyTorch (SparseAdam for the table), milliseconds; undefined when it is not installed. */
function torchTimes(): { sasrec: number; gru: number } | undefined {
  try {
    const python = process.env.PYTHON ?? 'python3';
    const text = execFileSync(python, ['-c', torchScript], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return JSON.parse(text) as { sasrec: number; gru: number };
  } catch {
    return undefined;
  }
}

const torchScript = `
import json, time, torch, torch.nn as nn, torch.nn.functional as F
torch.set_num_threads(${threads})
B, L, D, N, V = ${batch}, ${length}, ${width}, ${negatives}, ${items}
class SasRec(nn.Module):
    def __init__(s):
        super().__init__()
        s.pos = nn.Parameter(torch.randn(L, D) * .02)
        s.n1, s.n2, s.n3 = nn.LayerNorm(D), nn.LayerNorm(D), nn.LayerNorm(D)
        s.q, s.k, s.v, s.o, s.a, s.b = [nn.Linear(D, D) for _ in range(6)]
    def forward(s, x):
        x = x + s.pos
        y = s.n1(x)
        x = x + s.o(F.scaled_dot_product_attention(s.q(y), s.k(y), s.v(y), is_causal=True))
        return s.n3(x + s.b(F.relu(s.a(s.n2(x)))))
class Gru(nn.Module):
    def __init__(s):
        super().__init__()
        s.gru = nn.GRU(D, D, batch_first=True)
    def forward(s, x):
        return s.gru(x)[0]
def clock(model):
    table = nn.Embedding(V, D, sparse=True)
    opts = [torch.optim.SparseAdam(list(table.parameters())), torch.optim.Adam(model.parameters())]
    hist, tgt, neg = torch.randint(V, (B, L)), torch.randint(V, (B, L)), torch.randint(V, (N,))
    times = []
    for i in range(60):
        t = time.perf_counter()
        for o in opts: o.zero_grad()
        h = model(table(hist)).reshape(-1, D)
        right = (h * table(tgt).reshape(-1, D)).sum(1, keepdim=True)
        loss = F.cross_entropy(torch.cat([right, h @ table(neg).T], 1), torch.zeros(B * L, dtype=torch.long))
        loss.backward()
        for o in opts: o.step()
        times.append(1000 * (time.perf_counter() - t))
    return sorted(times[10:])[25]
print(json.dumps({'sasrec': clock(SasRec()), 'gru': clock(Gru())}))
`;
