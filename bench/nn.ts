import { random } from '../src/core/index.js';
import {
  Adam,
  add,
  attention,
  compileInference,
  compileTraining,
  feedForward,
  flatten,
  type Graph,
  layerNorm,
  positions,
  sampledSoftmax,
  type Tensor,
  Weights,
} from '../src/nn/index.js';

const weights = new Weights(1);
const items = weights.table('items', 12000, 64);
const rate = Number(process.env.RATE ?? 0);
const enc = (g: Graph, blocks: number): Tensor => {
  let x = positions(g, 'positions', g.rows(items, 'history', ['batch', 'length']), 50);
  x = g.dropout(x, rate);
  const mask = g.causalMask('length');
  for (let b = 0; b < blocks; b++) {
    const s = g.scope(`b${b}`);
    x = add(x, g.dropout(attention(s, 'att', layerNorm(s, 'n1', x), { heads: 1, mask, rate }), rate));
    x = add(x, g.dropout(feedForward(s, 'ff', layerNorm(s, 'n2', x), { hidden: 64, rate }), rate));
  }
  return layerNorm(g, 'last', x);
};
const t = await compileTraining(
  weights,
  (g) =>
    sampledSoftmax(
      flatten(enc(g, 1)),
      flatten(g.rows(items, 'targets', ['batch', 'length'])),
      g.rows(items, 'negatives', [256]),
    ),
  { threads: 2 },
);
const r = random(1);
const n = 6400;
const feeds = {
  history: Int32Array.from({ length: n }, () => r.int(12000)),
  targets: Int32Array.from({ length: n }, () => r.int(12000)),
  negatives: Int32Array.from({ length: 256 }, () => r.int(12000)),
};
const adam = new Adam({ rate: 1e-3 });
const sizes = { batch: 128, length: 50 };
let a = 0,
  b = 0;
for (let i = 0; i < 40; i++) {
  if (i === 10) a = b = 0;
  const t0 = performance.now();
  const loss = await t.run(feeds, sizes, i);
  const t1 = performance.now();
  adam.apply(weights, i, 1e-3);
  b += performance.now() - t1;
  a += t1 - t0;
  if (i % 10 === 0) console.log(loss);
}
console.log('run', a / 30, 'adam', b / 30);
const e = await compileInference(weights, (g) => ({ x: enc(g, 2) }));
const ts: number[] = [];
for (let i = 0; i < 500; i++) {
  const t0 = performance.now();
  await e.run(feeds, { batch: 1, length: 50 });
  ts.push(performance.now() - t0);
}
ts.sort((x, y) => x - y);
console.log('infer p50', ts[250], 'p99', ts[495]);
