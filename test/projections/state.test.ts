import assert from 'node:assert/strict';
import { cpSync, existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { ItemDictionary } from '../../src/catalogue/index.js';
import {
  EndcapError,
  type Event,
  eventTable,
  knownEventTypes,
  random,
  silent,
} from '../../src/core/index.js';
import { pack } from '../../src/projections/codec.js';
import { demandOf, openState, replay, ShopState } from '../../src/projections/index.js';
import { memoryStore, openStore, type Store } from '../../src/storage/index.js';
import { day, event, scratch, start } from '../support/events.js';

const hour = 3_600_000;

test('a profile remembers its last events in time order and counts with decay', async (t) => {
  const store = openStore(scratch(t));
  const state = await openState(store, { recent: 3 }, silent);
  const times = [0, 2, 1, 3];
  times.forEach((at, index) => {
    state.apply(index, event({ id: `${index}`, time: start + at * hour, items: [{ id: `i${at}` }] }));
  });
  const profile = state.profile('u1', start + 3 * hour);
  assert.deepEqual(
    profile.events.map(({ item }) => item),
    ['i1', 'i2', 'i3'],
  );
  assert.equal(profile.total, 4);
  const later = state.profile('u1', start + 3 * hour + 30 * day);
  assert.ok(Math.abs(later.counters.view! - profile.counters.view! / 2) < 1e-9);
  await store.close();
});

test('items of one order are bought together, views close in time are viewed together', async (t) => {
  const store = openStore(scratch(t));
  const state = await openState(store, {}, silent);
  state.apply(
    0,
    event({
      id: '0',
      type: 'purchase',
      items: [
        { id: 'phone', price: 100 },
        { id: 'case', quantity: 2, price: 5 },
      ],
    }),
  );
  state.apply(1, event({ id: '1', type: 'view', time: start + hour, items: [{ id: 'phone' }] }));
  state.apply(2, event({ id: '2', type: 'view', time: start + hour + 1000, items: [{ id: 'tablet' }] }));
  state.apply(3, event({ id: '3', type: 'view', time: start + 9 * hour, items: [{ id: 'lamp' }] }));
  const row = (id: string): number => state.dictionary.find(id);
  assert.equal(state.pairs.bought.count(row('phone'), row('case')), 1);
  assert.equal(state.pairs.viewed.count(row('phone'), row('tablet')), 1);
  assert.equal(state.pairs.viewed.count(row('tablet'), row('lamp')), 0);
  assert.equal(state.pairs.bought.count(row('phone'), row('tablet')), 0);
  assert.deepEqual(state.itemStats('case', start)!.demand, [
    { day: start / day, units: 2, revenue: 10, orders: 1 },
  ]);
  await store.close();
});

test('the demand of a log alone is that of the state, refunds and all', async (t) => {
  const store = openStore(scratch(t));
  const sold = (id: string, type: string, time: number, quantity: number): Event =>
    event({ id, type, time, items: [{ id: 'case', quantity, price: 5 }] });
  await store.log.append([
    sold('1', 'purchase', start, 3),
    sold('2', 'view', start, 9),
    sold('3', 'refund', start + day, 1),
    sold('4', 'purchase', start + 1, 2),
  ]);
  const state = await openState(store, {}, silent);
  const demand = await demandOf(store.log);
  assert.deepEqual(demand, [...state.demand.all()]);
  const first = start / day;
  assert.deepEqual(demand, [
    {
      id: 'case',
      days: [
        { day: first, units: 5, revenue: 25, orders: 2 },
        { day: first + 1, units: -1, revenue: -5, orders: 0 },
      ],
    },
  ]);
  await store.close();
});

test('identify moves what an anonymous id did since the last one; nobody becomes an alias', async (t) => {
  const store = openStore(scratch(t));
  const state = await openState(store, {}, silent);
  let offset = 0;
  const did = (user: string, item: string): void => {
    state.apply(offset, event({ id: `${offset}`, user, items: [{ id: item }], time: start + offset }));
    offset++;
  };
  const joined = (user: string, anonymous: string): void => {
    const context = { anonymous };
    const time = start + offset;
    state.apply(offset, event({ id: `${offset}`, type: 'identify', user, items: [], time, context }));
    offset++;
  };
  const itemsOf = (user: string): string[] => state.profile(user, start).events.map(({ item }) => item);
  did('anon', 'a');
  did('anna', 'b');
  joined('anna', 'anon');
  joined('anna', 'anon');
  assert.deepEqual([itemsOf('anna'), itemsOf('anon')], [['a', 'b'], []]);
  did('anon', 'c');
  assert.deepEqual([itemsOf('anna'), itemsOf('anon')], [['a', 'b'], ['c']], 'the next person at the device');
  joined('bert', 'anon');
  assert.deepEqual([itemsOf('anna'), itemsOf('bert'), itemsOf('anon')], [['a', 'b'], ['c'], []]);
  joined('bert', 'anna');
  joined('anna', 'anna');
  assert.deepEqual([itemsOf('anna'), itemsOf('bert')], [['a', 'b'], ['c']], 'a known shopper is never moved');
  assert.equal(state.profile('anna', start).user, 'anna');
  for (let n = 0; n < 40; n++) {
    did(`guest${n}`, `g${n}`);
    joined('anna', `guest${n}`);
  }
  assert.equal(itemsOf('anna').length, 42, 'the 33rd join is a join');
  await store.close();
});

test('the cart holds what was added and neither removed nor bought', async (t) => {
  const store = openStore(scratch(t));
  const state = await openState(store, {}, silent);
  const steps: [string, string, number][] = [
    ['add_to_cart', 'a', 2],
    ['add_to_cart', 'b', 1],
    ['remove_from_cart', 'a', 1],
    ['add_to_cart', 'c', 1],
    ['purchase', 'b', 1],
  ];
  steps.forEach(([type, id, quantity], at) => {
    state.apply(at, event({ id: `${at}`, type, items: [{ id, quantity }] }));
  });
  assert.deepEqual(state.cart('u1'), { a: 1, c: 1 });
  await store.close();
});

test('replaying the log gives the same state bit for bit, through restarts, evictions and merges', async (t) => {
  const step = fc.record({
    type: fc.constantFrom('view', 'purchase', 'add_to_cart', 'refund', 'identify', 'impression', 'play'),
    user: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    other: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    items: fc.array(
      fc.record({
        id: fc.constantFrom('p', 'q', 'r', 's'),
        price: fc.double({ min: 0, max: 9, noNaN: true }),
      }),
      { maxLength: 4 },
    ),
    delay: fc.integer({ min: -2 * day, max: 2 * day }),
    restart: fc.integer({ min: 0, max: 6 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
      const dir = scratch(t);
      const options = { residentShoppers: 2, recent: 5 };
      let store = openStore(dir);
      let state = await openState(store, options, silent);
      for (const [at, { other, delay, restart, ...fields }] of steps.entries()) {
        const context = fields.type === 'identify' ? { context: { anonymous: other } } : {};
        const written = event({ id: `${at}`, ...fields, ...context, time: start + at * hour + delay });
        const [appended] = await store.log.append([written]);
        state.apply(appended!.offset, written);
        if (restart === 0) await state.checkpoint();
        if (restart === 1) {
          await store.close();
          store = openStore(dir);
          state = await openState(store, options, silent);
        }
      }
      const live = await state.digest();
      const rebuilt = await replay(store, options, silent);
      assert.equal(await rebuilt.digest(), live);
      await store.close();
    }),
    { numRuns: 40, seed: 11 },
  );
});

test('a long replay, which counts pairs in batches, gives the same state as one event after the other', async (t) => {
  const dir = scratch(t);
  const options = { residentShoppers: 3_000 };
  let store = openStore(dir);
  const state = await openState(store, options, silent);
  const chance = random(5);
  const some = (): { id: string }[] =>
    Array.from({ length: 1 + chance.int(3) }, () => ({ id: `i${chance.int(chance.int(2_000) + 1)}` }));
  let next = 0;
  while (next < 120_000) {
    const events = Array.from({ length: 1_000 }, () =>
      event({
        id: `e${next}`,
        type: chance.int(4) === 0 ? 'purchase' : 'view',
        user: `u${chance.int(8_000)}`,
        items: some(),
        time: start + 1_000 * next++,
      }),
    );
    for (const [at, { offset }] of (await store.log.append(events)).entries())
      state.apply(offset, events[at]!);
    await state.checkpointIfDue();
  }
  const live = await state.digest();
  const pairs = [state.pairs.bought.baskets(0), state.pairs.viewed.count(0, 1)];
  assert.ok(pairs.every((count) => count > 0));
  await store.close();
  store = openStore(dir);
  const rebuilt = await replay(store, options, silent);
  assert.equal(await rebuilt.digest(), live);
  assert.deepEqual([rebuilt.pairs.bought.baskets(0), rebuilt.pairs.viewed.count(0, 1)], pairs);
  await store.close();
});

test('what is kept of one shopper is bounded, whatever they send and however often they are merged', async (t) => {
  const store = openStore(scratch(t));
  const state = await openState(store, {}, silent);
  let offset = 0;
  const apply = (fields: Partial<Event>): void => {
    state.apply(offset, event({ id: `${offset}`, ...fields }));
    offset++;
  };
  for (let n = 0; n < 300; n++) {
    apply({ user: `anon${n % 3}`, type: `type${n}`, items: [{ id: 'same' }], time: start + n * day });
    apply({ user: `anon${n % 3}`, type: 'add_to_cart', items: [{ id: `i${n}a` }, { id: `i${n}b` }] });
  }
  apply({ type: 'purchase', items: [{ id: 'same' }] });
  apply({ type: 'refund', items: [{ id: 'same' }] });
  assert.equal(
    state.itemStats('same', start)!.counts.refund,
    1,
    'what Endcap knows is counted whatever else came',
  );
  for (let n = 0; n < 3; n++) apply({ type: 'identify', user: 'known', context: { anonymous: `anon${n}` } });
  const { counters, events } = state.profile('known', start);
  assert.equal(Object.keys(counters).length, 64);
  assert.equal(events.length, 200);
  assert.equal(Object.keys(state.cart('known')).length, 200);
  assert.equal(Object.keys(state.itemStats('same', start)!.counts).length, 64 - knownEventTypes.length + 2);
  for (let n = 0; n < 100; n++) {
    apply({ type: 'identify', user: `chain${n + 1}`, items: [], context: { anonymous: `chain${n}` } });
  }
  assert.ok(state.isKnown('chain1') && !state.isKnown('chain0'));
  apply({ type: 'identify', user: 'known', items: [], context: { anonymous: '🙂'.repeat(900) } });
  await state.checkpoint();
  await store.close();
});

test('a replay that is killed half-way is done again from nothing', async (t) => {
  const store = openStore(scratch(t));
  await store.log.append(Array.from({ length: 50 }, (_, at) => event({ id: `${at}`, user: `u${at % 7}` })));
  const digest = await (await openState(store, {}, silent)).digest();
  await (await store.state.beside({ empty: true })).adopt();
  assert.equal(await (await openState(store, {}, silent)).digest(), digest);
  await store.close();
});

test('a replay that fails leaves what serves as it was, and nothing beside it', async (t) => {
  const dir = scratch(t);
  const store = openStore(dir);
  await store.log.append(Array.from({ length: 50 }, (_, at) => event({ id: `${at}`, user: `u${at % 7}` })));
  const state = await openState(store, {}, silent);
  await state.checkpoint();
  const { blocks } = store.log;
  store.log.blocks = async function* (from, to) {
    for await (const block of blocks.call(this, from, to)) {
      yield { ...block, events: block.events.slice(0, 20) };
      throw new Error('no space is left');
    }
  };
  await assert.rejects(replay(store, {}, silent), /no space is left/);
  store.log.blocks = blocks;
  assert.ok(!existsSync(join(dir, 'state.next')));
  const digest = await state.digest();
  assert.equal(await (await openState(store, {}, silent)).digest(), digest);
  assert.equal(await (await replay(store, {}, silent)).digest(), digest);
  await store.close();
});

test('a log that is shorter than the state is said to be, and a state is not replaced by less unasked', async (t) => {
  const dir = scratch(t);
  const append = (store: Store, prefix: string, count: number): Promise<unknown> =>
    store.log.append(Array.from({ length: count }, (_, at) => event({ id: `${prefix}${at}` })));
  let store = openStore(dir);
  await append(store, 'a', 10);
  await store.close();
  cpSync(join(dir, 'log'), join(dir, 'backup'), { recursive: true });
  store = openStore(dir);
  await append(store, 'b', 10);
  const whole = await (await openState(store, {}, silent)).digest();
  await store.close();
  rmSync(join(dir, 'log'), { recursive: true });
  cpSync(join(dir, 'backup'), join(dir, 'log'), { recursive: true });
  store = openStore(dir);
  const shorter = { code: 'store_corrupt', message: /ends at event 10/, remedy: /Restore the folder log/ };
  await assert.rejects(openState(store, {}, silent), shorter);
  await assert.rejects(replay(store, {}, silent), shorter);
  const untouched = new ShopState(store.state, new ItemDictionary(store.facts));
  assert.ok(await untouched.restore());
  assert.equal(await untouched.digest(), whole);
  assert.equal((await replay(store, {}, silent, true)).offset, 10);
  await store.close();
});

test('parts of a store that are missing or of another one are said to be', async (t) => {
  const dir = scratch(t);
  const fill = async (prefix: string, count: number): Promise<void> => {
    const store = openStore(dir, { acceptLoss: true });
    await store.log.append(Array.from({ length: count }, (_, at) => event({ id: `${prefix}${at}` })));
    await (await openState(store, {}, silent).catch(() => undefined))?.checkpoint();
    await store.close();
  };
  await fill('a', 20);
  for (const part of ['facts', 'log']) {
    cpSync(join(dir, part), join(dir, 'kept'), { recursive: true });
    rmSync(join(dir, part), { recursive: true });
    const message = part === 'facts' ? /facts.*missing/ : /log\/ is empty or missing/;
    assert.throws(() => openStore(dir), { code: 'store_corrupt', message, remedy: /--accept-loss/ });
    rmSync(join(dir, part), { recursive: true });
    renameSync(join(dir, 'kept'), join(dir, part));
  }
  rmSync(join(dir, 'log'), { recursive: true });
  await fill('b', 30);
  const store = openStore(dir);
  await assert.rejects(openState(store, {}, silent), { message: /another log/, remedy: /endcap replay/ });
  assert.equal((await replay(store, {}, silent)).offset, 30);
  assert.equal((await openState(store, {}, silent)).offset, 30);
  await store.close();
});

test('a replay that meets a damaged event leaves the state that serves as it was', async (t) => {
  const dir = scratch(t);
  const store = openStore(dir);
  for (let n = 0; n < 6; n++)
    await store.log.append(Array.from({ length: 256 }, (_, at) => event({ id: `${n} ${at}` })));
  const state = await openState(store, {}, silent);
  const digest = await state.digest();
  const { blocks } = store.log;
  store.log.blocks = async function* (from, to) {
    for await (const block of blocks.call(this, from, to)) {
      if (block.first >= 1_000) throw new EndcapError('store_corrupt', 'event 1024 cannot be read');
      yield block;
    }
  };
  await assert.rejects(replay(store, {}, silent), /1024/);
  store.log.blocks = blocks;
  const again = new ShopState(store.state, new ItemDictionary(store.facts));
  assert.ok(await again.restore());
  assert.equal(await again.digest(), digest);
  await store.close();
});

test('a record that cannot be read says what to do', async (t) => {
  const store = openStore(scratch(t));
  await store.log.append([event({ id: '1' })]);
  await (await openState(store, {}, silent)).checkpoint();
  for (const [space, key] of [
    ['shoppers', 'u1'],
    ['statistics', 'a'],
    ['demand', 'a'],
    ['pairs', 'a'],
    ['meta', 'offset'],
  ] as const) {
    const value = store.state.get(space, key);
    await store.state.write([{ space, key, value: Buffer.from([0xc1, 0xff]) }]);
    const look = async (): Promise<unknown> => (await openState(store, {}, silent)).profile('u1', start);
    await assert.rejects(look(), { code: 'store_corrupt' }, space);
    await store.state.write([{ space, key, value }]);
  }
  await store.close();
});

test('events that come while a checkpoint is written are in the next one: it shows the state as it began', async (t) => {
  const dir = scratch(t);
  let store = openStore(dir);
  const chance = random(4);
  const events = Array.from({ length: 12_000 }, (_, at) =>
    event({
      id: `${at}`,
      type: chance.int(4) === 0 ? 'purchase' : 'view',
      user: `u${chance.int(2_000)}`,
      items: [{ id: `i${chance.int(500)}`, quantity: 1, price: 2 }],
      time: start + at * 1_000,
    }),
  );
  await store.log.append(events);
  // Few shoppers stay in memory, so that some are read back while the transaction is open.
  const state = new ShopState(store.state, new ItemDictionary(store.facts), { residentShoppers: 50 });
  let offset = 0;
  for (const begin of [5_000, 9_000]) {
    while (offset < begin) state.apply(offset, events[offset++]!);
    let written = false;
    const writing = state.checkpoint().then(() => {
      written = true;
    });
    let turns = 0;
    for (; !written; turns++) {
      await new Promise(setImmediate);
      for (let n = 0; n < 10 && offset < begin + 3_000; n++) state.apply(offset, events[offset++]!);
    }
    await writing;
    assert.ok(turns > 3, `the checkpoint gave way ${turns} times`);
  }
  await store.close();
  store = openStore(dir);
  const restored = await (await openState(store, {}, silent)).digest();
  assert.equal(restored, await (await replay(store, {}, silent)).digest());
  await store.close();
});

test('a checkpoint of an older version is made anew from the log', async (t) => {
  const store = openStore(scratch(t));
  await store.log.append([event({ id: '1' })]);
  const digest = await (await openState(store, {}, silent)).digest();
  const value = pack({ offset: 1, last: '1' });
  const item = pack({ id: 'a', row: 0, trend: { value: 1, at: 0 } });
  await store.state.write([
    { space: 'meta', key: 'offset', value },
    { space: 'items', key: 'a', value: item },
  ]);
  assert.equal(await (await openState(store, {}, silent)).digest(), digest);
  await store.close();
});

test('types and ids called like members of objects count like any other', async (t) => {
  const dir = scratch(t);
  let store = openStore(dir);
  const names = ['constructor', '__proto__', 'toString'];
  await store.log.append(
    names.map((name, at) =>
      event({ id: name, type: name, user: name, items: [{ id: name }], time: start + at }),
    ),
  );
  await store.log.append([
    event({ id: 'cart', type: 'add_to_cart', user: 'cart', items: names.map((id) => ({ id })) }),
  ]);
  const table = eventTable(Object.fromEntries(names.map((name) => [name, { meaning: 'view' as const }])));
  let state = await openState(store, { table }, silent);
  await state.checkpoint();
  await store.close();
  store = openStore(dir);
  state = await openState(store, { table }, silent);
  for (const name of names) {
    const { counters, events, total } = state.profile(name, start + 10);
    assert.equal(total, 1);
    assert.equal(events[0]!.weight, 1);
    assert.ok(Math.abs(counters[name]! - 1) < 1e-6, `${name}: ${counters[name]}`);
    assert.ok(Object.hasOwn(state.cart('cart'), name));
    assert.ok(state.itemStats(name, start)!.popularity > 0.9);
  }
  await store.close();
});

test('a log whose last counted event was erased is the same log', async () => {
  const store = memoryStore();
  await store.log.append(['1', '2', '3'].map((id) => event({ id })));
  await (await openState(store, {}, silent)).checkpoint();
  // As where the process ends between erasing in the log and in the state.
  await store.log.rewrite([2], () => undefined);
  assert.equal((await openState(store, {}, silent)).offset, 3);
});

test('after a log was read, what is bought together counts at once again', async () => {
  const store = memoryStore();
  const order = (user: string): Event =>
    event({ id: user, user, type: 'purchase', items: [{ id: 'a' }, { id: 'b' }] });
  // So many that they are counted in batches.
  const many = Array.from({ length: 20_000 }, (_, at) => event({ id: `s${at}`, type: 'search', items: [] }));
  await store.log.append([order('u1'), ...many]);
  const state = await openState(store, {}, silent);
  const together = (): number =>
    state.pairs.bought.count(state.dictionary.find('a'), state.dictionary.find('b'));
  assert.equal(together(), 1);
  state.apply(store.log.head, order('u2'));
  assert.equal(together(), 2);
});
