import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { defaultEventTable, EndcapError, type Event, erasedEvent } from '../../src/core/index.js';
import { openState } from '../../src/projections/index.js';
import { openStore } from '../../src/storage/index.js';
import {
  countedEvents,
  datasetFromEvents,
  fingerprint,
  learnable,
  Shoppers,
  type Split,
  temporalSplit,
} from '../../src/train/index.js';
import { day, event, scratch, start } from '../support/events.js';
import { shopEvents, splitOf } from './support.js';

/** Events of a few shoppers, some anonymous and identified at some time, in any order in the log. */
const anyEvents = fc
  .array(
    fc.record({
      user: fc.integer({ min: 0, max: 5 }),
      item: fc.integer({ min: 0, max: 9 }),
      at: fc.integer({ min: 0, max: 98 }),
      type: fc.constantFrom(
        'view',
        'purchase',
        'add_to_cart',
        'refund',
        'search',
        'impression',
        'rate',
        'identify',
      ),
    }),
    { minLength: 40, maxLength: 150 },
  )
  .map((rows): Event[] => [
    ...[0, 1, 2].flatMap((user) =>
      [0, 1].map((item) => event({ id: `s${user}${item}`, user: `u${user}`, items: [{ id: `i${item}` }] })),
    ),
    ...rows.map(({ user, item, at, type }, n) =>
      event({
        id: `e${n}`,
        type,
        user: `u${user}`,
        items: type === 'identify' || type === 'search' ? [] : [{ id: `i${item}` }],
        ...(type === 'identify' ? { context: { anonymous: `u${(user + item) % 6}` } } : {}),
        ...(type === 'rate' ? { value: 1 + (item % 5) } : {}),
        time: start + at * day,
      }),
    ),
    // Two who are never anyone else.
    event({ id: 's6', user: 'known1', items: [{ id: 'i0' }] }),
    event({ id: 's7', user: 'known2', items: [{ id: 'i1' }] }),
    // Something new in both windows, the last at their very end, where the boundaries are reckoned from.
    event({ id: 'v', user: 'known1', items: [{ id: 'new1' }], time: start + 70 * day }),
    event({ id: 't', user: 'known1', items: [{ id: 'new2' }], time: start + 99 * day }),
  ]);

const windowsOf = ({ validation, test, boundaries }: Split) =>
  [
    [validation, boundaries.validation, boundaries.test],
    [test, boundaries.test, Number.POSITIVE_INFINITY],
  ] as const;

test('a split by time: pasts end before their window, targets lie in it and are new', () => {
  fc.assert(
    fc.property(anyEvents, (events) => {
      const split = splitOf(events, 20);
      assert.equal(split.boundaries.test - split.boundaries.validation, 20 * day);
      for (const [{ past, cases, ratings }, from, to] of windowsOf(split)) {
        assert.ok(past.time.every((time) => time < from) && past.until < from);
        assert.ok(cases.length > 0);
        for (const { profile, targets, seen, now } of cases) {
          assert.equal(now, from);
          assert.ok(profile.events.every(({ time }) => time < from));
          assert.ok(profile.lastSeen! < from);
          for (const id of targets) {
            assert.ok(!seen.has(id), 'a target is new to the shopper');
            assert.ok(events.some((e) => e.items[0]?.id === id && e.time >= from && e.time < to));
          }
        }
        for (const { profile, now } of ratings) {
          assert.ok(now >= from && now < to);
          assert.ok(profile.events.every(({ time }) => time < from));
        }
      }
    }),
    { numRuns: 60 },
  );
});

