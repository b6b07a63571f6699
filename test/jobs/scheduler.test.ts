import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { Scheduler } from '../../src/jobs/index.js';

test('jobs run again and again, each at its own pace, and never overlap themselves', async () => {
  const jobs = new Scheduler();
  let [fast, slow, together, most] = [0, 0, 0, 0];
  jobs.add({ name: 'fast', everyMs: 5, run: () => fast++ });
  jobs.add({
    name: 'slow',
    everyMs: 5,
    async run() {
      slow++;
      most = Math.max(most, ++together);
      await wait(60);
      together--;
    },
  });
  for (let tries = 0; tries < 6_000 && (slow < 2 || fast <= slow); tries++) await wait(10);
  await jobs.close();
  assert.ok(fast > slow, `${fast} fast, ${slow} slow`);
  assert.ok(slow >= 2);
  assert.equal(most, 1);
  assert.equal(together, 0, 'close waits for what runs');
  const before = fast;
  await wait(30);
  assert.equal(fast, before, 'nothing starts after close');
});

test('a job that fails is told of, counted, and runs again', async () => {
  const told: string[] = [];
  const jobs = new Scheduler((error, what) => told.push(`${what}: ${(error as Error).message}`));
  jobs.add({
    name: 'broken',
    everyMs: 3_600_000,
    run() {
      throw new Error('no');
    },
  });
  await jobs.runNow('broken');
  await jobs.runNow('broken');
  assert.deepEqual(told, ['the job "broken" failed: no', 'the job "broken" failed: no']);
  const [status] = jobs.statuses();
  assert.equal(status?.runs, 2);
  assert.equal(status?.failures, 2);
  assert.ok(status!.lastMs! >= 0);
  await jobs.close();
});

test('runNow joins the run under way, and a job taken out runs no more', async () => {
  const jobs = new Scheduler();
  let runs = 0;
  const remove = jobs.add({
    name: 'one',
    everyMs: 10,
    async run() {
      runs++;
      await wait(20);
    },
  });
  await Promise.all([jobs.runNow('one'), jobs.runNow('one')]);
  assert.equal(runs, 1);
  remove();
  await wait(40);
  assert.equal(runs, 1);
  await assert.rejects(jobs.runNow('one'), /no job "one"/);
  assert.throws(() => {
    jobs.add({ name: 'two', everyMs: 10, run() {} });
    jobs.add({ name: 'two', everyMs: 10, run() {} });
  }, /already/);
  await jobs.close();
});

test('closing waits for a run under way, for so long at most', async () => {
  const jobs = new Scheduler();
  let end = (): void => {};
  jobs.add({
    name: 'long',
    everyMs: 1_000,
    run: () =>
      new Promise<void>((resolve) => {
        end = resolve;
      }),
  });
  const ran = jobs.runNow('long');
  const began = performance.now();
  await jobs.close(50);
  assert.ok(performance.now() - began >= 45);
  setTimeout(end, 20);
  await jobs.close();
  await ran;
});

test('taking a job out leaves another of its name alone', () => {
  const jobs = new Scheduler();
  const job = { name: 'same', everyMs: 1_000, run: () => {} };
  const first = jobs.add(job);
  first();
  jobs.add(job);
  first();
  assert.deepEqual(
    jobs.statuses().map(({ name }) => name),
    ['same'],
  );
});

test('a job may run first at another time than it goes on at', async () => {
  const jobs = new Scheduler();
  let [soon, late] = [0, 0];
  jobs.add({ name: 'soon', everyMs: 3_600_000, firstMs: 0, run: () => soon++ });
  jobs.add({ name: 'late', everyMs: 1, firstMs: 3_600_000, run: () => late++ });
  for (let tries = 0; tries < 6_000 && soon === 0; tries++) await wait(5);
  await wait(20);
  assert.deepEqual([soon, late], [1, 0]);
  await jobs.close();
});
