import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ItemDictionary } from '../../src/catalogue/index.js';
import { defaultEventTable, type Event, eventTable, silent } from '../../src/core/index.js';
import { openState, ownersOf, ShopState } from '../../src/projections/index.js';
import { mergeGiven } from '../../src/projections/influence.js';
import { UnknownTypes } from '../../src/projections/unknownTypes.js';
import { memoryStore } from '../../src/storage/index.js';
import { day, event, start } from '../support/events.js';

const hour = day / 24;

/** A state, and how to fold events into it. */
function folding(table = defaultEventTable) {
  const store = memoryStore();
  const state = new ShopState(store.state, new ItemDictionary(store.facts), { table });
  let offset = 0;
  const apply = (fields: Partial<Event>): void => {
    const items = structuredClone(fields.items ?? [{ id: 'a' }]);
    state.apply(offset, event({ id: `${offset++}`, ...fields, items }));
  };
  const popularity = (id: string, now = start): number => state.itemStats(id, now)?.popularity ?? 0;
  const row = (id: string): number => state.dictionary.find(id);
  return { store, state, apply, popularity, row };
}

test('one shopper counts for an item once per kind and day', () => {
  const { state, apply, popularity } = folding();
  for (let n = 0; n < 500; n++) apply({ type: 'view', time: start + n });
  assert.ok(Math.abs(popularity('a') - 1) < 1e-6);
  for (let n = 0; n < 500; n++) apply({ type: `invented${n}`, time: start + n });
  assert.ok(Math.abs(popularity('a') - 1) < 1e-6, 'an invented type weighs nothing');
  apply({ type: 'purchase' });
  assert.ok(Math.abs(popularity('a') - 6) < 1e-6);
  assert.deepEqual(
    [state.itemStats('a', start)!.counts.view, state.itemStats('a', start)!.counts.purchase],
    [1, 1],
  );
  apply({ type: 'view', time: start + day });
  assert.equal(state.itemStats('a', start)!.counts.view, 2, 'the next day counts again');
  apply({ type: 'view', user: 'u2' });
  assert.equal(state.itemStats('a', start)!.counts.view, 3, 'and another shopper does');
});

test('a type that a shop made up counts as the kind that means the same', () => {
  const looks = eventTable({ look: { meaning: 'view' }, order: { meaning: 'purchase' } });
  const { state, apply } = folding(looks);
  for (const type of ['view', 'look', 'order', 'purchase']) apply({ type });
  const { counts } = state.itemStats('a', start)!;
  assert.deepEqual([counts.view, counts.look, counts.purchase, counts.order], [1, undefined, undefined, 1]);
});

test('who signs in keeps the usual of their ratings, and what was given before is bounded', () => {
  const { state, apply } = folding();
  const rate = (user: string, value: number, id: string): void =>
    apply({ user, type: 'rate', value, items: [{ id }] });
  for (let n = 0; n < 6; n++) rate('anna', 5, `five${n}`);
  rate('anon', 1, 'one');
  const many = Array.from({ length: 400 }, (_, at) => ({ id: `w${at}` }));
  apply({ user: 'anon', type: 'purchase', items: many });
  apply({ user: 'anna', type: 'view', items: [{ id: 'last' }], time: start + 1 });
  apply({ user: 'anna', type: 'identify', items: [], context: { anonymous: 'anon' }, time: start + 2 });
  const { given, ratings } = state.shoppers.open('anna');
  assert.deepEqual([ratings!.count, ratings!.sum], [7, 31]);
  assert.equal(given.length, 3 * 256);
});

test('what is hidden stays hidden when more is, and of unknown types the most frequent come first', () => {
  const { state, apply } = folding();
  for (const id of ['a', 'b', 'c']) apply({ type: 'hide', items: [{ id }] });
  assert.deepEqual([...state.profile('u1', start).hidden!], ['a', 'b', 'c']);
  const types = new UnknownTypes(defaultEventTable);
  for (const type of ['view', 'zap', 'buzz', 'odd', 'odd']) types.apply(0, event({ id: type, type }));
  assert.deepEqual(types.counts, [
    ['odd', 2],
    ['buzz', 1],
    ['zap', 1],
  ]);
});

test('a wish holds until it is taken back, and again when it is made anew', () => {
  const { state, apply } = folding();
  const held = (): number[] =>
    state
      .profile('u1', start + 99)
      .events.filter(({ type }) => type === 'wish')
      .map(({ weight }) => weight);
  apply({ type: 'wish', time: start });
  apply({ type: 'view', time: start + 1 });
  apply({ type: 'remove_from_wish', time: start + 1, items: [{ id: 'b' }] });
  const [weight] = held();
  assert.ok(weight! > 0, 'neither a look nor what is undone of another item takes it back');
  apply({ type: 'remove_from_wish', time: start + 2 });
  assert.deepEqual(held(), [0]);
  apply({ type: 'wish', time: start + 3 });
  assert.deepEqual(held(), [0, weight]);
});