test('nothing that happens after a boundary, whatever it is, changes what is learned or known before it', () => {
  const adversary = fc.array(
    fc.record({
      user: fc.integer({ min: 0, max: 5 }),
      item: fc.integer({ min: 0, max: 14 }),
      type: fc.constantFrom('view', 'purchase', 'refund', 'identify', 'rate', 'remove_from_cart'),
      at: fc.integer({ min: 80, max: 98 }),
      place: fc.nat(),
    }),
    { maxLength: 40 },
  );
  fc.assert(
    fc.property(anyEvents, adversary, (events, rows) => {
      const attacked = [...events];
      for (const [n, { user, item, type, at, place }] of rows.entries()) {
        const late = event({
          id: `a${n}`,
          type,
          user: `u${user}`,
          items: type === 'identify' ? [] : [{ id: `i${item}` }],
          ...(type === 'identify' ? { context: { anonymous: `u${item % 6}` } } : {}),
          ...(type === 'rate' ? { value: 5 } : {}),
          time: start + at * day,
        });
        // Anywhere in the log: the order of arrival is not the order of time.
        attacked.splice(place % (attacked.length + 1), 0, late);
      }
      const [honest, leaky] = [splitOf(events, 19), splitOf(attacked, 19)];
      assert.equal(honest.boundaries.test, start + 80 * day);
      assert.equal(fingerprint(leaky.test.past), fingerprint(honest.test.past));
      assert.equal(fingerprint(leaky.validation.past), fingerprint(honest.validation.past));
      assert.deepEqual(leaky.validation.cases, honest.validation.cases);
      const known = new Map(honest.test.cases.map((one) => [one.profile.user, one]));
      for (const { profile, seen } of leaky.test.cases) {
        const before = known.get(profile.user);
        if (!before) continue;
        assert.deepEqual(profile, before.profile);
        assert.deepEqual(seen, before.seen);
      }
    }),
    { numRuns: 60 },
  );
});

test('a basket of equal times lies on one side of a boundary, whole', () => {
  const basket = (id: string, user: string, at: number, items: string[]): Event[] =>
    items.map((item) =>
      event({ id: `${id}${item}`, type: 'purchase', user, items: [{ id: item }], time: start + at * day }),
    );
  const events = [
    ...basket('a', 'u1', 0, ['a', 'b']),
    ...basket('b', 'u2', 1, ['a', 'c']),
    ...basket('c', 'u1', 60, ['x', 'y', 'z']),
    ...basket('d', 'u2', 80, ['p', 'q', 'r']),
    ...basket('e', 'u1', 100, ['l']),
  ];
  const { boundaries, validation, test } = splitOf(events, 20);
  assert.deepEqual(boundaries, {
    validation: start + 60 * day,
    test: start + 80 * day,
    end: start + 100 * day,
  });
  assert.ok(['x', 'y', 'z', 'p', 'q', 'r'].every((id) => validation.past.items.row(id) < 0));
  assert.deepEqual([...validation.cases[0]!.targets], ['x', 'y', 'z']);
  assert.deepEqual([...test.cases.find(({ profile }) => profile.user === 'u2')!.targets], ['p', 'q', 'r']);
});

test('the profile that a model is measured on is the one that serving builds, bit for bit', async (t) => {
  const dir = scratch(t);
  let run = 0;
  await fc.assert(
    fc.asyncProperty(anyEvents, async (events) => {
      const { boundaries, test } = splitOf(events, 20);
      const before = events.filter(({ time }) => time < boundaries.test);
      const store = openStore(join(dir, String(run++)));
      try {
        await store.log.append(before);
        const state = await openState(store, {}, () => {});
        const shoppers = new Shoppers(before, defaultEventTable);
        for (const user of new Set(before.map((each) => each.user))) {
          assert.equal(shoppers.isKnown(user), state.isKnown(user));
          assert.deepEqual(shoppers.profile(user, boundaries.test), state.profile(user, boundaries.test));
        }
        for (const { profile, now } of test.cases)
          assert.deepEqual(profile, state.profile(profile.user, now));
      } finally {
        await store.close();
      }
    }),
    { numRuns: 20 },
  );
});

test('a long past is remembered as far as serving remembers it, and hides every item ever touched', () => {
  const events = [
    ...Array.from({ length: 300 }, (_, at) =>
      event({ id: `e${at}`, items: [{ id: `i${at}` }], time: start + (at * 60 * day) / 300 }),
    ),
    event({ id: 'o', user: 'u2', items: [{ id: 'i1' }] }),
    event({ id: 'v', items: [{ id: 'new1' }], time: start + 70 * day }),
    event({ id: 't', items: [{ id: 'new2' }, { id: 'i0' }], time: start + 99 * day }),
  ];
  const { test } = splitOf(events, 15);
  const [{ profile, seen, targets }] = test.cases as [(typeof test.cases)[0]];
  assert.deepEqual([profile.events.length, profile.total, seen.size], [200, 301, 301]);
  assert.deepEqual([...targets], ['new2']);
  assert.ok(profile.counters.view! > 0, 'counters are those of serving');
});

