import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { generated } from '../scripts/docs.js';

for (const [path, make] of Object.entries(generated)) {
  test(`${path} is as the code says (npm run docs)`, () => {
    assert.equal(readFileSync(path, 'utf8'), make());
  });
}
