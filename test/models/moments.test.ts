import assert from 'node:assert/strict';
import { test } from 'node:test';
import { momentsOf } from '../../src/models/support.js';

test('mean and deviation are of every score, however many they are', () => {
  for (let length = 1; length <= 9; length++) {
    const scores = Float32Array.from({ length }, (_, at) => (at * at) / 4 - 3);
    const mean = scores.reduce((sum, score) => sum + score, 0) / length;
    const squares = scores.reduce((sum, score) => sum + (score - mean) ** 2, 0);
    const moments = momentsOf(scores);
    assert.ok(Math.abs(moments.mean - mean) < 1e-9, `mean of ${length}`);
    assert.ok(Math.abs(moments.deviation - Math.sqrt(squares / length)) < 1e-9, `deviation of ${length}`);
  }
});
