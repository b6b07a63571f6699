import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Event, silent } from '../../src/core/index.js';
import { openState, replay } from '../../src/state/index.js';
import { openStore } from '../../src/storage/index.js';
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
  const row = (id: string): number => state.items.row(id);
  assert.equal(state.items.bought.count(row('phone'), row('case')), 1);
  assert.equal(state.items.viewed.count(row('phone'), row('tablet')), 1);
  assert.equal(state.items.viewed.count(row('tablet'), row('lamp')), 0);
  assert.equal(state.items.bought.count(row('phone'), row('tablet')), 0);
  assert.deepEqual(state.itemStats('case', start)!.demand, [{ day: start / day, units: 2, revenue: 10 }]);
  await store.close();
});

test('identify joins an anonymous shopper to a known one, once and for later events too', async (t) => {
  const store = openStore(scratch(t));
  const state = await openState(store, {}, silent);
  const identify = (id: string): Event =>
    event({
      id,
      type: 'identify',
      user: 'known',
      items: [],
      time: start + 5,
      context: { anonymous: 'anon' },
    });
  state.apply(0, event({ id: '0', user: 'anon', items: [{ id: 'a' }] }));
  state.apply(1, event({ id: '1', user: 'known', items: [{ id: 'b' }], time: start + 1 }));
  state.apply(2, identify('2'));
  state.apply(3, identify('3'));
  state.apply(4, event({ id: '4', user: 'anon', items: [{ id: 'c' }], time: start + 9 }));
  assert.deepEqual(
    state.profile('anon', start).events.map(({ item }) => item),
    ['a', 'b', 'c'],
  );
  assert.equal(state.profile('anon', start).user, 'known');
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

test('types and ids called like members of objects count like any other', async (t) => {
  const dir = scratch(t);
  let store = openStore(dir);
  const names = ['constructor', '__proto__', 'toString'];
  await store.log.append(
    names.map((name, at) =>
      event({ id: name, type: name, user: name, items: [{ id: name }], time: start + at }),
    ),
  );
  let state = await openState(store, {}, silent);
  await state.checkpoint();
  await store.close();
  store = openStore(dir);
  state = await openState(store, {}, silent);
  for (const name of names) {
    const { counters, events, total } = state.profile(name, start + 10);
    assert.equal(total, 1);
    assert.equal(events[0]!.weight, 1);
    assert.ok(name === '__proto__' || Math.abs(counters[name]! - 1) < 1e-6, `${name}: ${counters[name]}`);
    assert.ok(state.itemStats(name, start)!.popularity > 0.9);
  }
  await store.close();
});
