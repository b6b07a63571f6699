import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Event, eventTable, type Item, type RecommendRequest, silent } from '../../src/core/index.js';
import { popularity } from '../../src/models/index.js';
import { type Engine, type EngineOptions, openEngine } from '../../src/recommend/index.js';
import { openStore } from '../../src/storage/index.js';
import { dataset } from '../models/support.js';
import { day, event, scratch, start } from '../support/events.js';

async function shop(t: TestContext, items: Item[], options: Partial<EngineOptions> = {}): Promise<Engine> {
  const engine = await openEngine({ store: openStore(scratch(t)), clock: () => start, ...options });
  t.after(() => engine.close().catch(() => {}));
  await engine.catalogue.put(items);
  return engine;
}

let sent = 0;
const send = (engine: Engine, ...events: (Partial<Event> & { on: string[] })[]) =>
  engine.ingest(
    events.map(({ on, ...fields }) =>
      event({ id: `m${sent++}`, items: on.map((id) => ({ id })), ...fields }),
    ),
  );
async function ids(engine: Engine, request: Partial<RecommendRequest> = {}): Promise<string[]> {
  const { items } = await engine.recommend({ user: 'u1', scenario: 'home', ...request });
  return items.map(({ id }) => id);
}
const things = (count: number): Item[] =>
  Array.from({ length: count }, (_, at) => ({ id: `b${at}`, title: `Thing number ${at}` }));
const spooky = [
  { id: 'h0', title: 'Dark haunted night', category: 'horror' },
  { id: 'h1', title: 'Haunted manor ghost', category: 'horror' },
  { id: 'h2', title: 'Ghost scream manor', category: 'horror' },
  { id: 'g0', title: 'Garden rose spade', category: 'garden' },
  { id: 'g1', title: 'Rose spade bucket', category: 'garden' },
];

test('a list goes on over many pages, under a policy as without one, and each item once', async (t) => {
  const path = join(scratch(t), 'policy.json');
  writeFileSync(path, '{"bury": [{"name": "first last", "filter": "id = \\"b0\\""}]}');
  for (const policy of [undefined, path]) {
    const engine = await shop(t, things(150), policy === undefined ? {} : { policy });
    const seen: string[] = [];
    for (let offset = 0; offset < 150; offset += 50)
      seen.push(...(await ids(engine, { count: 50, offset, scenario: 'new' })));
    assert.equal(new Set(seen).size, 150, `${policy}: ${seen.length} on three pages`);
    assert.equal(seen.length, 150);
    const second = await ids(engine, { user: 'other', count: 5, offset: 10 });
    assert.equal(second.length, 5);
  }
});

test('trial 30: one star and a dislike repel, and undo takes the dislike back', async (t) => {
  const engine = await shop(t, spooky);
  await send(
    engine,
    { type: 'rate', user: 'r1', on: ['h0'], value: 1 },
    { type: 'dislike', user: 'd1', on: ['h0'] },
  );
  for (const user of ['r1', 'd1']) {
    const { items } = await engine.recommend({ user, scenario: 'home', count: 4, explain: true });
    assert.deepEqual(
      items
        .slice(0, 2)
        .map(({ id }) => id)
        .sort(),
      ['g0', 'g1'],
      user,
    );
    assert.ok(!JSON.stringify(items.map(({ reason }) => reason)).includes('h0'), user);
  }
  for (const scenario of ['home', 'trending', 'new'] as const)
    assert.ok(!(await ids(engine, { user: 'd1', scenario })).includes('h0'), scenario);
  await send(engine, { type: 'undo', user: 'd1', on: ['h0'], time: start + 1 });
  assert.ok((await ids(engine, { user: 'd1', scenario: 'new' })).includes('h0'));
  await send(engine, { type: 'rate', user: 'r2', on: ['h0'], value: 5 });
  assert.ok(['h1', 'h2'].includes((await ids(engine, { user: 'r2' }))[0]!), 'a good rating attracts');
});

test('trial 32: what was bought stays bought, however much is looked at since', async (t) => {
  const engine = await shop(t, things(300));
  await send(engine, { type: 'purchase', time: start - 3 * day, on: ['b0', 'b1'] });
  for (let n = 0; n < 220; n++)
    await send(engine, { time: start - 5 * 3_600_000 + n, on: [`b${2 + (n % 100)}`] });
  for (let n = 0; n < 30; n++) await send(engine, { type: 'purchase', user: `o${n}`, on: ['b0', 'b1'] });
  const shown = await ids(engine, { count: 20 });
  assert.equal(shown.length, 20);
  assert.ok(!shown.includes('b0') && !shown.includes('b1'));
});

