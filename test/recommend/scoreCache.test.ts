import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ScoreCache } from '../../src/recommend/scoreCache.js';
import { Scores } from '../../src/recommend/scores.js';

test('what is said of an item is kept for its versions and its time, however often another is made anew', (t) => {
  let now = 0;
  t.mock.method(performance, 'now', () => now);
  const cache = new ScoreCache(2);
  let made = 0;
  const ask = (item: number, counts = 1, titles = 1): number[] => {
    const make = () => new Scores(Uint32Array.of(7, 8, 9), Float32Array.of(1, 3, 2 + ++made));
    return [...cache.get(item, counts, titles, make).handles];
  };
  assert.deepEqual(ask(1).toSorted(), [8, 9], 'as many as there is room for');
  ask(1);
  assert.equal(made, 1);
  ask(1, 2);
  ask(1, 2, 2);
  assert.equal(made, 3, 'other counts, other titles');
  for (let counts = 0; counts < 20_000; counts++) ask(2, counts);
  made = 0;
  ask(1, 2, 2);
  assert.equal(made, 0);
  now = 1e9;
  ask(1, 2, 2);
  assert.equal(made, 1, 'its time is over');
});
