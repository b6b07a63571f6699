import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Packr } from 'msgpackr';
import { packAlone } from '../../src/storage/index.js';

test('what is small does not lie in the buffer of what was large, and both come back', () => {
  const packr = new Packr({ useRecords: false });
  const large = { bytes: new Uint8Array(3 << 20).fill(7) };
  const packed = packAlone(packr, large);
  const small = packAlone(packr, 'small');
  assert.ok(small.buffer.byteLength < 1 << 20, `${small.buffer.byteLength} bytes are kept by five`);
  assert.equal(packr.unpack(small), 'small');
  assert.deepEqual(new Uint8Array(packr.unpack(packed).bytes), large.bytes);
});
