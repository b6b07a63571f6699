import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { open } from 'lmdb';
import { Packr } from 'msgpackr';
import { EndcapError, type Event } from '../../src/core/index.js';
import { checkDataFile } from '../../src/storage/check.js';
import { EmbeddedState } from '../../src/storage/embeddedState.js';
import { type LoggedEvent, openStore, openStoreToRead, type StateChange } from '../../src/storage/index.js';
import { markKey, packPart, partKey } from '../../src/storage/noted.js';
import { Ownership } from '../../src/storage/ownership.js';
import { newestMeta } from '../../src/storage/pages.js';
import { seal } from '../../src/storage/seal.js';
import { event, logged, scratch } from '../support/events.js';

test('an event is stored once, whichever way its id comes again', async (t) => {
  const dir = scratch(t);
  let store = openStore(dir);
  const first = await store.log.append([
    event({ id: 'a' }),
    event({ id: 'b' }),
    event({ id: 'a', type: 'click' }),
  ]);
  assert.deepEqual(first, [
    { offset: 0, duplicate: false },
    { offset: 1, duplicate: false },
    { offset: 0, duplicate: true },
  ]);
  await store.close();
  store = openStore(dir);
  assert.equal(store.log.head, 2);
  assert.deepEqual(await store.log.append([event({ id: 'b' }), event({ id: '手机🙂' })]), [
    { offset: 1, duplicate: true },
    { offset: 2, duplicate: false },
  ]);
  assert.deepEqual(
    (await logged(store.log, 1)).map(({ id }) => id),
    ['b', '手机🙂'],
  );
  await store.close();
});

test('events are read from any offset to any other, however they were appended', async (t) => {
  const dir = scratch(t);
  let store = openStore(dir);
  let next = 0;
  for (const size of [1, 1, 700, 1, 300, 256]) {
    await store.log.append(Array.from({ length: size }, () => event({ id: `${next++}` })));
    await store.close();
    store = openStore(dir);
    assert.equal(store.log.head, next);
  }
  for (const [from, to] of [
    [0, next],
    [1, 2],
    [2, 702],
    [255, 259],
    [257, 258],
    [700, 1300],
    [1258, next + 5],
  ] as const) {
    const read: LoggedEvent[] = [];
    for await (const each of store.log.read(from, to)) read.push(each);
    const expected = Array.from({ length: Math.min(to, next) - from }, (_, at) => from + at);
    assert.deepEqual(
      read.map(({ offset }) => offset),
      expected,
    );
    assert.deepEqual(
      read.map(({ event: { id } }) => Number(id)),
      expected,
    );
  }
  await store.close();
});

test('an append that comes before the commit of another begins shares it, each with its own places', async (t) => {
  const store = openStore(scratch(t));
  const first = store.log.append([event({ id: 'a' })]);
  // As a request does that comes in the same turn of the loop.
  await Promise.resolve();
  const second = store.log.append([event({ id: 'a' }), event({ id: 'b' })]);
  assert.deepEqual(await first, [{ offset: 0, duplicate: false }]);
  assert.deepEqual(await second, [
    { offset: 0, duplicate: true },
    { offset: 1, duplicate: false },
  ]);
  const commits: number[] = [];
  for await (const { events } of store.log.blocks()) commits.push(events.length);
  assert.deepEqual(commits, [2]);
  await store.close();
});

test('ids of any length and likeness are told apart', async (t) => {
  const store = openStore(scratch(t));
  const long = 'x'.repeat(127);
  const ids = ['x', `${long}x`, `${long}xx`, `${long}xy`, `${long}手`, '\u00ff', 'é', 'e\u0301'];
  for (const round of [false, true]) {
    const appended = await store.log.append(ids.map((id) => event({ id })));
    assert.deepEqual(
      appended,
      ids.map((_, offset) => ({ offset, duplicate: round })),
    );
  }
  await store.close();
});

test('an append is answered whenever it comes after the one before', async (t) => {
  const store = openStore(scratch(t));
  for (let turns = 0; turns < 12; turns++) {
    for (let turn = 0; turn < turns; turn++) await undefined;
    const [appended] = await store.log.append([event({ id: `${turns}` })]);
    assert.deepEqual(appended, { offset: turns, duplicate: false });
  }
  await store.close();
});

