import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as zlib from 'node:zlib';
import { random } from '../../src/core/index.js';
import { crc32 } from '../../src/storage/crc32.js';

test('crc32 gives the check value of the standard, and what zlib gives', () => {
  assert.equal(crc32(Buffer.from('123456789')), 0xcbf43926);
  assert.equal(crc32(Buffer.from('12345678901'), 9), 0xcbf43926, 'of the first bytes');
  const reference = (zlib as { crc32?: (bytes: Uint8Array, seed: number) => number }).crc32;
  const chance = random(2);
  for (let size = 0; reference && size < 1_200; size += size < 300 ? 1 : 37) {
    const bytes = Uint8Array.from({ length: size }, () => chance.int(256));
    const seed = chance.int(2 ** 31);
    assert.equal(crc32(bytes, size, seed), reference(bytes, seed));
  }
});