test('trial 37: a late add does not put a bought thing back; removing takes its reason away', async (t) => {
  const engine = await shop(t, spooky);
  const cart = () => engine.state.cart('u1');
  await send(engine, { type: 'purchase', time: start - 1_000, on: ['g0'] });
  await send(engine, { type: 'add_to_cart', time: start - 2_000, on: ['g0'] });
  assert.deepEqual(cart(), {});
  await send(engine, { type: 'add_to_cart', time: start - 500, on: ['h0'] });
  assert.deepEqual(cart(), { h0: 1 });
  const held = () =>
    engine.profile('u1').events.find(({ item, type }) => item === 'h0' && type === 'add_to_cart')!.weight;
  assert.equal(held(), 3);
  await send(engine, { type: 'remove_from_cart', time: start - 400, on: ['h0'] });
  assert.deepEqual([cart(), held()], [{}, 0]);
  await send(engine, { type: 'add_to_cart', time: start - 450, on: ['h0'] });
  assert.deepEqual(cart(), {}, 'what was put in before it was emptied does not come back');
});

test('a refund takes the purchase back, before or after it came', async (t) => {
  const engine = await shop(t, spooky);
  await send(
    engine,
    { type: 'purchase', time: start - 9, on: ['h0'] },
    { type: 'refund', time: start - 8, on: ['h0'] },
  );
  await send(
    engine,
    { type: 'refund', time: start - 7, on: ['g0'] },
    { type: 'purchase', time: start - 8, on: ['g0'] },
  );
  const { events, bought } = engine.profile('u1');
  assert.ok(events.filter(({ type }) => type === 'purchase').every(({ weight }) => weight === 0));
  assert.equal(bought!.size, 0);
});

test('untouched before touched; bought again only when it is due, and says so', async (t) => {
  const engine = await shop(t, things(12));
  for (const ago of [61, 41, 21])
    await send(engine, { type: 'purchase', time: start - ago * day, on: ['b0'] });
  await send(engine, { type: 'purchase', time: start - day, on: ['b1'] }, { on: ['b2', 'b3'] });
  const { items } = await engine.recommend({ user: 'u1', scenario: 'home', count: 12, explain: true });
  const shown = items.map(({ id }) => id);
  assert.equal(shown.indexOf('b0'), 4);
  assert.equal(items[4]!.reason!.kind, 'due');
  assert.ok(!shown.includes('b1'));
  assert.deepEqual(shown.slice(-2).sort(), ['b2', 'b3']);
  assert.equal(shown.length, 11);
});

test('where shoppers seldom buy again a rhythm has no place on the shelf, and what is used up has', async (t) => {
  const fitted = await popularity.fit(
    dataset([['b5', 'b6'], ['b6']]),
    { ...popularity.defaults, seed: 1 },
    silent,
  );
  const shelf = { model: 1, session: 0, titles: 0, popular: 0, variants: true, again: false };
  const models = { history: async () => ['v1'], load: async () => ({ ...fitted, shelf }) };
  const [first, second, ...rest] = things(12);
  const engine = await shop(t, [first!, { ...second!, attributes: { consumable: true } }, ...rest], {
    models,
  });
  for (const ago of [61, 41, 21])
    await send(engine, { type: 'purchase', time: start - ago * day, on: ['b0', 'b1'] });
  const shown = await ids(engine);
  assert.equal(shown.indexOf('b1'), 4);
  assert.ok(!shown.includes('b0'));
});

test('a huge order leaves room for what was before it', async (t) => {
  const engine = await shop(t, things(400));
  await send(engine, { time: start - day, on: ['b0'] });
  await send(engine, {
    type: 'purchase',
    on: things(399)
      .map(({ id }) => id)
      .slice(1),
  });
  const { events, bought } = engine.profile('u1');
  assert.equal(events[0]!.item, 'b0');
  assert.equal(bought!.size, 398);
});

