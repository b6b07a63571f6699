import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Event } from '../../src/core/index.js';
import { random, Vocabulary } from '../../src/core/index.js';
import {
  Intent,
  intentExamples,
  intentFeatureNames,
  nextPurchase,
  StreamCalibration,
  Thinning,
  trainIntent,
  VisitFold,
} from '../../src/marketing/index.js';
import { calibrationError } from '../../src/math/index.js';

const minute = 60_000;
const day = 86_400_000;

/** Events of a few shoppers and items, in time order, with pauses that end visits. */
const streams = fc
  .array(
    fc.record({
      user: fc.constantFrom('a', 'b', 'c'),
      type: fc.constantFrom(
        'view',
        'view',
        'search',
        'add_to_cart',
        'remove_from_cart',
        'purchase',
        'identify',
      ),
      item: fc.constantFrom('x', 'y', 'z'),
      pause: fc.constantFrom(0, 1_000, 5 * minute, 40 * minute, day),
      price: fc.constantFrom(1, 20, undefined),
    }),
    { minLength: 1, maxLength: 60 },
  )
  .map((drawn) => {
    let time = Date.UTC(2026, 0, 1);
    return drawn.map(({ user, type, item, pause, price }, at): Event => {
      time += pause;
      const items =
        type === 'search' || type === 'identify' ? [] : [{ id: item, ...(price ? { price } : {}) }];
      return {
        id: `e${at}`,
        type,
        user,
        items,
        time,
        ...(type === 'identify' ? { context: { anonymous: 'a' } } : {}),
      };
    });
  });

/** Features after each event that belongs to a visit, as they were at that moment. */
function featuresOf(events: readonly Event[]): { at: number; row: number[] }[] {
  const rows: { at: number; row: number[] }[] = [];
  let at = 0;
  const fold = new VisitFold({ after: (visit, fold) => rows.push({ at, row: [...fold.features(visit)] }) });
  for (; at < events.length; at++) fold.apply(events[at]!);
  return rows;
}

test('features never look past the event they are made for, whatever follows', () => {
  fc.assert(
    fc.property(streams, streams, fc.nat(), (events, other, cut) => {
      const end = cut % (events.length + 1);
      const time = events[end - 1]?.time ?? 0;
      const future = other.map((event) => ({ ...event, time: Math.max(event.time, time) }));
      const one = featuresOf(events).filter(({ at }) => at < end);
      const another = featuresOf([...events.slice(0, end), ...future]).filter(({ at }) => at < end);
      assert.deepEqual(one, another);
    }),
    { numRuns: 200 },
  );
});

test('a visit ends when it is idle, whichever was the longest idle one before', () => {
  const steps = fc.array(
    fc.record({
      user: fc.constantFrom('a', 'b', 'c'),
      pause: fc.constantFrom(0, 10, 20),
      forget: fc.boolean(),
    }),
  );
  fc.assert(
    fc.property(steps, (drawn) => {
      const fold = new VisitFold();
      let time = Date.UTC(2026, 0, 1);
      for (const { user, pause, forget } of drawn) {
        time += pause * minute;
        fold.apply({ id: 'e', type: 'view', user, items: [{ id: 'x' }], time });
        assert.deepEqual(
          [...fold.visits].filter(({ last }) => time - last > 30 * minute),
          [],
        );
        if (forget) fold.forget(user);
      }
    }),
  );
});

test('after a quiet hour one event ends some of the visits, and those that follow the others', () => {
  const fold = new VisitFold();
  const at = Date.UTC(2026, 0, 1);
  const view = (user: string, time: number): Event => ({
    id: user,
    type: 'view',
    user,
    items: [{ id: 'x' }],
    time,
  });
  for (let n = 0; n < 200; n++) fold.apply(view(`u${n}`, at));
  fold.apply(view('late', at + day));
  assert.equal(fold.visits.size, 200 - 64 + 1);
  assert.equal(fold.pasts.size, 64);
  fold.apply(view('u199', at + day));
  assert.equal(fold.pasts.get('u199')?.visits, 1, 'one that comes back is ended whoever waits');
  for (let n = 0; n < 3; n++) fold.apply(view('late', at + day + n));
  assert.deepEqual(
    Array.from(fold.visits, ({ user }) => user),
    ['u199', 'late'],
  );
});

