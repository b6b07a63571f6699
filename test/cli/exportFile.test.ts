import assert from 'node:assert/strict';
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { exportFile } from '../../src/cli/exportFile.js';
import { scratch } from '../support/events.js';

test('a mark takes the place of the one before when it is whole: a kill between loses nothing', async (t) => {
  const dir = scratch(t);
  const target = join(dir, 'out.jsonl');
  let first: number | undefined;
  let between = '';
  function* records(from: number): Generator<number> {
    for (let at = from; at < 5_000; at++) {
      // The first mark is open here while the second one is written.
      if (at === 2_500) first = openSync(`${target}.part.json`, 'r');
      if (at === 4_500) between = readFileSync(first!, 'utf8');
      yield at;
    }
  }
  const source = {
    what: 'events',
    identity: 'a shop',
    columns: {},
    total: 5_000,
    records,
    rows: () => [],
    json: (record: number) => record,
  };
  await exportFile(source, target, 'jsonl', () => {});
  closeSync(first!);
  assert.equal((JSON.parse(between) as { next: number }).next, 2_000);
  assert.deepEqual(readdirSync(dir), ['out.jsonl']);
});
