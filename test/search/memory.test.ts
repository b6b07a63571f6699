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
  memory.forget(new Set(['b']));
  assert.deepEqual(memory.searchesOf('b'), []);
  assert.equal(memory.choices('shoes', 1).get('x'), 1);
  assert.equal(memory.popularity('shoes', now, 2), 0);
  assert.deepEqual(
    [...memory.popular(now, 1)].map(({ key }) => key),
    ['shoes'],
  );
  assert.ok(!Buffer.from(pack(memory.pack())).includes('street'));
  memory.forget(new Set(['a']));
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
  const suggest = async (prefix: string, user = 'u'): Promise<string[]> =>
    (await shop.search.suggest({ user, prefix })).suggestions.map(({ text }) => text);
  for (let shopper = 0; shopper < 3; shopper++) shop.tell('search', `s${shopper}`, { query: '跑步鞋女' });
  for (const typed of ['跑', 'paobu', 'pbx', 'PAO'])
    assert.deepEqual((await suggest(typed)).sort(), ['跑步鞋', '跑步鞋 轻便', '跑步鞋女'].sort(), typed);
  assert.deepEqual(await suggest('chongq'), ['重庆小面']);
  assert.deepEqual(await suggest('zhongq'), []);
  assert.deepEqual(await suggest('trial s'), ['Trail shoes']);
  assert.equal((await shop.search.suggest({ user: 'u', prefix: 'trial s' })).corrected, 'trail s');
});

test('a search in pinyin is one for what it spells, unless the shop has the word', async () => {
  const shop = await Shop.of([...shoes, { id: 'pbx', title: 'PBX phone' }]);
  for (const typed of ['paobuxie', 'pao bu xie', 'PAOBU']) {
    const found = await shop.ask(typed);
    assert.deepEqual(found.items.map(({ id }) => id).sort(), (await shop.ids('跑步鞋')).sort(), typed);
    assert.equal(found.step, 'typo');
    assert.deepEqual(found.understood.corrected[typed], ['跑步鞋']);
  }
  assert.deepEqual(await shop.ids('pbx'), ['pbx']);
  assert.equal((await shop.ask('qqzzqq')).step, 'popular');
});

test('pinyin spells any word of a title, and several written together; a title that begins so comes after', async () => {
  const shop = await Shop.of([
    { id: 'buds', title: '青禾记 头戴式耳机 主动降噪', category: '数码' },
    { id: 'watch', title: '星屿 防水 手表 男士' },
    { id: 'strap', title: '手表 表带 硅胶' },
    { id: 'mug', title: 'Blue mug' },
  ]);
  const read = async (typed: string): Promise<string> => {
    const { items, understood } = await shop.ask(typed);
    return `${understood.corrected[typed]} ${items.map(({ id }) => id).sort()}`;
  };
  assert.equal(await read('erji'), '耳机 buds');
  assert.equal(await read('shoubiao'), '手表 strap,watch');
  assert.equal(await read('fangshuishoubiao'), '防水 手表 watch');
  assert.equal(await read('fang shui shou biao'), '防水 手表 watch');
  // Pairs of characters across two words are no word, and English stays what it is.
  assert.equal((await shop.ask('shier')).step, 'popular');
  assert.deepEqual(await shop.ids('mug'), ['mug']);
});

test('a query of fewer than k shoppers is shown to nobody else, and one of an erased shopper is gone', async () => {
  const shop = await Shop.of(shoes);
  const queries = async (user: string): Promise<string[]> =>
    (await shop.search.suggest({ user, prefix: 'secret' })).suggestions.map(({ text, personal }) =>
      personal ? `own: ${text}` : text,
    );
  for (const user of ['a', 'b']) shop.tell('search', user, { query: 'secret shoes' });
  assert.deepEqual(await queries('a'), ['own: secret shoes']);
  assert.deepEqual(await queries('x'), []);
  shop.tell('search', 'c', { query: 'Secret shoes!' });
  const later = new Shop(shop.catalogue, { memory: shop.search.memory });
  const seen = (await later.search.suggest({ user: 'x', prefix: 'secret' })).suggestions;
  assert.deepEqual(
    seen.map(({ text }) => text),
    ['secret shoes'],
  );
  later.search.memory.forget(new Set(['c']));
  assert.deepEqual((await later.search.suggest({ user: 'x', prefix: 'secret' })).suggestions, []);
});