test('training sees the very rows that serving makes', () => {
  fc.assert(
    fc.property(streams, (events) => {
      const served = new Set(featuresOf(events).map(({ row }) => JSON.stringify(row)));
      const { data } = intentExamples(events);
      for (let row = 0; row < data.target.length; row++) {
        const seen = JSON.stringify(data.columns.map((column) => column[row]));
        assert.ok(served.has(seen), seen);
      }
    }),
    { numRuns: 100 },
  );
});

test('a visit that ends in a purchase is a yes, one that goes silent a no, and a bare order is neither', () => {
  const view = (id: string, user: string, time: number): Event => ({
    id,
    type: 'view',
    user,
    items: [{ id: 'x' }],
    time,
  });
  const { data } = intentExamples([
    view('1', 'buyer', 0),
    view('2', 'looker', 1),
    { id: '3', type: 'purchase', user: 'buyer', items: [{ id: 'x' }], time: minute },
    { id: '4', type: 'purchase', user: 'other', items: [{ id: 'x' }], time: 2 * minute },
    view('5', 'looker', 60 * minute),
  ]);
  assert.deepEqual([...data.target].sort(), [0, 0, 1]);
});

/** Shops where what is in the cart for long is bought: visits drawn with a known chance. */
function drawnVisits(count: number, seed: number): Event[] {
  const chance = random(seed);
  const events: Event[] = [];
  let time = Date.UTC(2026, 0, 1);
  for (let visit = 0; visit < count; visit++) {
    const user = `u${visit % 300}`;
    const keen = chance.float();
    time += 45 * minute;
    let at = time;
    const steps = 1 + chance.int(5);
    for (let step = 0; step < steps; step++) {
      at += 30_000;
      const type = chance.float() < keen ? 'add_to_cart' : 'view';
      events.push({
        id: `v${visit}.${step}`,
        type,
        user,
        items: [{ id: `i${chance.int(20)}`, price: 5 }],
        time: at,
      });
    }
    if (chance.float() < keen ** 2)
      events.push({
        id: `p${visit}`,
        type: 'purchase',
        user,
        items: [{ id: 'i1', price: 5 }],
        time: at + 30_000,
      });
  }
  return events;
}

const quick = { bags: 1, folds: 2, candidates: [{ trees: 40, leaves: 4, minLeafRows: 20 }] };

test('intent is learned from visits, measured on the newest, and served calibrated', () => {
  const events = drawnVisits(2_500, 1);
  const { content, report } = trainIntent(events, quick);
  assert.ok(report.roc > 0.65, `ROC ${report.roc}`);
  assert.ok(report.calibrationError < 0.08, `ECE ${report.calibrationError}`);
  assert.ok(report.afterEvents[0]!.rows > 100);
  const intent = new Intent();
  intent.use(content);
  for (const event of events) intent.apply(event);
  const now = events.at(-1)!.time + day;
  const act = (user: string, type: string, count: number): number => {
    for (let at = 0; at < count; at++)
      intent.apply({
        id: `${user}${type}${at}`,
        type,
        user,
        items: [{ id: 'i2', price: 5 }],
        time: now + at * 1000,
      });
    return intent.probability(user, now + 5000)!;
  };
  const [keen, idle] = [act('keen', 'add_to_cart', 4), act('idle', 'view', 4)];
  assert.ok(keen > idle + 0.15, `in the cart ${keen}, looked at ${idle}`);
  assert.equal(intent.probability('nobody', now), undefined);
  assert.equal(intent.probability('keen', now + day), undefined, 'a visit ends by itself');
  assert.deepEqual(intent.answer('nobody', now).probability, null);
});

/** What a shopper did with the item x. */
const ofX = (user: string, type: string, time: number): Event => ({
  id: `${user}${time}`,
  type,
  user,
  items: [{ id: 'x', price: 2 }],
  time,
});

