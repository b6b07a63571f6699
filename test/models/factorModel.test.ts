import assert from 'node:assert/strict';
import { test } from 'node:test';
import { random, Vocabulary } from '../../src/core/index.js';
import { topK } from '../../src/math/index.js';
import { factorModel } from '../../src/models/factorModel.js';
import { query } from './support.js';

test('what a factor model retrieves by its index is what its scores of all items say, whatever is left out', async () => {
  const [size, dimension] = [3_000, 16];
  const chance = random(5);
  const vectors = Float32Array.from({ length: size * dimension }, () => chance.normal());
  const shopper = Float32Array.from({ length: dimension }, () => chance.normal());
  const items = new Vocabulary(Array.from({ length: size }, (_, at) => `i${at}`));
  const factors = { vectors, dimension, shopper: async () => shopper };
  const model = factorModel({ name: 'own', items, factors, save: () => ({}) });
  await model.prepare!();
  const scores = new Float32Array(size);
  await model.scoreAll([query([])], scores);
  const odd = (row: number): boolean => row % 2 === 1;
  for (const k of [1, 10, 150]) {
    const best = topK(scores, k, odd);
    const found = await model.retrieve(query([]), k, odd);
    assert.deepEqual(found.rows, best.rows);
    assert.deepEqual(found.scores, best.scores);
  }
});
