import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { defaultEventTable, type Event, random } from '../../src/core/index.js';
import { ByteReader, ByteWriter } from '../../src/projections/bytes.js';
import { applyToShopper, foldIntoShoppers, newShopper, type Shopper } from '../../src/projections/index.js';
import { defaultShopperLimits } from '../../src/projections/shopper.js';
import { ShopperCache } from '../../src/projections/shopperCache.js';
import { packShopper, unpackShopper } from '../../src/projections/shopperCodec.js';
import { Shoppers } from '../../src/projections/shoppers.js';
import { memoryStore } from '../../src/storage/index.js';
import { event, start } from '../support/events.js';

const types = ['view', 'purchase', 'refund', 'add_to_cart', 'rate', 'hide', 'identify', 'of_their_own'];

function someEvents(seed: number, count: number): Event[] {
  const chance = random(seed);
  return Array.from({ length: count }, (_, at) => {
    const type = types[chance.int(types.length)]!;
    const item = { id: chance.int(40) === 0 ? '__proto__' : `i${chance.int(60)}` };
    const quantity = { quantity: 1 + chance.int(3) };
    const price = { price: chance.int(100) / 4 };
    const told = [{}, quantity, price, { ...quantity, ...price }, { ...quantity, ...price }];
    const full = { ...item, ...told[chance.int(told.length)] };
    return event({
      id: `e${at}`,
      type,
      user: `u${chance.int(30)}`,
      items: type === 'identify' ? [] : [full],
      time: start + 60_000 * at - chance.int(86_400_000),
      ...(type === 'rate' && { value: 1 + chance.int(5) }),
      ...(type === 'identify' && { context: { anonymous: `anon_${chance.int(30)}` } }),
    });
  });
}

test('a shopper comes back from their bytes as they were', () => {
  const shopper = newShopper();
  assert.deepEqual(unpackShopper(packShopper(shopper), 'u'), shopper);
  const limits = { ...defaultShopperLimits, recent: 20 };
  for (const one of someEvents(3, 400)) {
    applyToShopper(shopper, one, defaultEventTable, limits);
    shopper.given.push(7, one.time, 0.25);
  }
  shopper.known = true;
  const again = unpackShopper(packShopper(shopper), 'u');
  assert.deepEqual(again, shopper);
  assert.ok(
    again.touched!.size > 0 && again.cart!.size > 0 && again.bought!.size > 0 && again.hidden!.size > 0,
  );
  assert.deepEqual(packShopper(again), packShopper(shopper));
});

test('those who sleep as bytes are folded as those who are always awake, two of one event among them', () => {
  const apart = (awake: number): Map<string, Shopper> => {
    const cache = new ShopperCache(memoryStore().state, 1_000, awake);
    if (awake === Number.POSITIVE_INFINITY) cache.stayAwake();
    const book = {
      open: (user: string) => cache.open(user).shopper,
      isKnown: (user: string) => cache.find(user)?.shopper.known === true,
      isSeen: (user: string) => cache.find(user) !== undefined,
    };
    for (const one of someEvents(4, 3_000)) {
      if (one.user === 'u7' && one.type === 'hide') cache.forget('u7');
      else foldIntoShoppers(book, one, defaultEventTable);
    }
    const users = Array.from({ length: 30 }, (_, at) => [`u${at}`, `anon_${at}`]).flat();
    return new Map(
      users.flatMap((user) => {
        const found = cache.find(user)?.shopper;
        return found ? [[user, found] as const] : [];
      }),
    );
  };
  const always = apart(Number.POSITIVE_INFINITY);
  assert.ok(always.size > 25);
  for (const awake of [3, 1_000]) assert.deepEqual(apart(awake), always);
});

test('of the two that an event changes, the first does not fall asleep when the second wakes', () => {
  const cache = new ShopperCache(memoryStore().state, 1_000, 3);
  for (const user of ['a', 'b', 'c']) cache.open(user);
  const { shopper } = cache.open('a');
  cache.open('d');
  shopper.total = 5;
  assert.equal(cache.find('a')!.shopper.total, 5);
});

