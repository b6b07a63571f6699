import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Momentum } from '../../src/projections/momentum.js';
import { day, start } from '../support/events.js';

const near = (value: number, expected: number): void =>
  assert.ok(Math.abs(value - expected) < 1e-9, `${value} is not ${expected}`);

test('a late event is worth what it still would be, at both speeds', () => {
  const [inTime, late] = [new Momentum(), new Momentum()];
  inTime.add(3, 4, start);
  inTime.add(3, 2, start + 7 * day);
  late.add(3, 2, start + 7 * day);
  late.add(3, 4, start);
  for (const momentum of [inTime, late]) {
    near(momentum.trend(3, start + 7 * day), 2 + 4 / 2);
    near(momentum.trend(3, start + 14 * day), (2 + 4 / 2) / 2);
    near(momentum.popularity(3, start + 7 * day), 2 + 4 * 2 ** (-7 / 60));
  }
});

test('any row has room, and one that nothing was added to is 0', () => {
  const momentum = new Momentum();
  momentum.add(5_000, 1, start);
  assert.deepEqual([momentum.trend(5_000, start), momentum.popularity(5_000, start)], [1, 1]);
  assert.deepEqual([momentum.has(5_000), momentum.has(4_999), momentum.has(99_999)], [true, false, false]);
  assert.deepEqual([momentum.trend(99_999, start), momentum.popularity(7, start)], [0, 0]);
});
