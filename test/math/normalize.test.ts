import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { denormalize, fitNormalizer, normalize } from '../../src/math/index.js';

test('normalising is undone exactly enough, learns from what it is given only, and takes what is missing as the mean', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 50 }),
      fc.boolean(),
      (values, log) => {
        const scaling = fitNormalizer({ price: { values, log } }).price!;
        for (const value of values) {
          const back = denormalize(scaling, normalize(scaling, value));
          assert.ok(Math.abs(back - value) <= 1e-6 * (1 + value), `${value} came back as ${back}`);
        }
      },
    ),
  );
  const { price } = fitNormalizer({ price: { values: [1, 3, Number.NaN] } });
  assert.deepEqual(price, { log: false, mean: 2, deviation: 1 });
  assert.equal(normalize(price!, 3), 1);
  assert.equal(normalize(price!, Number.NaN), 0);
  assert.equal(normalize(fitNormalizer({ c: { values: [5, 5] } }).c!, 5), 0);
});
