import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ItemDictionary } from '../../src/catalogue/index.js';
import { type Event, eventTable, silent } from '../../src/core/index.js';
import {
  DirtyRows,
  inMemory,
  openState,
  packedWhole,
  replay,
  ShopState,
  type WholeFold,
} from '../../src/projections/index.js';
import { memoryStore, type Store } from '../../src/storage/index.js';
import { event } from '../support/events.js';

/** Counts events by type and, by handle, those that count of each item. */
class Tally implements WholeFold {
  readonly name = 'tally';
  types = new Map<string, number>();
  items = new Map<number, number>();
  applied = 0;

  constructor(readonly version = 1) {}

  apply(_offset: number, { type }: Event, handles: readonly number[]): void {
    this.applied++;
    this.types.set(type, (this.types.get(type) ?? 0) + 1);
    for (const handle of handles) this.items.set(handle, (this.items.get(handle) ?? 0) + 1);
  }

  pack(): unknown {
    return { types: [...this.types], items: [...this.items] };
  }

  restore(packed: unknown): void {
    const { types, items } = packed as { types: [string, number][]; items: [number, number][] };
    this.types = new Map(types);
    this.items = new Map(items);
  }
}

const someEvents = (count: number, from = 0): Event[] =>
  Array.from({ length: count }, (_, at) =>
    event({
      id: `${from + at}`,
      user: `u${at}`,
      type: at % 3 ? 'view' : 'purchase',
      items: [{ id: `i${at % 5}` }],
    }),
  );

test('a fold that is kept whole is written first of all, after an event, and after a shopper is forgotten', () => {
  const { dirty, apply, forget } = packedWhole(new Tally());
  const written = (): number => {
    const rows = dirty.size;
    dirty.begin();
    dirty.packSome(9);
    dirty.written();
    return rows;
  };
  assert.deepEqual([written(), written()], [1, 0]);
  apply(0, someEvents(1)[0]!, []);
  assert.deepEqual([written(), written()], [1, 0]);
  forget!(new Set(['u']));
  assert.deepEqual([written(), written()], [1, 0], 'what is forgotten is not on disk any more');
});

test('a further projection sees every event once, and goes on from the checkpoint after a restart', async () => {
  const store = memoryStore();
  const first = new Tally();
  const state = await openState(store, { projections: [packedWhole(first)] }, silent);
  for (const each of someEvents(30)) state.apply((await store.log.append([each]))[0]!.offset, each);
  assert.equal(first.applied, 30);
  await state.checkpoint();
  await store.log.append(someEvents(4, 30));
  const again = new Tally();
  await openState(store, { projections: [packedWhole(again)] }, silent);
  assert.equal(again.applied, 4, 'the checkpoint and the tail');
  assert.equal(again.types.get('purchase'), 12);
  assert.equal(again.items.get(0), 7);
});

test('a fold of many bytes is kept as several records, of which none is left when it shrinks', async () => {
  const store = memoryStore();
  const tally = new Tally();
  const state = await openState(store, { projections: [packedWhole(tally)] }, silent);
  const records = (): number => [...store.state.entries('tally')].length;
  const open = (fold: Tally) => openState(store, { projections: [packedWhole(fold)] }, silent);
  const append = async (to: ShopState, id: string): Promise<void> => {
    const one = event({ id });
    to.apply((await store.log.append([one]))[0]!.offset, one);
    await to.checkpoint();
  };
  for (let at = 0; at < 30_000; at++) tally.types.set(`some type of event ${at}`, at);
  await append(state, 'large');
  assert.ok(records() > 2, `${records()} records`);
  assert.ok([...store.state.entries('tally')].every(({ value }) => value.length <= 1 << 18));
  const again = new Tally();
  const next = await open(again);
  assert.equal(again.applied, 0);
  assert.deepEqual([...again.types], [...tally.types]);
  again.types.clear();
  await append(next, 'small');
  assert.equal(records(), 1);
  await open(new Tally());
  for (let at = 0; at < 30_000; at++) again.types.set(`some type of event ${at}`, at);
  await append(next, 'large again');
  await store.state.write([{ space: 'tally', key: 'all 000001', value: undefined }]);
  await assert.rejects(open(new Tally()), /tally of all 000002 cannot be taken back/);
});