test('windows end before a long silence when what follows it is too little to measure', () => {
  const history = shopEvents(400);
  const late = (user: string, at: number): Event =>
    event({ id: `late${user}${at}`, user, items: [{ id: `new${at}` }], time: start + (3_000 + at) * day });
  const quiet = splitOf(history, 20);
  for (const user of ['stranger', 'u1']) {
    const split = splitOf([...history, late(user, 0), late(user, 1)], 20);
    assert.deepEqual(split, quiet);
    assert.deepEqual(learnable([...history, late(user, 0), late(user, 1)], split), history);
    assert.equal(split.boundaries.end, history.at(-1)!.time);
  }
  const some = [...history, ...Array.from({ length: 5 }, (_, at) => late('u1', at))];
  assert.equal(learnable(some, splitOf(some, 20)), some);
  const live = Array.from({ length: 60 }, (_, at) => late('u1', at));
  assert.equal(splitOf([...history, ...live], 20).boundaries.end, live.at(-1)!.time);
});

test('without a length windows are four weeks, in a young shop a fifth of its log', () => {
  const lengthOf = (events: Event[]): number =>
    temporalSplit(events, { table: defaultEventTable, seed: 1 }).days;
  assert.equal(lengthOf(shopEvents(30)), 19);
  const young = shopEvents(30).map((each) => ({ ...each, time: start + (each.time - start) / 12 }));
  assert.equal(lengthOf(young), 1);
  const old = shopEvents(30).map((each) => ({ ...each, time: start + 3 * (each.time - start) }));
  assert.equal(lengthOf(old), 28);
  assert.throws(() => lengthOf([]), /less than 2 days/);
});

test('a window longer than the data, or with nothing in it, is refused in one sentence', () => {
  const refused = (events: Event[], days: number, pattern: RegExp): void =>
    assert.throws(
      () => splitOf(events, days),
      (error) =>
        error instanceof EndcapError && error.code === 'too_little_data' && pattern.test(error.message),
    );
  refused(shopEvents(30), 60, /less than 120 days/);
  assert.throws(() => splitOf(shopEvents(30), 60), {
    remedy: /they span 96 days, so windows of 19 fit \(--days 19\)$/,
  });
  assert.ok(splitOf(shopEvents(30), 19));
  refused([], 28, /less than 56 days/);
  refused(shopEvents(60, 1), 20, /one shopper only/);
  refused(
    shopEvents(60).map((each) => ({ ...each, items: [{ id: 'i1' }] })),
    20,
    /one item only/,
  );
  refused(
    shopEvents(60).map((each) => ({ ...each, type: 'impression' })),
    20,
    /no shopper/,
  );
  const same = Array.from({ length: 50 }, (_, at) => event({ id: `e${at}` }));
  refused(same, 7, /less than 14 days/);
  const gone = shopEvents(60).map((each, at) => ({ ...each, user: at < 30 ? each.user : `late${at}` }));
  refused(gone, 20, /nothing to measure/);
});

test('an anonymous shopper counts as the one they turned out to be; the fingerprint tells data apart', () => {
  const events = [
    event({ id: '1', user: 'anon', items: [{ id: 'a' }] }),
    event({
      id: '2',
      type: 'identify',
      user: 'known',
      items: [],
      context: { anonymous: 'anon' },
      time: start + 1,
    }),
    event({ id: '3', user: 'known', items: [{ id: 'b' }], time: start + 2 }),
    event({ id: '4', type: 'refund', user: 'known', items: [{ id: 'c' }], time: start + 3 }),
  ];
  const data = datasetFromEvents(events, defaultEventTable);
  assert.deepEqual([...data.users.ids], ['known']);
  assert.deepEqual([...data.items.ids], ['a', 'b']);
  assert.equal(fingerprint(data), fingerprint(datasetFromEvents(events, defaultEventTable)));
  assert.notEqual(fingerprint(data), fingerprint(datasetFromEvents(events.slice(1), defaultEventTable)));
});