test('concurrent appends are all answered, in order and without gaps', async (t) => {
  const store = openStore(scratch(t));
  const calls = Array.from({ length: 200 }, (_, call) =>
    store.log.append([event({ id: `x${call % 150}` }), event({ id: `y${call}` })]),
  );
  const offsets = (await Promise.all(calls)).flat();
  const kept = offsets.filter((appended) => !appended.duplicate).map((appended) => appended.offset);
  assert.equal(kept.length, 350);
  assert.deepEqual(
    kept.sort((a, b) => a - b),
    Array.from({ length: 350 }, (_, index) => index),
  );
  assert.equal((await logged(store.log)).length, 350);
  await store.close();
});

test('what is read equals what was written, for any event', async (t) => {
  const store = openStore(scratch(t));
  const anyEvent = fc.record(
    {
      type: fc.string(),
      user: fc.string({ unit: 'grapheme' }),
      session: fc.string(),
      query: fc.string({ unit: 'binary' }),
      value: fc.double({ noNaN: true }),
      time: fc.integer({ min: 0, max: 4e12 }),
      items: fc.array(fc.record({ id: fc.string(), price: fc.double({ noNaN: true }) })),
      context: fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.boolean(), fc.constant(null))),
    },
    { requiredKeys: ['type', 'user', 'time', 'items'], noNullPrototype: true },
  );
  let serial = 0;
  await fc.assert(
    fc.asyncProperty(anyEvent, async (fields) => {
      const written = { ...fields, id: `p${serial++}` };
      const [appended] = await store.log.append([written]);
      const [read] = await logged(store.log, appended!.offset);
      assert.equal(JSON.stringify(sorted(read)), JSON.stringify(sorted(written)));
    }),
    { numRuns: 60, seed: 7 },
  );
  await store.close();
});

test('a truncated or overwritten store is refused with the way out', async (t) => {
  const dir = scratch(t);
  const store = openStore(dir);
  await store.log.append(Array.from({ length: 2000 }, (_, index) => event({ id: `e${index}` })));
  await store.close();
  const file = join(dir, 'log', 'data.mdb');
  const whole = readFileSync(file);
  const refused = (part: string) => (error: unknown) =>
    error instanceof EndcapError &&
    error.code === 'store_corrupt' &&
    error.message.includes(part) &&
    /Restore the folder log/.test(error.remedy ?? '');
  truncateSync(file, Math.floor(statSync(file).size / 2));
  assert.throws(() => openStore(dir), refused('truncated'));
  writeFileSync(file, whole);
  const opened = openSync(file, 'r');
  const { lastPage, pageSize } = newestMeta(opened)!;
  closeSync(opened);
  const check = (): void => checkDataFile(file, 'restore it', true);
  truncateSync(file, (lastPage + 1) * pageSize);
  check();
  truncateSync(file, (lastPage + 1) * pageSize - 1);
  assert.throws(check, /it is truncated/, 'by a single byte');
  writeFileSync(file, Buffer.concat([Buffer.alloc(8192, 7), whole.subarray(8192)]));
  assert.throws(() => openStore(dir), refused('header'));
  writeFileSync(file, whole);
  const again = openStore(dir);
  assert.equal(again.log.head, 2000);
  await again.close();
});

test('a full disk refuses writes with 507, goes on reading, and writes again once there is room', async (t) => {
  const dir = scratch(t);
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', dir]).status !== 0) {
    t.skip('no right to mount a small disk here');
    return;
  }
  try {
    const ballast = join(dir, 'ballast');
    writeFileSync(ballast, Buffer.alloc(4 << 20));
    const store = openStore(dir);
    let stored = 0;
    const fill = async (): Promise<void> => {
      for (; stored < 5000; stored++) {
        await store.log.append([event({ id: `f${stored}`, query: 'x'.repeat(8000) })]);
      }
    };
    await assert.rejects(fill(), (error: unknown) => error instanceof EndcapError && error.status === 507);
    assert.ok(stored > 50);
    assert.equal((await logged(store.log)).length, stored);
    unlinkSync(ballast);
    await store.log.append([event({ id: 'after' })]);
    assert.equal(store.log.head, stored + 1);
    await store.close();
  } finally {
    spawnSync('umount', [dir]);
  }
});