test('a projection that a checkpoint does not know is folded alone, one of another version anew', async () => {
  const store = memoryStore();
  await store.log.append(someEvents(40));
  const before = await openState(store, {}, silent);
  await before.checkpoint();
  for (const version of [1, 2]) {
    const tally = new Tally(version);
    const state = await openState(store, { projections: [packedWhole(tally)] }, silent);
    assert.equal(tally.applied, 40, `version ${version}`);
    const live = await state.digest();
    const rebuilt = await replay(store, { projections: [packedWhole(new Tally(version))] }, silent);
    assert.equal(await rebuilt.digest(), live);
    assert.equal(rebuilt.statistics.counts(0).purchase, 3, 'the others are as they were');
  }
  const unchanged = new Tally(2);
  await openState(store, { projections: [packedWhole(unchanged)] }, silent);
  assert.equal(unchanged.applied, 0, 'made once');
});

test('the digest covers a further projection, and two of one name are refused', async () => {
  const store = memoryStore();
  await store.log.append(someEvents(3));
  const tally = new Tally();
  const state = await openState(store, { projections: [packedWhole(tally)] }, silent);
  const digest = await state.digest();
  tally.types.set('invented', 1);
  const [extra] = [event({ id: 'x' })];
  state.apply((await store.log.append([extra!]))[0]!.offset, extra!);
  const altered = await state.digest();
  const whole = await (await replay(store, { projections: [packedWhole(new Tally())] }, silent)).digest();
  assert.notEqual(digest, altered);
  assert.notEqual(whole, altered);
  const twice = { projections: [packedWhole(new Tally()), packedWhole(new Tally())] };
  await assert.rejects(openState(store, twice, silent), /called tally/);
});

const joined = async (store: Store, fold: WholeFold, more: Partial<WholeFold> = {}) => {
  const state = await openState(store, {}, silent);
  const projection = packedWhole(Object.assign(fold, more));
  return { state, projection, leave: await state.join(projection, store.log) };
};

test('a projection that joins reads the log, then every event once, and goes on from where it left', async () => {
  const store = memoryStore();
  await store.log.append(someEvents(20));
  const first = new Tally();
  const { state, leave } = await joined(store, first);
  assert.equal(first.applied, 20);
  for (const each of someEvents(5, 20)) state.apply((await store.log.append([each]))[0]!.offset, each);
  assert.equal(first.applied, 25);
  await leave();
  // Without it the state goes on, and the checkpoint keeps what it has of it, up to where that was.
  for (const each of someEvents(3, 25)) state.apply((await store.log.append([each]))[0]!.offset, each);
  await state.checkpoint();
  assert.equal(first.applied, 25, 'it has left');
  for (const [how, applied] of [
    ['it joins', 3],
    ['it is there from the beginning', 0],
  ] as const) {
    const again = new Tally();
    if (how === 'it joins') await (await joined(store, again)).leave();
    else await openState(store, { projections: [packedWhole(again)] }, silent);
    assert.equal(again.applied, applied, how);
    assert.deepEqual([...again.types.values()].sort(), [10, 18], how);
  }
});

test('what comes while a projection joins reaches it once, in order', async () => {
  const store = memoryStore();
  await store.log.append(someEvents(50));
  const state = await openState(store, {}, silent);
  const seen: number[] = [];
  const fold = inMemory({ name: 'order', apply: (offset) => void seen.push(offset) });
  const joining = state.join(fold, store.log);
  for (const each of someEvents(30, 50)) state.apply((await store.log.append([each]))[0]!.offset, each);
  const leave = await joining;
  for (const each of someEvents(2, 80)) state.apply((await store.log.append([each]))[0]!.offset, each);
  await leave();
  for (const each of someEvents(2, 82)) state.apply((await store.log.append([each]))[0]!.offset, each);
  assert.deepEqual(seen, [...Array(82).keys()]);
  await state.checkpoint();
  assert.equal([...store.state.entries('order')].length, 0, 'nothing of it is kept');
});

test('a seldom written projection is in a checkpoint that somebody waits for, else only when it is time', async () => {
  const store = memoryStore();
  await store.log.append(someEvents(1));
  const { state } = await joined(store, new Tally(), { checkpointEveryMs: 1_000_000 });
  await state.checkpoint();
  const kept = (): string => Buffer.from(store.state.get('tally', 'all')!).toString('hex');
  const before = kept();
  for (const each of someEvents(10_001, 1)) state.apply((await store.log.append([each]))[0]!.offset, each);
  await state.checkpointIfDue();
  assert.equal(kept(), before);
  const again = new Tally();
  const reopened = await joined(store, again);
  assert.equal(reopened.state.offset, 10_002);
  assert.equal(again.applied, 10_001, 'what the checkpoint has not yet of it');
  assert.equal(again.types.get('purchase'), 3_335);
  await state.checkpoint();
  assert.notEqual(kept(), before);
});

