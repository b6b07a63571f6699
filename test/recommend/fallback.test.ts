import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EngineContext, RequestContext } from '../../src/recommend/context.js';
import { catalogueItems, fill, newItems, popularItems } from '../../src/recommend/fallback.js';

test('what completes a list comes in its order, allowed, and no more than twice what is wanted', () => {
  const twenty = Array.from({ length: 20 }, (_, at) => at);
  const engine = {
    popular: { ranked: () => twenty.toReversed() },
    newest: { ranked: () => ({ length: 20, at: (place: number) => place }) },
    catalogue: { handles: 20 },
  } as unknown as EngineContext;
  const context = { count: 3, now: 0 } as RequestContext;
  const even = (handle: number): boolean => handle % 2 === 0;
  assert.deepEqual([...popularItems(engine, context, even)], [18, 16, 14, 12, 10, 8]);
  assert.deepEqual([...newItems(engine, context, even)], [0, 2, 4, 6, 8, 10]);
  assert.deepEqual([...catalogueItems(engine, context, even)], [0, 2, 4, 6, 8, 10]);
  assert.deepEqual([...catalogueItems(engine, { ...context, count: 50 }, even)].length, 10);
});

test('a list is filled from each of the others in turn, each item once, and no further than wanted', async () => {
  let asked = 0;
  function* late(): Iterable<number> {
    asked++;
    yield 7;
  }
  assert.deepEqual(await fill([1, 2], 4, [[2, 3, 4, 5], late()]), [1, 2, 3, 4]);
  assert.equal(asked, 0);
  assert.deepEqual(await fill([1], 4, [[1, 2], late()]), [1, 2, 7]);
});

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
