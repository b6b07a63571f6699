import assert from 'node:assert/strict';
import { test } from 'node:test';
import { random } from '../../src/core/index.js';
import type { Graph, Tensor } from '../../src/nn/index.js';
import * as nn from '../../src/nn/index.js';

/** Inputs of a case: float parameters by shape, drawn at random (plus `shift`), so that all are differentiated. */
interface Case {
  name: string;
  shapes: number[][];
  shift?: number;
  model: (inputs: Tensor[], g: Graph) => Tensor;
}

const x23: number[][] = [[2, 3]];
const two: number[][] = [
  [2, 3],
  [2, 3],
];
const rank3 = [[2, 4, 6]];
const present = (): Tensor => nn.constant([1, 1, 1, 0, 1, 1, 0, 0], [2, 4]);

const cases: Case[] = [
  { name: 'add', shapes: two, model: ([a, b]) => nn.add(a!, b!) },
  { name: 'add, broadcast row', shapes: [[2, 3], [3]], model: ([a, b]) => nn.add(a!, b!) },
  {
    name: 'mul, broadcast both ways',
    shapes: [
      [2, 1, 3],
      [4, 1],
    ],
    model: ([a, b]) => nn.mul(a!, b!),
  },
  {
    name: 'sub, column',
    shapes: [
      [2, 3],
      [2, 1],
    ],
    model: ([a, b]) => nn.sub(a!, b!),
  },
  { name: 'div', shapes: two, shift: 3, model: ([a, b]) => nn.div(a!, b!) },
  { name: 'neg', shapes: x23, model: ([a]) => nn.neg(a!) },
  { name: 'exp', shapes: x23, model: ([a]) => nn.exp(a!) },
  { name: 'log', shapes: x23, shift: 4, model: ([a]) => nn.log(a!) },
  { name: 'sqrt', shapes: x23, shift: 4, model: ([a]) => nn.sqrt(a!) },
  { name: 'sigmoid', shapes: x23, model: ([a]) => nn.sigmoid(a!) },
  { name: 'tanh', shapes: x23, model: ([a]) => nn.tanh(a!) },
  { name: 'softplus', shapes: x23, model: ([a]) => nn.softplus(a!) },
  { name: 'relu', shapes: x23, model: ([a]) => nn.relu(a!) },
  { name: 'normalCdf', shapes: x23, model: ([a]) => nn.normalCdf(a!) },
  { name: 'gelu', shapes: x23, model: ([a]) => nn.gelu(a!) },
  { name: 'silu', shapes: x23, model: ([a]) => nn.silu(a!) },
  { name: 'reshape', shapes: x23, model: ([a]) => nn.reshape(a!, [3, 2]) },
  { name: 'transpose', shapes: rank3, model: ([a]) => nn.transpose(a!, [1, 2, 0]) },
  {
    name: 'concat',
    shapes: [
      [2, 3],
      [2, 2],
    ],
    model: ([a, b]) => nn.concat([a!, b!], 1),
  },
  { name: 'slice', shapes: rank3, model: ([a]) => nn.slice(a!, 2, 1, 4) },
  { name: 'pad', shapes: rank3, model: ([a]) => nn.pad(a!, 1, 2, 1) },
  { name: 'delay', shapes: rank3, model: ([a]) => nn.delay(a!, 2) },
  { name: 'delay by more than there is', shapes: rank3, model: ([a]) => nn.add(nn.delay(a!, 9), a!) },
  { name: 'expand', shapes: [[3], [2, 3]], model: ([a, b]) => nn.expand(a!, b!) },
  {
    name: 'gather, row twice',
    shapes: [[5, 3]],
    model: ([a], g) => nn.gather(a!, g.input('pick', [4], 'int32')),
  },
  {
    name: 'gather, distinct rows',
    shapes: [[5, 3]],
    model: ([a], g) => nn.gather(a!, g.range(4), { distinct: true }),
  },
  {
    name: 'gather, matrix of indices',
    shapes: [[5, 3]],
    model: ([a], g) => nn.gather(a!, g.distances(4)),
  },
  {
    name: 'matmul',
    shapes: [
      [2, 3],
      [3, 4],
    ],
    model: ([a, b]) => nn.matmul(a!, b!),
  },
  {
    name: 'matmul AᵀB',
    shapes: [
      [3, 2],
      [3, 4],
    ],
    model: ([a, b]) => nn.matmul(a!, b!, { transposeA: true }),
  },
  {
    name: 'matmul ABᵀ',
    shapes: [
      [2, 3],
      [4, 3],
    ],
    model: ([a, b]) => nn.matmul(a!, b!, { transposeB: true, scale: 0.5 }),
  },
  {
    name: 'matmul AᵀBᵀ',
    shapes: [
      [3, 2],
      [4, 3],
    ],
    model: ([a, b]) => nn.matmul(a!, b!, { transposeA: true, transposeB: true }),
  },
  {
    name: 'matmul, batched',
    shapes: [
      [2, 4, 6],
      [2, 4, 6],
    ],
    model: ([a, b]) => nn.matmul(a!, b!, { transposeB: true }),
  },
  {
    name: 'matmul, shared right side',
    shapes: [
      [2, 4, 6],
      [6, 3],
    ],
    model: ([a, b]) => nn.matmul(a!, b!),
  },
  {
    name: 'matmul, shared transposed',
    shapes: [
      [2, 4, 6],
      [3, 6],
    ],
    model: ([a, b]) => nn.matmul(a!, b!, { transposeB: true }),
  },
  {
    name: 'matmul, broadcast batch',
    shapes: [
      [2, 4, 6],
      [1, 6, 3],
    ],
    model: ([a, b]) => nn.matmul(a!, b!),
  },
  { name: 'sumRows', shapes: rank3, model: ([a]) => nn.sumRows(a!) },
  { name: 'sum', shapes: rank3, model: ([a]) => nn.sum(a!, [0, 2]) },
  { name: 'mean', shapes: rank3, model: ([a]) => nn.mean(a!, [1]) },
  { name: 'max', shapes: rank3, model: ([a]) => nn.max(a!, 1) },
  { name: 'softmax', shapes: rank3, model: ([a]) => nn.softmax(a!) },
  { name: 'logSumExp', shapes: rank3, model: ([a]) => nn.logSumExp(a!) },
  { name: 'rowDot', shapes: two, model: ([a, b]) => nn.rowDot(a!, b!) },
  { name: 'linear', shapes: rank3, model: ([a], g) => nn.linear(g, 'l', a!, 3) },
  { name: 'embedding positions', shapes: rank3, model: ([a], g) => nn.positions(g, 'p', a!, 5) },
  { name: 'layerNorm', shapes: rank3, model: ([a], g) => nn.layerNorm(g, 'n', a!) },
  { name: 'l2Normalize', shapes: rank3, model: ([a]) => nn.l2Normalize(a!) },
  { name: 'dropout', shapes: rank3, model: ([a], g) => g.dropout(a!, 0.5) },
  { name: 'swiglu', shapes: rank3, model: ([a], g) => nn.swiglu(g, 's', a!, 5, 0.2) },
  {
    name: 'feedForward, gelu',
    shapes: rank3,
    model: ([a], g) => nn.feedForward(g, 'f', a!, { hidden: 5, activation: nn.gelu }),
  },
  {
    name: 'attention, causal',
    shapes: rank3,
    model: ([a], g) => nn.attention(g, 'a', a!, { heads: 1, mask: g.causalMask(4) }),
  },
  {
    name: 'attention, 2 heads, padding',
    shapes: rank3,
    model: ([a], g) => nn.attention(g, 'a', a!, { heads: 2, mask: nn.paddingMask(present()), rate: 0.2 }),
  },
  {
    name: 'attention, distance bias',
    shapes: rank3,
    model: ([a], g) => {
      const bias = nn.distanceBias(g, 'bias', 4, { heads: 2, count: 5 });
      return nn.attention(g, 'a', a!, { heads: 2, mask: nn.add(bias, g.causalMask(4)) });
    },
  },
  {
    name: 'attention, memory',
    shapes: [
      [2, 3, 6],
      [2, 4, 6],
    ],
    model: ([a, b], g) => nn.attention(g, 'a', a!, { heads: 3, memory: b! }),
  },
  { name: 'gru', shapes: rank3, model: ([a], g) => nn.gru(g, 'g', a!, 3) },
  {
    name: 'gru, initial state',
    shapes: [
      [2, 4, 6],
      [2, 3],
    ],
    model: ([a, b], g) => nn.gru(g, 'g', a!, 3, b!),
  },
  {
    name: 'causalConv1d',
    shapes: rank3,
    model: ([a], g) => nn.causalConv1d(g, 'c', a!, 3, { kernel: 2, dilation: 2 }),
  },
  {
    name: 'conv2d',
    shapes: [[2, 2, 5, 4]],
    model: ([a], g) => nn.conv2d(g, 'c', a!, 3, { kernel: [3, 2], padding: 1 }),
  },
  {
    name: 'conv2d, stride',
    shapes: [[2, 2, 6, 5]],
    model: ([a], g) => nn.conv2d(g, 'c', a!, 3, { kernel: [3, 3], stride: 2 }),
  },
  { name: 'maxPool2d', shapes: [[2, 2, 4, 6]], model: ([a]) => nn.maxPool2d(a!, 2) },
  { name: 'meanPool2d', shapes: [[2, 2, 4, 6]], model: ([a]) => nn.meanPool2d(a!, 2) },
  { name: 'maxPool', shapes: rank3, model: ([a]) => nn.maxPool(a!, present()) },
  { name: 'meanPool', shapes: rank3, model: ([a]) => nn.meanPool(a!, present()) },
  { name: 'meanSquaredError', shapes: two, model: ([a, b]) => nn.meanSquaredError(a!, b!) },
  {
    name: 'binaryCrossEntropy',
    shapes: x23,
    model: ([a]) => nn.binaryCrossEntropy(a!, nn.constant([1, 0, 1, 0, 0, 1], [2, 3])),
  },
  {
    name: 'categoricalCrossEntropy',
    shapes: x23,
    model: ([a]) =>
      nn.categoricalCrossEntropy(a!, nn.constant([1, 0, 0, 0, 0, 1], [2, 3]), nn.constant([1, 0.5], [2, 1])),
  },
  {
    name: 'fullCrossEntropy',
    shapes: [
      [2, 3],
      [7, 3],
      [2, 3],
    ],
    model: ([h, t, p]) => nn.fullCrossEntropy(h!, t!, p!, { temperature: 0.5 }),
  },
  {
    name: 'weightedLogPartition, three blocks, the last one filled up',
    shapes: [
      [5, 3],
      [7, 3],
    ],
    model: ([h, t]) => nn.weightedLogPartition(h!, t!, nn.constant([1, 2, 0, 0.5, 1], [5, 1]), 0.5, 14),
  },
  {
    name: 'fullCrossEntropy, weights',
    shapes: [
      [2, 3],
      [7, 3],
      [2, 3],
    ],
    model: ([h, t, p]) => nn.fullCrossEntropy(h!, t!, p!, { weights: nn.constant([1, 0.5], [2, 1]) }),
  },
  {
    name: 'sampledSoftmax, log Q',
    shapes: [
      [2, 3],
      [2, 3],
      [4, 3],
    ],
    model: sampled,
  },
  { name: 'bpr', shapes: two, model: ([a, b]) => nn.bpr(a!, b!) },
  {
    name: 'gBce',
    shapes: [
      [2, 1],
      [2, 4],
    ],
    model: ([a, b]) => nn.gBce(a!, b!, { items: 50, calibration: 0.75 }),
  },
];

