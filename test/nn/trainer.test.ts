import assert from 'node:assert/strict';
import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { EndcapError, type Random } from '../../src/core/index.js';
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
  return { weights, step, optimizer: new nn.Adam({ learningRate: 0.1 }), stepsPerEpoch: 10, batches };
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
  const checkpoint = { path, seconds: 0, identity: 'data 1' };
  const whole = await setUp();
  await nn.train({ ...whole, epochs: 6 });
  const first = await setUp();
  const killed = new Error('killed');
  await assert.rejects(
    nn.train({
      ...first,
      epochs: 6,
      checkpoint,
      onProgress: ({ step }) => {
        if (step === 34) throw killed;
      },
    }),
    killed,
  );
  assert.ok(existsSync(path));
  const second = await setUp();
  let steps = 0;
  await nn.train({ ...second, epochs: 6, checkpoint, onProgress: () => steps++ });
  assert.equal(steps, 60 - 33);
  assert.deepEqual(second.weights.values(), whole.weights.values());
});

test('what is enough ends a run at its best so far, and more time goes on as if it never had ended', async (t) => {
  const checkpoint = { path: join(scratch(t), 'run.checkpoint'), seconds: 60, identity: 'data 1' };
  const whole = await setUp();
  await nn.train({ ...whole, epochs: 6 });
  const cut = await setUp();
  let steps = 0;
  let judged = 0;
  const result = await nn.train({
    ...cut,
    epochs: 6,
    checkpoint,
    evaluate: async () => ++judged,
    enough: () => ++steps === 14,
  });
  assert.equal(steps, 14);
  assert.deepEqual([result.scores, result.bestEpoch], [[1], 0], 'a broken epoch is no epoch of the curve');
  const early = await setUp();
  const before = early.weights.copy();
  await nn.train({ ...early, epochs: 6, evaluate: async () => 1, enough: () => true });
  assert.notDeepEqual(early.weights.values(), before, 'one step is better than none');
  const more = await setUp();
  await nn.train({ ...more, epochs: 6, checkpoint });
  assert.deepEqual(more.weights.values(), whole.weights.values());
  const longer = await setUp();
  const twelve = await setUp();
  await nn.train({ ...longer, epochs: 12, checkpoint });
  await nn.train({ ...twelve, epochs: 12 });
  assert.deepEqual(
    longer.weights.values(),
    twelve.weights.values(),
    'a finished run is the start of a longer one',
  );
});

test('a broken epoch is judged where judging is quick, and kept if it is better', async () => {
  for (const [better, kept] of [
    [2, true],
    [0, false],
  ] as const) {
    const cut = await setUp();
    let steps = 0;
    let first: ReturnType<typeof cut.weights.copy> | undefined;
    await nn.train({
      ...cut,
      epochs: 6,
      evaluate: async () => {
        if (first) return better;
        first = cut.weights.copy();
        return 1;
      },
      enough: () => {
        // Learning takes long beside an evaluation that takes nothing.
        const until = performance.now() + 5;
        while (performance.now() < until);
        return ++steps === 14;
      },
    });
    assert.equal(steps, 14);
    if (kept) assert.notDeepEqual(cut.weights.values(), first);
    else assert.deepEqual(cut.weights.values(), first);
  }
});

test('a checkpoint of another run, or a damaged one, is not used, and it is said why', async (t) => {
  const path = join(scratch(t), 'run.checkpoint');
  const whole = await setUp();
  await nn.train({ ...whole, epochs: 2 });
  const attempt = async (identity: string, seed: number, epochs = 2): Promise<string[]> => {
    const said: string[] = [];
    const run = await setUp(seed);
    const checkpoint = { path, seconds: 60, identity, refused: (why: string) => said.push(why) };
    await nn.train({ ...run, epochs, checkpoint });
    if (seed === 1 && epochs === 2) assert.deepEqual(run.weights.values(), whole.weights.values());
    return said;
  };
  assert.deepEqual(await attempt('30 items', 1), []);
  assert.deepEqual(await attempt('31 items', 1), ['The checkpoint is of 30 items, not of 31 items']);
  assert.deepEqual(await attempt('31 items', 2), ['The checkpoint is of another seed']);
  assert.deepEqual(await attempt('31 items', 2, 1), ['The checkpoint is of a run of another length']);
  writeFileSync(path, readFileSync(path).subarray(0, -4));
  assert.match((await attempt('31 items', 2, 1))[0]!, /no whole checkpoint/);
  writeFileSync(path, '');
  assert.match((await attempt('31 items', 1))[0]!, /no whole checkpoint/);
});

test('a disk that is full while the place is kept is said as such', async (t) => {
  const path = join(scratch(t), 'run.checkpoint');
  symlinkSync('/dev/full', `${path}.tmp`);
  const run = await setUp();
  const full = nn.train({ ...run, epochs: 1, checkpoint: { path, seconds: 0, identity: '' } });
  await assert.rejects(full, (error) => error instanceof EndcapError && error.code === 'disk_full');
  assert.ok(!existsSync(path));
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
