import assert from 'node:assert/strict';
import { cpSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openCatalogue } from '../../src/catalogue/index.js';
import { defaultEventTable, type Event, silent } from '../../src/core/index.js';
import { itemKnn, type Model, sessionKnn } from '../../src/models/index.js';
import type { EngineContext } from '../../src/recommend/context.js';
import { DeployedModel } from '../../src/recommend/deployed.js';
import { type Engine, openEngine } from '../../src/recommend/index.js';
import { Following } from '../../src/recommend/online/following.js';
import { memoryStore, openStore } from '../../src/storage/index.js';
import { dataset } from '../models/support.js';
import { scratch, start } from '../support/events.js';

const lists = Array.from({ length: 60 }, (_, user) =>
  Array.from({ length: 6 }, (_, at) => `i${(user + at) % 20}`),
);
const trained = sessionKnn.fit(dataset(lists), { ...sessionKnn.defaults, gap: 1e9, seed: 1 }, silent);

async function shop(t: TestContext, dir: string, model?: Model): Promise<Engine> {
  const files = (model ?? (await trained)).save();
  const engine = await openEngine({
    store: openStore(dir),
    clock: () => start + 1_000_000,
    online: true,
    models: {
      history: async () => ['v1'],
      load: () => sessionKnn.load(files),
      trainedTo: async () => 0,
    },
  });
  t.after(() => engine.close().catch(() => {}));
  return engine;
}

async function opened(t: TestContext, dir = scratch(t)): Promise<Engine> {
  const engine = await shop(t, dir);
  const ids = [...Array.from({ length: 20 }, (_, at) => `i${at}`), 'new'];
  await engine.catalogue.put(ids.map((id) => ({ id, title: id })));
  return engine;
}

let made = 0;
function view(user: string, item: string, at: number): Event {
  return { id: `e${made++}`, type: 'view', user, items: [{ id: item }], time: start + at };
}

/** Shoppers that look at i3 and then at the new item. */
function followers(name: string, count: number): Event[] {
  return Array.from({ length: count }, (_, at) => [
    view(`${name}${at}`, 'i3', 10 * at),
    view(`${name}${at}`, 'new', 10 * at + 1),
  ]).flat();
}

const modelOnly = { weights: { model: 1, session: 0, today: 0, hours: 0, popular: 0 } };

async function listFor(engine: Engine, user = 'asker'): Promise<[string, number][]> {
  const { items } = await engine.recommend({ user, scenario: 'home', count: 12 }, modelOnly);
  return items.map(({ id, score }) => [id, score]);
}

async function settled(engine: Engine): Promise<void> {
  for (let tries = 0; tries < 48_000 && engine.online!.lag > 0; tries++)
    await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(engine.online!.lag, 0);
}

test('the list moves with the event that was acknowledged, and has the new item', async (t) => {
  const engine = await opened(t);
  await engine.ingest([view('asker', 'i3', 999_000)]);
  await settled(engine);
  // Below the ranked ones one place is kept for what is newest, whatever the model says of it.
  assert.ok(!(await listFor(engine)).slice(0, 4).some(([id]) => id === 'new'));
  await engine.ingest(followers('s', 40));
  await settled(engine);
  assert.equal((await listFor(engine))[0]![0], 'new');
  assert.equal(engine.online!.steps, 81);
  assert.equal(engine.online!.published, 81);
});

test('what the log holds since the training is learned at the start, and nothing of what came before', async (t) => {
  const dir = scratch(t);
  const store = openStore(dir);
  const ids = [...Array.from({ length: 20 }, (_, at) => `i${at}`), 'new'];
  await openCatalogue(store.facts).put(ids.map((id) => ({ id, title: id })));
  await store.log.append([...followers('trained', 5), ...followers('since', 40)]);
  await store.close();
  const files = (await trained).save();
  const engine = await openEngine({
    store: openStore(dir),
    clock: () => start + 1_000_000,
    online: true,
    models: { history: async () => ['v1'], load: () => sessionKnn.load(files), trainedTo: async () => 10 },
  });
  t.after(() => engine.close().catch(() => {}));
  await settled(engine);
  assert.equal(engine.online!.steps, 80);
});

test('after a restart, and after a kill, the lists are the same: nothing is written down', async (t) => {
  const dir = scratch(t);
  const engine = await opened(t, dir);
  await engine.ingest([view('asker', 'i3', 999_000)]);
  for (let at = 0; at < 5; at++) await engine.ingest(followers(`s${at}-`, 8));
  await settled(engine);
  const before = await listFor(engine);
  assert.equal(before[0]![0], 'new');
  // What a kill leaves: the files as they are now.
  const killed = scratch(t);
  cpSync(dir, killed, { recursive: true, filter: (path) => !path.endsWith('lock') });
  await engine.close();
  const objects = join(dir, 'objects', 'online');
  assert.deepEqual(existsSync(objects) ? readdirSync(objects) : [], ['v1.weights.json']);
  for (const folder of [dir, killed]) {
    const again = await shop(t, folder);
    assert.equal(again.online!.lag, 0, 'it serves when what happened is in the lists');
    assert.deepEqual(await listFor(again), before, folder);
    await again.ingest([view('late', 'i3', 5_000), view('late', 'i12', 5_001)]);
    await settled(again);
    assert.notDeepEqual(await listFor(again), before, 'and it goes on');
    await again.close();
  }
});

