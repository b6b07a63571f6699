import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Eviction, keepLatest } from '../../src/core/index.js';

test('what was set last stays, up to as many as may', () => {
  const small = new Map<number, string>();
  for (let key = 0; key < 12; key++) {
    small.set(key, '');
    keepLatest(small, 5);
  }
  assert.deepEqual([...small.keys()], [7, 8, 9, 10, 11]);
  const large = new Set<number>();
  for (let key = 0; key < 3_000; key++) {
    large.delete(0);
    large.add(key).add(0);
    keepLatest(large, 640);
    assert.ok(large.size <= 640, `${large.size} are kept`);
    assert.ok(key < 640 || large.size >= 630, `only ${large.size} are kept`);
  }
  const kept = [...large];
  assert.equal(kept.at(-1), 0, 'what is set anew is the latest');
  assert.deepEqual(
    kept.slice(0, -1),
    kept.slice(0, -1).map((_, at) => 3_001 - kept.length + at),
    'and the others go oldest first',
  );
});

test('a map that is written to, but from which nothing goes, costs no more memory', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const map = new Map<number, number>(Array.from({ length: 10_000 }, (_, key) => [key, 0] as const));
  const eviction = new Eviction(map);
  assert.equal(eviction.oldest()![0], 0);
  map.delete(0);
  await new Promise(setImmediate);
  collect();
  const before = process.memoryUsage().heapUsed;
  for (let at = 0; at < 2_000_000; at++) {
    const key = 1 + (at % 9_999);
    map.delete(key);
    map.set(key, at);
  }
  await new Promise(setImmediate);
  collect();
  const more = (process.memoryUsage().heapUsed - before) / 2 ** 20;
  assert.ok(more < 10, `${more.toFixed(1)} MiB more`);
  const next = map.keys().next().value;
  assert.equal(eviction.oldest()![0], next, 'and the oldest is still found');
});