test('models learn from what serving still holds to: nothing given back, put away, undone or hidden', () => {
  let at = 0;
  const did = (type: string, id: string, more: Partial<Event> = {}) =>
    event({ id: `t${at}`, type, user: 'u', items: [{ id }], time: start + at++ * 1_000, ...more });
  const events = [
    ...[did('purchase', 'kept'), did('purchase', 'returned'), did('refund', 'returned')],
    ...[did('add_to_cart', 'wanted'), did('add_to_cart', 'put-away'), did('remove_from_cart', 'put-away')],
    ...[did('add_to_cart', 'bought'), did('purchase', 'bought')],
    ...[did('like', 'liked'), did('like', 'unliked'), did('remove_from_wish', 'unliked')],
    ...[did('view', 'disliked'), did('dislike', 'disliked')],
    ...[did('view', 'forgiven'), did('dislike', 'forgiven'), did('undo', 'forgiven')],
    // One of two units came back; and a refund may be in the log before its purchase.
    ...[did('purchase', 'one-left', { items: [{ id: 'one-left', quantity: 2 }] }), did('refund', 'one-left')],
    ...[did('refund', 'early'), did('purchase', 'early')],
    did('view', 'returned', { user: 'other' }),
  ];
  const data = datasetFromEvents(events, defaultEventTable);
  const rowsOf = (user: string) => {
    const row = data.users.row(user);
    return [...data.item.subarray(data.start[row], data.start[row + 1])].map((item) => data.items.ids[item]!);
  };
  const learned = ['kept', 'wanted', 'bought', 'liked', 'forgiven', 'one-left'];
  assert.deepEqual(rowsOf('u'), learned);
  assert.deepEqual(rowsOf('other'), ['returned'], 'what one shopper gave back says nothing of another');
  const served = new Shoppers(events, defaultEventTable).profile('u', start + 100_000).events;
  assert.deepEqual(
    served.filter(({ weight }) => weight > 0).map(({ item }) => item),
    learned,
    'what trains is what serves',
  );
});

test('a purchase that came back within the window is nothing to predict', () => {
  const events = Array.from({ length: 12 }, (_, at) => [
    event({ id: `p${at}`, type: 'purchase', user: `u${at}`, items: [{ id: `a${at % 3}` }], time: start }),
    event({ id: `q${at}`, type: 'purchase', user: `u${at}`, items: [{ id: 'new' }], time: start + 50 * day }),
    event({
      id: `s${at}`,
      type: 'purchase',
      user: `u${at}`,
      items: [{ id: 'sure' }],
      time: start + 50 * day,
    }),
    event({ id: `r${at}`, type: 'refund', user: `u${at}`, items: [{ id: 'new' }], time: start + 51 * day }),
  ]).flat();
  const more = [5, 10, 15, 20, 25, 30, 35, 40, 45, 48, 52].map((days) =>
    event({ id: `d${days}`, user: 'u1', items: [{ id: `b${days}` }], time: start + days * day }),
  );
  const { test: window } = splitOf([...events, ...more], 10);
  const wanted = new Set(window.cases.flatMap(({ targets }) => [...targets]));
  assert.ok(wanted.has('sure') && !wanted.has('new'), [...wanted].join(', '));
});

test('models learn nothing of who was erased, of robots, without consent, or of invented items', () => {
  const events = [
    event({ id: '1', user: 'u', items: [{ id: 'a' }, { id: 'invented', unlisted: true }] }),
    event({ id: '2', user: 'robot', items: [{ id: 'b' }], robot: true }),
    event({ id: '3', user: 'private', items: [{ id: 'c' }], consent: ['personalise'] }),
    event({ id: '4', user: 'open', items: [{ id: 'd' }], consent: ['statistics'] }),
    erasedEvent(),
  ];
  const data = datasetFromEvents(countedEvents(events), defaultEventTable);
  assert.deepEqual(
    [[...data.users.ids], [...data.items.ids]],
    [
      ['u', 'open'],
      ['a', 'd'],
    ],
  );
});

