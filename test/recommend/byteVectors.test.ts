import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { random } from '../../src/core/index.js';
import { Int8Vectors } from '../../src/index/vector/int8Vectors.js';

test('a scan gives the products with the shopper up to one factor, for any dimension', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 700 }), fc.integer({ min: 0, max: 1e6 }), (dimension, seed) => {
      const chance = random(seed);
      const size = 9;
      const vectors = Float32Array.from({ length: size * dimension }, () => chance.normal());
      vectors.fill(0, 0, dimension);
      const shopper = Float32Array.from({ length: dimension }, () => chance.normal());
      const bytes = new Int8Vectors(size, dimension);
      for (let at = 0; at < size; at++) bytes.set(at, vectors, at * dimension);
      bytes.aim(shopper);
      bytes.scan(0, 4, 0);
      bytes.scan(4, size, 4);
      const largest = shopper.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      const scale = Math.min(32_767, Math.floor((2 ** 31 - 1) / (127 * dimension))) / largest;
      bytes.scores(size).forEach((score, at) => {
        let exact = 0;
        let length = 0;
        for (let d = 0; d < dimension; d++) {
          exact += vectors[at * dimension + d]! * shopper[d]!;
          length += Math.abs(shopper[d]!);
        }
        // A byte is off by half a step at most, and a step is a 127th of the largest number.
        const most = vectors
          .subarray(at * dimension, (at + 1) * dimension)
          .reduce((a, b) => Math.max(a, Math.abs(b)), 0);
        const tolerance = (most / 254) * length + (1 / scale) * most * dimension;
        assert.ok(Math.abs(score / scale - exact) <= tolerance, `${score / scale} for ${exact}`);
      });
      assert.equal(bytes.scores(1)[0], 0);
    }),
    { numRuns: 60, seed: 5 },
  );
});
