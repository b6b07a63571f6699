import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Quarantine } from '../../src/server/quarantine.js';
import { scratch } from '../support/events.js';

const fault = { field: 'time', message: 'is not a time' };

test('what is refused is kept with its reason, a line each', async (t) => {
  const path = join(scratch(t), 'quarantine', 'events.jsonl');
  const quarantine = new Quarantine(path);
  await quarantine.add([{ fault: { ...fault, row: 3 }, data: { id: 'e1', time: 'soon' } }]);
  await quarantine.add([{ fault, data: 7 }]);
  const lines = readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    lines.map(({ field, reason, row, data }) => ({ field, reason, row, data })),
    [
      { field: 'time', reason: 'is not a time', row: 3, data: { id: 'e1', time: 'soon' } },
      { field: 'time', reason: 'is not a time', row: undefined, data: 7 },
    ],
  );
});

test('the file is put aside before it passes its size, and the one before that goes', async (t) => {
  const path = join(scratch(t), 'events.jsonl');
  const limit = 16 << 20;
  const half = 'x'.repeat(9 << 20);
  const quarantine = new Quarantine(path);
  for (const mark of ['first', 'second', 'third']) {
    await quarantine.add([{ fault, data: { mark, half } }]);
    assert.ok(statSync(path).size <= limit);
  }
  assert.match(readFileSync(path, 'utf8').slice(-(half.length + 60)), /"mark":"third"/);
  assert.match(readFileSync(`${path}.1`, 'utf8').slice(0, 200), /"mark":"second"/);
  await quarantine.add([{ fault, data: { mark: 'small' } }]);
  assert.match(readFileSync(`${path}.1`, 'utf8').slice(0, 200), /"mark":"second"/, 'there was room left');
  assert.equal(existsSync(`${path}.2`), false);
  // One that is opened again goes on where the file ends.
  await new Quarantine(path).add([{ fault, data: { mark: 'fourth', half } }]);
  assert.match(readFileSync(`${path}.1`, 'utf8').slice(0, 200), /"mark":"third"/);
});