test('what made-up shoppers of a page ask is suggested in words of the shop alone', async () => {
  const shop = await Shop.of(shoes);
  for (let n = 0; n < 6; n++)
    for (const query of ['trail now at evil.example', 'shoes for the trail'])
      shop.tell('search', `anon${n}`, { query, received: now });
  const of = async (prefix: string): Promise<string[]> =>
    (await shop.search.suggest({ user: 'x', prefix })).suggestions.map(({ text }) => text);
  assert.ok(!(await of('trail n')).some((text) => text.includes('evil')));
  assert.deepEqual(await of('shoes f'), ['shoes for the trail']);
});

test('a cursor made up for the answer of another shopper opens nothing of it', async () => {
  const shop = await Shop.of(shoes);
  const theirs = await shop.ask('shoes', { user: 'victim', count: 1 });
  const mine = await shop.ask('跑步鞋 食品', { user: 'thief', count: 1 });
  const [, , question] = JSON.parse(Buffer.from(mine.cursor!, 'base64url').toString());
  const forged = Buffer.from(JSON.stringify([theirs.searchId, 0, question])).toString('base64url');
  const answer = await shop.ask('跑步鞋 食品', { user: 'thief', count: 1, cursor: forged });
  assert.deepEqual([answer.user, answer.query], ['thief', '跑步鞋 食品']);
});

test('the list of suggestions is made between other requests, and in their order', async () => {
  const items = Array.from({ length: 9_000 }, (_, at) => ({
    id: `i${at}`,
    title: `the thing ${(at * 7_919) % 9_000}`,
  }));
  const shop = await Shop.of(items);
  let turns = 0;
  let done = false;
  const turn = (): void => {
    turns++;
    if (!done) setImmediate(turn);
  };
  setImmediate(turn);
  const { suggestions } = await shop.search.suggest({ user: 'u', prefix: 'the thing 899' });
  done = true;
  assert.ok(turns > 5, `${turns}`);
  const found = suggestions.map(({ text }) => text);
  assert.equal(found.length, 8);
  assert.ok(found.every((text) => text.startsWith('the thing 899')));
});

test('one shopper counts once a day, robots and what is invented never; nobody takes all places of a query', () => {
  const memory = new SearchMemory();
  const now = Date.UTC(2026, 0, 5);
  let offset = 0;
  const send = (user: string, type: string, more: Partial<Event>): void =>
    memory.apply(offset, { id: `${offset}`, type, user, items: [], time: now + offset++, ...more });
  const choose = (user: string, item: string, more: Partial<Event> = {}): void => {
    const attribution = `a${offset}`;
    send(user, 'search', { query: 'lamp', attribution, items: [{ id: item }], ...more });
    send(user, 'purchase', { attribution, items: [{ id: item }], ...more });
  };
  choose('honest', 'good');
  for (let n = 0; n < 100; n++) {
    choose('liar', 'bad');
    choose('robot', 'bad', { robot: true });
    // Between two of the same lie so many other searches that the first is remembered no more.
    for (let k = 0; k < 31; k++) send('liar', 'search', { query: `other ${k}` });
    send('liar', 'search', { query: 'lamp', items: [{ id: 'rival' }] });
  }
  const choices = memory.choices('lamp', 1);
  assert.equal(choices.get('bad'), choices.get('good'));
  assert.ok(Math.abs(memory.attraction('lamp', 'bad', now) - memory.attraction('lamp', 'good', now)) < 0.1);
  assert.ok(memory.attraction('lamp', 'rival', now) > -0.2);
  assert.equal(Math.round(1e6 * memory.popularity('lamp', now, 1)), 2e6, 'asked by two');
  for (let n = 0; n < 10; n++) {
    const unlisted = Array.from({ length: 50 }, (_, at) => ({ id: `x${n}-${at}`, unlisted: true as const }));
    const real = Array.from({ length: 50 }, (_, at) => ({ id: `r${n}-${at}` }));
    send('liar', 'search', { query: 'lamp', items: unlisted });
    send('liar', 'search', { query: 'lamp', items: real });
  }
  choose('late', 'new');
  assert.equal(memory.choices('lamp', 1).get('new'), 5, 'there is a place for what is chosen');
  assert.equal(memory.choices('lamp', 1).get('good'), 5);
  const again = new SearchMemory();
  again.restore(structuredClone(memory.pack()));
  for (const each of [memory, again])
    each.apply(offset, {
      id: 'z',
      type: 'search',
      user: 'late',
      query: 'lamp',
      items: [],
      time: now + offset,
    });
  assert.deepEqual(again.pack(), memory.pack(), 'who counted today is known after a restart');
});
