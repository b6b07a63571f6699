import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Event } from '../../src/core/index.js';
import { MarketingFold } from '../../src/marketing/fold.js';
import { openMarketing } from '../../src/marketing/index.js';
import { openEngine } from '../../src/recommend/index.js';
import { createKey, createServer } from '../../src/server/index.js';
import { openStore } from '../../src/storage/index.js';
import { day, scratch, start } from '../support/events.js';

/** What a page may send of itself, stamped as the server stamps it. */
function pageOf(fold: MarketingFold) {
  let offset = 0;
  return (type: string, more: Partial<Event>): void => {
    const time = start + offset;
    fold.apply(offset, { id: `${offset++}`, type, user: 'anon', items: [], time, received: time, ...more });
  };
}

const offer = {
  name: 'Offer',
  budget: 100,
  cap: 3,
  holdout: 0.1,
  explore: 0.1,
  margin: 0.35,
  start: start - day,
  end: start + 30 * day,
};

function shop(): MarketingFold {
  const fold = new MarketingFold({ audiences: [], offers: [] }, undefined);
  fold.offers.put({ ...offer, id: 'coupon', kind: 'coupon', items: ['lamp'], discounts: [0.1] });
  fold.offers.put({ ...offer, id: 'advert', kind: 'slot', items: ['lamp'], bid: 1 });
  fold.within({
    cart: () => ({}),
    profile: (user) => ({ user, events: [] }) as never,
  });
  return fold;
}

test('an offer that a page makes up is none: no price, no budget, nothing to learn from', () => {
  const fold = shop();
  const send = pageOf(fold);
  const context = { offer: 'coupon', discount: 0.99, most: 90, expected: 1, until: start + day, best: 0.99 };
  send('impression', { items: [{ id: 'lamp' }], context: { ...context, drawn: 0.5 } });
  const { promised } = fold.offers.status('coupon', start);
  assert.equal(promised, 0);
  const ask = { user: 'anon', now: start + 10, viewed: ['lamp'], chance: 0.01, features: [] };
  const { offers } = fold.offers.decide({ ...ask, priceOf: () => 100, isMember: () => true }, 3);
  assert.ok(offers.every(({ discount }) => discount <= 0.1));
  send('purchase', { items: [{ id: 'lamp', price: 100 }] });
  assert.equal(fold.offers.status('coupon', start).spent, 0);
  assert.equal(fold.assignments.settled(start + 2 * day).assignments, 0);
});

test('an advert that a page says was placed is not paid for; the one that the shop placed is, once', () => {
  const fold = shop();
  const send = pageOf(fold);
  const placed = {
    items: [{ id: 'lamp' }],
    attribution: 'list',
    context: { advert: true, offer: 'advert', item: 'lamp' },
  };
  send('impression', placed);
  send('click', { attribution: 'list', items: [{ id: 'lamp' }] });
  assert.equal(fold.offers.status('advert', start).spent, 0);
  fold.apply(100, { id: 'own', type: 'impression', user: 'anon', time: start + 100, ...placed });
  for (let n = 0; n < 3; n++) send('click', { attribution: 'list', items: [{ id: 'lamp' }] });
  assert.equal(fold.offers.status('advert', start).spent, 1);
});

test('one shopper is one click of an item in a slot and day, and a robot is none', () => {
  const fold = shop();
  const send = pageOf(fold);
  for (let n = 0; n < 200; n++) {
    send('impression', { attribution: `${n}`, items: [{ id: 'lamp' }], context: { slot: 'home' } });
    for (let k = 0; k < 3; k++) send('click', { attribution: `${n}`, items: [{ id: 'lamp' }] });
    send('click', { attribution: `${n}`, items: [{ id: 'lamp' }], user: 'robot', robot: true });
  }
  const lamp = fold.clicks.pack().slots[0]![1].items[0]![1];
  assert.equal(lamp.came.clicked, 1);
  const shown = lamp.shown.reduce((sum, one) => sum + one, 0);
  assert.equal(shown, 1, 'nor does showing it again and again make it one that nobody clicks');
  const again = shop();
  again.restore(fold.pack());
  again.apply(5_000, {
    id: 'more',
    type: 'click',
    user: 'anon',
    time: start + 5_000,
    attribution: '199',
    items: [{ id: 'lamp' }],
  });
  assert.equal(again.clicks.pack().slots[0]![1].items[0]![1].came.clicked, 1, 'also after a restart');
});

test('what a page invents takes no place: neither items, nor slots', () => {
  const fold = shop();
  const send = pageOf(fold);
  for (let n = 0; n < 50; n++) send('impression', { items: [{ id: 'lamp' }], context: { slot: 'home' } });
  for (let n = 0; n < 400; n++) {
    const unlisted = Array.from({ length: 20 }, (_, at) => ({ id: `x${n}-${at}`, unlisted: true as const }));
    send('impression', { items: unlisted, context: { slot: `slot${n}` }, attribution: `l${n}` });
    send('view', { items: unlisted });
  }
  send('purchase', { items: [{ id: 'none', unlisted: true }] });
  const { slots, lists } = fold.clicks.pack();
  assert.ok(slots.length <= 200 && slots.some(([name]) => name === 'home'));
  assert.equal(slots.find(([name]) => name === 'home')![1].items.length, 1);
  assert.equal(
    slots.reduce((sum, [, { items }]) => sum + items.length, 0),
    1,
  );
  assert.deepEqual(lists, [], 'of a list of nothing nothing can come');
  assert.equal(fold.intent.fold.items.pack().views.length, 0);
});

