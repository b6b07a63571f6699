import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Vocabulary } from '../../src/core/index.js';
import { denormalize } from '../../src/math/index.js';
import { itemNumbers, numbersPerItem } from '../../src/models/deep/itemNumbers.js';
import type { Dataset } from '../../src/models/index.js';

test('numbers of items are normalised on what they have, and what is not known is the mean', () => {
  const prices = [1, 10, undefined, 100];
  const ids = ['a', 'b', 'c', 'd'];
  const item = Uint32Array.of(0, 1, 1, 2, 3, 3, 3, 3);
  const data = {
    items: new Vocabulary(ids),
    item,
    catalogue: prices.map((price, at) => (price === undefined ? undefined : { id: ids[at]!, price })),
  } as unknown as Dataset;
  const { scaling, values } = itemNumbers(data);
  const column = (at: number): number[] => ids.map((_, row) => values[row * numbersPerItem + at]!);
  assert.equal(column(0)[2], 0, 'no price');
  const known = [0, 1, 3].map((row) => column(0)[row]!);
  assert.ok(Math.abs(known.reduce((sum, value) => sum + value, 0)) < 1e-6);
  assert.ok(Math.abs(known.reduce((sum, value) => sum + value ** 2, 0) / 3 - 1) < 1e-6);
  assert.ok(Math.abs(denormalize(scaling.price!, known[2]!) - 100) < 1e-3, 'the scaling leads back');
  assert.ok(column(1)[3]! > column(1)[1]! && column(1)[1]! > column(1)[0]!, 'touched more, larger');
  assert.equal(itemNumbers({ ...data, catalogue: undefined } as unknown as Dataset).values[0], 0);
});