test('erasing reaches those that are here, those that are joining, and deletes what is kept of the others', async () => {
  const store = memoryStore();
  await store.log.append(someEvents(10));
  const { state, leave } = await joined(store, new Tally());
  await leave();
  assert.ok(store.state.get('tally', 'all'));
  const forgotten: string[] = [];
  const other = (name: string): WholeFold =>
    Object.assign(new Tally(), {
      name,
      forget: (users: ReadonlySet<string>) => void forgotten.push(`${name} ${[...users]}`),
    });
  await state.join(packedWhole(other('here')), store.log);
  const joining = state.join(packedWhole(other('joining')), store.log);
  await state.forget(['u3']);
  await joining;
  assert.deepEqual(forgotten, ['here u3', 'joining u3']);
  assert.equal(store.state.get('tally', 'all'), undefined);
});

test('what a checkpoint has of a joining projection and cannot be read is made from the log', async () => {
  const store = memoryStore();
  await store.log.append(someEvents(10));
  await (await joined(store, new Tally())).leave();
  for (const value of [undefined, Buffer.from('nonsense')]) {
    await store.state.write([{ space: 'tally', key: 'all', value }]);
    const again = new Tally();
    const { leave } = await joined(store, again);
    assert.equal(again.applied, 10);
    await leave();
    const sound = new Tally();
    await joined(store, sound);
    assert.equal(sound.applied, 0);
  }
});

test('a checkpoint that failed writes the same rows again, with what came meanwhile', () => {
  const values = new Map<number, number>();
  const dirty = new DirtyRows((row) => ({
    space: 's',
    key: `${row}`,
    value: Uint8Array.of(values.get(row)!),
  }));
  const set = (row: number, value: number): void => {
    dirty.touch(row);
    values.set(row, value);
  };
  const writes = (): Record<string, number> =>
    Object.fromEntries(dirty.drain().map(({ key, value }) => [key, value![0]!]));
  set(1, 10);
  set(2, 20);
  set(3, 30);
  dirty.begin();
  dirty.packSome(1);
  set(1, 11);
  set(2, 21);
  while (dirty.packSome(1));
  assert.deepEqual(writes(), { 1: 10, 2: 20, 3: 30 }, 'as it was when it began');
  dirty.failed();
  assert.equal(dirty.size, 3, 'each once');
  assert.ok(dirty.held(3));
  dirty.begin();
  while (dirty.packSome(2));
  assert.deepEqual(writes(), { 1: 11, 2: 21, 3: 30 });
  dirty.written();
  assert.ok(![1, 2, 3].some((row) => dirty.held(row)));
  set(2, 22);
  dirty.begin();
  set(2, 23);
  while (dirty.packSome(2));
  assert.deepEqual(writes(), { 2: 22 });
  dirty.written();
  assert.ok(dirty.held(2), 'changed since');
  dirty.begin();
  while (dirty.packSome(2));
  assert.deepEqual(writes(), { 2: 23 });
});

test('an item that is not listed counts nowhere, and gets no number', async () => {
  const store = memoryStore();
  const dictionary = new ItemDictionary(store.facts);
  const state = new ShopState(store.state, dictionary);
  const items = [{ id: 'known' }, { id: 'invented', unlisted: true as const }];
  for (const [offset, type] of ['view', 'add_to_cart', 'purchase', 'add_to_cart'].entries())
    state.apply(offset, event({ id: `${offset}`, type, items: structuredClone(items) }));
  assert.deepEqual([dictionary.size, dictionary.find('invented')], [1, -1]);
  assert.equal(state.itemStats('invented', 0), undefined);
  assert.deepEqual(state.cart('u1'), { known: 1 });
  const { events, total } = state.profile('u1', 0);
  assert.deepEqual([total, new Set(events.map(({ item }) => item))], [4, new Set(['known'])]);
});

