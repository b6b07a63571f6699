import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Shares } from '../../src/recommend/shares.js';

const taken = (shares: Shares): [string, number][] => shares.take((id, share) => [id, share]);

test('the three strongest explain an item, with their parts of the whole, the first of equals first', () => {
  const shares = new Shares();
  for (const [id, amount] of [
    ['a', 1],
    ['b', 3],
    ['c', 2],
    ['d', 3],
    ['a', 1],
  ] as const)
    shares.add(shares.slot(id), amount);
  assert.deepEqual(taken(shares), [
    ['b', 0.3],
    ['d', 0.3],
    ['a', 0.2],
  ]);
});

test('what explained one item says nothing of the next', () => {
  const shares = new Shares();
  shares.add(shares.slot('a'), 5);
  taken(shares);
  shares.add(shares.slot('b'), 2);
  shares.add(shares.slot('a'), 2);
  assert.deepEqual(taken(shares), [
    ['b', 0.5],
    ['a', 0.5],
  ]);
  assert.deepEqual(taken(shares), []);
});

test('what has next to no share explains nothing', () => {
  const shares = new Shares();
  shares.add(shares.slot('a'), 1_000);
  shares.add(shares.slot('b'), 1);
  shares.add(shares.slot('c'), 0);
  assert.deepEqual(
    taken(shares).map(([id]) => id),
    ['a'],
  );
  shares.add(shares.slot('c'), 0);
  assert.deepEqual(taken(shares), []);
});
