import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Random } from '../../src/core/index.js';
import * as nn from '../../src/nn/index.js';
import { scratch } from '../support/events.js';

/** y = 3x − 1 with one weight and one bias. */
const loss = (g: nn.Graph): nn.Tensor =>
  nn.meanSquaredError(nn.linear(g, 'line', g.input('x', ['n', 1]), 1), g.input('y', ['n', 1]));

function* batches(_epoch: number, rng: Random): Generator<nn.Batch> {
  for (let step = 0; step < 10; step++) {
    const x = Float32Array.from({ length: 8 }, () => rng.normal());
    yield { feeds: { x, y: x.map((value) => 3 * value - 1) }, sizes: { n: 8 } };
  }
}

async function setUp(
  seed = 1,
): Promise<Pick<nn.TrainOptions, 'weights' | 'step' | 'optimizer' | 'stepsPerEpoch' | 'batches'>> {
  const weights = new nn.Weights(seed);
  const step = await nn.compileTraining(weights, loss);
  return { weights, step, optimizer: new nn.Adam({ rate: 0.1 }), stepsPerEpoch: 10, batches };
}

test('training finds the line, and its progress says where it stands', async () => {
  const run = await setUp();
  const seen: number[] = [];
  const { losses } = await nn.train({ ...run, epochs: 20, onProgress: ({ step }) => seen.push(step) });
  assert.equal(losses.length, 20);
  assert.deepEqual(
    seen,
    Array.from({ length: 200 }, (_, at) => at + 1),
  );
  assert.ok(losses[19]! < 0.01 && losses[0]! > 1, losses.join());
  const { 'line/weight': w, 'line/bias': b } = run.weights.values();
  assert.ok(Math.abs(w![0]! - 3) < 0.05 && Math.abs(b![0]! + 1) < 0.05);
});

test('it stops when held-out quality no longer rises, with the best weights', async () => {
  const run = await setUp();
  const scores = [1, 5, 4, 3, 2, 1, 0];
  let epoch = 0;
  let kept: number | undefined;
  const evaluate = async (): Promise<number> => {
    if (epoch === 1) kept = run.weights.values()['line/weight']![0];
    return scores[epoch++]!;
  };
  const result = await nn.train({ ...run, epochs: 7, patience: 2, evaluate });
  assert.equal(result.bestEpoch, 1);
  assert.deepEqual(result.scores, scores.slice(0, 4));
  assert.equal(run.weights.values()['line/weight']![0], kept);
});

test('a run that was killed goes on where it was, to the same weights', async (t) => {
  const path = join(scratch(t), 'run.checkpoint');
  const whole = await setUp();
  await nn.train({ ...whole, epochs: 6 });
  const first = await setUp();
  const killed = new Error('killed');
  await assert.rejects(
    nn.train({
      ...first,
      epochs: 6,
      checkpoint: { path, seconds: 0 },
      onProgress: ({ step }) => {
        if (step === 34) throw killed;
      },
    }),
    killed,
  );
  assert.ok(existsSync(path));
  const second = await setUp();
  await nn.train({ ...second, epochs: 6, checkpoint: { path, seconds: 0 } });
  assert.deepEqual(second.weights.values(), whole.weights.values());
  const other = await setUp(2);
  await assert.rejects(nn.train({ ...other, epochs: 6, checkpoint: { path, seconds: 0 } }), /another seed/);
});

test('a loss that is no number stops the run, says the step, and the last good weights are kept', async () => {
  const run = await setUp();
  let good: number | undefined;
  function* poisoned(epoch: number, rng: Random): Generator<nn.Batch> {
    if (epoch === 2) {
      good = run.weights.values()['line/weight']![0];
      yield { feeds: { x: Float32Array.of(Number.NaN), y: Float32Array.of(1) }, sizes: { n: 1 } };
    }
    yield* batches(epoch, rng);
  }
  await assert.rejects(nn.train({ ...run, batches: poisoned, epochs: 5 }), (error) => {
    assert.ok(error instanceof nn.TrainingDiverged);
    assert.equal(error.step, 20);
    return true;
  });
  assert.equal(run.weights.values()['line/weight']![0], good);
});
