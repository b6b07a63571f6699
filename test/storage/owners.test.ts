import assert from 'node:assert/strict';
import { execFile, execFileSync, spawn, spawnSync } from 'node:child_process';
import { readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { openStore } from '../../src/storage/index.js';
import { event, logged, scratch } from '../support/events.js';

const child = fileURLToPath(new URL('../support/appendTo.js', import.meta.url));
const elsewhere = (dir: string, ...ids: string[]): string[] =>
  execFileSync(process.execPath, [child, dir, ...ids], { encoding: 'utf8' })
    .trim()
    .split('\n');

test('a store that is open is refused to another process, here and in another container', async (t) => {
  const dir = scratch(t);
  const store = openStore(dir);
  await store.log.append([event({ id: 'a' })]);
  assert.deepEqual(elsewhere(dir, 'b'), ['store_locked']);
  const unshare = ['--pid', '--fork', '--mount-proc'];
  if (spawnSync('unshare', [...unshare, 'true']).status === 0) {
    // Asynchronous, so that this process goes on showing that it lives.
    const { stdout } = await promisify(execFile)('unshare', [...unshare, process.execPath, child, dir, 'b']);
    assert.equal(stdout.trim(), 'store_locked');
  }
  await store.close();
  assert.deepEqual(elsewhere(dir, 'b'), ['1'], 'once it is closed');
});

test('of two owners that the lock let through the later one writes, and the other never over it', async (t) => {
  const dir = scratch(t);
  const store = openStore(dir);
  await store.log.append([event({ id: 'a' })]);
  await store.state.write([{ space: 's', key: 'k', value: Buffer.from('old') }]);
  rmSync(join(dir, 'lock.pid'));
  assert.deepEqual(elsewhere(dir, 'b', 'c'), ['1', '2']);
  const change = { space: 's', key: 'k', value: Buffer.from('mine') };
  for (const write of [
    () => store.log.append([event({ id: 'd' })]),
    () => store.state.write([change]),
    () => store.facts.write([change]),
  ])
    await assert.rejects(write(), { code: 'store_locked' });
  await store.close();
  const again = openStore(dir);
  assert.deepEqual(
    (await logged(again.log)).map(({ id }) => id),
    ['a', 'b', 'c'],
  );
  assert.equal(Buffer.from(again.state.get('s', 'k')!).toString(), 'old');
  await again.close();
});

test('a lock of this process that it does not hold, as in a copy made while it did, is taken over', async (t) => {
  const dir = scratch(t);
  const path = join(dir, 'lock.pid');
  const store = openStore(dir);
  const lock = readFileSync(path);
  await store.close();
  writeFileSync(path, lock);
  await openStore(dir).close();
});

test('the lock of a container that is gone is taken over once it shows no life', async (t) => {
  const dir = scratch(t);
  await openStore(dir).close();
  const path = join(dir, 'lock.pid');
  const holder = { pid: 1, started: '7', place: 'another machine', token: 'x' };
  writeFileSync(path, JSON.stringify(holder));
  const beating = spawnBeat(path);
  assert.throws(() => openStore(dir), { code: 'store_locked', message: /another container/ });
  beating.kill();
  await new Promise((resolve) => beating.once('exit', resolve));
  const started = performance.now();
  const store = openStore(dir);
  assert.ok(performance.now() - started > 3_000, 'it waited for a sign of life');
  assert.notEqual(JSON.parse(readFileSync(path, 'utf8')).token, 'x');
  await store.close();
});

/** Another process that touches the file every 300 ms. */
function spawnBeat(path: string) {
  utimesSync(path, new Date(), new Date());
  return spawn('sh', ['-c', 'while sleep 0.3; do touch "$0"; done', path], { stdio: 'ignore' });
}
