import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keepLatest } from '../../src/core/index.js';

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