test('before anything is learned intent is assumed, rises with the cart, and learns from each visit', () => {
  const intent = new Intent();
  intent.apply(ofX('new', 'view', 0));
  const first = intent.probability('new', 1)!;
  intent.apply(ofX('new', 'add_to_cart', 1_000));
  assert.ok(intent.probability('new', 2_000)! > 2 * first);
  assert.equal(intent.answer('new', 2_000).basis, 'assumed');
  assert.equal(intent.answer('new', 2_000).items[0]!.id, 'x');
  for (let visit = 0; visit < 60; visit++) intent.apply(ofX(`u${visit}`, 'view', (visit + 1) * 60 * minute));
  intent.apply(ofX('late', 'view', 100 * 60 * minute));
  assert.ok(
    intent.probability('late', 100 * 60 * minute)! < first,
    'sixty visits that bought nothing lower the assumption',
  );
});

test('a log of orders alone does not make a look an order', () => {
  const intent = new Intent();
  for (let order = 0; order < 500; order++)
    intent.apply(ofX(`u${order % 100}`, 'purchase', order * 60 * minute), [0]);
  const later = 500 * 60 * minute;
  intent.apply(ofX('new', 'view', later), [0]);
  intent.apply(ofX('u1', 'view', later), [0]);
  const [stranger, loyal] = [intent.probability('new', later)!, intent.probability('u1', later)!];
  assert.ok(stranger < 0.06, `a stranger who looks at what is often bought: ${stranger}`);
  assert.ok(loyal > stranger && loyal < 0.15, `who ordered five times: ${loyal}`);
});

test('intent packed and restored goes on as if nothing had been', () => {
  const events = drawnVisits(200, 3);
  const [whole, first, second] = [new Intent(), new Intent(), new Intent()];
  const items = new Vocabulary([]);
  const fold = (intent: Intent, event: Event): void =>
    intent.apply(
      event,
      event.items.map(({ id }) => items.add(id)),
    );
  for (const event of events) fold(whole, event);
  for (const event of events.slice(0, 333)) fold(first, event);
  second.restore(structuredClone(first.pack()));
  for (const event of events.slice(333)) fold(second, event);
  assert.ok(whole.pack().fold.items.bought.some((bought) => bought > 0));
  assert.deepEqual(second.pack(), whole.pack());
});

test('a visit that moves to the shopper who signs in is learned from as theirs when it ends', () => {
  const intent = new Intent();
  const event = (type: string, user: string, time: number, context = {}): Event => ({
    id: `${type}${time}`,
    type,
    user,
    items: type === 'identify' ? [] : [{ id: 'x', price: 2 }],
    time,
    context,
  });
  intent.apply(event('view', 'anon', 0));
  intent.apply(event('identify', 'anna', minute, { anonymous: 'anon' }));
  assert.deepEqual(
    intent.pack().drawn.map(([user]) => user),
    ['anna'],
  );
  intent.apply(event('purchase', 'anna', 2 * minute));
  assert.equal(intent.visitsEnded, 1);
  assert.deepEqual(intent.pack().drawn, []);
  intent.apply(event('view', 'anon', 3 * minute));
  intent.forget('anon');
  assert.deepEqual([intent.pack().drawn, intent.pack().fold.visits], [[], []]);
});

test('visits under way are in the order of their last event, whatever ends or is taken out', () => {
  const steps = fc.array(
    fc.record({
      user: fc.constantFrom('a', 'b', 'c', 'd'),
      type: fc.constantFrom('view', 'view', 'purchase', 'forget'),
    }),
  );
  fc.assert(
    fc.property(steps, (drawn) => {
      const fold = new VisitFold();
      let expected: string[] = [];
      drawn.forEach(({ user, type }, time) => {
        if (type === 'forget') fold.forget(user);
        else fold.apply({ id: 'e', type, user, items: [{ id: 'x' }], time });
        expected = expected.filter((each) => each !== user);
        if (type === 'view') expected.push(user);
        const users = Array.from(fold.visits, (visit) => visit.user);
        assert.deepEqual(users, expected);
        assert.equal(fold.visits.size, expected.length);
      });
    }),
  );
});

test('a log of orders alone is too little to learn from', () => {
  const orders = Array.from(
    { length: 50 },
    (_, at): Event => ({
      id: `${at}`,
      type: 'purchase',
      user: `u${at}`,
      items: [{ id: 'x' }],
      time: at * day,
    }),
  );
  assert.throws(() => trainIntent(orders), { code: 'too_little_data' });
});

