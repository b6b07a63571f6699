import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Event } from '../../src/core/index.js';
import { pack, unpack } from '../../src/projections/index.js';
import { SearchMemory } from '../../src/search/index.js';
import { now, Shop } from './support.js';

const events = fc.array(
  fc.record({
    type: fc.constantFrom('search', 'click', 'purchase', 'identify', 'view'),
    user: fc.constantFrom('a', 'b', 'c', '__proto__'),
    query: fc.option(fc.constantFrom('Shoes', 'shoes ', '跑步鞋', '__proto__', '!?'), { nil: undefined }),
    item: fc.constantFrom('x', 'y', 'constructor'),
    attribution: fc.option(fc.constantFrom('s1', 's2'), { nil: undefined }),
    gap: fc.nat(100_000_000),
  }),
  { maxLength: 60 },
);

function logOf(given: ReturnType<(typeof events)['generate']>['value']): Event[] {
  let time = now;
  return given.map(({ type, user, query, item, attribution, gap }, at): Event => {
    time += gap;
    return {
      id: `e${at}`,
      type,
      user,
      time,
      items: [{ id: item }],
      ...(query === undefined ? {} : { query }),
      ...(attribution === undefined ? {} : { attribution }),
      ...(type === 'identify' ? { context: { anonymous: 'b' } } : {}),
    };
  });
}

test('packed and restored anywhere in the log, it is what a whole replay makes, byte for byte', () => {
  fc.assert(
    fc.property(events, fc.nat(60), (given, cut) => {
      const log = logOf(given);
      const whole = new SearchMemory();
      for (const [at, event] of log.entries()) whole.apply(at, event);
      const first = new SearchMemory();
      for (const [at, event] of log.slice(0, cut).entries()) first.apply(at, event);
      const second = new SearchMemory();
      second.restore(unpack(pack(first.pack()), 'memory'));
      for (const [at, event] of log.slice(cut).entries()) second.apply(cut + at, event);
      assert.deepEqual(pack(second.pack()), pack(whole.pack()));
    }),
  );
});

test('a shopper who is forgotten leaves nothing behind', () => {
  const memory = new SearchMemory();
  let offset = 0;
  const tell = (user: string, type: string, more: Partial<Event>): void =>
    memory.apply(offset, { id: `${offset++}`, type, user, items: [], time: now, ...more });
  for (const user of ['a', 'b']) {
    tell(user, 'search', { query: 'shoes', items: [{ id: 'x' }], attribution: `s${user}` });
    tell(user, 'click', { items: [{ id: 'x' }], attribution: `s${user}` });
  }
  tell('b', 'search', { query: 'my own street 7' });
  memory.forget('b');
  assert.deepEqual(memory.searchesOf('b'), []);
  assert.equal(memory.choices('shoes', 1).get('x'), 1);
  assert.ok(!memory.isAsked('shoes', 2));
  assert.deepEqual(
    [...memory.popular(now, 1)].map(({ key }) => key),
    ['shoes'],
  );
  assert.ok(!Buffer.from(pack(memory.pack())).includes('street'));
  memory.forget('a');
  assert.deepEqual([...memory.popular(now, 0)], []);
});

test('memory is bounded, whatever is searched for', () => {
  const memory = new SearchMemory();
  for (let at = 0; at < 120_000; at++)
    memory.apply(at, {
      id: `${at}`,
      type: 'search',
      user: `u${at}`,
      query: `query ${at}`,
      items: [],
      time: now,
    });
  assert.equal([...memory.popular(now, 1)].length, 100_000);
});

test('a click that tells no search belongs to the one shortly before that showed the item', () => {
  const memory = new SearchMemory();
  let offset = 0;
  const tell = (type: string, time: number, more: Partial<Event>): void =>
    memory.apply(offset, { id: `${offset++}`, type, user: 'u', items: [], time, ...more });
  tell('search', now, { query: 'shoes', items: [{ id: 'x' }] });
  tell('click', now + 60_000, { items: [{ id: 'y' }] });
  assert.equal(memory.choices('shoes', 1).size, 0);
  tell('click', now + 3_600_000, { items: [{ id: 'x' }] });
  assert.equal(memory.choices('shoes', 1).size, 0);
  tell('click', now + 60_000, { items: [{ id: 'x' }] });
  assert.equal(memory.choices('shoes', 1).get('x'), 1);
  tell('purchase', now + 90_000, { items: [{ id: 'x' }] });
  assert.equal(memory.choices('shoes', 1).get('x'), 5);
});

const shoes = [
  { id: 'a', title: '跑步鞋 轻便', category: '跑步鞋' },
  { id: 'b', title: 'Trail shoes', category: 'Shoes' },
  { id: 'c', title: '重庆小面', category: '食品' },
];

test('suggestions: by prefix, pinyin, initials, with a typo; products, categories and queries', async () => {
  const shop = await Shop.of(shoes);
  const suggest = (prefix: string, user = 'u'): string[] =>
    shop.search.suggest({ user, prefix }).suggestions.map(({ text }) => text);
  for (let shopper = 0; shopper < 3; shopper++) shop.tell('search', `s${shopper}`, { query: '跑步鞋女' });
  for (const typed of ['跑', 'paobu', 'pbx', 'PAO'])
    assert.deepEqual(suggest(typed).sort(), ['跑步鞋', '跑步鞋 轻便', '跑步鞋女'].sort(), typed);
  assert.deepEqual(suggest('chongq'), ['重庆小面']);
  assert.deepEqual(suggest('zhongq'), []);
  assert.deepEqual(suggest('trial s'), ['Trail shoes']);
  assert.equal(shop.search.suggest({ user: 'u', prefix: 'trial s' }).corrected, 'trail s');
});

test('a query of fewer than k shoppers is shown to nobody else, and one of an erased shopper is gone', async () => {
  const shop = await Shop.of(shoes);
  const queries = (user: string): string[] =>
    shop.search
      .suggest({ user, prefix: 'secret' })
      .suggestions.map(({ text, personal }) => (personal ? `own: ${text}` : text));
  for (const user of ['a', 'b']) shop.tell('search', user, { query: 'secret shoes' });
  assert.deepEqual(queries('a'), ['own: secret shoes']);
  assert.deepEqual(queries('x'), []);
  shop.tell('search', 'c', { query: 'Secret shoes!' });
  const later = new Shop(shop.catalogue, { memory: shop.search.memory });
  const seen = later.search.suggest({ user: 'x', prefix: 'secret' }).suggestions;
  assert.deepEqual(
    seen.map(({ text }) => text),
    ['secret shoes'],
  );
  later.search.memory.forget('c');
  assert.deepEqual(later.search.suggest({ user: 'x', prefix: 'secret' }).suggestions, []);
});