test('the shop says what its types mean; what nobody said weighs nothing and is counted', async (t) => {
  const table = eventTable({ watched: { meaning: 'view' }, grabbed: { meaning: 'cart', weight: 7 } });
  const engine = await shop(t, spooky, { state: { table } });
  await send(engine, { type: 'watched', on: ['h0'] }, { type: 'watched', on: ['g0'] });
  await send(engine, { type: 'grabbed', on: ['g1'] }, { type: 'sneezed', on: ['h1'] });
  const weights = engine.profile('u1').events.map(({ weight }) => weight);
  assert.deepEqual(weights, [1, 1, 7, 0]);
  assert.deepEqual(engine.state.cart('u1'), { g1: 1 });
  assert.deepEqual(engine.state.unknownTypes.counts, [['sneezed', 1]]);
  const handle = (id: string) => engine.catalogue.find(id);
  assert.equal(engine.state.pairs.viewed.count(handle('h0'), handle('g0')), 1);
});

test('a shop of ratings alone pairs what one shopper liked', async (t) => {
  const engine = await shop(t, spooky);
  await send(engine, { type: 'rate', on: ['h0'], value: 5 }, { type: 'rate', on: ['h1'], value: 4 });
  await send(engine, { type: 'rate', on: ['g0'], value: 1 });
  const count = (a: string, b: string) =>
    engine.state.pairs.viewed.count(engine.catalogue.find(a), engine.catalogue.find(b));
  assert.deepEqual([count('h0', 'h1'), count('h0', 'g0')], [1, 0]);
  await send(engine, { type: 'rate', user: 'u2', on: ['h0', 'g1'], value: 5 });
  assert.deepEqual(await ids(engine, { scenario: 'complement', item: 'h0', user: 'u3' }), ['g1', 'h1']);
});

test('an untrained shop of ratings goes by what is liked together, not by words of titles', async (t) => {
  const film = (id: string, title: string, ...categories: string[]): Item => ({ id, title, categories });
  const engine = await shop(t, [
    film('wars', 'Star Wars', 'space'),
    film('jedi', 'Return of the Jedi', 'space'),
    film('alien', 'Alien', 'space'),
    film('war', 'War, The', 'drama'),
    film('star', 'Lone Star', 'drama'),
    film('drama', 'Ordinary People', 'drama'),
  ]);
  for (let n = 0; n < 6; n++) {
    await send(engine, { type: 'rate', user: `s${n}`, on: ['wars', 'jedi'], value: 5 });
    await send(engine, { type: 'rate', user: `t${n}`, on: ['drama'], value: 5, time: start - 9 * day });
    if (n < 3) await send(engine, { type: 'rate', user: `a${n}`, on: ['alien'], value: 5 });
  }
  await send(engine, { type: 'rate', on: ['wars'], value: 5, time: start - 5 * day });
  const { items } = await engine.recommend({ user: 'u1', scenario: 'home', count: 2, explain: true });
  assert.deepEqual(
    items.map(({ id, reason }) => [id, reason!.text]),
    [
      ['jedi', 'Because you rated Star Wars'],
      ['alien', 'Because you rated Star Wars'],
    ],
  );
  for (let n = 3; n < 40; n++) await send(engine, { type: 'rate', user: `a${n}`, on: ['alien'], value: 5 });
  assert.deepEqual(await ids(engine, { scenario: 'trending', user: 'x', count: 1 }), ['alien']);
  assert.deepEqual(await ids(engine, { count: 2 }), ['jedi', 'alien'], 'one film liked together is enough');
});

test('something new among what is popular says that it is new', async (t) => {
  const engine = await shop(t, things(40));
  for (let n = 0; n < 20; n++) await send(engine, { user: `s${n}`, on: things(20 - n).map(({ id }) => id) });
  const { items } = await engine.recommend({ user: 'x', scenario: 'home', count: 10, explain: true });
  const kinds = items.map(({ id, reason }) => [id, reason!.kind]);
  assert.deepEqual(kinds[4], ['b39', 'new']);
  assert.equal(kinds.filter(([, kind]) => kind === 'new').length, 2);
});

test('a page goes on where the one before ended, whatever happened meanwhile', async (t) => {
  const engine = await shop(t, things(60));
  const first = await ids(engine, { count: 10 });
  await send(engine, { on: [first[3]!, 'b50', 'b51'] });
  const second = await ids(engine, { count: 10, offset: 10 });
  assert.equal(new Set([...first, ...second]).size, 20);
});

