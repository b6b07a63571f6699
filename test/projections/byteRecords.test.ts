import assert from 'node:assert/strict';
import { test } from 'node:test';
import { random } from '../../src/core/index.js';
import { ByteRecords } from '../../src/projections/byteRecords.js';

test('records are as they were put while others come, grow and go, and gaps stay few', () => {
  const chance = random(9);
  const records = new ByteRecords();
  const expected = new Map<number, Uint8Array>();
  let held = 0;
  for (let step = 0; step < 60_000; step++) {
    const record = chance.int(4_000);
    held -= expected.get(record)?.length ?? 0;
    expected.delete(record);
    if (chance.int(4) === 0) records.delete(record);
    else {
      // As many fill a block to its end, and some have one of their own.
      const length = chance.int(2_000) === 0 ? 16_360 + chance.int(60_000) : chance.int(900);
      const bytes = new Uint8Array(length).fill(step);
      expected.set(record, bytes);
      held += length;
      records.put(record, bytes);
    }
    if (step > 20_000 && step % 1_000 === 0)
      assert.ok(records.capacity < 1.35 * held + 2 * 65_536, `${records.capacity} bytes for ${held}`);
  }
  for (let record = 0; record < 4_100; record++)
    assert.deepEqual(records.get(record), expected.get(record), `record ${record}`);
  for (const record of expected.keys()) records.delete(record);
  assert.ok(records.capacity <= 2 * 65_536, 'of nothing nothing is left');
});
