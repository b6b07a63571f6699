import assert from 'node:assert/strict';
import { test } from 'node:test';
import { random } from '../../src/core/index.js';
import * as nn from '../../src/nn/index.js';

/** A matrix of two rows and a table of three, of which row 2 was gathered. */
function weightsWithGradients(): nn.Weights {
  const weights = new nn.Weights(1);
  const dense = weights.parameter('dense', [2, 2], nn.normal(1)) as nn.Parameter;
  const table = weights.table('table', 3, 2, nn.normal(1));
  dense.gradient.set([1, -2, 0.5, 0]);
  table.accumulate(Int32Array.of(2), Float32Array.of(3, -1));
  return weights;
}

function assertClose(actual: ArrayLike<number>, expected: readonly number[]): void {
  assert.equal(actual.length, expected.length);
  expected.forEach((value, i) => {
    assert.ok(Math.abs(actual[i]! - value) < 1e-6, `element ${i}: ${actual[i]}, expected ${value}`);
  });
}

/** Adam as written in the paper, in double precision. */
function paperAdam(w: number, slopes: readonly number[], rate: number): number {
  let [value, m, v] = [w, 0, 0];
  slopes.forEach((g, i) => {
    m = 0.9 * m + 0.1 * g;
    v = 0.999 * v + 0.001 * g * g;
    value -= (rate * (m / (1 - 0.9 ** (i + 1)))) / (Math.sqrt(v / (1 - 0.999 ** (i + 1))) + 1e-8);
  });
  return value;
}

test('Adam follows the paper; rows that no batch gathered keep still', () => {
  const weights = weightsWithGradients();
  const [dense, table] = weights.all as [nn.Parameter, nn.EmbeddingTable];
  const before = weights.copy();
  const adam = new nn.Adam({ learningRate: 0.01 });
  for (let step = 0; step < 3; step++) adam.apply(weights, step, adam.learningRate);
  const expected = [1, -2, 0.5, 0].map((g, i) => paperAdam(before.dense![i]!, [g, g, g], 0.01));
  assertClose(dense.values, expected);
  assertClose(table.values.subarray(0, 4), [...before.table!.subarray(0, 4)]);
  assertClose(table.values.subarray(4), [
    paperAdam(before.table![4]!, [3, 3, 3], 0.01),
    paperAdam(before.table![5]!, [-1, -1, -1], 0.01),
  ]);
});

test('l2 adds to the gradients of dense parameters, weightDecay shrinks matrices, both spare tables', () => {
  const before = weightsWithGradients().copy();
  const run = (options: { l2?: number; weightDecay?: number }): Record<string, Float32Array> => {
    const weights = weightsWithGradients();
    new nn.Adam({ learningRate: 0.01, ...options }).apply(weights, 0, 0.01);
    return weights.copy();
  };
  const plain = run({});
  const coupled = run({ l2: 0.5 });
  const slopes = [1, -2, 0.5, 0].map((g, i) => g + 0.5 * before.dense![i]!);
  assertClose(
    coupled.dense!,
    slopes.map((g, i) => paperAdam(before.dense![i]!, [g], 0.01)),
  );
  const decayed = run({ weightDecay: 0.1 });
  assertClose(
    decayed.dense!,
    [...plain.dense!].map((value, i) => value - 0.001 * before.dense![i]!),
  );
  assert.deepEqual([coupled.table, decayed.table], [plain.table, plain.table]);
});

test('SGD with momentum keeps moving in the direction it had', () => {
  const weights = weightsWithGradients();
  const dense = weights.all[0] as nn.Parameter;
  const before = dense.values.slice();
  const sgd = new nn.Sgd(0.1, 0.5);
  sgd.apply(weights, 0, 0.1);
  sgd.apply(weights, 1, 0.1);
  assertClose(
    dense.values,
    [1, -2, 0.5, 0].map((g, i) => before[i]! - 0.1 * (g + 1.5 * g)),
  );
});

test('clipping keeps the direction of all gradients together', () => {
  const weights = weightsWithGradients();
  const norm = nn.gradientNorm(weights);
  assert.ok(Math.abs(norm - Math.sqrt(1 + 4 + 0.25 + 9 + 1)) < 1e-6);
  nn.clipGradients(weights, norm, 1);
  assert.ok(Math.abs(nn.gradientNorm(weights) - 1) < 1e-6);
  assertClose(
    weights.all[0]!.gradient,
    [1, -2, 0.5, 0].map((g) => g / norm),
  );
});

test('gradients of rows that many positions share are exact and the same in every run, on two threads', async () => {
  const [count, rows, width] = [6400, 50, 64];
  const weights = new nn.Weights(1);
  const rng = random(5);
  const at = Int32Array.from({ length: count }, () => rng.int(rows));
  const mix = Float32Array.from({ length: count * width }, () => rng.normal());
  const step = await nn.compileTraining(
    weights,
    (g) => {
      const x = nn.gather(g.parameter('x', [rows, width]), g.input('at', [count], 'int32'));
      return nn.reshape(nn.sum(nn.mul(x, g.input('mix', [count, width]))), []);
    },
    { threads: 2 },
  );
  const expected = new Float64Array(rows * width);
  mix.forEach((value, i) => {
    expected[at[Math.floor(i / width)]! * width + (i % width)]! += value;
  });
  const first = await gradientAfter();
  for (let i = 0; i < expected.length; i++) assert.ok(Math.abs(first[i]! - expected[i]!) < 1e-3);
  for (let round = 0; round < 10; round++) assert.deepEqual(await gradientAfter(), first);
  await step.release();

  async function gradientAfter(): Promise<Float32Array> {
    await step.run({ at, mix }, {}, 0);
    return weights.all[0]!.gradient.slice();
  }
});
