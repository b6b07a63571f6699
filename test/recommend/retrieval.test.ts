import assert from 'node:assert/strict';
import { test } from 'node:test';
import { random } from '../../src/core/index.js';
import { topK } from '../../src/math/index.js';
import { IvfIndex } from '../../src/recommend/index.js';

const dimension = 16;
/** More than is looked at, so that there are cells. */
const size = 100_000;
const chance = random(11);
const vectors = Float32Array.from(
  { length: size * dimension },
  (_, at) => chance.normal() / ((at % dimension) + 1),
);
const shopper = (): Float32Array => {
  const row = chance.int(size) * dimension;
  return vectors.slice(row, row + dimension);
};
const scoresFor = (of: Float32Array): Float32Array =>
  Float32Array.from({ length: size }, (_, row) => {
    let sum = 0;
    for (let d = 0; d < dimension; d++) sum += vectors[row * dimension + d]! * of[d]!;
    return sum;
  });

test('the index finds nearly what an exact scan finds, with exact scores, and only what is allowed', async () => {
  const index = await IvfIndex.build(vectors, dimension);
  const even = (row: number): boolean => row % 2 === 0;
  let found = 0;
  const shoppers = Array.from({ length: 50 }, shopper);
  for (const one of shoppers) {
    const scores = scoresFor(one);
    const near = index.search(one, 10, even);
    const exact = new Set(topK(scores, 10, even).rows);
    assert.equal(near.rows.length, 10);
    near.rows.forEach((row, at) => {
      assert.ok(even(row));
      assert.ok(Math.abs(near.scores[at]! - scores[row]!) < 1e-4);
      assert.ok(at === 0 || near.scores[at - 1]! >= near.scores[at]!);
      if (exact.has(row)) found++;
    });
  }
  assert.ok(found / (10 * shoppers.length) > 0.9, `recall ${found / (10 * shoppers.length)}`);
});

test('looking into every cell misses only what rounding to bytes hides', async () => {
  const index = await IvfIndex.build(vectors, dimension);
  let found = 0;
  for (let tries = 0; tries < 20; tries++) {
    const one = shopper();
    const exact = new Set(topK(scoresFor(one), 10).rows);
    for (const row of index.search(one, 10, () => true, size).rows) if (exact.has(row)) found++;
  }
  assert.ok(found >= 198, `${found} of 200`);
});

test('a catalogue smaller than its cells is searched whole', async () => {
  const few = vectors.slice(0, 3 * dimension);
  const index = await IvfIndex.build(few, dimension);
  assert.equal(index.search(shopper(), 10, () => true).rows.length, 3);
});