test('who is only looked at stays no longer than two others are asked for, and is the same again', () => {
  const cache = new ShopperCache(memoryStore().state, 1_000, 3);
  for (const user of ['a', 'b', 'c', 'd', 'e']) cache.open(user).shopper.total = 7;
  const seen = cache.find('a')!.shopper;
  cache.find('b');
  assert.equal(cache.find('a')!.shopper, seen);
  cache.find('b');
  cache.find('c');
  assert.notEqual(cache.find('a')!.shopper, seen);
  assert.deepEqual(cache.find('a')!.shopper, seen);
});

test('who did much sleeps when two others are asked for, with all that was done; others stay awake', () => {
  const cache = new ShopperCache(memoryStore().state, 1_000);
  const open = (user: string, events: number): Shopper => {
    const { shopper } = cache.open(user);
    const one = { type: 'view', weight: 1 };
    shopper.events = Array.from({ length: events }, (_, at) => ({ ...one, item: `i${at}`, time: at }));
    return shopper;
  };
  for (const user of ['much', 'less']) open(user, user === 'much' ? 60 : 20);
  const [much, less] = [cache.open('much').shopper, cache.open('less').shopper];
  much.total = 7;
  cache.open('much');
  cache.open('a');
  assert.equal(cache.open('much').shopper, much, 'of the two asked for last');
  cache.open('a');
  cache.open('b');
  const again = cache.open('much').shopper;
  assert.notEqual(again, much);
  assert.deepEqual(again, much);
  assert.equal(cache.open('less').shopper, less);
});

test('those awake are fewer where they did more', () => {
  const firstStays = (events: number): boolean => {
    const cache = new ShopperCache(memoryStore().state, 1_000);
    const users = Array.from({ length: 900 }, (_, at) => `u${at}`);
    const one = { type: 'view', time: 0, weight: 1 };
    for (const user of users)
      cache.open(user).shopper.events = Array.from({ length: events }, (_, at) => ({
        ...one,
        item: `i${at}`,
      }));
    // Awake again with all that they did.
    const [first] = users.map((user) => cache.open(user).shopper);
    return cache.open('u0').shopper === first;
  };
  assert.ok(firstStays(20));
  assert.ok(!firstStays(40));
});

test('while a log is read nobody falls asleep, and then all but the last', () => {
  const cache = new ShopperCache(memoryStore().state, 1_000, 3);
  cache.stayAwake();
  const { shopper } = cache.open('a');
  for (let at = 0; at < 50; at++) cache.open(`u${at}`);
  assert.equal(cache.find('a')!.shopper, shopper);
  for (let at = 0; at < 50; at++) cache.open(`u${at}`);
  cache.settle();
  assert.notEqual(cache.find('a')!.shopper, shopper, 'made again from bytes');
  assert.deepEqual(cache.find('a')!.shopper, shopper);
});

test('shoppers stay awake while a log is read, as many as it has', () => {
  const options = { table: defaultEventTable, limits: defaultShopperLimits, resident: 20_000 };
  const shoppers = new Shoppers(memoryStore().state, options);
  const stays = (): boolean => {
    const first = shoppers.open('first');
    for (let at = 0; at < 12_000; at++) shoppers.open(`u${at}`);
    return shoppers.open('first') === first;
  };
  shoppers.beginLog();
  assert.ok(stays());
  shoppers.settle();
  assert.ok(!stays());
});

