import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';

const core = new URL('../../src/core/index.js', import.meta.url).href;

function ended(script: string): { status: number | null; signal: NodeJS.Signals | null } {
  const program = `
    import { Worker } from 'node:worker_threads';
    import { endProcess, inStore } from ${JSON.stringify(core)};
    const busy = () => inStore(new Worker('setInterval(() => {}, 1000)', { eval: true }));
    ${script}`;
  return spawnSync(process.execPath, ['--input-type=module', '-e', program]);
}

test('a process ends with status 0, or by the signal while a thread is at work in the store', () => {
  const idle = ended(`endProcess('SIGTERM');`);
  assert.deepEqual([idle.status, idle.signal], [0, null]);
  const atWork = ended(`const worker = busy(); worker.once('online', () => endProcess('SIGTERM'));`);
  assert.deepEqual([atWork.status, atWork.signal], [null, 'SIGTERM']);
  const over = ended(
    `const worker = busy(); worker.once('online', async () => { await worker.terminate(); endProcess('SIGTERM'); });`,
  );
  assert.deepEqual([over.status, over.signal], [0, null]);
});