test('numbers of items survive a restart and a replay; those of another dictionary are not trusted', async () => {
  const store = memoryStore();
  await new ItemDictionary(store.facts).save();
  await store.log.append(someEvents(20));
  const state = await openState(store, {}, silent);
  const digest = await state.digest();
  const again = new ItemDictionary(store.facts);
  assert.equal(again.identity, state.dictionary.identity);
  assert.deepEqual(
    [0, 1, 2, 3, 4].map((handle) => again.id(handle)),
    ['i0', 'i1', 'i2', 'i3', 'i4'],
  );
  await (await store.state.beside({ empty: true })).adopt();
  assert.equal(await (await openState(store, {}, silent)).digest(), digest);
  const other = new ItemDictionary(memoryStore().facts);
  other.intern('first');
  const rebuilt = await openState(store, {}, silent, other);
  assert.equal(rebuilt.itemStats('i0', 0)!.counts.purchase, 2, 'made anew with the new numbers');
  assert.equal(other.find('i0'), 1);
});

test('a last checkpoint that takes too long is given up, and the next start goes on from the one before', async () => {
  const store = memoryStore();
  const events = Array.from({ length: 3_000 }, (_, at) => event({ id: `${at}`, user: `u${at}` }));
  await store.log.append(events);
  const state = await openState(store, {}, silent);
  assert.equal(await state.finish(60_000), true);
  const late = await openState(store, {}, silent);
  assert.equal(late.offset, 3_000);
  for (const each of events) {
    const again = { ...each, id: `again ${each.id}` };
    late.apply((await store.log.append([again]))[0]!.offset, again);
  }
  // A slow disk: the time is over before it has begun.
  const { write } = store.state;
  store.state.write = async function (changes, options) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    return write.call(this, changes, options);
  };
  assert.equal(await late.finish(0), false);
  store.state.write = write;
  await late.checkpointIfDue();
  const next = new ShopState(store.state, new ItemDictionary(store.facts));
  await next.restore();
  assert.equal(next.offset, 3_000, 'nothing of it was written');
  assert.equal((await openState(store, {}, silent)).profile('u7', 0).total, 2, 'nothing is lost');
});

test('those who leave wait together for a checkpoint, and not longer than a close may take', async (t) => {
  const store = memoryStore();
  await store.log.append(someEvents(10));
  const { state, leave } = await joined(store, new Tally());
  const other = await state.join(packedWhole(Object.assign(new Tally(), { name: 'other' })), store.log);
  const { write } = store.state;
  let release = (): void => {};
  store.state.write = async function (changes, options) {
    await new Promise<void>((resolve) => {
      release = resolve;
    });
    return write.call(this, changes, options);
  };
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const left: string[] = [];
  const [first, second] = [leave().then(() => left.push('tally')), other().then(() => left.push('other'))];
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
  await turn();
  t.mock.timers.tick(500);
  await turn();
  assert.deepEqual(left, []);
  t.mock.timers.tick(501);
  await Promise.all([first, second]);
  t.mock.timers.reset();
  store.state.write = write;
  release();
  await state.checkpoint();
  const again = new Tally();
  await joined(store, again);
  const counted = [...again.types.values()].reduce((sum, times) => sum + times, 0);
  assert.equal(counted, 10, 'written since, or from the log: each event once');
});

test('checkpoints go along while a state catches up: a start that was ended goes on from there', async (t) => {
  const store = memoryStore();
  for (let from = 0; from < 4_000; from += 500) await store.log.append(someEvents(500, from));
  let time = 0;
  t.mock.method(performance, 'now', () => (time += 20));
  const { blocks } = store.log;
  store.log.blocks = async function* (from, to) {
    for await (const block of blocks.call(this, from, to)) {
      if (block.first === 3_000) throw new Error('killed');
      yield block;
    }
  };
  await assert.rejects(openState(store, {}, silent), /killed/);
  store.log.blocks = blocks;
  const done: number[] = [];
  const state = await openState(store, {}, (step) => void done.push(step.done));
  assert.ok(done[0]! > 700, `it began at ${done[0]}`);
  assert.equal(state.offset, 4_000);
});

test('with other weights of events the state is made anew, and the one before serves until then', async () => {
  const store = memoryStore();
  await store.log.append(someEvents(30));
  const before = await openState(store, {}, silent);
  await before.checkpoint();
  const table = eventTable({ purchase: { weight: 50 } });
  const after = await openState(store, { table }, silent);
  const handle = after.dictionary.find('i0');
  assert.ok(after.statistics.popularity(handle, 0) > 5 * before.statistics.popularity(handle, 0));
  assert.equal((await openState(store, { table }, silent)).offset, 30);
  const fresh = await replay(store, { table }, silent);
  assert.equal(await fresh.digest(), await after.digest());
});
