import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Event } from '../../src/core/index.js';
import { SearchMemory } from '../../src/search/index.js';
import { now, Shop } from './support.js';

const day = 86_400_000;
const made = (n: number): string => `anon_${n.toString(16).padStart(12, '0')}a1b2c3d4e5f60718293a`;

/** Events into a memory, as a page sends them. */
function teller(memory: SearchMemory): (type: string, user: string, more: Partial<Event>) => void {
  let offset = 0;
  return (type, user, more) => {
    const event: Event = { id: `${offset}`, type, user, items: [], time: now, received: now, ...more };
    memory.apply(offset++, event);
  };
}

const taught = (memory: SearchMemory): unknown => ({
  popular: [...memory.popular(now, 3)].sort((a, b) => (a.key < b.key ? -1 : 1)),
  choices: [...memory.choices('red shoes', 3)],
  attraction: memory.attraction('red shoes', 'x', now),
});

for (const [what, shoppers] of [
  ['of fifty visitors', 50],
  ['of ever new visitors', 1e9],
] as const)
  test(`what shoppers taught outlasts a flood of invented queries ${what}, which takes bounded room`, () => {
    const memory = new SearchMemory();
    const tell = teller(memory);
    for (let n = 0; n < 6; n++)
      for (const query of ['red shoes', 'blue hat', 'green scarf']) {
        const attribution = `${n} ${query}`;
        tell('search', made(n), { query, attribution, items: [{ id: 'x' }, { id: 'y' }] });
        tell('click', made(n), { attribution, items: [{ id: 'x' }] });
      }
    const before = taught(memory);
    for (let n = 0; n < 60_000; n++)
      tell('search', made(1_000 + (n % shoppers)), { query: `invented ${n}`, items: [{ id: `i${n % 90}` }] });
    assert.deepEqual(taught(memory), before);
    const queries = [...memory.popular(now, 0)].length;
    assert.ok(queries <= (shoppers === 50 ? 50 * 30 : 20_000) + 3, `${queries}`);
  });

test('what two visitors of a flood ask gives way before what more asked', () => {
  const limits = { known: 2_000, alone: 1_000, choices: { known: 10_000, alone: 10_000 } };
  const memory = new SearchMemory(undefined, limits);
  const tell = teller(memory);
  for (let n = 0; n < 6; n++) tell('search', made(n), { query: 'red shoes' });
  for (let n = 0; n < 8_000; n++)
    for (const visitor of [2 * n, 2 * n + 1])
      tell('search', made(1_000 + visitor), { query: `invented ${n}` });
  assert.ok(memory.popularity('red shoes', now, 6) > 0);
  assert.equal([...memory.popular(now, 2)].length, 2_000);
});

const items = [
  { id: 'a', title: 'Trail shoes' },
  { id: 'b', title: 'Evil boots' },
];

/** Shoppers ask for `from`, find nothing, ask for `to` and choose. */
function reword(shop: Shop, users: readonly string[], from: string, to: string, more: Partial<Event>): void {
  for (const user of users) {
    const { received = now } = more;
    shop.tell('search', user, { ...more, query: from, time: received - 60_000 });
    const attribution = `${user} ${from} ${received}`;
    shop.tell('search', user, {
      ...more,
      query: to,
      attribution,
      items: [{ id: 'b' }],
      time: received - 30_000,
    });
    shop.tell('click', user, { ...more, items: [{ id: 'b' }], attribution, time: received - 20_000 });
  }
}

test('visitors whom only pages know teach no synonym, however patient; customers and known shoppers do', async () => {
  const users = Array.from({ length: 40 }, (_, n) => made(n));
  const meant = async (shop: Shop): Promise<unknown> =>
    (await shop.ask('sneakers', { user: 'new' })).understood.synonyms;
  const shop = await Shop.of(items);
  for (const user of users) shop.tell('search', user, { query: 'x', received: now - 9 * day });
  for (let late = 0; late < 9; late++)
    reword(shop, users, 'sneakers', 'evil boots', { received: now - late * day });
  // That they bought, a page says of them; to be a customer is the word of the shop.
  for (const user of users) shop.tell('purchase', user, { items: [{ id: 'a' }], received: now });
  reword(shop, users, 'sneakers', 'evil boots', { received: now + day });
  assert.deepEqual(await meant(shop), {});
  for (const user of users.slice(0, 10)) shop.tell('purchase', user, { items: [{ id: 'a' }] });
  const again = await Shop.of(items);
  again.search.memory.restore(structuredClone(shop.search.memory.pack()));
  for (const one of [shop, again]) {
    reword(one, users.slice(0, 10), 'sneakers', 'evil boots', { received: now + 2 * day });
    assert.deepEqual(await meant(one), { sneakers: ['evil boots'] });
  }
  const known = await Shop.of(items);
  reword(known, ['anna', 'bert', 'cora'], 'sneakers', 'evil boots', { received: now });
  assert.deepEqual(await meant(known), { sneakers: ['evil boots'] });
});

