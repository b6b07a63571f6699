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
  attraction: memory.attraction('red shoes', 'x'),
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
  assert.ok(memory.isAsked('red shoes', 6));
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

test('visitors made up today teach no synonym; those who were here the day before, and known shoppers, do', async () => {
  const users = Array.from({ length: 40 }, (_, n) => made(n));
  const meant = async (shop: Shop): Promise<unknown> =>
    (await shop.ask('sneakers', { user: 'new' })).understood.synonyms;
  const shop = await Shop.of(items);
  // A time of an event that a page makes up does not make its shopper older.
  for (const user of users) shop.tell('search', user, { query: 'x', time: now - 9 * day, received: now });
  reword(shop, users, 'sneakers', 'evil boots', { received: now });
  assert.deepEqual(await meant(shop), {});
  reword(shop, users.slice(0, 10), 'sneakers', 'evil boots', { received: now + day });
  assert.deepEqual(await meant(shop), { sneakers: ['evil boots'] });
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
  shop.search.memory.forget('t1');
  assert.deepEqual(await meant('wellies'), {});
});
