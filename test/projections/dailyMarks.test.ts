import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DailyMarks } from '../../src/projections/index.js';
import { day, start } from '../support/events.js';

test('a mark counts once a day, by how much it rises, and is kept over a restart', () => {
  const marks = new DailyMarks();
  assert.equal(marks.raise('u', 'a', 1, start), 1);
  assert.equal(marks.raise('u', 'a', 1, start + 1), 0);
  assert.equal(marks.raise('u', 'a', 5, start + 2), 4);
  assert.equal(marks.raise('v', 'a', 1, start), 1);
  const again = new DailyMarks();
  again.restore(marks.pack());
  for (const each of [marks, again]) {
    assert.equal(each.raise('u', 'a', 5, start), 0);
    assert.equal(each.raise('u', 'a', 1, start + day), 1);
    assert.equal(each.raise('u', 'a', 1, start), 0, 'a day that is over does not come back');
  }
});

test('who names ever more makes no room for what counted already', () => {
  const marks = new DailyMarks();
  let counted = 0;
  for (let n = 0; n < 5_000; n++) counted += marks.raise('liar', `${n}`, 1, start);
  assert.equal(counted, 1_000);
  assert.equal(marks.raise('liar', '0', 1, start), 0);
  assert.equal(marks.raise('honest', '0', 1, start), 1);
});

test('a flood of shoppers keeps no more than the limit, and the marks of the others until then', () => {
  const marks = new DailyMarks(2_000);
  for (let n = 0; n < 900; n++) assert.equal(marks.raise('honest', `${n}`, 1, start), 1);
  for (let n = 0; n < 1_000; n++) marks.raise(`liar ${n}`, 'a', 1, start);
  for (let n = 0; n < 900; n++) assert.equal(marks.raise('honest', `${n}`, 1, start), 0);
  for (let n = 0; n < 20_000; n++) marks.raise(`liar ${n}`, 'b', 1, start);
  const { marks: halves, shoppers } = marks.pack();
  for (const half of [...halves, ...shoppers]) assert.ok(half.length / 2 <= 1_000);
  assert.equal(marks.raise('honest', '0', 1, start), 1, 'what was forgotten counts again');
});
