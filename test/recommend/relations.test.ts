import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { TitleIndex } from '../../src/catalogue/index.js';
import type { ShopState } from '../../src/projections/index.js';
import type { DeployedModel } from '../../src/recommend/deployed.js';
import { type Engine, openEngine } from '../../src/recommend/index.js';
import { Relations } from '../../src/recommend/relations.js';
import { openStore } from '../../src/storage/index.js';
import { event, scratch, start } from '../support/events.js';

const hour = 3_600_000;

async function shop(t: TestContext, titles: Record<string, string>, orders: string[][]): Promise<Engine> {
  const engine = await openEngine({ store: openStore(scratch(t)), clock: () => start });
  t.after(() => engine.close().catch(() => {}));
  await engine.catalogue.put(Object.entries(titles).map(([id, title]) => ({ id, title })));
  await engine.ingest(
    orders.map((ids, at) =>
      event({
        id: `o${at}`,
        type: 'purchase',
        user: `buyer${at}`,
        time: start - (1 + at) * hour,
        items: ids.map((id) => ({ id })),
      }),
    ),
  );
  return engine;
}

async function scores(
  engine: Engine,
  scenario: 'complement' | 'similar',
  item: string,
): Promise<Map<string, number>> {
  const { items } = await engine.recommend({ user: 'nobody', scenario, item });
  return new Map(items.map(({ id, score }) => [id, score]));
}

test('a variant of the item does not go with it, however often both are bought', async (t) => {
  const titles = { red: 'Retro lunch box red', blue: 'Retro lunch box blue', flask: 'Steel flask' };
  const engine = await shop(t, titles, [...Array(8).fill(['red', 'blue']), ['red', 'flask']]);
  assert.deepEqual([...(await scores(engine, 'complement', 'red')).keys()], ['flask']);
});

test('a variant of one thing in the cart does not complete it, though it goes with another', async (t) => {
  const titles = {
    red: 'Retro lunch box red',
    blue: 'Retro lunch box blue',
    flask: 'Steel flask',
    mug: 'Tea mug',
  };
  const engine = await shop(t, titles, [...Array(4).fill(['flask', 'blue']), ['flask', 'mug']]);
  const goes = async (...items: string[]): Promise<string> => {
    const { items: found } = await engine.recommend({ user: 'u', scenario: 'basket', items, count: 1 });
    return found[0]!.id;
  };
  assert.equal(await goes('flask'), 'blue');
  assert.equal(await goes('red', 'flask'), 'mug');
});

test('what shares a word with the item goes with it less than what does not', async (t) => {
  // The shared word is no proof of a variant (below .35), but something of one.
  const titles = {
    seed: 'Oak garden table large round weathered',
    akin: 'Oak candle holder small square polished',
    other: 'Linen napkin set white folded pressed',
  };
  const engine = await shop(t, titles, Array(12).fill(['seed', 'akin', 'other']));
  const found = await scores(engine, 'complement', 'seed');
  assert.ok(found.get('akin')! < found.get('other')! * 0.99, JSON.stringify([...found]));
  assert.ok(found.get('akin')! > 0);
});

test('few baskets are trusted less than many of the same share', async (t) => {
  const titles = { a: 'Teapot', b: 'Saucer', c: 'Kettle', d: 'Ladle' };
  const engine = await shop(t, titles, [...Array(9).fill(['a', 'b']), ['c', 'd']]);
  const often = (await scores(engine, 'complement', 'a')).get('b')!;
  const once = (await scores(engine, 'complement', 'c')).get('d')!;
  assert.ok(once < often * 0.5, `${once} of ${often}: both are always bought together`);
});

test('similar shows each title once, and not the title of the item itself', async (t) => {
  const engine = await openEngine({ store: openStore(scratch(t)), clock: () => start });
  t.after(() => engine.close());
  const card = (id: string, title: string) => ({ id, title, price: 3 });
  await engine.catalogue.put([
    card('a', 'Lattice cushion cover'),
    card('b', 'LATTICE  CUSHION COVER'),
    card('c', 'Paisley cushion cover'),
    card('d', 'Paisley Cushion Cover'),
    card('e', 'Floral cushion cover'),
  ]);
  const { items } = await engine.recommend({ user: 'u', scenario: 'similar', item: 'a', count: 4 });
  assert.deepEqual(items.map(({ id }) => id).sort(), ['c', 'e']);
});

test('what is close for the model stands in, less where it is bought with the item, unless it is a variant', () => {
  const none = { version: () => 0, baskets: () => 0, count: () => 0, each: () => {} };
  const bought = { ...none, baskets: () => 10, count: (_: number, other: number) => (other > 1 ? 10 : 0) };
  const titles = {
    version: 0,
    similar: () => ({ handles: [], similarities: [] }),
    similarity: (_: number, other: number) => (other === 3 ? 0.9 : 0),
  };
  const relations = new Relations(
    { pairs: { bought, viewed: none } } as unknown as ShopState,
    titles as unknown as TitleIndex,
  );
  const close = (...handles: number[]): DeployedModel =>
    ({
      neighbours: (_: number, __: number, found: (handle: number, score: number) => void) =>
        handles.forEach((handle) => {
          found(handle, 7);
        }),
    }) as unknown as DeployedModel;
  const standing = (model?: DeployedModel): [number, number][] => {
    const { handles, sums } = relations.substitutes(0, model);
    return Array.from(handles, (handle, at) => [handle, Number((sums[at]! * 10).toFixed(4))]);
  };
  // Ten baskets of ten, trusted 10 / 13.
  const all = close(1, 2, 3);
  assert.deepEqual(standing(all), [
    [1, 1],
    [2, Number((1 - 10 / 13).toFixed(4))],
    [3, 1],
  ]);
  assert.deepEqual(
    standing(close(4)),
    [[4, Number((1 - 10 / 13).toFixed(4))]],
    'of the model that serves now',
  );
  assert.deepEqual(standing(), []);
});

test('the entry of an item has the more say the fewer looked at it, two thirds at least', () => {
  const none = { version: () => 0, baskets: () => 0, count: () => 0, each: () => {} };
  const standing = (visits: number): Record<number, number> => {
    const viewed = {
      ...none,
      baskets: (handle: number) => (handle === 0 ? visits : 9),
      each: (_: number, found: (other: number, count: number) => void) => {
        found(1, 4);
        found(2, 2);
      },
    };
    const titles = {
      version: 0,
      similar: () => ({ handles: [2, 3], similarities: [0.8, 0.4] }),
      similarity: () => 0,
    };
    const state = { pairs: { bought: none, viewed } } as unknown as ShopState;
    const found = new Relations(state, titles as unknown as TitleIndex).substitutes(0, undefined);
    return Object.fromEntries(
      Array.from(found.handles, (handle, at) => [handle, Number(found.sums[at]!.toFixed(4))]),
    );
  };
  const [few, many] = [standing(10), standing(990)];
  for (const [found, visits] of [
    [few, 10],
    [many, 990],
  ] as const) {
    const trust = (0.35 * visits) / (visits + 10);
    assert.ok(Math.abs(found[3]! - (1 - trust) / 2) < 1e-3, `${JSON.stringify(found)} after ${visits}`);
    // The best by visits has what they are trusted, however strong or weak it is.
    assert.ok(Math.abs(found[1]! - trust) < 1e-3, `${JSON.stringify(found)} after ${visits}`);
  }
  assert.ok(many[1]! > few[1]! && few[1]! > 0);
});
