import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RowTable } from '../../src/projections/index.js';

/** Rows in a table, of both its halves. */
const sizeOf = (table: RowTable, width: number): number =>
  table.pack().reduce((sum, part) => sum + part.length / (1 + width), 0);

test('a table of rows answers as a map does, also packed and restored, while it is not full', () => {
  const steps = fc.array(
    fc.record({
      hash: fc.integer({ min: 0, max: 2 ** 52 }),
      add: fc.integer({ min: 1, max: 9 }),
      clear: fc.boolean(),
    }),
    { maxLength: 300 },
  );
  fc.assert(
    fc.property(steps, (drawn) => {
      let table = new RowTable(10_000, 2);
      const map = new Map<number, number[]>();
      for (const [at, { hash, add, clear }] of drawn.entries()) {
        if (clear) {
          table.clear(hash);
          map.delete(hash);
        } else {
          table.open(hash)[at % 2]! += add;
          const row = map.get(hash) ?? [0, 0];
          row[at % 2]! += add;
          map.set(hash, row);
        }
        if (at % 50 !== 49) continue;
        const again = new RowTable(10_000, 2);
        again.restore(table.pack());
        table = again;
      }
      for (const { hash } of drawn) {
        const row = table.get(hash);
        assert.deepEqual(row && [...row], map.get(hash));
      }
      assert.equal(sizeOf(table, 2), map.size);
    }),
  );
});

test('a full table keeps what was used last, and grows no further', () => {
  const table = new RowTable(1_000, 1);
  for (let hash = 0; hash < 50_000; hash++) {
    table.open(7)[0] = 7;
    table.open(1_000 + hash)[0] = hash + 1;
  }
  assert.ok(sizeOf(table, 1) <= 1_000, `${sizeOf(table, 1)}`);
  assert.equal(table.get(7)?.[0], 7);
  assert.equal(table.get(50_999)?.[0], 50_000);
  assert.equal(table.get(1_000), undefined);
});
