import assert from 'node:assert/strict';
import { test } from 'node:test';
import { random } from '../../src/core/index.js';
import { batches, holdOut, mixedNegatives } from '../../src/models/deep/sequences.js';
import { dataset } from './support.js';

/** Shoppers of 2 to 7 items, each of their own: what is learned of a shopper is seen by the item. */
const data = dataset(
  Array.from({ length: 12 }, (_, user) =>
    Array.from({ length: 2 + (user % 6) }, (_, at) => `u${String(user).padStart(2, '0')}-${at}`),
  ),
);
const whole = { count: 0, draw: () => 0, logQ: new Float32Array(data.items.size) };

test('what is held out is neither target nor history of what is learned, and all else is', () => {
  const sequences = holdOut(data, 5, 3);
  const { heldOut, end } = sequences;
  assert.equal(heldOut.length, 5);
  assert.ok([...heldOut].every((user) => data.start[user + 1]! - data.start[user]! >= 3));
  const [targets, histories] = [new Set<number>(), new Set<number>()];
  const options = { length: 8, batch: 64, negatives: whole };
  for (const { feeds } of batches(sequences, options, random(1))) {
    for (const item of feeds.targets as Int32Array) targets.add(item);
    for (const item of feeds.history as Int32Array) if (item >= 0) histories.add(item);
  }
  for (let user = 0; user < 12; user++) {
    const own = data.item.subarray(data.start[user], data.start[user + 1]);
    const kept = [...heldOut].includes(user) ? own.length - 1 : own.length;
    assert.equal(end[user], data.start[user]! + kept);
    for (const [at, item] of own.entries()) {
      assert.equal(targets.has(item), at > 0 && at < kept, `target ${at} of ${kept}`);
      assert.equal(histories.has(item), at < kept - 1, `history ${at} of ${kept}`);
    }
  }
});

test('half of the negatives are drawn evenly, half by how often an item was touched, and logQ says so', () => {
  const lists = [...Array(8).fill(['a', 'a', 'b']), ['c', 'd', 'e', 'f']];
  const some = dataset(lists);
  const { draw, logQ } = mixedNegatives(some, 100);
  const chance = random(5);
  const drawn = new Float64Array(some.items.size);
  const draws = 60_000;
  for (let at = 0; at < draws; at++) drawn[draw(chance)]!++;
  const often = some.items.row('a');
  assert.ok(Math.abs(drawn[often]! / draws - (16 / 28 + 1 / 6) / 2) < 0.01, `${drawn}`);
  for (const [row, count] of drawn.entries())
    assert.ok(Math.abs((100 * count) / draws - Math.exp(logQ[row]!)) < 1, `row ${row}`);
});
