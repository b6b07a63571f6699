import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ScoreAccumulator, Scores } from '../../src/recommend/scores.js';

test('the best come first, equal ones by handle, whatever order they came in', () => {
  const scores = new Scores(Uint32Array.of(9, 5, 3, 7, 1), Float32Array.of(1, 2, 2, 3, 1));
  assert.deepEqual(scores.top(9), [7, 3, 5, 1, 9]);
  assert.deepEqual(scores.top(2), [7, 3]);
  assert.deepEqual(scores.top(4), [7, 3, 5, 1]);
  const odd = scores.best(2, (handle) => handle !== 7);
  assert.deepEqual(
    [[...odd.handles], [...odd.sums]],
    [
      [3, 5],
      [2, 2],
    ],
  );
  assert.deepEqual(
    [5, 7, 8].map((handle) => scores.get(handle)),
    [2, 3, 0],
  );
});

test('amounts add up by handle, what is no amount is passed over, and the next begin from nothing', () => {
  const accumulator = new ScoreAccumulator();
  const drained = (): [number, number][] => {
    const { handles, sums } = accumulator.drain();
    return Array.from(handles, (handle, at) => [handle, sums[at]!]);
  };
  accumulator.add(4, 1);
  accumulator.add(0, 2);
  accumulator.add(4, 0.5);
  for (const nothing of [0, -1, Number.NaN]) accumulator.add(8, nothing);
  accumulator.add(-1, 1);
  assert.deepEqual(drained(), [
    [4, 1.5],
    [0, 2],
  ]);
  assert.deepEqual(drained(), []);
  const scores = new Scores(Uint32Array.of(3, 4), Float32Array.of(2, 8));
  accumulator.addScaled(scores, 0.5);
  accumulator.addTimes(scores, 0.25);
  accumulator.addAll(scores);
  assert.deepEqual(drained(), [
    [3, 0.125 + 0.5 + 2],
    [4, 0.5 + 2 + 8],
  ]);
  // More handles, and larger ones, than there is room for at first.
  for (let handle = 5_000; handle < 8_000; handle++) accumulator.add(handle, handle);
  for (let handle = 7_999; handle >= 5_000; handle--) accumulator.add(handle, 1);
  const many = drained();
  assert.equal(many.length, 3_000);
  assert.ok(many.every(([handle, sum], at) => handle === 5_000 + at && sum === handle + 1));
});
