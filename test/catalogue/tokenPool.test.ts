import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TokenPool } from '../../src/catalogue/tokenPool.js';
import { random } from '../../src/core/index.js';

test('tokens replaced and taken out again and again are those that were put last, in memory bounded by them', () => {
  const pool = new TokenPool();
  const held = new Map<number, number[]>();
  const chance = random(3);
  for (let n = 0; n < 30_000; n++) {
    const item = chance.int(400);
    const tokens = Array.from({ length: chance.int(4) === 0 ? 0 : chance.int(30) }, () =>
      chance.int(1 << 30),
    );
    pool.put(
      item,
      Uint32Array.from(tokens),
      Uint16Array.from(tokens, (token) => token % 1_000),
    );
    held.set(item, tokens);
  }
  for (const [item, tokens] of held) {
    assert.deepEqual([...pool.of(item)], tokens);
    const start = pool.start(item);
    assert.deepEqual(
      [...pool.parts.subarray(start, start + tokens.length)],
      tokens.map((token) => token % 1_000),
    );
  }
  assert.equal(pool.length(1_000_000), 0);
  assert.ok(pool.tokens.length < 3 * 400 * 30);
});