test('what nobody touched is told apart from what was, if it has a title and is not withdrawn', () => {
  const catalogue = new Map(
    [
      { id: 'touched', title: 'A mug' },
      { id: 'new', title: 'A tray' },
      { id: 'dumb' },
      { id: 'gone', title: 'A lamp', withdrawn: true },
    ].map((item) => [item.id, item]),
  );
  const data = datasetFromEvents(
    [event({ id: 'e1', items: [{ id: 'touched' }] })],
    defaultEventTable,
    catalogue,
  );
  assert.deepEqual(data.items.ids, ['touched']);
  assert.deepEqual(
    data.untouched!.map(({ id }) => id),
    ['new'],
  );
});

test('only a rating is a rating: the amount of a purchase is none', () => {
  const data = datasetFromEvents(
    [
      event({ id: '1', type: 'purchase', value: 59.9, items: [{ id: 'a' }] }),
      event({ id: '2', type: 'rate', value: 4, items: [{ id: 'b' }], time: start + 1 }),
    ],
    defaultEventTable,
  );
  assert.deepEqual([...data.rating], [Number.NaN, 4]);
});

test('where nobody comes back, a case is a stranger in the middle of what they do', () => {
  const visits = Array.from({ length: 200 }, (_, user) =>
    [0, 1, 2, 3].map((at) =>
      event({
        id: `v${user}-${at}`,
        user: `s${user}`,
        items: [{ id: `i${(user + at) % 20}` }],
        time: start + Math.floor((user * 40 * day) / 200) + at * 60_000,
      }),
    ),
  ).flat();
  const { test: window } = splitOf(visits, 10);
  assert.ok(window.cases.length > 30, `${window.cases.length} cases`);
  for (const { profile, now, targets, seen } of window.cases) {
    assert.ok(profile.events.length > 0 && profile.events.every(({ time }) => time < now));
    for (const { item } of profile.events) assert.ok(seen.has(item));
    for (const target of targets) assert.ok(!seen.has(target));
    const own = visits.filter(({ user }) => user === profile.user);
    assert.equal(profile.events.length, own.filter(({ time }) => time < now).length, 'nothing of the future');
  }
  assert.deepEqual(splitOf(visits, 10).test.cases, window.cases, 'the same seed, the same cases');
});

test('of very many cases a draw by the seed is measured, in their order', () => {
  const [shoppers, most] = [5_040, 5_000];
  const at = (id: string, time: number): Event[] =>
    Array.from({ length: shoppers }, (_, user) =>
      event({
        id: `${id}${user}`,
        user: `u${user}`,
        items: [{ id: `${id}${user % 3}` }],
        time: start + time * day,
      }),
    );
  const events = [...at('a', 0), ...at('b', 100)];
  events.push(event({ id: 'v', user: 'u0', items: [{ id: 'c' }], time: start + 85 * day }));
  const drawn = (seed: number): number[] =>
    temporalSplit(events, { table: defaultEventTable, days: 10, seed }).test.cases.map(({ profile }) =>
      Number(profile.user.slice(1)),
    );
  const users = drawn(1);
  assert.equal(users.length, most);
  assert.deepEqual(
    users,
    users.toSorted((a, b) => a - b),
  );
  assert.equal(new Set(users).size, most);
  const missing = (of: number[]): number =>
    Array.from({ length: shoppers }, (_, n) => n).find((n) => !of.includes(n))!;
  assert.ok(missing(users) < most / 2, 'not the first ones');
  assert.notDeepEqual(drawn(2), users);
});

test('a log whose events all have one time is refused in words', () => {
  const events = Array.from({ length: 50 }, (_, at) =>
    event({ id: `${at}`, user: `u${at % 5}`, items: [{ id: `i${at % 7}` }], time: start }),
  );
  assert.throws(() => temporalSplit(events, { table: defaultEventTable, seed: 1 }), {
    code: 'too_little_data',
    message: 'The events span less than 2 days: two windows of 1 day leave nothing to train on',
  });
});
