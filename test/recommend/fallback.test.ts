import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fill } from '../../src/recommend/fallback.js';

test('a list is completed from each in turn, each once, and others have their turn between long ones', async () => {
  assert.deepEqual(await fill([1, 2], 5, [[2, 3], [3, 4, 5, 6], [7]]), [1, 2, 3, 4, 5]);
  let turns = 0;
  const seen: number[] = [];
  function* long(): Iterable<number> {
    seen.push(turns);
    setImmediate(() => turns++);
    for (const end = performance.now() + 10; performance.now() < end; );
    yield* [];
  }
  assert.deepEqual(await fill([9], 5, [long(), long(), long()]), [9]);
  assert.deepEqual(seen, [0, 1, 2]);
});
