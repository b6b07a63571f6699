import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EndcapError, type Event, type ProfileEvent } from '../../src/core/index.js';
import {
  Audiences,
  compileRule,
  membersCsv,
  type ShopperView,
  type Transition,
} from '../../src/marketing/index.js';

const day = 86_400_000;
const view = (change: Partial<ShopperView> = {}): ShopperView => ({
  now: 100 * day,
  events: [],
  intent: undefined,
  orders: 0,
  spent: 0,
  daysSinceOrder: Infinity,
  cart: 0,
  ...change,
});
const did = (type: string, item: string, daysAgo: number): ProfileEvent => ({
  item,
  type,
  time: (100 - daysAgo) * day,
  weight: 1,
});

test('rules say what they mean', () => {
  const events = [did('purchase', 'c', 40), did('view', 'a', 20), did('view', 'b', 2), did('view', 'b', 1)];
  const cases: [string, Partial<ShopperView>, boolean][] = [
    ['view >= 3', { events }, true],
    ['view = 2 in 7 days', { events }, true],
    ['view("b") >= 2', { events }, true],
    ['view("a") >= 2', { events }, false],
    ['view(same) >= 2', { events }, true],
    ['view(same) >= 3', { events }, false],
    ['purchase = 0 in 30 days', { events }, true],
    ['purchase = 0', { events }, false],
    ['view >= 1 in 36 hours', { events }, true],
    ['view >= 1 in 30 minutes', { events }, false],
    ['intent > .6', { intent: 0.7 }, true],
    ['intent > 0.6', {}, false],
    ['not intent > 0.6', {}, true],
    ['orders >= 2 or spent > 100', { spent: 101 }, true],
    ['orders >= 2 and (spent > 100 or cart > 0)', { orders: 2, cart: 1 }, true],
    ['daysSinceOrder > 30', {}, true],
    ['view("b") >= 2 and purchase = 0 in 30 days and intent > .6', { events, intent: 0.61 }, true],
  ];
  for (const [rule, change, wanted] of cases)
    assert.equal(compileRule(rule).test(view(change)), wanted, rule);
});

test('a rule that cannot be read, or is too long, says where', () => {
  const bad: [string, RegExp][] = [
    ['', /"the end" is unexpected at position 1/],
    ['view >', /position 7/],
    ['view >= 2 purchase = 0', /position 10/],
    ['view(b) > 1', /position 6/],
    ['view > 1 in 3 weeks', /position 14/],
    ['view > 1 and', /position 13/],
    ['(view > 1', /position 10/],
    ['view > 1 $', /"\$" is not understood at position 9/],
    [Array(1_000).fill('view > 1').join(' and '), /characters|At most/],
    [Array(51).fill('view > 1').join(' and '), /position/],
    [`${'('.repeat(50)}view > 1${')'.repeat(50)}`, /position/],
  ];
  for (const [rule, message] of bad)
    assert.throws(
      () => compileRule(rule),
      (error) =>
        error instanceof EndcapError &&
        error.code === 'invalid_audience' &&
        message.test(error.message) &&
        error.errors[0]!.field === 'rule',
      rule.slice(0, 40),
    );
});

/** Audiences over shoppers whose events are kept here. */
function shop(): {
  audiences: Audiences;
  told: Transition[];
  act: (user: string, type: string, time: number) => void;
} {
  const events = new Map<string, ProfileEvent[]>();
  const told: Transition[] = [];
  const audiences = new Audiences(
    (user, now) => view({ now, events: events.get(user) ?? [] }),
    (transition) => told.push(transition),
  );
  let offset = 0;
  return {
    audiences,
    told,
    act(user, type, time) {
      events.set(user, [...(events.get(user) ?? []), { item: 'x', type, time, weight: 1 }]);
      const event: Event = { id: `e${offset}`, type, user, items: [{ id: 'x' }], time };
      audiences.apply(offset++, event);
    },
  };
}

