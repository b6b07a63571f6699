import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { isRunning } from '../../src/core/index.js';

test('a process runs where a signal may be sent, or may not because it is of another user; one that ended does not', (t) => {
  assert.equal(isRunning(process.pid), true);
  const { pid } = spawnSync(process.execPath, ['--version']);
  assert.equal(isRunning(pid), false);
  t.mock.method(process, 'kill', () => {
    throw Object.assign(new Error('not permitted'), { code: 'EPERM' });
  });
  assert.equal(isRunning(pid), true);
});
