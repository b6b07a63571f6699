import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Event, silent } from '../../src/core/index.js';
import { Guard, logBilinear, type Model } from '../../src/models/index.js';
import type { EngineContext } from '../../src/recommend/context.js';
import { type Engine, openEngine } from '../../src/recommend/index.js';
import { Watcher } from '../../src/recommend/online/index.js';
import { ScoreAccumulator, Scores } from '../../src/recommend/scores.js';
import { WritePath } from '../../src/recommend/writePath.js';
import { openStore } from '../../src/storage/index.js';
import { dataset } from '../models/support.js';
import { scratch, start } from '../support/events.js';

const lists = Array.from({ length: 60 }, (_, user) =>
  Array.from({ length: 6 }, (_, at) => `i${(user + at) % 20}`),
);
const options = { ...logBilinear.defaults, dimension: 16, epochs: 10, seed: 1 };
const trained = logBilinear.fit(dataset(lists), options, silent);

async function shop(
  t: TestContext,
  dir: string,
  model?: Model,
  warn: (error: unknown, what: string) => void = () => {},
): Promise<Engine> {
  const engine = await openEngine({
    store: openStore(dir),
    clock: () => start + 1_000_000,
    online: true,
    warn,
    models: {
      history: async () => ['v1'],
      load: async () => logBilinear.load((model ?? (await trained)).save()),
      trainedTo: async () => 0,
    },
  });
  t.after(() => engine.close().catch(() => {}));
  const ids = [...Array.from({ length: 20 }, (_, at) => `i${at}`), 'new'];
  await engine.catalogue.put(ids.map((id) => ({ id, title: id })));
  return engine;
}

function view(id: string, user: string, item: string, at: number): Event {
  return { id, type: 'view', user, items: [{ id: item }], time: start + at };
}

/** Shoppers that look at i3 and then at the new item, among others. */
function events(from: number, to: number): Event[] {
  const found: Event[] = [];
  for (let at = from; at < to; at++) {
    found.push(view(`a${at}`, `s${at}`, 'i3', 10 * at), view(`b${at}`, `s${at}`, 'new', 10 * at + 1));
    found.push(
      view(`c${at}`, `r${at}`, `i${at % 20}`, 10 * at + 2),
      view(`d${at}`, `r${at}`, `i${(at + 1) % 20}`, 10 * at + 3),
    );
  }
  return found;
}

