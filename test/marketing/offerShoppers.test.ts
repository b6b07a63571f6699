import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Offer, Offers } from '../../src/marketing/index.js';
import { coupon, offerAsk } from './support.js';

const day = 86_400_000;
const offer: Offer = { ...coupon, holdout: 0.5 };
const bought = (user: string, time: number) => ({
  id: `p ${user} ${time}`,
  type: 'purchase',
  user,
  items: [{ id: 'phone', price: 100 }],
  time,
});

function running(change: Partial<Offer> = {}): Offers {
  const offers = new Offers();
  offers.put({ ...offer, ...change });
  return offers;
}

/** Decides for a shopper and logs it. */
function visit(offers: Offers, user: string, now: number): number {
  const { events, offers: given } = offers.decide(offerAsk(user, now), 1);
  for (const event of events) offers.apply(event);
  return given.length;
}

test('what a flood of shoppers leaves behind is bounded, and what was given, spent and earned stays exact', () => {
  const offers = running();
  let [given, spent] = [0, 0];
  const shoppers = 260_000;
  for (let n = 0; n < shoppers; n++) {
    const got = visit(offers, `shopper ${n}`, day + n);
    given += got;
    if (n % 10 > 0) continue;
    offers.apply(bought(`shopper ${n}`, day + n));
    spent += 10 * got;
  }
  const status = offers.status('spring', 2 * day);
  assert.equal(status.given, given);
  assert.equal(status.shoppers, given);
  assert.ok(Math.abs(status.spent - spent) < 1e-6, `${status.spent} of ${spent}`);
  assert.ok(status.out <= 100_000 && status.promised === 10 * status.out);
  // Beyond what can be out no more is given: what a shopper was shown holds.
  assert.ok(given < 115_000, `${given}`);
  const { increment, held } = status;
  assert.equal(increment!.treated + increment!.control, given + held);
  const { shoppers: rows, running: packed } = offers.pack();
  assert.ok(rows[0].length + rows[1].length <= 190_000 * 5);
  assert.ok(packed[0]!.out.length <= 100_000);
});

test('a draw of nothing takes the place of no offer that is out', () => {
  const offers = running({ holdout: 0, explore: 1 });
  const got = Array.from({ length: 150_000 }, (_, n) => visit(offers, `u${n}`, day));
  const given = got.reduce((sum, one) => sum + one, 0);
  assert.ok(given > 70_000 && given < 80_000, `${given}`);
  assert.equal(offers.status('spring', day).out, given);
  const [first, none] = [got.indexOf(1), got.indexOf(0)];
  assert.equal(visit(offers, `u${first}`, day + 1), 1);
  assert.deepEqual(offers.decide(offerAsk(`u${none}`, day + 1), 1), { offers: [], events: [] });
});

test('two lines of an order use an offer once, and whom it is erased for leaves the sums', () => {
  const offers = running({ holdout: 0 });
  assert.equal(visit(offers, 'ann', day), 1);
  const order = bought('ann', day + 1);
  offers.apply({ ...order, items: [...order.items, ...order.items] });
  assert.equal(offers.status('spring', 2 * day).spent, 10);
  const before = running({ holdout: 0 });
  for (const user of ['bob', 'cleo', 'dan']) for (const one of [offers, before]) visit(one, user, day + 2);
  offers.forget('ann');
  const facts = ({ given, shoppers, out, held, promised }: ReturnType<Offers['status']>) => ({
    given,
    shoppers,
    out,
    held,
    promised,
  });
  assert.deepEqual(facts(offers.status('spring', 2 * day)), facts(before.status('spring', 2 * day)));
  assert.equal(offers.status('spring', 2 * day).spent, 10);
});

test('who is erased is in neither arm any more', () => {
  const [whole, without] = [running(), running()];
  for (let n = 0; n < 40; n++)
    for (const offers of n < 10 ? [whole] : [whole, without]) {
      visit(offers, `u${n}`, day + n);
      offers.apply(bought(`u${n}`, day + 100 + n));
    }
  for (let n = 0; n < 10; n++) whole.forget(`u${n}`);
  const rounded = (offers: Offers): unknown =>
    JSON.parse(
      JSON.stringify(offers.status('spring', 2 * day).increment, (_, value) =>
        typeof value === 'number' ? Math.round(1e6 * value) : value,
      ),
    );
  assert.notEqual(rounded(without), undefined);
  assert.deepEqual(rounded(whole), rounded(without));
});

test('an offer of the same id as one that was deleted begins anew, also among others after a restart', () => {
  const offers = running({ cap: 1, holdout: 0 });
  visit(offers, 'ann', day);
  offers.delete('spring');
  offers.put({ ...offer, cap: 1, holdout: 0 });
  assert.equal(visit(offers, 'ann', day + 1), 1);
  const packed = structuredClone(offers.pack());
  const again = new Offers();
  for (const id of ['autumn', 'spring']) again.put({ ...offer, id, cap: 1, holdout: 0 });
  again.restore(packed);
  assert.equal(again.status('spring', day).given, 1);
  assert.equal(again.status('autumn', day).given, 0);
  again.apply({ id: 'l', type: 'view', user: 'x', items: [], time: 9 * day });
  const { offers: given } = again.decide(offerAsk('ann', 9 * day), 5);
  assert.deepEqual(
    given.map(({ offer }) => offer),
    ['autumn'],
  );
});
