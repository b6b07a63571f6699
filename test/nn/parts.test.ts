import assert from 'node:assert/strict';
import { test } from 'node:test';
import { random } from '../../src/core/index.js';
import * as nn from '../../src/nn/index.js';

const [batch, length, width] = [2, 6, 4];
const rng = random(4);
const x = Float32Array.from({ length: batch * length * width }, () => rng.normal());

/** Layers over [batch, length, width] in which a position may read the past only. */
const causal: Record<string, (g: nn.Graph, x: nn.Tensor) => nn.Tensor> = {
  attention: (g, h) => {
    const mask = nn.add(
      nn.distanceBias(g, 'bias', length, { heads: 2, count: length }),
      g.causalMask(length),
    );
    return nn.attention(g, 'a', h, { heads: 2, mask });
  },
  gru: (g, h) => nn.gru(g, 'g', h, width),
  convolution: (g, h) => nn.causalConv1d(g, 'c', h, width, { kernel: 3, dilation: 2 }),
};

for (const [name, layer] of Object.entries(causal))
  test(`${name}: what comes later changes nothing before it`, async () => {
    const session = await nn.compileInference(new nn.Weights(2), (g) => ({
      y: layer(g, g.input('x', [batch, length, width])),
    }));
    const run = async (data: Float32Array): Promise<Float32Array> => {
      const { y } = await session.run({ x: data }, {});
      return y!.slice();
    };
    const before = await run(x);
    const changed = x.slice();
    const at = 3;
    for (let k = 0; k < width; k++) changed[at * width + k]! += 1;
    const after = await run(changed);
    assert.deepEqual(after.subarray(0, at * width), before.subarray(0, at * width));
    assert.notDeepEqual(
      after.subarray(at * width, (at + 1) * width),
      before.subarray(at * width, (at + 1) * width),
    );
    assert.deepEqual(after.subarray(length * width), before.subarray(length * width));
    await session.release();
  });

test('attention does not read what the padding mask hides', async () => {
  const present = Float32Array.from({ length: batch * length }, (_, i) => (i % length < 4 ? 1 : 0));
  const session = await nn.compileInference(new nn.Weights(2), (g) => {
    const mask = nn.paddingMask(g.input('present', [batch, length]));
    return { y: nn.attention(g, 'a', g.input('x', [batch, length, width]), { heads: 2, mask }) };
  });
  const visible = async (data: Float32Array): Promise<Float32Array> => {
    const { y } = await session.run({ x: data, present }, {});
    return y!.slice(0, 4 * width);
  };
  const before = await visible(x);
  const changed = x.slice();
  changed.fill(9, 4 * width, length * width);
  assert.deepEqual(await visible(changed), before);
  changed[0]! += 1;
  assert.notDeepEqual(await visible(changed), before);
  await session.release();
});

test('dropout zeroes its share, keeps the mean, repeats by step and differs by place', async () => {
  const size = 40_000;
  const weights = new nn.Weights(3);
  const step = await nn.compileTraining(weights, (g) => {
    const ones = g.parameter('ones', [size], nn.ones);
    const others = g.parameter('others', [size], nn.ones);
    return nn.add(
      nn.reshape(nn.sum(g.dropout(ones, 0.25)), []),
      nn.reshape(nn.sum(g.dropout(others, 0.25)), []),
    );
  });
  const masks = async (at: number): Promise<Float32Array[]> => {
    await step.run({}, {}, at);
    return weights.all.map(({ gradient }) => gradient.slice());
  };
  const [first, second] = await masks(0);
  const [again] = await masks(0);
  const [later] = await masks(1);
  const dropped = first!.filter((value) => value === 0).length / size;
  assert.ok(Math.abs(dropped - 0.25) < 0.01, `${dropped} dropped`);
  assert.ok(first!.every((value) => value === 0 || Math.abs(value - 4 / 3) < 1e-6));
  assert.deepEqual(again, first);
  assert.notDeepEqual(second, first);
  assert.notDeepEqual(later, first);
  await step.release();
});

test('rows of index −1 are zeros and learn nothing', async () => {
  const weights = new nn.Weights(1);
  const table = weights.table('table', 3, 2);
  const step = await nn.compileTraining(weights, (g) => nn.mean(g.rows(table, 'at', ['n'])));
  const loss = await step.run({ at: Int32Array.of(-1, 2, -1, 2) }, { n: 4 }, 0);
  const expected = (2 * (table.values[4]! + table.values[5]!)) / 8;
  assert.ok(Math.abs(loss - expected) < 1e-6);
  assert.deepEqual([...table.touched.subarray(0, table.count)], [2]);
  assert.deepEqual([...table.gradient.subarray(0, 2)], [0.25, 0.25]);
  await step.release();
});

test('the learning rate rises over the warm-up and falls as half a cosine', () => {
  const factors = [0, 1, 3, 4, 8, 12].map((step) => nn.warmupCosine(step, 4, 12));
  const expected = [0.25, 0.5, 1, 1, 0.5, 0];
  for (const [i, factor] of factors.entries()) assert.ok(Math.abs(factor - expected[i]!) < 1e-9);
});

test('the average of weights follows them slowly and lends itself for an evaluation', async () => {
  const weights = new nn.Weights(1);
  const { values } = weights.parameter('w', [1], nn.ones);
  const average = new nn.WeightAverage(weights, 0.9);
  values[0] = 2;
  average.update(1_000_000);
  assert.ok(Math.abs(average.values.w![0]! - 1.1) < 1e-6);
  const seen = await average.during(async () => values[0]!);
  assert.ok(Math.abs(seen - 1.1) < 1e-6);
  assert.equal(values[0], 2);
});

test('buckets hold every sequence once, none longer than its bucket', () => {
  const lengths = [1, 9, 4, 16, 5, 2, 8, 3];
  const buckets = nn.bucketByLength(lengths, { lengths: [4, 8, 16], positions: 16, rng: random(1) });
  const members = buckets.flatMap((bucket) => [...bucket.members]);
  assert.deepEqual(members.sort(), [0, 1, 2, 3, 4, 5, 6, 7]);
  for (const bucket of buckets) {
    assert.ok(bucket.members.length * bucket.length <= 16);
    for (const member of bucket.members) {
      assert.ok(lengths[member]! <= bucket.length);
      assert.ok(bucket.length === 4 || lengths[member]! > bucket.length / 2);
    }
  }
});
