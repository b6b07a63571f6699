import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { aside, Turnstile, whenNobodyLearns } from '../../src/core/index.js';

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

test('who gives up waiting at a turnstile leaves at once, and the next still waits for who is in', async () => {
  const turnstile = new Turnstile();
  const leave = await turnstile.enter();
  const ending = new AbortController();
  const came: string[] = [];
  const impatient = turnstile.enter(ending.signal).then(
    () => came.push('impatient'),
    (reason) => came.push(`gone: ${reason}`),
  );
  const patient = turnstile.enter(new AbortController().signal).then(() => came.push('patient'));
  ending.abort('enough');
  await impatient;
  await new Promise(setImmediate);
  assert.deepEqual(came, ['gone: enough']);
  leave();
  await patient;
  assert.deepEqual(came, ['gone: enough', 'patient']);
  await assert.rejects(turnstile.enter(AbortSignal.abort(new Error('before'))), /before/);
});

/** A thread that is busy for so many ms, and says from when to when. */
const busyFor = (ms: number): URL =>
  new URL(
    `data:text/javascript,import { parentPort } from 'node:worker_threads';
    const from = Date.now(); while (Date.now() < from + ${ms});
    parentPort.postMessage([from, Date.now()]);`,
  );

test('threads that learn come one after the other; one that is stopped before its turn never begins', async () => {
  const [first, stopped, last] = [200, 200, 50].map((ms) => aside<[number, number]>(busyFor(ms), undefined));
  await stopped!.stop();
  assert.equal(await stopped!.answer, undefined);
  // Not ended by the other's end, and not begun beside it.
  const [one, two] = await Promise.all([first!.answer, last!.answer]);
  assert.ok(one![1] <= two![0], `${one} and ${two}`);
  const failing = whenNobodyLearns(() => Promise.reject(new Error('no')));
  await assert.rejects(failing, /no/);
  assert.equal(await whenNobodyLearns(async () => 'next'), 'next', 'what fails makes room as well');
});

test('a thread that is stopped at work has no answer, and one that fails is told of', async () => {
  const busy = aside(busyFor(60_000), undefined);
  await new Promise((resolve) => setTimeout(resolve, 50));
  await busy.stop();
  assert.equal(await busy.answer, undefined);
  await assert.rejects(
    aside(new URL('data:text/javascript,throw new Error("inside")'), undefined).answer,
    /inside/,
  );
});