test('a batch that fits no more is refused whole, and the log goes on as if it had not come', async (t) => {
  const dir = scratch(t);
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=48m', 'tmpfs', dir]).status !== 0) {
    t.skip('no right to mount a small disk here');
    return;
  }
  const unhandled: unknown[] = [];
  const note = (error: unknown): void => void unhandled.push(error);
  process.on('unhandledRejection', note);
  t.mock.method(console, 'error', () => {});
  try {
    const store = openStore(dir);
    await store.log.append([event({ id: 'before' })]);
    const large = Array.from({ length: 1000 }, (_, at) => event({ id: `l${at}`, query: 'x'.repeat(60_000) }));
    await assert.rejects(store.log.append(large), { code: 'disk_full', status: 507 });
    assert.deepEqual(
      (await logged(store.log)).map(({ id }) => id),
      ['before'],
    );
    spawnSync('mount', ['-o', 'remount,size=96m', dir]);
    assert.deepEqual(await store.log.append([event({ id: 'l0' }), event({ id: 'before' })]), [
      { offset: 1, duplicate: false },
      { offset: 0, duplicate: true },
    ]);
    await store.close();
    assert.deepEqual(unhandled, []);
  } finally {
    process.off('unhandledRejection', note);
    spawnSync('umount', [dir]);
  }
});

test('an append that fails half-way leaves nothing', async (t) => {
  const store = openStore(scratch(t));
  const bad = event({ id: 'bad' });
  Object.defineProperty(bad, 'query', {
    enumerable: true,
    get() {
      throw new Error('unwritable');
    },
  });
  await assert.rejects(store.log.append([event({ id: 'good' }), bad]), /unwritable/);
  assert.deepEqual(await store.log.append([event({ id: 'other' }), event({ id: 'good' })]), [
    { offset: 0, duplicate: false },
    { offset: 1, duplicate: false },
  ]);
  await store.close();
});

test('a log of an earlier format is brought up to date, sealed or not, and its records are left as they are', async (t) => {
  const events = Array.from({ length: 600 }, (_, at) => event({ id: `${at}`, query: '手机'.repeat(at % 9) }));
  const packr = new Packr({ useRecords: false });
  for (const kept of [(each: Event) => packr.pack(each), (each: Event) => seal(packr.pack(each))]) {
    const dir = scratch(t);
    const log = open({ path: join(dir, 'log'), noSubdir: false, maxDbs: 4 });
    const records = log.openDB({ name: 'events', encoding: 'binary', keyEncoding: 'uint32' });
    for (const [offset, each] of events.entries()) await records.put(offset, kept(each));
    await log.close();
    assert.throws(() => openStoreToRead(withFacts(dir)), { code: 'store_outdated', remedy: /endcap replay/ });
    for (const opening of ['first', 'second']) {
      const store = openStore(dir);
      assert.deepEqual(await logged(store.log), events, opening);
      const [again] = await store.log.append([event({ id: '599' })]);
      assert.deepEqual(again, { offset: 599, duplicate: true });
      await store.close();
    }
  }
});

/** A reader asks for both parts. */
function withFacts(dir: string): string {
  mkdirSync(join(dir, 'facts'));
  writeFileSync(join(dir, 'facts', 'data.mdb'), '');
  return dir;
}

test('a second opening of the same folder is refused while the first is open', async (t) => {
  const dir = scratch(t);
  const store = openStore(dir);
  assert.throws(() => openStore(dir), /already open/);
  await store.close();
  await openStore(dir).close();
});

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return Object.fromEntries(
    entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [key, sorted(inner)]),
  );
}

