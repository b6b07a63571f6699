import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fnv1a } from '../../src/core/index.js';

test('FNV-1a is that of its authors, and never changes: what is kept goes by it', () => {
  assert.deepEqual(['', 'a', 'foobar'].map(fnv1a), [0x811c9dc5, 0xe40c292c, 0xbf9cf968]);
});