function sampled([h, positive, negative]: Tensor[], g: Graph): Tensor {
  const logQ = { positive: nn.constant([-1, -2], [2, 1]), negative: nn.constant([-3, -1, -2, -4], [1, 4]) };
  const ids = { positive: g.input('right', [2, 1], 'int32'), negative: g.input('wrong', [1, 4], 'int32') };
  return nn.sampledSoftmax(h!, positive!, negative!, { logQ, ids });
}

const feeds = {
  pick: Int32Array.of(1, 3, 1, 0),
  right: Int32Array.of(1, 2),
  wrong: Int32Array.of(5, 2, 1, 7),
};

for (const { name, shapes, shift = 0, model } of cases)
  test(`gradient of ${name}`, async () => {
    const weights = new nn.Weights(7);
    const step = await nn.compileTraining(weights, (g) => {
      const inputs = shapes.map((shape, i) => g.parameter(`x${i}`, shape, nn.normal(1)));
      const out = model(inputs, g);
      // A fixed random weighting of the outputs, so that no two of them can be mixed up unnoticed.
      const mix = g.parameter('mix', out.shape as number[], nn.uniform(1));
      return nn.reshape(nn.sum(nn.mul(out, mix)), []);
    });
    for (const { name, values } of weights.all)
      if (name.startsWith('x')) values.set(values.map((v) => v + shift));
    await assertGradients(weights, () => step.run(feeds, {}, 0));
    await step.release();
  });

/** Compares the gradient along random directions v with (f(w + εv) − f(w − εv)) / 2ε, per weight. */
async function assertGradients(weights: nn.Weights, loss: () => Promise<number>): Promise<void> {
  await loss();
  const slopes = weights.all.map(({ gradient }) => gradient.slice());
  const rng = random(3);
  for (const [i, { name, values }] of weights.all.entries())
    for (let round = 0; round < 3; round++) {
      const direction = Float32Array.from(values, () => rng.normal());
      const size = 0.004;
      const at = async (sign: number): Promise<number> => {
        const held = values.slice();
        values.set(values.map((v, k) => v + sign * size * direction[k]!));
        const value = await loss();
        values.set(held);
        return value;
      };
      const measured = ((await at(1)) - (await at(-1))) / (2 * size);
      const claimed = slopes[i]!.reduce((total, slope, k) => total + slope * direction[k]!, 0);
      const tolerance = 0.003 + 0.01 * Math.abs(measured);
      assert.ok(
        Math.abs(measured - claimed) < tolerance,
        `${name}: measured ${measured}, claimed ${claimed}`,
      );
    }
}