test('a few do not change a word for the many who ask for it, and who is forgotten teaches nothing', async () => {
  const shop = await Shop.of(items);
  const meant = async (word: string): Promise<unknown> =>
    (await shop.ask(word, { user: 'new' })).understood.synonyms;
  for (let n = 0; n < 60; n++) shop.tell('search', `s${n}`, { query: 'trail' });
  reword(shop, ['t1', 't2', 't3', 't4'], 'trail', 'evil boots', {});
  assert.deepEqual(await meant('trail'), {});
  reword(shop, ['t1', 't2', 't3'], 'wellies', 'evil boots', {});
  assert.deepEqual(await meant('wellies'), { wellies: ['evil boots'] });
  shop.search.memory.forget(new Set(['t1']));
  assert.deepEqual(await meant('wellies'), {});
});

/** Visitors of a page ask, are shown `shown` and click the one of it they are after. */
function choose(
  memory: SearchMemory,
  users: readonly string[],
  chosen: string | undefined,
  received: number,
  shown = ['x', 'y'],
): void {
  const tell = teller(memory);
  for (const user of users) {
    const attribution = `${user} ${received}`;
    tell('search', user, {
      query: 'red shoes',
      attribution,
      items: shown.map((id) => ({ id })),
      time: received,
      received,
    });
    if (chosen !== undefined)
      tell('click', user, {
        attribution,
        items: [{ id: chosen }],
        time: received + 1,
        received: received + 1,
      });
  }
}

const visitors = (from: number, count: number): string[] =>
  Array.from({ length: count }, (_, n) => made(from + n));
const said = (memory: SearchMemory): unknown => ({
  choices: [...memory.choices('red shoes', 5)],
  good: memory.attraction('red shoes', 'x', now + day),
  bad: memory.attraction('red shoes', 'y', now + day),
});

test('in its first day a shop learns from all, later from those whom it has known for a day', () => {
  const memory = new SearchMemory();
  choose(memory, visitors(0, 4), 'x', now);
  assert.deepEqual([...memory.choices('red shoes', 5)], [], 'four are too few to be told of');
  choose(memory, visitors(4, 2), 'x', now + 1_000);
  assert.deepEqual([...memory.choices('red shoes', 5)], [['x', 6]]);
  const before = said(memory);
  // Made up the day after: neither what they choose, nor what they look at and leave, says anything.
  choose(memory, visitors(1_000, 300), 'y', now + day + 2_000);
  choose(memory, visitors(2_000, 300), undefined, now + day + 2_000);
  const [after, share] = [said(memory) as { bad: number }, (before as { bad: number }).bad];
  assert.deepEqual({ ...after, good: 0, bad: 0 }, { ...(before as object), good: 0, bad: 0 });
  assert.ok(after.bad <= 0 && after.bad >= share, `${after.bad}, before ${share}`);
  // They come back the day after that.
  choose(memory, visitors(1_000, 6), 'y', now + 2 * day + 4_000);
  assert.equal(memory.choices('red shoes', 5).get('y'), 6);
  const again = new SearchMemory();
  again.restore(structuredClone(memory.pack()));
  for (const each of [memory, again]) choose(each, visitors(3_000, 6), 'y', now + 3 * day);
  assert.equal(again.choices('red shoes', 5).get('y'), 6, 'a restart begins no first day');
});

test('known shoppers count from their first day on, and five of them move little where a thousand ask', () => {
  const few = new SearchMemory();
  const many = new SearchMemory();
  for (const memory of [few, many]) choose(memory, visitors(0, 1), 'x', now - 3 * day);
  choose(
    many,
    visitors(1, 1_000).map((user) => `known ${user}`),
    'x',
    now,
  );
  const friends = Array.from({ length: 5 }, (_, n) => `friend ${n}`);
  // Far down a list, where hardly anybody looks.
  const list = [...Array.from({ length: 30 }, (_, at) => `other ${at}`), 'hidden'];
  for (const memory of [few, many]) choose(memory, friends, 'hidden', now, list);
  const [alone, among] = [few, many].map((memory) => memory.attraction('red shoes', 'hidden', now));
  assert.ok(alone! > 1.5, `${alone}`);
  assert.ok(among! > 0 && among! < 0.6, `${among}`);
});

test('who is forgotten takes back no look that never counted', () => {
  const memory = new SearchMemory();
  choose(memory, visitors(0, 6), 'x', now);
  choose(memory, visitors(1_000, 50), undefined, now + 2 * day);
  const before = memory.attraction('red shoes', 'y', now);
  memory.forget(new Set(visitors(1_000, 50)));
  assert.ok(Math.abs(memory.attraction('red shoes', 'y', now) - before) < 1e-9);
});
