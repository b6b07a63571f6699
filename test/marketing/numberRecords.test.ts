import assert from 'node:assert/strict';
import { test } from 'node:test';
import { random } from '../../src/core/index.js';
import { NumberRecords } from '../../src/marketing/intent/numberRecords.js';

const recordAt = (cells: Float64Array, start: number): { a: number; b: number } => ({
  a: cells[start]!,
  b: cells[start + 1]!,
});

test('records of numbers are as a map of objects would be, in its order, after packing too', () => {
  const chance = random(5);
  const expected = new Map<string, { a: number; b: number }>();
  let records = new NumberRecords(['a', 'b'], recordAt);
  for (let step = 0; step < 20_000; step++) {
    const key = `k${chance.int(3_000)}`;
    if (chance.int(3) === 0) {
      expected.delete(key);
      records.delete(key);
    } else {
      const record = { a: chance.int(4) ? chance.float() : Number.NaN, b: step };
      expected.set(key, record);
      records.set(key, record);
    }
    if (step % 5_000 !== 4_999) continue;
    assert.deepEqual([...records], [...expected]);
    const restored = new NumberRecords(['a', 'b'], recordAt);
    restored.set('before', { a: 1, b: 1 });
    restored.restore(records.pack());
    records = restored;
  }
  assert.equal(records.size, expected.size);
  assert.deepEqual([...records], [...expected]);
  const [key, before] = [...expected][0]!;
  records.get(key)!.b = -1;
  assert.deepEqual(records.get(key), before, 'what is asked for is a copy');
  assert.equal(records.get('never set'), undefined);
});
