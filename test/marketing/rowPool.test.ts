import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RowPool } from '../../src/marketing/intent/rowPool.js';

test('rows stay as they were put while the pool grows, and freed ones are used again, empty', () => {
  const pool = new RowPool(3);
  const rows = Array.from({ length: 3_000 }, (_, at) => {
    const row = pool.put(Float64Array.of(at, -at));
    pool.set(row, 2, at / 2);
    return row;
  });
  assert.equal(new Set(rows).size, 3_000);
  for (const [at, row] of rows.entries())
    assert.deepEqual([pool.at(row, 0), pool.at(row, 1), pool.at(row, 2)], [at, at === 0 ? -0 : -at, at / 2]);
  pool.free([rows[7]!]);
  const again = pool.put(Float64Array.of(1));
  assert.equal(again, rows[7]);
  assert.deepEqual([pool.at(again, 0), pool.at(again, 1), pool.at(again, 2)], [1, 0, 0]);
});
