import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ItemDictionary } from '../../src/catalogue/index.js';
import { random, silent } from '../../src/core/index.js';
import { openState, RecentPairs } from '../../src/projections/index.js';
import { memoryStore } from '../../src/storage/index.js';
import { day, event, start } from '../support/events.js';

const hour = day / 24;

function of(pairs: RecentPairs, item: number, lately: 'today' | 'hours', now: number): Map<number, number> {
  const found = new Map<number, number>();
  pairs.each(item, lately, now, (other, count) => found.set(other, count));
  return found;
}

/** To the hundredth: a partner has two cells. */
const isNear = (count: number | undefined, truth: number): boolean =>
  Math.abs((count ?? 0) / truth - 1) < 0.01;

test('counts halve in a day and in three hours; a late event is worth what it still would be', () => {
  const inTime = new RecentPairs();
  inTime.add(1, 2, start);
  inTime.add(1, 2, start + 3 * hour);
  const late = new RecentPairs();
  late.add(1, 2, start + 3 * hour);
  late.add(1, 2, start);
  for (const pairs of [inTime, late]) {
    const now = start + 6 * hour;
    assert.ok(isNear(of(pairs, 1, 'hours', now).get(2), 0.75));
    assert.ok(isNear(of(pairs, 1, 'today', now).get(2), 2 ** -(6 / 24) + 2 ** -(3 / 24)));
    assert.equal(of(pairs, 2, 'today', now).size, 0, 'one direction');
  }
  inTime.add(3, 3, start);
  assert.equal(of(inTime, 3, 'today', start).size, 0, 'nothing goes with itself');
});

test('what happens thousands of times is counted as often, however little each adds', () => {
  const pairs = new RecentPairs();
  const chance = random(3);
  const truth = { today: 0, hours: 0 };
  const now = start + day;
  for (let n = 0; n < 30_000; n++) {
    const time = start + Math.floor((n / 30_000) * day) + chance.int(1_000);
    pairs.add(1, 2, time);
    truth.today += 2 ** ((time - now) / day);
    truth.hours += 2 ** ((8 * (time - now)) / day);
  }
  for (const lately of ['today', 'hours'] as const)
    assert.ok(Math.abs(of(pairs, 1, lately, now).get(2)! / truth[lately] - 1) < 0.05, lately);
});

test('what a clock far ahead says stays a number', () => {
  const pairs = new RecentPairs();
  pairs.add(1, 2, start + 3_000 * day);
  pairs.add(1, 3, start);
  pairs.add(1, 4, -start);
  pairs.add(1, 5, 1e15);
  const found = of(pairs, 1, 'hours', start);
  assert.deepEqual(
    [found.get(2), found.get(3), found.get(4), found.get(5)].map(Math.round as (x?: number) => number),
    [2 ** 20, 1, 0, 2 ** 20],
  );
  pairs.add(1, 5, start);
  assert.ok(Number.isFinite(of(pairs, 1, 'today', start).get(5)));
});

test('an item keeps 32 others: what speaks least for itself gives way, also to what is new', () => {
  const pairs = new RecentPairs();
  for (let at = 0; at < 5; at++) pairs.add(0, 999, start + at);
  for (let other = 1; other <= 500; other++) pairs.add(0, other, start + other * 60_000);
  const found = of(pairs, 0, 'today', start + 500 * 60_000);
  assert.equal(found.size, 32);
  assert.ok(found.has(999) && found.has(500) && !found.has(1));
});

test('items that grow in turn keep their own others, over many blocks of memory', () => {
  const pairs = new RecentPairs();
  const [items, others] = [1_200, 32];
  for (let at = 0; at < others; at++)
    for (let item = 0; item < items; item++) pairs.add(item, items + item + at, start);
  for (let item = 0; item < items; item++) {
    const found = [...of(pairs, item, 'today', start).keys()];
    assert.deepEqual(
      found,
      Array.from({ length: others }, (_, at) => items + item + at),
    );
  }
});

test('kept and taken back, it goes on as before', () => {
  const pairs = new RecentPairs();
  const rng = random(2);
  const add = (into: RecentPairs, seed: number): void => {
    const next = random(seed);
    for (let at = 0; at < 400; at++) into.add(next.int(9), next.int(60), start + next.int(day));
  };
  add(pairs, rng.int(100));
  const again = new RecentPairs();
  for (let item = 0; item < 9; item++) again.restore(item, structuredClone(pairs.dump(item)));
  for (const each of [pairs, again]) add(each, 7);
  for (let item = 0; item < 9; item++) assert.deepEqual(again.dump(item), pairs.dump(item));
});

test('what one visit holds is counted once both ways, and the same after a checkpoint and after a replay', async () => {
  const store = memoryStore();
  const visit = (user: string, items: string[], time: number) =>
    items.map((id, at) => event({ id: `${user}${at}`, user, items: [{ id }], time: time + at }));
  const events = [
    ...visit('a', ['x', 'y', 'x', 'y'], start),
    ...visit('b', ['y', 'z'], start + hour),
    ...visit('c', ['x'], start),
    ...visit('d', ['z'], start),
  ];
  await store.log.append(events);
  const open = (state = store.state) =>
    openState(
      { ...store, log: store.log, facts: store.facts, state },
      {},
      silent,
      new ItemDictionary(store.facts),
    );
  const first = await open();
  const [x, y, z] = ['x', 'y', 'z'].map((id) => first.dictionary.find(id)) as [number, number, number];
  const counts = (state: typeof first) =>
    [x, y, z].map((item) => [...of(state.pairs.lately, item, 'hours', start + hour)].sort());
  assert.deepEqual([...of(first.pairs.lately, x, 'hours', start + 1).keys()], [y]);
  const isOnce = (count?: number): boolean => isNear(count, 1);
  assert.ok(isOnce(of(first.pairs.lately, x, 'hours', start + 1).get(y)), 'a shopper counts once');
  assert.ok(isOnce(of(first.pairs.lately, z, 'hours', start + hour + 1).get(y)));
  const before = counts(first);
  await first.checkpoint();
  assert.deepEqual(counts(await open()), before);
  assert.deepEqual(counts(await open(memoryStore().state)), before);
});
