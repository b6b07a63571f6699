import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parseConfig } from '../../src/config/index.js';
import { parseMapping } from '../../src/prepare/index.js';
import { parsePolicy } from '../../src/recommend/index.js';

const root = fileURLToPath(new URL('../../../examples/', import.meta.url));

for (const name of ['news', 'video']) {
  test(`examples/${name}: its configuration, policy and mapping are read as they are`, () => {
    const read = (file: string): string => readFileSync(join(root, name, file), 'utf8');
    assert.ok(parseConfig(read('endcap.json')).events);
    assert.ok(parsePolicy(read('policy.json')).newItems!.share > 0);
    assert.ok(parseMapping(JSON.parse(read('mapping.json'))).columns?.item);
  });
}