test('a stranger, what moves and what is new are three lists; dates are kept to', async (t) => {
  const items = things(40);
  items[39] = { ...items[39]!, from: start + 1 };
  items[38] = { ...items[38]!, until: start };
  const engine = await shop(t, items);
  for (let n = 0; n < 20; n++) await send(engine, { user: `s${n}`, on: things(20 - n).map(({ id }) => id) });
  const lists = [];
  for (const scenario of ['home', 'trending', 'new'] as const)
    lists.push(await ids(engine, { user: 'x', scenario }));
  assert.equal(new Set(lists.map(String)).size, 3);
  assert.equal(lists[2]![0], 'b37');
  await send(engine, { type: 'add_to_cart', user: 'x', on: [lists[1]![0]!] });
  assert.notEqual((await ids(engine, { user: 'x', scenario: 'trending' }))[0], lists[1]![0]);
});

test('what is new goes by the dates of the items; one without came no earlier than those before it', async (t) => {
  const item = (id: string, days?: number) => ({
    id,
    title: id,
    ...(days !== undefined && { from: start - days * day }),
  });
  const engine = await shop(t, [
    item('a', 3),
    item('b', 40),
    item('c', 1),
    item('d'),
    item('e', 20),
    item('f', -1),
  ]);
  assert.deepEqual(await ids(engine, { scenario: 'new' }), ['d', 'c', 'a', 'e', 'b']);
  await engine.catalogue.patch('b', { from: start - 60_000 });
  await engine.catalogue.put([item('g', 2)]);
  assert.deepEqual(await ids(engine, { scenario: 'new' }), ['d', 'b', 'c', 'g', 'a', 'e']);
});

test('of several categories each counts: in filters, and one that is liked is enough', async (t) => {
  const film = (id: string, title: string, ...categories: string[]) => ({ id, title, categories });
  const engine = await shop(t, [
    film('x', 'Moor', 'horror', 'comedy'),
    film('y', 'Crypt', 'horror'),
    film('z', 'Farce', 'comedy'),
    film('w', 'Attic', 'horror'),
  ]);
  assert.deepEqual((await ids(engine, { filter: 'categories contains "comedy"' })).sort(), ['x', 'z']);
  assert.deepEqual((await ids(engine, { filter: 'categories in ("comedy")' })).sort(), ['x', 'z']);
  await send(engine, { type: 'dislike', on: ['w'] }, { type: 'like', on: ['z'] });
  const list = await ids(engine, { count: 2 });
  assert.equal(list[0], 'x', String(list));
});

test('of equal scores the lower handle comes first, in whatever order they were found', async () => {
  const { topK } = await import('../../src/math/index.js');
  const handles = [9, 3, 7, 1, 5];
  const { rows } = topK(new Float32Array(5).fill(1), 3, undefined, handles);
  assert.deepEqual(
    [...rows].map((row) => handles[row]),
    [1, 3, 5],
  );
});

test('one click does not fill the shelf: some of it stays popular or new; untaught, one place even of a broad one', async (t) => {
  const trees = ['ash', 'bay', 'elm', 'fig', 'ivy', 'oak', 'yew', 'fir', 'box', 'haw', 'may', 'rue'];
  const kinds = ['tea pot', 'lamp', 'clock', 'doormat', 'bracelet'];
  const items = kinds.flatMap((kind, at) =>
    Array.from({ length: 12 }, (_, n) => ({
      id: `${at}-${n}`,
      title: `${kind} ${trees[n]}${kind[0]}`,
    })),
  );
  const engine = await shop(t, items);
  for (let n = 0; n < 8; n++) await send(engine, { user: `s${n}`, on: [`1-${n % 4}`, `2-${n % 3}`] });
  await send(engine, { user: 'one', on: ['0-0'], time: start });
  const list = await ids(engine, { user: 'one', count: 10 });
  const tea = list.filter((id) => id.startsWith('0-'));
  assert.equal(tea.length, 7, list.join(' '));
  assert.deepEqual(list.slice(0, 4), tea.slice(0, 4), 'the click leads');
  assert.ok(
    list.some((id) => id.startsWith('1-') || id.startsWith('2-')),
    'something popular',
  );
  assert.ok(
    list.some((id) => id.startsWith('4-')),
    'something new',
  );
  await send(engine, { user: 'four', on: ['0-0', '0-1', '0-2', '0-3'], time: start });
  const broad = await ids(engine, { user: 'four', count: 8 });
  const others = broad.filter((id) => !id.startsWith('0-'));
  assert.deepEqual(others, [broad[4]], broad.join(' '));
  assert.match(broad[4]!, /^[12]-/, 'what moves now');
});