test('a log whose ids are of no shopper yet still knows them: an import again adds nothing', async (t) => {
  const dir = scratch(t);
  const [mine, theirs] = [event({ id: 'order', user: 'anna' }), event({ id: 'order', user: 'bert' })];
  let store = openStore(dir);
  await store.log.append([mine]);
  await store.close();
  const root = open({ path: join(dir, 'log'), noSubdir: false, maxDbs: 4, encoding: 'binary' });
  const ids = root.openDB({ name: 'offsets', encoding: 'binary', keyEncoding: 'binary' });
  await root.transaction(() => {
    for (const key of [...ids.getKeys()]) ids.remove(key as Buffer);
    ids.put(Buffer.from('order'), Buffer.alloc(4));
  });
  await root.close();
  store = openStore(dir);
  assert.deepEqual(await store.log.append([mine, theirs, { ...mine, key: 'page' }]), [
    { offset: 0, duplicate: true },
    { offset: 1, duplicate: false },
    { offset: 2, duplicate: false },
  ]);
  await store.log.rewrite([0], () => undefined);
  assert.equal((await store.log.append([mine]))[0]!.duplicate, false, 'erased under its old id too');
  await store.close();
});

test('a large write that a crash cut off goes on at the next opening where it was whole, and is forgotten where not', async (t) => {
  const dir = scratch(t);
  const part = (...changes: StateChange[]) => packPart(changes);
  const value = Buffer.from('new');
  const [space, ...keys] = ['s', 'a', 'b', 'gone'];
  for (const whole of [true, false]) {
    let store = openStore(dir);
    await store.state.write(keys.map((key) => ({ space, key, value: Buffer.from('old') })));
    const noted = [
      part({ space, key: 'a', value }),
      part({ space, key: 'b', value }, { space, key: 'gone', value: undefined }),
    ];
    const [markSpace, mark] = markKey;
    await store.state.write([
      ...noted.map((bytes, at) => ({ space: partKey(at)[0], key: partKey(at)[1], value: bytes })),
      ...(whole ? [{ space: markSpace, key: mark, value: Buffer.from('2') }] : []),
    ]);
    await store.close();
    for (const _ of ['at once', 'and no more after']) {
      store = openStore(dir);
      const found = Object.fromEntries(
        [...store.state.entries('s')].map(({ key, value }) => [key, `${Buffer.from(value)}`]),
      );
      assert.deepEqual(found, whole ? { a: 'new', b: 'new' } : { a: 'old', b: 'old', gone: 'old' });
      assert.deepEqual([...store.state.entries(markSpace)], []);
      await store.close();
    }
  }
});

test('a large write that came to its end leaves no mark that would make the next one whole', async (t) => {
  const dir = scratch(t);
  let store = openStore(dir);
  const large = Buffer.alloc(1 << 20, 7);
  await store.state.write(
    Array.from({ length: 6 }, (_, key) => ({ space: 's', key: `${key}`, value: large })),
  );
  assert.equal([...store.state.entries('s')].length, 6);
  const [space, key] = partKey(0);
  await store.state.write([{ space, key, value: packPart([{ space: 's', key: 'half', value: large }]) }]);
  await store.close();
  store = openStore(dir);
  assert.equal(store.state.get('s', 'half'), undefined, 'a part of a write that was cut off');
  await store.close();
});

test('what failed beside is deleted, unless another process has taken it over', async (t) => {
  const dir = scratch(t);
  const store = openStore(dir);
  const draft = await store.state.beside();
  await store.state.giveUp();
  assert.ok(!existsSync(join(dir, 'state.next')));
  await assert.rejects(async () => draft.write([{ space: 's', key: 'k', value: Buffer.from('v') }]));
  const taken = await store.state.beside();
  await taken.write([{ space: 's', key: 'k', value: Buffer.from('v') }]);
  const other = new EmbeddedState(join(dir, 'state.next'), 'remedy', new Ownership());
  await store.state.giveUp();
  assert.equal(String(other.get('s', 'k')), 'v');
  await other.close();
  await store.close();
});

test('a state beside that an earlier attempt left damaged is begun anew', async (t) => {
  const dir = scratch(t);
  const change = (key: string) => [{ space: 's', key, value: Buffer.from(key) }];
  let store = openStore(dir);
  await store.state.write(change('serving'));
  await (await store.state.beside()).write(change('earlier'));
  await store.close();
  writeFileSync(join(dir, 'state.next', 'data.mdb'), Buffer.alloc(20_000, 7));
  store = openStore(dir);
  const draft = await store.state.beside();
  assert.equal(draft.get('s', 'earlier'), undefined);
  await draft.write(change('anew'));
  await draft.adopt();
  assert.deepEqual(
    [...store.state.entries('s')].map(({ key }) => key),
    ['anew'],
  );
  await store.close();
});
