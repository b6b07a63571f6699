import assert from 'node:assert/strict';
import { test } from 'node:test';
import { random } from '../../src/core/index.js';
import {
  Fusion,
  fusionDefaults,
  Guard,
  ItemCounts,
  ItemVectors,
  LogBilinear,
  logBilinearDefaults,
  Negatives,
  SoftmaxStep,
} from '../../src/models/online/index.js';

const small = { ...logBilinearDefaults, dimension: 16, negatives: 8, recent: 100 };
const day = 86_400_000;

/** A stream where item i is followed by i + 1 in a ring of `size`. */
function ring(model: LogBilinear, size: number, events: number, shift = 1): void {
  const rng = random(5);
  for (let at = 0; at < events; at++) {
    const row = rng.int(size);
    model.learn([row], (row + shift) % size);
  }
}

function best(model: LogBilinear, rows: readonly number[]): number {
  const shopper = new Float32Array(model.options.dimension);
  model.shopper(rows, shopper);
  const scores = new Float32Array(model.size);
  model.scoreAll(shopper, scores);
  return scores.indexOf(Math.max(...scores));
}

function right(model: LogBilinear, size: number, shift = 1): number {
  let found = 0;
  for (let row = 0; row < size; row++) if (best(model, [row]) === (row + shift) % size) found++;
  return found / size;
}

test('learns what follows what, and learns anew when that changes', () => {
  const model = new LogBilinear({ ...small, learningRate: 0.1, squareDecay: 0.99 }, 1);
  ring(model, 30, 4_000);
  assert.equal(right(model, 30), 1);
  ring(model, 30, 6_000, 7);
  assert.ok(right(model, 30, 7) > 0.9, `${right(model, 30, 7)}`);
});

test('a step goes down the gradient of the softmax: numbers beside differences', () => {
  const dimension = 3;
  const rng = random(2);
  const items = new ItemVectors(dimension);
  items.grow(4);
  for (let at = 0; at < items.size * dimension; at++) items.values[at] = rng.normal();
  const shopper = Float32Array.from([0.3, -0.5, 0.8]);
  // Uniform negatives of two items: at 40 draws both are surely there, in known numbers.
  const loss = (vector: Float32Array): number => {
    const step = new SoftmaxStep({ learningRate: 0, squareDecay: 1, negatives: 40, weightDecay: 0 });
    return step.take(items, vector, 1, new Negatives(10, 0), random(3), new Float32Array(dimension));
  };
  const gradient = new Float32Array(dimension);
  new SoftmaxStep({ learningRate: 0, squareDecay: 1, negatives: 40, weightDecay: 0 }).take(
    items,
    shopper,
    1,
    new Negatives(10, 0),
    random(3),
    gradient,
  );
  for (let d = 0; d < dimension; d++) {
    const [up, down] = [shopper.slice(), shopper.slice()];
    up[d]! += 0.01;
    down[d]! -= 0.01;
    assert.ok(Math.abs((loss(up) - loss(down)) / 0.02 - gradient[d]!) < 1e-3);
  }
});

test('the correction by log q: drawn often as a negative or not, biases tell how often an item comes', () => {
  const model = new LogBilinear(
    { ...small, recentShare: 0.9, learningRate: 0.02, squareDecay: 0.9999, negatives: 20 },
    1,
  );
  const rng = random(7);
  model.add(2);
  // The context says nothing: one item before all; item 0 comes as often as 30 others together.
  for (let at = 0; at < 60_000; at++) model.learn([2], rng.float() < 0.3 ? 0 : 3 + rng.int(70));
  const scores = new Float32Array(model.size);
  const shopper = new Float32Array(16);
  model.shopper([2], shopper);
  model.scoreAll(shopper, scores);
  const others = scores.subarray(3).reduce((sum, score) => sum + score, 0) / 70;
  const ratio = Math.exp(scores[0]! - others);
  assert.ok(ratio > 15 && ratio < 60, `${ratio}`);
});

test('packed and restored it goes on with the same numbers', () => {
  const model = new LogBilinear(small, 1);
  ring(model, 20, 500);
  const twin = LogBilinear.restore(structuredClone(model.pack()));
  ring(model, 25, 500);
  ring(twin, 25, 500);
  assert.deepEqual(twin.pack(), model.pack());
});

test('a new item begins where the item seen before it stands', () => {
  const model = new LogBilinear(small, 1);
  ring(model, 10, 2_000);
  model.add(10, 4);
  assert.equal(best(model, [10]), best(model, [4]));
});