async function until(what: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 9_600; tries++) {
    if (await what()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  assert.fail('it did not come to that within four minutes');
}

const modelOnly = { weights: { model: 1, session: 0, today: 0, hours: 0, popular: 0 } };

test('what shoppers do moves the model that serves, without a training; a new item is recommended by it', async (t) => {
  const engine = await shop(t, scratch(t));
  const { steps, published } = engine.online!;
  assert.deepEqual([steps, published], [0, 0], 'nothing is learned yet');
  await engine.ingest([view('x', 'asker', 'i3', 999_000)]);
  const first = async (): Promise<string[]> => {
    const { items } = await engine.recommend({ user: 'asker', scenario: 'home', count: 3 }, modelOnly);
    return items.map(({ id }) => id);
  };
  assert.ok((await first()).includes('i4'), `${await first()}`);
  assert.ok(!(await first()).includes('new'));
  await engine.ingest(events(0, 250));
  await until(async () => (await first())[0] === 'new');
  await until(() => engine.online!.lag === 0);
  assert.ok(engine.online!.steps > 400);
  assert.equal(engine.online!.rolledBack, false);
});

test('restarted at any place, even at an older checkpoint, the rows come out the same', async (t) => {
  const whole = async (cuts: readonly number[], stale: boolean): Promise<Buffer> => {
    const dir = scratch(t);
    const file = join(dir, 'objects', 'online', 'v1.bin');
    let from = 0;
    for (const cut of cuts) {
      const engine = await shop(t, dir);
      await engine.ingest(events(from, cut));
      await until(() => engine.online!.lag === 0);
      // What a kill leaves: the checkpoint before this one.
      if (stale && existsSync(file)) copyFileSync(file, `${file}.old`);
      await engine.close();
      if (existsSync(`${file}.old`)) copyFileSync(`${file}.old`, file);
      from = cut;
    }
    const last = await shop(t, dir);
    await until(() => last.online!.lag === 0);
    await last.close();
    return readFileSync(file);
  };
  const once = await whole([120], false);
  assert.deepEqual(await whole([40, 41, 120], false), once);
  assert.deepEqual(await whole([30, 70, 120], true), once);
});

test('a model without a stream only serves', async (t) => {
  const engine = await openEngine({
    store: openStore(scratch(t)),
    online: true,
    models: {
      history: async () => ['v1'],
      load: async () => {
        const { stream: _, ...still } = await trained;
        return still;
      },
    },
  });
  t.after(() => engine.close());
  await engine.ingest(events(0, 5));
  assert.equal(engine.online, undefined);
  assert.equal(engine.model?.version, 'v1');
});

test('weights of the sources follow what happens, and outlive a restart', async (t) => {
  const dir = scratch(t);
  const engine = await shop(t, dir);
  const before = { ...engine.online!.weights };
  for (let at = 0; at < 60; at++) {
    const batch = events(20 * at, 20 * (at + 1));
    await engine.ingest(batch);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await until(() => engine.online!.lag === 0);
  const after = engine.online!.weights;
  assert.notDeepEqual(after, before);
  const sum = (weights: typeof after): number =>
    Object.values(weights).reduce((total, weight) => total + weight, 0);
  assert.ok(Math.abs(sum(after) - sum(before)) < 1e-9, 'the other ingredients keep their weight beside them');
  await engine.close();
  const settled = engine.online;
  assert.equal(settled, undefined);
  const again = await shop(t, dir);
  assert.notDeepEqual(again.online!.weights, before);
});

test('what the guard rolled back stays so after a restart; the model serves as it was trained', async (t) => {
  const dir = scratch(t);
  const engine = await shop(t, dir);
  await engine.close();
  mkdirSync(join(dir, 'objects', 'online'), { recursive: true });
  writeFileSync(join(dir, 'objects', 'online', 'v1.off'), '{}');
  const again = await shop(t, dir);
  await again.ingest(events(0, 10));
  assert.equal(again.online, undefined);
  assert.equal(again.model?.version, 'v1');
});

test('a roll-back is told to whoever runs the shop, in the log and in the status, and written down', async (t) => {
  const dir = scratch(t);
  const told: string[] = [];
  const engine = await shop(t, dir, undefined, (_, what) => told.push(what));
  t.mock.method(Guard.prototype, 'add', () => true, { times: 1 });
  const trainedOnly = engine.model;
  await engine.ingest(events(0, 100));
  await until(() => existsSync(join(dir, 'objects', 'online', 'v1.off')));
  assert.deepEqual(told, ['online learning was rolled back']);
  const { rolledBack, published, steps, lag } = engine.online!;
  assert.deepEqual([rolledBack, published, steps, lag], [true, 0, 0, 0]);
  assert.equal(engine.model!.version, trainedOnly!.version);
});

test('the guard tells of harm when what learned ranks worse than what was trained', async () => {
  const model = await trained;
  let harmed = 0;
  const handles = new Map(model.items.ids.map((id, row) => [id, row]));
  const context = {
    catalogue: { find: (id: string) => handles.get(id) ?? -1, shown: () => true },
    state: {
      meaning: () => 'view',
      pairs: { lately: { each: () => {} } },
      profile: (user: string, now: number) => ({
        user,
        events: [{ item: 'i3', type: 'view', time: now - 1, weight: 1 }],
      }),
    },
    relations: { complements: () => new Scores(new Uint32Array(0), new Float32Array(0)) },
    popular: { ranked: () => [] },
    accumulator: new ScoreAccumulator(),
    // Whatever comes, it names others before it.
    model: { knows: () => true, retrieve: async () => [0, 1, 2, handles.get('i4')] },
  } as unknown as EngineContext;
  Object.assign(context.relations, { substitutes: context.relations.complements });
  const watcher = new Watcher(context, model, () => harmed++, 10_000);
  for (let at = 0; at < 20_000 && harmed === 0; at++) {
    watcher.ask(view(`x${at}`, `u${at}`, 'i4', at), 1);
    if (at % 20 === 0) await watcher.settled();
  }
  await watcher.settled();
  assert.equal(harmed, 1);
  assert.equal(watcher.guard.harmful, true);
});

test('what the statistics say of an event is asked before they know it', async () => {
  const model = await trained;
  const handles = new Map(model.items.ids.map((id, row) => [id, row]));
  let next = -1;
  const lately = {
    each: (_seed: number, _lately: string, _now: number, found: (other: number, count: number) => void) =>
      found(next, 1),
  };
  const context = {
    catalogue: { find: (id: string) => handles.get(id) ?? -1, shown: () => true },
    state: {
      meaning: () => 'view',
      pairs: { lately },
      profile: (user: string, now: number) => ({
        user,
        events: [{ item: 'i3', type: 'view', time: now - 1, weight: 1 }],
      }),
    },
    relations: {
      complements: () => new Scores(new Uint32Array(0), new Float32Array(0)),
      substitutes: () => new Scores(new Uint32Array(0), new Float32Array(0)),
    },
    popular: { ranked: () => [] },
    accumulator: new ScoreAccumulator(),
    model: { knows: () => true, retrieve: async () => [handles.get('i4')!] },
  } as unknown as EngineContext;
  const watcher = new Watcher(context, model, () => {}, 10_000);
  const first = watcher.weights;
  for (let at = 0; at < 10_000; at++) {
    next = 7;
    const question = watcher.ask(view(`x${at}`, `u${at}`, 'i4', at), 1);
    // The event is applied: from now on the statistics know what came.
    next = handles.get('i4')!;
    await question;
  }
  assert.ok(watcher.weights.model > first.model, JSON.stringify(watcher.weights));
  assert.ok(watcher.weights.today < first.today && watcher.weights.hours < first.hours);
  const twin = new Watcher(context, model, () => {}, 10_000);
  twin.restore(watcher.pack());
  assert.deepEqual(twin.weights, watcher.weights);
  twin.restore(Buffer.from('[0.5,0.4,0.1]'));
  assert.deepEqual(twin.weights, watcher.weights, 'weights of other sources say nothing');
});

test('the guard asks a bounded number of questions in a second, however many events come', async () => {
  const model = await trained;
  let answers = 0;
  const context = {
    catalogue: { find: () => 0, shown: () => true },
    state: {
      profile: (user: string) => ({
        user,
        events: [{ item: 'i3', type: 'purchase', time: -1e9, weight: 1 }],
      }),
    },
    popular: { ranked: () => [] },
    accumulator: new ScoreAccumulator(),
    model: {
      knows: () => true,
      retrieve: async () => {
        answers++;
        return [];
      },
    },
  } as unknown as EngineContext;
  const watcher = new Watcher(context, model, () => {}, 3);
  for (let at = 0; at < 200; at++) {
    assert.equal(watcher.ask({ ...view(`n${at}`, 'u', 'i4', at), items: [] }, 1), undefined);
    assert.equal(watcher.ask(view(`w${at}`, 'u', 'i4', at), 0), undefined, 'it says nothing of taste');
  }
  assert.equal(answers, 0);
  const began = performance.now();
  for (let at = 0; at < 4_000; at++) await watcher.ask(view(`x${at}`, 'u', 'i4', at), 1);
  const seconds = (performance.now() - began) / 1_000;
  assert.ok(answers >= 3 && answers <= 3 * (seconds + 2), `${answers} in ${seconds} s`);
  assert.ok(watcher.skipped > 0);
});

test('the larger the catalogue the fewer questions wait at once, at most ten and at least one', () => {
  const context = {
    catalogue: { find: () => 0, shown: () => true },
    state: { profile: (user: string) => ({ user, events: [] }) },
    popular: { ranked: () => [] },
    accumulator: new ScoreAccumulator(),
    // Never answers: what is asked waits.
    model: { knows: () => true, retrieve: () => new Promise(() => {}) },
  } as unknown as EngineContext;
  for (const [size, waiting] of [
    [20, 10],
    [500_000, 2],
    [4_000_000, 1],
  ] as const) {
    const watcher = new Watcher(context, { items: { size } } as Model, () => {});
    let asked = 0;
    for (let at = 0; at < 2_000; at++) if (watcher.ask(view(`x${at}`, 'u', 'i4', at), 1)) asked++;
    assert.equal(asked, waiting, `${size} items`);
  }
});

test('of what is popular the guard asks for what may be shown, however much may not', async () => {
  const model = await trained;
  const [target, hidden] = [4, 1_000];
  const context = {
    catalogue: { find: () => target, shown: (handle: number) => handle < hidden },
    state: { profile: (user: string) => ({ user, events: [] }) },
    popular: { ranked: () => [...Array.from({ length: 150 }, (_, at) => hidden + at), target] },
    accumulator: new ScoreAccumulator(),
    model: { knows: () => true, retrieve: async () => [target + 1] },
  } as unknown as EngineContext;
  const watcher = new Watcher(context, model, () => {}, 10_000);
  const first = watcher.weights;
  for (let at = 0; at < 2_000; at++) await watcher.ask(view(`x${at}`, 'u', 'i4', at), 1);
  assert.ok(watcher.weights.popular > 2 * first.popular, JSON.stringify(watcher.weights));
});

test('the state does not have an event yet when the guard asks about it', async (t) => {
  const engine = await shop(t, scratch(t));
  const { log } = engine.store;
  const asked: number[] = [];
  const path = new WritePath(
    log,
    engine.state,
    () => asked.push(engine.state.offset),
    (offset) => asked.push(offset - engine.state.offset),
  );
  await path.append([view('w', 'asker', 'i3', 1)]);
  assert.deepEqual(asked, [0, -1]);
});