test('a hide that was taken back says nothing any more, and of what was forgotten nothing is left', () => {
  const { state, apply } = folding();
  const weights = (): number[] =>
    state.profile('u1', start + 99).events.map(({ weight }) => Math.sign(weight));
  apply({ type: 'hide', time: start });
  apply({ type: 'hide', time: start + 1, items: [{ id: 'b' }] });
  assert.deepEqual(weights(), [-1, -1]);
  apply({ type: 'undo', time: start + 2 });
  assert.deepEqual(weights().slice(0, 2), [0, -1]);
  state.shoppers.forgetBefore('nobody', start);
  state.shoppers.forgetBefore('u1', start + 1);
  assert.deepEqual(
    state
      .profile('u1', start + 99)
      .events.map(({ item }) => item)
      .slice(0, 1),
    ['b'],
  );
  state.shoppers.forgetBefore('u1', start + day);
  assert.equal(state.profile('u1', start + 99).total, 0);
});

test('what a page says counts as of its arrival: times of the past buy nothing', () => {
  const { state, apply, popularity } = folding();
  for (let n = 0; n < 300; n++) apply({ type: 'view', time: start - n * day, received: start + n });
  assert.equal(state.itemStats('a', start)!.counts.view, 1);
  assert.ok(popularity('a') <= 1);
});

test('taking back takes what the same shopper gave, wholly and no more', () => {
  const { apply, popularity } = folding();
  apply({ user: 'honest', type: 'add_to_cart' });
  const before = popularity('a', start + day);
  for (let n = 0; n < 50; n++) apply({ user: 'enemy', type: 'remove_from_cart' });
  for (let n = 0; n < 50; n++) apply({ user: 'enemy', type: 'refund' });
  assert.equal(popularity('a', start + day), before, 'who gave nothing takes nothing');
  apply({ user: 'buyer', type: 'purchase' });
  apply({ user: 'buyer', type: 'refund', time: start + 20 * day });
  apply({ user: 'buyer', type: 'refund', time: start + 21 * day });
  const left = popularity('a', start + day) - before;
  assert.ok(left >= -1e-9 && left <= 2.01, `${left} of 5 are left: the refund weighs 3, then the rest`);
  for (let n = 0; n < 9; n++) apply({ user: 'buyer', type: 'refund', time: start + (22 + n) * day });
  assert.ok(popularity('a', start + 40 * day) >= 0);
});

test('a page that gives back what it did not buy takes no units from the demand of others', () => {
  const { state, apply } = folding();
  const items = [{ id: 'a', quantity: 3, price: 2 }];
  const units = (): number => state.itemStats('a', start)!.demand.reduce((sum, each) => sum + each.units, 0);
  apply({ user: 'buyer', type: 'purchase', items, received: start });
  apply({ user: 'enemy', type: 'refund', items, received: start + 1 });
  assert.equal(units(), 3);
  apply({ user: 'buyer', type: 'refund', items, received: start + 2 });
  assert.equal(units(), 0);
});

test('a pair is bought together as often as shoppers buy it, not as often as one does', () => {
  const { state, apply, row } = folding();
  const both = [{ id: 'a' }, { id: 'b' }];
  for (let n = 0; n < 300; n++) apply({ type: 'purchase', items: both, time: start + n * 1_000 });
  assert.equal(state.pairs.bought.count(row('a'), row('b')), 1);
  assert.equal(state.pairs.bought.baskets(row('a')), 1);
  for (let n = 0; n < 300; n++) {
    apply({ type: 'purchase', items: [{ id: n % 2 ? 'a' : 'b' }], time: start + 10 * hour + n * 1_000 });
    apply({ type: n % 3 ? 'view' : 'click', items: [{ id: n % 2 ? 'a' : 'b' }], time: start + n * 1_000 });
  }
  assert.equal(state.pairs.bought.count(row('a'), row('b')), 1);
  assert.equal(state.pairs.viewed.count(row('a'), row('b')), 1, 'a view and a click are one look');
  apply({ user: 'u2', type: 'purchase', items: [{ id: 'a' }] });
  apply({ user: 'u2', type: 'purchase', items: [{ id: 'b' }], time: start + hour / 2 });
  assert.equal(state.pairs.bought.count(row('a'), row('b')), 2, 'another shopper, one after the other');
});

