import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { type EventId, idEncoder, offsetEncoder } from '../../src/storage/eventIds.js';

/** The bytes in a buffer with others before and after, which are not to change. */
function written(key: EventId | string): Buffer {
  const target = Buffer.alloc(2_000, 0xaa);
  const end = idEncoder.writeKey(key, target, 100);
  assert.ok(target.subarray(0, 100).every((byte) => byte === 0xaa));
  assert.ok(target.subarray(100 + 3 * 256).every((byte) => byte === 0xaa));
  return target.subarray(100, end);
}

/** As stores are written since ids are kept with their shopper. */
function expected(text: string): Buffer {
  const bytes = Buffer.from(text);
  if (bytes.length <= 256) return bytes;
  return Buffer.concat([Buffer.of(0xff), createHash('sha256').update(bytes).digest()]);
}

test('an id is written as the bytes of its text, or as a hash where these are many', () => {
  const ids = fc.oneof(
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 130 }),
    fc.string({ unit: fc.constantFrom('x', 'é', '手', '😀'), minLength: 60, maxLength: 130 }),
    fc.constantFrom('x'.repeat(256), 'x'.repeat(257), 'x'.repeat(5_000), '手'.repeat(86)),
  );
  fc.assert(
    fc.property(ids, ids, fc.option(ids, { nil: undefined }), (id, user, key) => {
      assert.deepEqual(written(id), expected(id));
      const known = key === undefined ? { id, user } : { id, user, key };
      assert.deepEqual(written(known), expected(`${id}\0${user}\0${key ?? ''}`));
    }),
    { numRuns: 500 },
  );
});

test('an offset is four bytes, the lowest first', () => {
  for (const offset of [0, 1, 0x1234, 0x89abcdef, 0xffffffff]) {
    const bytes = offsetEncoder.encode(offset);
    assert.equal(bytes.readUInt32LE(), offset);
    assert.equal(offsetEncoder.decode(Buffer.from(bytes)), offset);
  }
});