test('as many as there is room for stay in memory; whoever was put out is read again', async () => {
  const { state } = memoryStore();
  const users = ['a', 'b', 'c', 'd'];
  await state.write(users.map((key) => ({ space: 'shoppers', key, value: packShopper(newShopper()) })));
  const cache = new ShopperCache(state, 2, 3);
  const [a, b] = ['a', 'b'].map((user) => cache.find(user)!);
  assert.equal(cache.find('b'), b);
  assert.equal(cache.find('a'), a, 'both are here');
  assert.notEqual(cache.find('c'), undefined);
  assert.equal(cache.size, 2);
  assert.equal(cache.find('a'), a, 'the one found last stays');
  assert.notEqual(cache.find('b'), b);
  // One room: the one found last is put out by the next.
  const narrow = new ShopperCache(state, 1, 3);
  const first = narrow.find('a')!;
  assert.equal(narrow.find('a'), first);
  narrow.find('b');
  assert.notEqual(narrow.find('a'), first);
  // Who waits for a checkpoint stays, however little room there is.
  const changed = narrow.open('c');
  narrow.find('d');
  assert.equal(narrow.find('c'), changed);
  assert.ok(narrow.full);
});

test('those who wait to be written do not keep others in memory, nor does who was put out', async () => {
  const { state } = memoryStore();
  const users = Array.from({ length: 200 }, (_, at) => `u${at}`);
  await state.write(users.map((key) => ({ space: 'shoppers', key, value: packShopper(newShopper()) })));
  const cache = new ShopperCache(state, 10, 3, 40);
  for (let at = 0; at < 30; at++) cache.open(`changed${at}`);
  assert.ok(!cache.full);
  for (const user of users) cache.find(user);
  assert.ok(cache.size < 60, `${cache.size} are in memory`);
  for (let at = 30; at < 40; at++) cache.open(`changed${at}`);
  assert.ok(cache.full);
  // What is written may leave, and each is whole on disk.
  cache.dirty.begin();
  while (cache.dirty.packSome(8)) {}
  const written = cache.dirty.drain();
  assert.equal(written.length, 40);
  await state.write(written);
  cache.dirty.written();
  cache.evict();
  assert.equal(cache.size, 10);
  assert.deepEqual(cache.find('changed0')?.shopper, newShopper());
});

test('numbers and texts come back bit for bit, and bytes that end before are refused', () => {
  const values = fc.array(
    fc.oneof(
      fc.double(),
      fc.integer(),
      fc.maxSafeInteger(),
      fc.constantFrom(-0, 0, 63, 64, -64, 2 ** 31, 2 ** 45 - 1, -(2 ** 45), Number.NaN, -Infinity),
      fc.string({ unit: 'grapheme', maxLength: 90 }),
    ),
  );
  const writer = new ByteWriter();
  fc.assert(
    fc.property(values, (all) => {
      writer.clear();
      for (const value of all) typeof value === 'number' ? writer.number(value) : writer.text(value);
      const bytes = writer.written();
      const readAll = (from: Uint8Array): unknown[] => {
        const reader = new ByteReader(from);
        const read = all.map((value) => (typeof value === 'number' ? reader.number() : reader.text()));
        assert.equal(reader.behind.length, 0);
        return read;
      };
      assert.deepEqual(readAll(bytes), all);
      if (bytes.length > 0) assert.throws(() => readAll(bytes.subarray(0, -1)), RangeError);
    }),
    { numRuns: 300, seed: 5 },
  );
});

test('a shopper whose bytes are cut off anywhere is refused as corrupt, or is another', () => {
  const shopper = newShopper();
  for (const one of someEvents(9, 60)) applyToShopper(shopper, one, defaultEventTable, defaultShopperLimits);
  const bytes = packShopper(shopper);
  for (let length = 0; length < bytes.length; length++) {
    try {
      assert.notDeepEqual(unpackShopper(bytes.subarray(0, length), 'u'), shopper);
    } catch (error) {
      assert.equal((error as { code?: string }).code, 'store_corrupt', `cut to ${length}: ${error}`);
    }
  }
  const announced = Uint8Array.from([8, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 255, 255, 255, 127, 1]);
  assert.throws(() => unpackShopper(announced, 'u'), { code: 'store_corrupt' });
});
