import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { defaultEventTable, type Event } from '../../src/core/index.js';
import { type Arrived, FeatureStore, featuresAt } from '../../src/projections/index.js';

const hour = 3_600_000;
const start = Date.UTC(2026, 10, 1);
const categoryOf = (id: string): string => (id < 'c' ? 'lamps' : 'chairs');
const ids = ['a', 'b', 'c', 'd'];

const arrived = fc
  .record({
    user: fc.constantFrom('u', 'v', 'w'),
    item: fc.constantFrom(...ids),
    type: fc.constantFrom('view', 'purchase', 'remove_from_cart', 'impression'),
    late: fc.integer({ min: -20, max: 200 }),
    price: fc.option(fc.integer({ min: 1, max: 5_000 }), { nil: undefined }),
  })
  .map(({ user, item, type, late, price }, at = 0): Omit<Arrived, 'event'> & { event: Event } => ({
    arrival: 0,
    event: {
      id: `${at}`,
      type,
      user,
      items: [{ id: item, ...(price === undefined ? {} : { price }) }],
      time: -late * 60_000,
    },
  }));

/** In order of arrival, a minute and more apart; clocks run up to 200 minutes behind and 20 ahead. */
const stream = fc
  .array(fc.tuple(arrived, fc.integer({ min: 1, max: 300 })), { maxLength: 60 })
  .map((parts) => {
    let now = start;
    return parts.map(([{ event }, minutes]): Arrived => {
      now += minutes * 60_000;
      return { arrival: now, event: { ...event, time: now + event.time } };
    });
  });

test('live and from history: the same features at every moment, bit for bit', () => {
  fc.assert(
    fc.property(stream, fc.array(fc.nat(60), { maxLength: 20 }), (events, cuts) => {
      const live = new FeatureStore(defaultEventTable, categoryOf);
      const asked: { user: string; item: string; now: number; after: number }[] = [];
      const seen: unknown[] = [];
      const look = (after: number): void => {
        const now = events[after - 1]?.arrival ?? start;
        for (const item of ids) {
          asked.push({ user: 'u', item, now, after });
          seen.push(live.features('u', item, now));
        }
      };
      look(0);
      events.forEach(({ event, arrival }, at) => {
        live.apply(event, arrival);
        if (cuts.includes(at)) look(at + 1);
      });
      assert.deepEqual(featuresAt(events, asked, defaultEventTable, categoryOf), seen);
    }),
  );
});

test('what says nothing of taste moves no feature', () => {
  const store = new FeatureStore(defaultEventTable, categoryOf);
  const shown = { id: '1', type: 'impression', user: 'u', items: [{ id: 'a' }], time: start };
  store.apply(shown, start);
  assert.equal(store.features('u', 'a', start).hour, 0);
  store.apply({ ...shown, type: 'view' }, start);
  assert.equal(store.features('u', 'a', start).hour, 1);
});

test('late events fold in: counts, rates and affinity do not depend on the order of arrival', () => {
  fc.assert(
    fc.property(stream, fc.integer(), (events, seed) => {
      const inTime = events.filter(({ event, arrival }) => event.time <= arrival);
      const now = (events.at(-1)?.arrival ?? start) + hour;
      const shuffled = [...inTime].sort(
        (a, b) => ((a.event.time * 7 + seed) % 13) - ((b.event.time * 7 + seed) % 13),
      );
      const [one, other] = [inTime, shuffled].map((order) => {
        const store = new FeatureStore(defaultEventTable, categoryOf);
        for (const { event } of order) store.apply(event, now);
        return ids.map((id) => {
          const { together: _, pricePosition: _p, ...rest } = store.features('u', id, now);
          return rest;
        });
      });
      one!.forEach((features, at) => {
        for (const [name, value] of Object.entries(features)) {
          const twin = other![at]![name as keyof typeof features];
          assert.ok(Math.abs(value - twin) < 1e-9 * Math.max(1, Math.abs(value)), `${name} ${value} ${twin}`);
        }
      });
    }),
  );
});

function view(user: string, item: string, time: number, price?: number): Event {
  return { id: `${time}`, type: 'view', user, items: [{ id: item, ...(price ? { price } : {}) }], time };
}

test('each feature by a case that is counted by hand', () => {
  const store = new FeatureStore(defaultEventTable, categoryOf);
  store.apply(view('v', 'a', start, 10), start);
  store.apply(view('v', 'b', start + hour, 1_000), start + hour);
  store.apply(view('w', 'a', start + 24 * hour), start + 24 * hour);
  store.apply(view('u', 'a', start + 30 * hour), start + 30 * hour);
  const features = store.features('u', 'b', start + 30 * hour);
  assert.deepEqual([features.hour, features.day, features.week], [0, 0, 1]);
  assert.equal(features.recency, 29);
  assert.equal(features.rate, 2 ** (-29 / 24));
  assert.equal(features.pricePosition, 0.75);
  assert.equal(features.affinity, 1);
  assert.equal(store.features('nobody', 'b', start).affinity, 0);
  assert.equal(store.features('u', 'd', start + 30 * hour).affinity, 0, 'of chairs nothing was looked at');
  assert.equal(store.features('u', 'b', start + 3_000 * 24 * hour).affinity, 0, 'all of it has faded');
  assert.equal(features.together, 1, 'the one who went on from a went to b');
  assert.equal(store.features('u', 'c', start).recency, 24 * 365);
  store.apply(view('u', 'c', start + 54 * hour), start + 54 * hour);
  assert.deepEqual(
    [24, 25].map((hours) => store.features('u', 'b', start + hours * hour).day),
    [1, 0],
    'the running hour is one of the 24',
  );
  const [lamps, chairs] = ['a', 'c'].map((id) => store.features('u', id, start + 54 * hour).affinity);
  assert.deepEqual([lamps, chairs], [1 / 3, 2 / 3], 'a day halves');
});

test('a clock ahead of arrival by more than five minutes is set back, and counted', () => {
  const store = new FeatureStore(defaultEventTable, categoryOf);
  store.apply(view('u', 'a', start + 1_000 * hour), start);
  store.apply(view('u', 'a', start + 4 * 60_000), start);
  assert.equal(store.ahead, 1);
  assert.equal(store.features('u', 'a', start + 1).hour, 2);
  assert.equal(store.features('u', 'a', start + 500 * hour).week, 0);
  for (const aheadMs of [5 * 60_000, 5 * 60_000 + 1]) store.apply(view('v', 'b', start + aheadMs, 3), start);
  assert.equal(store.ahead, 2, 'five minutes are let through');
});

test('absurd prices say nothing', () => {
  const store = new FeatureStore(defaultEventTable, categoryOf);
  for (const price of [Number.NaN, -5, Number.POSITIVE_INFINITY])
    store.apply(view('u', 'a', start, price), start);
  assert.equal(store.features('u', 'a', start).pricePosition, 0.5);
});

test('what is looked at within a day follows, not what comes later', () => {
  for (const [hours, share] of [
    [24, 1],
    [24.01, 0],
  ] as const) {
    const store = new FeatureStore(defaultEventTable, categoryOf);
    const now = start + 50 * hour;
    store.apply(view('v', 'a', start), now);
    store.apply(view('v', 'b', start + hours * hour), now);
    store.apply(view('u', 'a', start + 40 * hour), now);
    assert.equal(store.features('u', 'b', now).together, share, `${hours} h`);
  }
});
