import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { random } from '../../src/core/index.js';
import { type Engine, openEngine } from '../../src/recommend/index.js';
import { titleVectors } from '../../src/search/titleVectors.js';
import { memoryStore, packObject, unpackObject } from '../../src/storage/index.js';
import type { WordVectors } from '../../src/text/index.js';

const key = 'search/words.bin';
const colours = ['red', 'green', 'blue', 'white', 'black', 'grey', 'pink'];
const things = ['mug', 'plate', 'lamp', 'clock', 'candle', 'basket', 'towel', 'cushion'];

async function shop(t: TestContext): Promise<Engine> {
  const engine = await openEngine({ store: memoryStore() });
  t.after(() => engine.close());
  const chance = random(1);
  const pick = (from: readonly string[]): string => from[chance.int(from.length)]!;
  const title = (at: number): string => `${pick(colours)} ${pick(things)} number ${at}`;
  await engine.catalogue.put(Array.from({ length: 240 }, (_, at) => ({ id: `i${at}`, title: title(at) })));
  return engine;
}

/** What a start uses: at once, or after learning; `told` is what it warned of. */
async function start(
  engine: Engine,
): Promise<{ atOnce?: WordVectors; used: Promise<WordVectors>; told: string[]; stop(): Promise<void> }> {
  const told: string[] = [];
  let atOnce: WordVectors | undefined;
  let resolve = (_: WordVectors): void => {};
  const used = new Promise<WordVectors>((use) => {
    resolve = use;
  });
  const use = (model: WordVectors): void => {
    atOnce = model;
    resolve(model);
  };
  const stop = await titleVectors(engine, use, (_, what) => told.push(what));
  return { ...(atOnce && { atOnce }), used, told, stop };
}

test('what words mean is learned once from the same titles, or nearly, and kept', async (t) => {
  const engine = await shop(t);
  const { objects } = engine.store;
  const first = await start(engine);
  assert.equal(first.atOnce, undefined);
  const learned = await first.used;
  await first.stop();
  assert.ok(await objects.get(key), 'kept when it is stopped after it has learned');
  const second = await start(engine);
  assert.deepEqual(second.atOnce, learned);

  const rename = (from: number, to: number): Promise<unknown> =>
    engine.catalogue.put(
      Array.from({ length: to - from }, (_, at) => ({
        id: `i${from + at}`,
        title: `another thing ${from + at}`,
      })),
    );
  await rename(0, 20);
  assert.deepEqual((await start(engine)).atOnce, learned, 'a twelfth of the titles is new');
  await rename(20, 30);
  const third = await start(engine);
  assert.equal(third.atOnce, undefined, 'an eighth is');
  await third.used;
  await third.stop();
  const more = Array.from({ length: 60 }, (_, at) => ({ id: `more${at}`, title: `further ${at}` }));
  await engine.catalogue.put(more);
  const fourth = await start(engine);
  assert.equal(fourth.atOnce, undefined, 'there are a quarter more');
  await fourth.stop();
});

test('vectors that are damaged or of another version are learned again', async (t) => {
  const engine = await shop(t);
  const { objects } = engine.store;
  const first = await start(engine);
  const learned = await first.used;
  await first.stop();
  const whole = (await objects.get(key))!;
  const damaged = whole.slice();
  damaged[whole.length >> 1]! ^= 1;
  await objects.put(key, damaged);
  const second = await start(engine);
  assert.equal(second.atOnce, undefined);
  assert.match(second.told[0]!, /cannot be read/);
  assert.deepEqual(await second.used, learned);
  await second.stop();
  const content = (await unpackObject(whole)) as { options: object };
  const { options } = content;
  for (const other of [{ format: 0 }, { code: '0.0.0' }, { options: { ...options, dimension: 8 } }]) {
    await objects.put(key, await packObject({ ...content, ...other }));
    const later = await start(engine);
    assert.equal(later.atOnce, undefined, JSON.stringify(other));
    await later.stop();
    assert.deepEqual(later.told, []);
  }
});

test('learning that is stopped keeps nothing and tells of nothing', async (t) => {
  const engine = await shop(t);
  const { stop, told } = await start(engine);
  await stop();
  assert.equal(await engine.store.objects.get(key), undefined);
  assert.deepEqual(told, []);
});
