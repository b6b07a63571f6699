import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addBought, type BoughtItems, boughtBy, mergeBought } from '../../src/projections/bought.js';
import { day, start } from '../support/events.js';

const limits = { items: 3, ms: 100 * day };

test('an item is bought once more a day and more after or before the others; what all came back is bought no times', () => {
  const all: BoughtItems = new Map();
  const times = (at: number, units = 1): number => {
    addBought(all, 'a', units, start + at * day, limits);
    return all.get('a')!.times;
  };
  assert.deepEqual([times(0), times(0.5), times(1.5), times(2.6)], [1, 1, 1, 2]);
  assert.deepEqual([times(-1), times(-2.1), times(1)], [2, 3, 3]);
  assert.deepEqual(all.get('a'), { units: 7, first: start - 2.1 * day, last: start + 2.6 * day, times: 3 });
  assert.equal(times(3, -6), 3);
  assert.equal(times(3, -1), 0);
  assert.equal(times(3, -1), 0, 'a refund before its purchase');
  assert.equal(all.get('a')!.last, start + 2.6 * day, 'what comes back was not bought then');
  assert.equal(times(2), 1);
});

test('the ones bought longest ago are forgotten first, and nobody has what came back or is too old', () => {
  const all: BoughtItems = new Map();
  for (const [at, item] of ['a', 'b', 'a', 'c', 'd'].entries())
    addBought(all, item, 1, start + at * day, limits);
  assert.deepEqual([...all.keys()], ['a', 'c', 'd']);
  addBought(all, 'd', -1, start + 5 * day, limits);
  assert.deepEqual([...boughtBy(all, start + 102 * day, limits).keys()], ['a', 'c']);
  assert.deepEqual([...boughtBy(all, start + 103 * day, limits).keys()], ['c']);
  const other: BoughtItems = new Map();
  addBought(other, 'c', 2, start - day, limits);
  mergeBought(all, other, limits);
  assert.deepEqual(other.get('c'), { units: 3, first: start - day, last: start + 3 * day, times: 2 });
});

test('two shoppers who become one remember no more than one may', () => {
  const [some, others]: BoughtItems[] = [new Map(), new Map()];
  for (const [at, item] of ['a', 'b', 'c'].entries()) addBought(some!, item, 1, start + at, limits);
  for (const [at, item] of ['x', 'y', 'z'].entries()) addBought(others!, item, 1, start + at, limits);
  mergeBought(some!, others!, limits);
  assert.deepEqual([...others!.keys()], ['a', 'b', 'c']);
});