test('erased shoppers are in no list any more', async (t) => {
  const engine = await opened(t);
  await engine.ingest([view('asker', 'i3', 999_000), ...followers('s', 3)]);
  await settled(engine);
  const others = await listFor(engine);
  await engine.ingest([view('zoe', 'i3', 2_000), view('zoe', 'i12', 2_001)]);
  await settled(engine);
  assert.notDeepEqual(await listFor(engine), others);
  const release = t.mock.method(DeployedModel.prototype, 'release');
  const prepare = t.mock.method(DeployedModel, 'prepare');
  await engine.erase('zoe');
  await settled(engine);
  assert.equal(release.mock.callCount(), 1);
  const serving = await prepare.mock.calls[0]!.result;
  assert.notEqual(release.mock.calls[0]!.this, serving, 'the model that knew of her is let go of');
  assert.deepEqual(await listFor(engine), others);
  // And what is appended from now on joins the model that serves.
  await engine.ingest([view('t', 'i3', 3_000), view('t', 'i13', 3_001)]);
  await settled(engine);
  assert.notDeepEqual(await listFor(engine), others);
});

test('what the guard asks about an event is answered before the event joins, and those after it wait', async () => {
  const { log } = memoryStore();
  const state = { offset: 0 };
  const joined: string[] = [];
  const following = new Following({
    engine: { catalogue: { get: () => ({}) }, state } as unknown as EngineContext,
    deployed: {
      append: ({ user }: { user: string }) => joined.push(user),
      model: { appends: {} },
    } as unknown as DeployedModel,
    log,
    weights: defaultEventTable,
    trainedTo: 0,
    warn: (error) => assert.fail(`${error}`),
  });
  const happens = async (user: string, question?: Promise<void>): Promise<void> => {
    const event = view(user, 'i3', state.offset);
    await log.append([event]);
    following.saw(state.offset++, event, question);
  };
  await happens('a');
  assert.deepEqual(joined, ['a'], 'at once');
  let answer = (): void => {};
  await happens(
    'asked about',
    new Promise((resolve) => {
      answer = resolve;
    }),
  );
  await happens('after');
  await new Promise((resolve) => setTimeout(resolve, 10));
  assert.deepEqual(joined, ['a']);
  assert.equal(following.lag, 2);
  answer();
  for (let tries = 0; tries < 48_000 && joined.length < 3; tries++)
    await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual(joined, ['a', 'asked about', 'after']);
  await happens('b');
  assert.deepEqual(joined.at(-1), 'b');
  // Whatever was missed is read from the log: what is not the next does not jump the queue.
  const missed = view('missed', 'i3', 99);
  await log.append([missed, view('last', 'i3', 100)]);
  state.offset += 2;
  following.saw(state.offset - 1, missed);
  await following.catchUp();
  assert.deepEqual(joined.slice(-2), ['missed', 'last']);
  following.close();
  state.offset += 5;
  await following.catchUp();
  assert.equal(joined.length, 6, 'closed, it takes nothing more');
});

test('an item the shop has never heard of gets no row from a page', async (t) => {
  const engine = await opened(t);
  await engine.ingest([view('asker', 'i3', 999_000)]);
  const fake = followers('f', 30).map((event) => ({
    ...event,
    received: event.time,
    items: event.items.map(({ id }) => ({ id: id === 'new' ? 'made up' : id })),
  }));
  await engine.ingest(fake);
  await settled(engine);
  assert.equal(engine.online!.steps, 31, 'i3 alone');
});

test('an item that came after training has neighbours and reasons by its handle', async () => {
  const model = await itemKnn.fit(dataset(lists), { ...itemKnn.defaults, shrink: 0, seed: 1 }, silent);
  const catalogue = openCatalogue(memoryStore().facts);
  await catalogue.put(['i3', 'new'].map((id) => ({ id })));
  const deployed = await DeployedModel.prepare('v', model, catalogue);
  for (const item of ['i3', 'new']) deployed.append({ user: 'u', item, time: start, weight: 1, history: [] });
  const [old, fresh] = [catalogue.find('i3'), catalogue.find('new')];
  const near: number[] = [];
  deployed.neighbours(fresh, 5, (handle) => near.push(handle));
  assert.deepEqual(near, [old]);
  const events = [{ item: 'new', type: 'view', time: start, weight: 1 }];
  const shares = deployed.attribute({ user: 'x', events, total: 1, counters: {} }, start, [old, fresh]);
  assert.ok(shares.get(old)![0]! > 0);
  assert.ok(deployed.knows({ user: 'x', events, total: 1, counters: {} }));
});