test('who fits enters with the event that makes it so, and leaves with the one that ends it', () => {
  const { audiences, told, act } = shop();
  audiences.put({ id: 'keen', name: 'Keen', rule: 'view("x") >= 2 and purchase = 0' });
  act('ann', 'view', 1);
  assert.deepEqual(told, []);
  act('ann', 'view', 2);
  assert.equal(audiences.has('keen', 'ann'), true);
  act('ann', 'purchase', 3);
  assert.equal(audiences.has('keen', 'ann'), false);
  assert.deepEqual(
    told.map(({ change, time }) => [change, time]),
    [
      ['entered', 2],
      ['left', 3],
    ],
  );
  assert.equal(new Set(told.map(({ key }) => key)).size, 2);
});

test('time alone moves members out; a sweep looks at all of them, a few at a time', () => {
  const { audiences, act } = shop();
  audiences.put({ id: 'today', name: 'Today', rule: 'view >= 1 in 1 days' });
  for (let at = 0; at < 10; at++) act(`u${at}`, 'view', at < 5 ? 0 : 2 * day);
  assert.equal(audiences.get('today').members, 10);
  for (let round = 0; round < 4; round++) audiences.sweep(2 * day, 3);
  assert.deepEqual(
    audiences
      .members('today', 10)
      .map(({ user }) => user)
      .sort(),
    ['u5', 'u6', 'u7', 'u8', 'u9'],
  );
});

test('the members of a new audience are found among who is known; a changed rule begins anew', () => {
  const { audiences, told, act } = shop();
  audiences.put({ id: 'none', name: 'None', rule: 'purchase >= 9' });
  for (const user of ['a', 'b', 'c']) act(user, 'view', 1);
  audiences.put({ id: 'lookers', name: 'Lookers', rule: 'view >= 1' });
  audiences.fill('lookers', ['a', 'b', 'c', 'd'], 5);
  assert.equal(audiences.get('lookers').members, 3);
  assert.equal(told.length, 3);
  audiences.put({ id: 'lookers', name: 'Lookers', rule: 'view >= 2' });
  assert.equal(audiences.get('lookers').members, 0);
});

test('packed and restored, folded again: the same members and the same keys', () => {
  const one = shop();
  one.audiences.put({ id: 'keen', name: 'Keen', rule: 'view >= 2' });
  for (let at = 0; at < 20; at++) one.act(`u${at % 7}`, 'view', at);
  const two = shop();
  two.audiences.put({ id: 'keen', name: 'Keen', rule: 'view >= 2' });
  two.audiences.restore(structuredClone(one.audiences.pack()));
  assert.deepEqual(two.audiences.pack(), one.audiences.pack());
  const again = shop();
  again.audiences.put({ id: 'keen', name: 'Keen', rule: 'view >= 2' });
  for (let at = 0; at < 20; at++) again.act(`u${at % 7}`, 'view', at);
  assert.deepEqual(again.told, one.told);
});

test('there is an end to audiences, an unknown one is a clear error, and ids are plain', () => {
  const { audiences } = shop();
  for (let at = 0; at < 100; at++) audiences.put({ id: `a${at}`, name: 'A', rule: 'view > 1' });
  assert.throws(() => audiences.put({ id: 'more', name: 'A', rule: 'view > 1' }), {
    code: 'invalid_audience',
  });
  assert.throws(() => audiences.get('gone'), { code: 'unknown_audience' });
  assert.throws(() => audiences.put({ id: 'a\nb', name: 'A', rule: 'view > 1' }), {
    code: 'invalid_audience',
  });
});

test('CSV cells are quoted, and none becomes a formula', () => {
  const csv = membersCsv([
    { user: 'a,"b"', since: 0 },
    { user: '=1+1', since: 0 },
  ]);
  assert.equal(
    csv,
    'user,since\r\n"a,""b""",1970-01-01T00:00:00.000Z\r\n\'=1+1,1970-01-01T00:00:00.000Z\r\n',
  );
});
