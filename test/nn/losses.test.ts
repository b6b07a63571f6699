import assert from 'node:assert/strict';
import { test } from 'node:test';
import { random } from '../../src/core/index.js';
import * as nn from '../../src/nn/index.js';

const [n, items, width] = [5, 7, 3];
const rng = random(1);
const h = Float32Array.from({ length: n * width }, () => rng.normal());
const table = Float32Array.from({ length: items * width }, () => rng.normal());
const scores = Array.from({ length: n }, (_, i) =>
  Array.from({ length: items }, (_, j) => {
    let total = 0;
    for (let k = 0; k < width; k++) total += h[i * width + k]! * table[j * width + k]!;
    return total;
  }),
);
const partition = scores.map((row) => Math.log(row.reduce((total, z) => total + Math.exp(z), 0)));

async function lossOf(model: (g: nn.Graph) => nn.Tensor, feeds: nn.Feeds = {}): Promise<number> {
  const session = await nn.compileInference(new nn.Weights(1), (g) => ({ value: model(g) }));
  const outputs = await session.run({ h, table, ...feeds }, {});
  await session.release();
  return outputs.value![0]!;
}
const inputs = (g: nn.Graph): [nn.Tensor, nn.Tensor] => [
  g.input('h', [n, width]),
  g.input('table', [items, width]),
];

test('the partition of a catalogue is the same in one block and in many', async () => {
  const weights = [1, 2, 0, 0.5, 1];
  const expected = partition.reduce((total, value, i) => total + weights[i]! * value, 0);
  for (const most of [1, 14, 21, 1000]) {
    const value = await lossOf((g) => {
      const column = nn.constant(weights, [n, 1]);
      return nn.reshape(nn.weightedLogPartition(...inputs(g), column, 1, most), []);
    });
    assert.ok(Math.abs(value - expected) < 1e-5, `${most} scores a block: ${value}, expected ${expected}`);
  }
});

test('full and sampled softmax with every other item as a negative are −log p of the right item', async () => {
  const right = [3, 0, 6, 2, 2];
  const mean = right.reduce((total, item, i) => total + partition[i]! - scores[i]![item]!, 0) / n;
  const positive = Float32Array.from({ length: n * width }, (_, i) => {
    return table[right[Math.floor(i / width)]! * width + (i % width)]!;
  });
  const full = await lossOf(
    (g) => {
      const [queries, all] = inputs(g);
      return nn.fullCrossEntropy(queries, all, g.input('positive', [n, width]));
    },
    { positive },
  );
  const sampled = await lossOf(
    (g) => {
      const [queries, all] = inputs(g);
      const ids = {
        positive: g.input('right', [n, 1], 'int32'),
        negative: g.input('wrong', [1, items], 'int32'),
      };
      return nn.sampledSoftmax(queries, g.input('positive', [n, width]), all, { ids });
    },
    { positive, right: Int32Array.from(right), wrong: Int32Array.from({ length: items }, (_, i) => i) },
  );
  for (const value of [full, sampled]) assert.ok(Math.abs(value - mean) < 1e-5, `${value}, expected ${mean}`);
});
