import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Event, random } from '../../src/core/index.js';
import { ClickRates, type Offer, Offers, SpendController } from '../../src/marketing/index.js';
import { chooseAdverts } from '../../src/marketing/offers/adverts.js';
import { coupon, offerAsk } from './support.js';

const day = 86_400_000;
const hour = day / 24;
const offer: Offer = { ...coupon, budget: 1_000 };
/** Discount of a tenth on a phone of 100: each offer may cost 10. */
const each = 10;
const stranger = (n: number): string => `anon_${n.toString(16).padStart(12, '0')}a1b2c3d4e5f60718293a`;

function shop(change: Partial<Offer> = {}) {
  const offers = new Offers();
  offers.put({ ...offer, ...change });
  let offset = 0;
  return {
    offers,
    /** Whether the shopper was given an offer. */
    visit(user: string, now: number): boolean {
      const { offers: given, events } = offers.decide(offerAsk(user, now), 1);
      for (const event of events) offers.apply(event);
      return given.length > 0;
    },
    tell(type: string, user: string, time: number, more: Partial<Event> = {}): void {
      const items = [{ id: 'phone', price: 100 }];
      offers.apply({ id: `${offset++}`, type, user, items, time, ...more });
    },
    status: (now: number) => offers.status('spring', now),
  };
}

/** Shoppers whom the shop knows, until its traffic is known: before, a twentieth of the budget is given. */
function warm({ visit, tell }: ReturnType<typeof shop>, now: number): void {
  for (let n = 0; n < 60; n++) visit(`early${n}`, now + n);
  tell('view', 'anybody', now + 8 * day);
}

test('made-up shoppers hold half of a budget and no more, for an hour, and never what known ones get', () => {
  const one = shop();
  warm(one, day);
  const now = 9 * day;
  const given = Array.from({ length: 500 }, (_, n) => one.visit(stranger(n), now + n)).filter(Boolean).length;
  assert.equal(one.status(now).promised, given * each);
  assert.ok(given > 30 && given * each <= 500, `${given}`);
  assert.ok(one.visit('anna', now + 1_000), 'a known shopper is given theirs');
  one.tell('view', 'anybody', now + hour + 1_000);
  assert.equal(one.status(now).promised, each, 'an hour later only hers is out');
  assert.ok(one.visit(stranger(9_999), now + hour + 2_000));
});

test('what only a page says was bought stays in the share of strangers until the shop says so, also after a restart', () => {
  for (const restarts of [false, true]) {
    let one = shop();
    warm(one, day);
    const now = 9 * day;
    const received = { received: now + 1_000 };
    for (let n = 0; n < 500; n++)
      if (one.visit(stranger(n), now + n)) one.tell('purchase', stranger(n), now + 1_000, received);
    const { spent, promised } = one.status(now);
    assert.ok(spent > 300 && spent <= 500 && promised === 0, `${spent} ${promised}`);
    assert.equal(one.visit(stranger(777), now + 2 * hour), false, 'their half is gone');
    assert.ok(one.visit('anna', now + 2 * hour), 'the other half is not');
    if (restarts) {
      const packed = structuredClone(one.offers.pack());
      one = shop();
      one.offers.restore(packed);
    }
    const buyer = Array.from({ length: 500 }, (_, n) => stranger(n));
    for (const user of buyer) one.tell('purchase', user, now + 3 * hour);
    assert.equal(one.status(now).spent, spent, 'the same orders are paid for once');
    assert.ok(one.visit(stranger(778), now + 3 * hour), 'real ones make room');
  }
});

test('a stranger who signs in keeps the offer, as a known shopper has it', () => {
  const one = shop();
  warm(one, day);
  const now = 9 * day;
  assert.ok(one.visit(stranger(1), now));
  one.tell('identify', 'anna', now + 10, { items: [], context: { anonymous: stranger(1) } });
  one.tell('view', 'anybody', now + 2 * hour);
  assert.equal(one.status(now).promised, each);
  one.tell('purchase', 'anna', now + 3 * hour);
  assert.deepEqual([one.status(now).spent, one.status(now).promised], [each, 0]);
});

test('a click on an advert costs its sponsor once a shopper and day, and a script empties no budget at once', () => {
  const offers = new Offers();
  const { discounts: _, ...rest } = coupon;
  offers.put({ ...rest, id: 'advert', kind: 'slot', items: ['phone'], bid: 1, budget: 100 });
  let n = 0;
  const click = (user: string, time: number): void => {
    const attribution = `list${n++}`;
    const context = { advert: true, offer: 'advert', item: 'phone' };
    offers.apply({ id: `i${n}`, type: 'impression', user, items: [], time, attribution, context });
    const items = [{ id: 'phone' }];
    offers.apply({ id: `c${n}`, type: 'click', user, items, time, received: time, attribution });
  };
  for (let again = 0; again < 40; again++) click('anna', again);
  assert.equal(offers.status('advert', 0).spent, 1);
  for (let at = 0; at < 500; at++) click(stranger(at), 1_000);
  const { spent } = offers.status('advert', 0);
  assert.ok(spent > 49 && spent < 51, `${spent}`);
  const placed = (user: string, now: number): number => {
    const request = { user, scenario: 'home' as const };
    const ask = { request, now, recommendationId: 'r', count: 10, mayShow: () => true, segment: 'new' };
    const shopper = { viewed: () => [], priceOf: () => 100, isMember: () => true };
    return chooseAdverts(offers.adverts(user), new ClickRates(), { ...ask, ...shopper }).adverts.length;
  };
  // What would not be paid for is not placed.
  assert.deepEqual([placed(stranger(7_777), 1_000), placed('cleo', 1_000)], [0, 1]);
  assert.equal(placed(stranger(7_777), 5 * day), 1);
  for (let at = 0; at < 500; at++) click(stranger(1_000 + at), 5 * day);
  assert.ok(Math.abs(offers.status('advert', 0).spent - 75) < 1);
  click('bert', 5 * day);
  assert.ok(Math.abs(offers.status('advert', 0).spent - 76) < 1, 'a known shopper counts whole');
});

test('who asks again and again does not move the price of budget', () => {
  const chance = random(1);
  const [honest, attacked] = [shop({ budget: 200 }), shop({ budget: 200 })];
  for (let n = 0; n < 300; n++) {
    const now = day + n * 1_000;
    for (const { offers } of [honest, attacked]) offers.decide(offerAsk(`u${n}`, now), 1);
    for (let again = 0; again < 20; again++)
      attacked.offers.decide({ ...offerAsk('liar', now), chance: chance.float() }, 1);
  }
  const decisions = ({ offers }: typeof honest): number => offers.pack().running[0]!.spend.decisions;
  assert.equal(decisions(attacked), decisions(honest) + 1);
  assert.equal(new SpendController(1, 2).state.unproven, 0);
});
