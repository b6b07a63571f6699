import assert from 'node:assert/strict';
import { test } from 'node:test';
import { random } from '../../src/core/index.js';
import { dot } from '../../src/math/index.js';
import { IvfIndex } from '../../src/recommend/index.js';

test('rows that moved are found where they are, and no longer where they were', async () => {
  const rng = random(1);
  const [size, dimension] = [2_000, 17];
  const vectors = Float32Array.from({ length: size * dimension }, () => rng.normal());
  const index = await IvfIndex.build(vectors, dimension);
  const shopper = Float32Array.from({ length: dimension }, () => rng.normal());
  const all = (): boolean => true;
  const first = index.search(shopper, 1, all).rows[0]!;
  index.update(first, new Float32Array(dimension));
  assert.notEqual(index.search(shopper, 1, all).rows[0], first);
  const moved = (first + 7) % size;
  index.update(
    moved,
    shopper.map((value) => 3 * value),
  );
  const { rows, scores } = index.search(shopper, 1, all);
  assert.equal(rows[0], moved);
  assert.ok(Math.abs(scores[0]! - 3 * dot(shopper, 0, shopper, 0, dimension)) < 1e-3);
});
