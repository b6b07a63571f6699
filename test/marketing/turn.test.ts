import assert from 'node:assert/strict';
import { test } from 'node:test';
import { whenNobodyLearns, within } from '../../src/core/index.js';
import { openMarketing } from '../../src/marketing/index.js';
import { openEngine } from '../../src/recommend/index.js';
import { memoryStore } from '../../src/storage/index.js';
import { scratch } from '../support/events.js';

test('marketing learns by itself when nothing else does, and not once it is closed', async (t) => {
  const told: string[] = [];
  const engine = await openEngine({ store: memoryStore(), warn: (_, what) => told.push(what) });
  const marketing = await openMarketing(engine, { dir: scratch(t) });
  t.after(() => engine.close());
  let leave = (): void => {};
  const other = whenNobodyLearns(
    () =>
      new Promise<void>((resolve) => {
        leave = resolve;
      }),
  );
  const jobs = ['intent', 'response'].map((name) => engine.jobs.runNow(name).then(() => name));
  assert.equal(await within(Promise.race(jobs), 50), undefined, 'they wait');
  leave();
  assert.deepEqual(await Promise.all(jobs), ['intent', 'response']);
  await other;

  const last = whenNobodyLearns(
    () =>
      new Promise<void>((resolve) => {
        leave = resolve;
      }),
  );
  const waiting = engine.jobs.runNow('intent');
  await marketing.close();
  await waiting;
  assert.deepEqual(told, [], 'a job that was ended has not failed');
  leave();
  await last;
});