test('items are counted by the numbers they are given, and not where they have none', () => {
  const fold = new MarketingFold({ audiences: [], offers: [] }, undefined);
  const event = (type: string, time: number): Event => ({
    id: `${type}${time}`,
    type,
    user: 'anna',
    items: [{ id: 'lamp' }, { id: 'bulb' }],
    time,
  });
  fold.apply(0, event('view', start), [7, -1]);
  fold.apply(1, event('purchase', start + 1), [7, -1]);
  const { views, bought } = fold.intent.fold.items.pack();
  assert.deepEqual(
    [[...views], [...bought]],
    [
      [0, 0, 0, 0, 0, 0, 0, 1],
      [0, 0, 0, 0, 0, 0, 0, 1],
    ],
  );
});

test('a place that is none spoils no rate', () => {
  const fold = shop();
  const send = pageOf(fold);
  for (const [at, position] of [-5, 0.5, 1e308, -0.1].entries()) {
    const list = { user: `u${at}`, attribution: `l${at}`, items: [{ id: 'lamp' }] };
    send('impression', { ...list, context: { slot: 'home', segment: 'new', position } });
    send('click', list);
  }
  fold.clicks.refit();
  for (const segment of ['', 'new']) {
    const rate = fold.clicks.rate('home', 'lamp', 0, { segment });
    assert.ok(rate > 0 && rate <= 1, `${rate}`);
  }
  const [, { clicked, items }] = fold.clicks.pack().slots[0]!;
  assert.equal(
    clicked.reduce((sum, one) => sum + one, 0),
    4,
  );
  assert.equal(
    items[0]![1].shown.reduce((sum, one) => sum + one, 0),
    4,
  );
});

test('what honest shoppers taught of a slot outlasts a flood of made-up lists and slots, in bounded room', () => {
  const fold = shop();
  const send = pageOf(fold);
  for (let n = 0; n < 40; n++) {
    const list = { user: `honest${n}`, attribution: `l${n}`, items: [{ id: 'lamp' }] };
    send('impression', { ...list, context: { slot: 'home' } });
    if (n < 10) send('click', list);
  }
  send('impression', {
    user: 'last',
    attribution: 'last',
    items: [{ id: 'lamp' }],
    context: { slot: 'home' },
  });
  for (let n = 0; n < 30_000; n++) {
    const items = Array.from({ length: 20 }, (_, at) => ({ id: `real${(n + at * 977) % 6_000}` }));
    send('impression', {
      user: `liar${n % 600}`,
      attribution: `f${n}`,
      items,
      context: { slot: `s${n % 40}` },
    });
  }
  send('click', { user: 'last', attribution: 'last', items: [{ id: 'lamp' }] });
  const { slots, lists } = fold.clicks.pack();
  const lamp = slots.find(([name]) => name === 'home')![1].items.find(([id]) => id === 'lamp')![1];
  assert.deepEqual([lamp.shown, lamp.came.clicked], [[41], 11]);
  assert.ok(slots.reduce((sum, [, { items }]) => sum + items.length, 0) <= 100_000);
  assert.ok(lists.flatMap(([, each]) => each).length <= 41 + 600 * 30);
});

test('over HTTP a public key forges no offer, drains no budget and reads no rates', async (t) => {
  const dir = scratch(t);
  const engine = await openEngine({ store: openStore(join(dir, 'store')) });
  const marketing = await openMarketing(engine, { dir });
  const page = createKey('page', ['events', 'recommend'], 'public');
  const keys = join(dir, 'keys.json');
  writeFileSync(keys, JSON.stringify({ keys: [page.entry] }));
  const app = await createServer(engine, { dir, keys, marketing });
  t.after(async () => {
    await app.close();
    await engine.close();
  });
  await engine.catalogue.put([{ id: 'lamp', title: 'Lamp', price: 100 }]);
  const [now, end] = [engine.now, engine.now + day];
  await marketing.putOffer({
    id: 'coupon',
    name: 'C',
    kind: 'coupon',
    items: ['lamp'],
    discounts: [0.1],
    budget: 9,
    end,
  });
  await marketing.putOffer({
    id: 'advert',
    name: 'A',
    kind: 'slot',
    items: ['lamp'],
    bid: 1,
    budget: 9,
    end,
  });
  const post = async (url: string, payload: object) => {
    const headers = { authorization: `Bearer ${page.key}` };
    const answer = await app.inject({ method: 'POST', url, payload, headers });
    return { status: answer.statusCode, body: answer.json() };
  };
  const user = 'anon_00112233445566778899aabbccddeeff';
  const offered = { offer: 'coupon', discount: 0.99, most: 9, expected: 1, until: now + day, best: 0.99 };
  const sent = await post('/v1/events', [
    { type: 'impression', user, items: [{ id: 'lamp' }], context: offered },
    { type: 'impression', user, attribution: 'r', context: { advert: true, offer: 'advert', item: 'lamp' } },
    { type: 'click', user, attribution: 'r', items: [{ id: 'lamp' }] },
    { type: 'purchase', user, items: [{ id: 'lamp', price: 1 }] },
  ]);
  assert.equal(sent.status, 200, JSON.stringify(sent.body));
  for (const id of ['coupon', 'advert']) assert.equal(marketing.offer(id).spent, 0, id);
  const { body } = await post('/v1/offers/decide', { user });
  assert.ok(body.offers.every(({ discount }: { discount: number }) => discount <= 0.1));
  const rank = await post('/v1/slots/rank', { slot: 'home', candidates: [{ item: 'lamp', worth: 1 }] });
  assert.deepEqual([rank.status, rank.body.code], [403, 'forbidden']);
});
