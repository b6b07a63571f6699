import assert from 'node:assert/strict';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openCatalogue } from '../../src/catalogue/index.js';
import { silent } from '../../src/core/index.js';
import { eventsInState, openState } from '../../src/projections/index.js';
import { backupStore, examineStore, openStore } from '../../src/storage/index.js';
import { event, logged, scratch, start } from '../support/events.js';

test('a backup taken while events come has all that was acknowledged before, and serves the same', async (t) => {
  const dir = scratch(t);
  const store = openStore(dir);
  const catalogue = openCatalogue(store.facts);
  await catalogue.put([{ id: 'a', title: 'Lamp' }, { id: 'b' }]);
  await store.objects.put('models/1/model.bin', Buffer.from('weights'));
  writeFileSync(join(dir, 'endcap.json'), '{}');
  let acknowledged = 0;
  let more = true;
  const sending = (async () => {
    for (; more; acknowledged++) {
      const items = [{ id: `i${acknowledged % 50}` }, { id: 'a' }];
      await store.log.append([
        event({ id: `${acknowledged}`, user: `u${acknowledged}`, type: 'purchase', items }),
      ]);
    }
  })();
  while (acknowledged < 50) await new Promise((resolve) => setTimeout(resolve, 5));
  const before = acknowledged;
  // A folder that is there and empty will do.
  const copy = scratch(t);
  await backupStore(dir, copy);
  more = false;
  await sending;
  await assert.rejects(backupStore(dir, copy), { code: 'unwritable' });
  const restored = openStore(copy);
  const copied = await logged(restored.log);
  assert.ok(
    copied.length >= before && copied.length <= acknowledged,
    `${before} ${copied.length} ${acknowledged}`,
  );
  assert.deepEqual(copied, await logged(store.log, 0, copied.length));
  const items = openCatalogue(restored.facts);
  assert.equal(items.get('a')!.title, 'Lamp');
  assert.equal(readFileSync(join(copy, 'objects/models/1/model.bin'), 'utf8'), 'weights');
  const state = await openState(restored, {}, silent, items.dictionary);
  assert.equal(state.profile(`u${copied.length - 1}`, start).total, 1);
  assert.equal(state.itemStats('a', start)!.counts.purchase, copied.length);
  const [next] = await restored.log.append([event({ id: 'after', user: 'after' })]);
  assert.deepEqual(next, { offset: copied.length, duplicate: false });
  await restored.close();
  await store.close();
});

test('the doctor reads everything: it names the damaged events and goes on behind them', async (t) => {
  const dir = scratch(t);
  const store = openStore(dir);
  for (let n = 0; n < 4; n++)
    await store.log.append(Array.from({ length: 256 }, (_, at) => event({ id: `event-${n}-${at}` })));
  await store.facts.write([{ space: 's', key: 'k', value: Buffer.from('a value of the facts') }]);
  await openState(store, {}, silent).then((state) => state.checkpoint());
  await store.close();
  const whole = await examineStore(dir, () => {});
  assert.deepEqual(whole.findings, []);
  assert.equal(whole.events, 1_024);
  assert.ok(whole.records > 4);
  overwrite(join(dir, 'log', 'data.mdb'), 'event-2-100', 'event-2-1x0', 'last');
  overwrite(join(dir, 'facts', 'data.mdb'), 'a value of', 'a valve of');
  const { events, findings } = await examineStore(dir, () => {});
  assert.equal(events, 1_024);
  assert.deepEqual(
    findings.map(({ part }) => part),
    ['log', 'facts'],
  );
  assert.match(findings[0]!.message, /events 512 to 767/);
  assert.match(findings[1]!.message, /"k" of s is damaged/);
  assert.ok(findings.every(({ remedy }) => remedy.includes('backup')));
  const seen: string[] = [];
  const damaged = openStore(dir);
  await damaged.verify({ found: (what) => seen.push(what) });
  assert.deepEqual(seen, ['events 512 to 767 cannot be read']);
  await damaged.close();
});

test('the doctor tells where parts of a shop do not belong together, or the log ends before the state', async (t) => {
  const [dir, other] = [scratch(t), scratch(t)];
  const fill = async (folder: string, events: number): Promise<void> => {
    const store = openStore(folder);
    await store.log.append(Array.from({ length: events }, (_, at) => event({ id: `${at}` })));
    await openState(store, {}, silent).then((state) => state.checkpoint());
    await store.close();
  };
  await fill(dir, 3);
  const before = join(scratch(t), 'log');
  cpSync(join(dir, 'log'), before, { recursive: true });
  await fill(dir, 5);
  await fill(other, 9);
  const found = async (change: () => void): Promise<string[]> => {
    const kept = join(scratch(t), 'shop');
    cpSync(dir, kept, { recursive: true });
    change();
    const { findings } = await examineStore(dir, () => {}, eventsInState);
    rmSync(dir, { recursive: true });
    cpSync(kept, dir, { recursive: true });
    return findings.map(({ part, message }) => `${part}: ${message}`);
  };
  const emptied = (part: string): void => {
    rmSync(join(dir, part), { recursive: true });
    // What an attempt to serve leaves.
    assert.throws(() => openStore(dir), { code: 'store_corrupt' });
  };
  const foreign = (from: string): void => cpSync(from, join(dir, 'log'), { recursive: true });
  assert.deepEqual(await found(() => {}), []);
  assert.deepEqual(await found(() => emptied('facts')), [
    'facts: The folder facts/ (the catalogue) is empty or missing',
  ]);
  assert.deepEqual(await found(() => emptied('log')), [
    'log: The folder log/ is empty or missing: facts/ was kept beside another log',
    'log: It ends at event 0, and the state was made from 5',
  ]);
  assert.deepEqual(await found(() => foreign(join(other, 'log'))), [
    'log: The folder log/ is that of another shop: facts/ was kept beside another log',
  ]);
  assert.deepEqual(await found(() => foreign(before)), [
    'log: It ends at event 3, and the state was made from 5',
  ]);
});

/** Overwrites a text of a file, where it stands in a value; ids are keys of the log's index, too. */
function overwrite(path: string, text: string, by: string, which?: 'last'): void {
  const bytes = readFileSync(path);
  const places: number[] = [];
  for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + 1)) places.push(at);
  assert.ok(places.length > 0);
  // In the index an id is followed by an offset, in a block by its type.
  const block = places.find((at) => bytes.subarray(at, at + 24).includes('view')) ?? places[0]!;
  bytes.write(by, which === 'last' ? block : places[0]!);
  writeFileSync(path, bytes);
}