test('the next order is dated by the shopper’s own rhythm, and the chances rise as it nears', () => {
  const fold = new VisitFold();
  for (let user = 0; user < 40; user++) {
    const every = user === 0 ? 7 : 20 + (user % 5);
    for (let order = 0; order < 6; order++)
      fold.apply({
        id: `${user}.${order}`,
        type: 'purchase',
        user: `u${user}`,
        items: [],
        time: (user === 0 ? 100 : 0) * day + order * every * day,
      });
  }
  const past = fold.pasts.get('u0')!;
  const soon = nextPurchase(past, fold.rhythm, past.lastOrder + day)!;
  const waited = (soon.expected - past.lastOrder) / day;
  assert.ok(waited > 4 && waited < 16, `${waited} days`);
  assert.ok(soon.early <= soon.expected && soon.expected <= soon.late);
  assert.ok(soon.within7Days <= soon.within28Days && soon.within28Days > 0.5);
  const overdue = nextPurchase(past, fold.rhythm, past.lastOrder + 10 * day)!;
  assert.ok(overdue.expected >= past.lastOrder + 10 * day, 'never dated into the past');
  assert.ok(overdue.returns < soon.returns, 'who is overdue may have left');
  assert.equal(nextPurchase(past, fold.rhythm, past.lastOrder + 5_000 * day), undefined);
});

test('a line that predicts, then learns, follows a drift', () => {
  const chance = random(5);
  const stream = new StreamCalibration();
  const said: number[] = [];
  const came: number[] = [];
  const raw: number[] = [];
  for (let at = 0; at < 3_000; at++) {
    const truth = 0.05 + 0.4 * chance.float();
    const outcome = chance.float() < truth;
    const stale = truth / 2;
    raw.push(stale);
    said.push(stream.correct(stale));
    came.push(outcome ? 1 : 0);
    stream.learn(stale, outcome);
  }
  assert.ok(calibrationError(raw, came) > 0.1);
  assert.ok(calibrationError(said, came) < 0.04, `${calibrationError(said, came)}`);
  assert.equal(intentFeatureNames.length, new Set(intentFeatureNames).size);
});

test('the line learns from about as many outcomes a day as are wanted, and from all where they are few', () => {
  let thinning = new Thinning(100);
  const taken = (onDay: number, count: number): number => {
    let sum = 0;
    for (let at = 0; at < count; at++) if (thinning.takes(onDay * day + at)) sum++;
    return sum;
  };
  assert.equal(taken(1, 650), 650, 'nothing is known of the day before');
  assert.equal(taken(2, 300), 50);
  const packed = thinning.pack();
  thinning = new Thinning(100);
  thinning.restore(packed);
  assert.equal(taken(2, 300), 50, 'it goes on where it was');
  assert.equal(taken(1, 6), 1, 'what is late counts to the last day');
  assert.equal(taken(3, 99), 17);
  assert.equal(taken(4, 150), 150);
  assert.equal(taken(6, 10), 10, 'a day without any lies between');
});

test('of more visits than are learned from, those drawn have the rows that they have among all', () => {
  const events = Array.from({ length: 900 }, (_, at): Event => {
    const [user, visit] = [`u${at % 3}`, Math.floor(at / 9)];
    const time = visit * day + (at % 9) * minute * (1 + (at % 3));
    return { id: `e${at}`, type: 'view', user, items: [{ id: `i${(7 * at) % 50}` }], time };
  });
  const rowsOf = (limit: number): string[] => {
    const { data, at, of, time } = intentExamples(events, { limit });
    return Array.from(time, (when, row) =>
      [when, at[row], of[row], ...data.columns.map((column) => column[row])].join(),
    );
  };
  const all = new Set(rowsOf(10_000));
  const drawn = rowsOf(40);
  assert.ok(all.size > 500);
  assert.equal(new Set(drawn).size, drawn.length);
  assert.ok(drawn.length > 80 && drawn.length <= 120);
  for (const row of drawn) assert.ok(all.has(row), row);
});