test('a number that is not finite drops the step, counted, and changes nothing', () => {
  const model = new LogBilinear(small, 1);
  ring(model, 10, 100);
  model.contexts.values.fill(Number.NaN, 3 * 16, 4 * 16);
  const before = model.pack();
  assert.ok(Number.isNaN(model.learn([3], 4)));
  assert.equal(model.dropped, 1);
  assert.deepEqual(model.items.pack(), before.items);
  assert.ok(Number.isFinite(model.learn([5], 6)));
});

test('counts halve in their half-life, and a late event is worth what it still would be', () => {
  const inTime = new ItemCounts(day);
  inTime.add(1, 2, 1, 0);
  inTime.add(1, 2, 1, day);
  const late = new ItemCounts(day);
  late.add(1, 2, 1, day);
  late.add(1, 2, 1, 0);
  for (const counts of [inTime, late])
    counts.partners(1, 2 * day, (row, weight) => {
      assert.equal(row, 2);
      assert.ok(Math.abs(weight - 0.75) < 1e-9, `${weight}`);
    });
});

test('an item keeps a bounded number of partners, the strong ones', () => {
  const counts = new ItemCounts(Number.POSITIVE_INFINITY, 50);
  for (let at = 0; at < 20; at++) counts.add(0, 1, 1, at);
  for (let row = 2; row < 1_000; row++) counts.add(0, row, 1, row);
  const found = new Map<number, number>();
  counts.partners(0, 1_000, (row, weight) => found.set(row, weight));
  assert.ok(found.size <= 50);
  assert.equal(found.get(1), 20);
});

test('the weights go to the source that is right, and come back when another is', () => {
  const fusion = new Fusion({ ...fusionDefaults, sources: 2 });
  const opinions = [
    { rows: [0, 1], chances: [0.8, 0.2] },
    { rows: [1, 0], chances: [0.8, 0.2] },
  ];
  for (let at = 0; at < 500; at++) fusion.learn(opinions, 0, 0);
  assert.ok(fusion.of(0)[0]! > 0.9, `${fusion.of(0)}`);
  for (let at = 0; at < 500; at++) fusion.learn(opinions, 1, 0);
  assert.ok(fusion.of(0)[1]! > 0.9, `${fusion.of(0)}`);
  const scores = new Map<number, number>();
  fusion.mix(opinions, 0, (row, chance) => scores.set(row, (scores.get(row) ?? 0) + chance));
  assert.ok(scores.get(1)! > scores.get(0)!);
});

test('a mixture that knows better than its sources is found: neither weight goes to 1', () => {
  const fusion = new Fusion({ ...fusionDefaults, sources: 2 });
  const opinions = [
    { rows: [0], chances: [1] },
    { rows: [1], chances: [1] },
  ];
  const rng = random(3);
  for (let at = 0; at < 5_000; at++) fusion.learn(opinions, rng.float() < 0.7 ? 0 : 1, 0);
  assert.ok(Math.abs(fusion.of(0)[0]! - 0.7) < 0.15, `${fusion.of(0)}`);
});

test('a source that is always wrong keeps a share, so that it can come back', () => {
  const fusion = new Fusion({ ...fusionDefaults, sources: 2 });
  const opinions = [
    { rows: [0], chances: [1] },
    { rows: [1], chances: [1] },
  ];
  for (let at = 0; at < 20_000; at++) fusion.learn(opinions, 0, 0);
  const [right, wrong] = fusion.of(0);
  assert.ok(Math.abs(right! + wrong! - 1) < 1e-9);
  assert.ok(wrong! >= fusionDefaults.share / 2 && wrong! < 0.05, `${wrong}`);
});

test('weights stay finite whatever a source says', () => {
  const fusion = new Fusion({ ...fusionDefaults, sources: 2 });
  fusion.learn(
    [
      { rows: [0], chances: [Number.NaN] },
      { rows: [0], chances: [1] },
    ],
    0,
    0,
  );
  assert.deepEqual([...fusion.weights], [0.5, 0.5]);
});

test('guard: worse is found soon, equal is not accused, in 200 runs', () => {
  const rng = random(9);
  const cases = (loss: number): number => {
    const guard = new Guard();
    for (let at = 1; at <= 4_000; at++) {
      const frozen = rng.float() < 0.3 ? 1 : 0;
      const online = rng.float() < 0.3 - loss ? 1 : 0;
      if (guard.add(online, frozen)) return at;
    }
    return Number.POSITIVE_INFINITY;
  };
  let accused = 0;
  for (let run = 0; run < 200; run++) if (cases(0) < 4_000) accused++;
  assert.ok(accused <= 6, `${accused} of 200`);
  assert.ok(cases(0.15) < 1_500);
});