test('what is remembered of one shopper is bounded: a page that names ever more counts for no more', () => {
  const { state, apply } = folding();
  const items = (from: number) => Array.from({ length: 100 }, (_, at) => ({ id: `i${from + at}` }));
  for (let n = 0; n < 20; n++) apply({ user: 'page', items: items(100 * n), received: start + n });
  for (let n = 0; n < 20; n++) apply({ user: 'page', items: items(100 * n), received: start + hour + n });
  let counted = 0;
  for (let n = 0; n < 2_000; n++) counted += state.itemStats(`i${n}`, start)?.counts.view ?? 0;
  assert.equal(counted, 256);
  assert.ok(state.shoppers.open('page').given.length <= 3 * 256);
  apply({
    user: 'shop',
    type: 'purchase',
    items: Array.from({ length: 600 }, (_, at) => ({ id: `w${at}` })),
  });
  assert.equal(
    state.itemStats('w599', start)!.counts.purchase,
    1,
    'a wholesale order of the shop counts whole',
  );
  assert.ok(state.shoppers.open('shop').given.length <= 3 * 256);
});

test('of what was given too much for one shopper the oldest is forgotten, wherever it stands', () => {
  const given = (key: number): number[] => [key, key === 77 ? start - day : start + (key % 5), 1];
  const some = Array.from({ length: 100 }, (_, at) => given(at)).flat();
  const others = Array.from({ length: 157 }, (_, at) => given(100 + at)).flat();
  mergeGiven(some, others);
  const keys = others.filter((_, at) => at % 3 === 0);
  assert.equal(keys.length, 256);
  assert.ok(!keys.includes(77));
});

test('signing in again and again counts once', () => {
  const { state, apply } = folding();
  for (let n = 0; n < 5; n++) {
    apply({ user: 'anon', type: 'view', time: start + 2 * n });
    apply({
      user: 'anna',
      type: 'identify',
      items: [],
      context: { anonymous: 'anon' },
      time: start + 2 * n + 1,
    });
  }
  apply({ user: 'anna', type: 'view', time: start + 20 });
  assert.equal(state.itemStats('a', start)!.counts.view, 1);
});

test('joining ids that nobody used keeps nothing of them', () => {
  const { state, apply } = folding();
  for (let n = 0; n < 50; n++)
    apply({ user: 'anna', type: 'identify', items: [], context: { anonymous: `made-up-${n}` } });
  assert.equal(state.shoppers.resident, 1);
  assert.ok(state.isKnown('anna'));
});

test('a robot and a purchase of a page move stock and popularity as far as they may', () => {
  const { state, apply } = folding();
  apply({ type: 'purchase', robot: true });
  assert.equal(state.itemStats('a', start), undefined);
  const big = [{ id: 'a', quantity: 1e9, price: 2 }];
  for (let n = 0; n < 50; n++) apply({ type: 'purchase', items: big, received: start + n });
  assert.deepEqual(state.itemStats('a', start)!.demand, [
    { day: start / day, units: 10, revenue: 20, orders: 1 },
  ]);
  for (let n = 0; n < 2; n++) apply({ user: 'b2b', type: 'purchase', items: [{ id: 'a', quantity: 100 }] });
  assert.equal(state.itemStats('a', start)!.demand[0]!.units, 210, 'the shop’s own orders are as they are');
});

const user = fc.constantFrom('a', 'b', 'c', 'd');
const anything = fc.array(
  fc.record({
    user,
    type: fc.constantFrom('view', 'identify', 'identify', 'purchase'),
    context: fc.record({ anonymous: user }),
  }),
  { maxLength: 40 },
);

test('whose an event is by the log is whose it is in the profiles, whoever is joined to whom', async () => {
  await fc.assert(
    fc.asyncProperty(anything, async (steps) => {
      const events = steps.map((step, at) =>
        event({
          id: `${at}`,
          ...step,
          time: start + at,
          items: step.type === 'identify' ? [] : [{ id: `i${at}` }],
        }),
      );
      const owners = ownersOf(structuredClone(events));
      const store = memoryStore();
      await store.log.append(events);
      const state = await openState(store, {}, silent);
      for (const each of ['a', 'b', 'c', 'd']) {
        const owned = events.filter(({ type }, at) => type !== 'identify' && owners[at] === each);
        assert.deepEqual(
          state.profile(each, start).events.map(({ item }) => item),
          owned.map(({ items }) => items[0]!.id),
          each,
        );
      }
    }),
    { numRuns: 300 },
  );
});
