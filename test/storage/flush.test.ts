import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { scratch } from '../support/events.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const child = fileURLToPath(new URL('../support/acknowledgedOnDisk.js', import.meta.url));

test('nothing is acknowledged before it is flushed: counted where the process asks the system for it', (t) => {
  const dir = scratch(t);
  const library = join(dir, 'countSyncs.so');
  const source = join(root, 'test/support/countSyncs.c');
  if (spawnSync('cc', ['--version']).status !== 0) {
    t.skip('no C compiler here');
    return;
  }
  execFileSync('cc', ['-shared', '-fPIC', '-o', library, source, '-ldl']);
  const counter = join(dir, 'counter');
  writeFileSync(counter, Buffer.alloc(8));
  const answer = execFileSync(process.execPath, [child, join(dir, 'store')], {
    encoding: 'utf8',
    env: { ...process.env, LD_PRELOAD: library, SYNC_COUNTER: counter },
  });
  assert.deepEqual(JSON.parse(answer), { log: 0, state: 0, facts: 0, objects: 0 });
});
