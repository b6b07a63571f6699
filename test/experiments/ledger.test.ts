import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Ledger, type Metric, reportOf } from '../../src/experiments/index.js';
import { configOf, event, exposure } from './support.js';

const start = Date.parse('2026-11-10');
const hour = 3_600_000;

function mean(ledger: Ledger, metric: Metric, variant = 'new'): number {
  const { sum, count } = ledger.sample('trial', variant, metric);
  return sum / count;
}

test('a purchase counts within the window, for the shopper of the recommendation only', () => {
  const ledger = new Ledger(configOf({}));
  for (const user of ['in', 'late', 'early', 'thief', 'owner']) ledger.apply(exposure(user, 'new', start));
  const buy = { items: [{ id: 'lamp', quantity: 2, price: 10 }] };
  ledger.apply(event('purchase', 'in', start + 24 * hour, { ...buy, attribution: 'rec-in' }));
  ledger.apply(event('purchase', 'late', start + 24 * hour + 1, { ...buy, attribution: 'rec-late' }));
  ledger.apply(event('purchase', 'early', start - 1, { ...buy, attribution: 'rec-early' }));
  ledger.apply(event('purchase', 'thief', start + 1, { ...buy, attribution: 'rec-owner' }));
  ledger.apply(event('purchase', 'owner', start + 1, buy));
  assert.deepEqual(ledger.sample('trial', 'new', 'conversion'), { count: 5, sum: 1, squares: 1 });
  assert.equal(ledger.sample('trial', 'new', 'revenue').sum, 20);
});

test('a refund takes back what it gave, late and without the id, and no more', () => {
  const ledger = new Ledger(configOf({}));
  ledger.apply(exposure('u', 'new', start));
  const items = [{ id: 'lamp', quantity: 4, price: 10 }];
  ledger.apply(event('purchase', 'u', start + 1, { attribution: 'rec-u', items }));
  ledger.apply(event('refund', 'u', start + 90 * hour, { items: [{ id: 'lamp', quantity: 1 }] }));
  assert.equal(mean(ledger, 'revenue'), 30);
  assert.equal(mean(ledger, 'conversion'), 1);
  ledger.apply(event('refund', 'u', start + 91 * hour, { items: [{ id: 'lamp', quantity: 100 }] }));
  assert.equal(mean(ledger, 'revenue'), 0);
  assert.equal(mean(ledger, 'conversion'), 0);
  assert.equal(mean(ledger, 'refund'), 1);
});

test('what an anonymous shopper saw counts for who they turn out to be', () => {
  const ledger = new Ledger(configOf({}));
  ledger.apply(exposure('anon', 'new', start));
  ledger.apply(event('identify', 'known', start + 1, { items: [], context: { anonymous: 'anon' } }));
  const items = [{ id: 'lamp', price: 5 }];
  ledger.apply(event('purchase', 'known', start + 2, { attribution: 'rec-anon', items }));
  assert.deepEqual(ledger.sample('trial', 'new', 'revenue'), { count: 1, sum: 5, squares: 25 });
});

test('10,000 clicks of one shopper count as one', () => {
  const ledger = new Ledger(configOf({ metric: 'click' }));
  for (const user of ['robot', 'other']) ledger.apply(exposure(user, 'new', start));
  for (let at = 0; at < 10_000; at++)
    ledger.apply(event('click', 'robot', start + at, { attribution: 'rec-robot' }));
  assert.equal(mean(ledger, 'click'), 0.5);
});

test('what a page says of who saw what counts for nothing, and what it says was bought for ten units', () => {
  const ledger = new Ledger(configOf({}));
  const forged = { ...exposure('liar', 'new', start), received: start };
  ledger.apply(forged);
  ledger.apply({ ...exposure('liar', 'control', start + 1), received: start + 1 });
  const bought = { attribution: 'rec-liar', items: [{ id: 'lamp', quantity: 1e6, price: 10 }] };
  ledger.apply({ ...event('purchase', 'liar', start + 2, bought), received: start + 2 });
  assert.equal(ledger.sample('trial', 'new', 'revenue').count, 0);
  assert.equal(ledger.crossed('trial'), 0);
  ledger.apply(exposure('real', 'new', start));
  const items = { ...bought, attribution: 'rec-real' };
  ledger.apply({ ...event('purchase', 'real', start + 2, items), received: start + 2 });
  ledger.apply({ ...event('click', 'real', start + 2, { attribution: 'rec-real' }), robot: true });
  assert.equal(ledger.sample('trial', 'new', 'revenue').sum, 100);
  assert.equal(mean(ledger, 'click'), 0);
});

test('who saw two variants counts in none, and is told of', () => {
  const config = configOf({});
  const ledger = new Ledger(config);
  ledger.apply(exposure('u', 'new', start));
  ledger.apply(exposure('u', 'control', start + 1, 'rec2'));
  ledger.apply(exposure('v', 'new', start));
  assert.equal(ledger.sample('trial', 'new', 'click').count, 1);
  assert.equal(ledger.sample('trial', 'control', 'click').count, 0);
  assert.equal(reportOf(config, ledger, start)[0]!.crossed, 1);
});

test('exposures to what is no experiment, or names no variant, are passed over', () => {
  const ledger = new Ledger(configOf({}));
  ledger.apply(exposure('u', 'nonsense', start));
  ledger.apply(event('impression', 'u', start, { attribution: 'r', context: { experiments: 7 } }));
  ledger.apply(event('impression', 'u', start, { attribution: 'r', context: { experiments: '::: x' } }));
  assert.equal(ledger.sample('trial', 'nonsense', 'click').count, 0);
  assert.equal(ledger.sample('trial', 'new', 'click').count, 0);
});

test('guard: a variant whose shoppers buy less beyond chance is named harmful, one as good is not', () => {
  const config = configOf({ metric: 'click', guards: ['conversion'] });
  for (const [rate, harms] of [
    [0.02, ['conversion']],
    [0.08, []],
  ] as const) {
    const ledger = new Ledger(config);
    for (let at = 0; at < 4_000; at++) {
      const variant = at % 2 ? 'new' : 'control';
      ledger.apply(exposure(`u${at}`, variant, start));
      const buys = ((at * 7919) % 10_007) / 10_007 < (variant === 'new' ? rate : 0.08);
      if (buys) ledger.apply(event('purchase', `u${at}`, start + 1, { attribution: `rec-u${at}` }));
    }
    assert.deepEqual(reportOf(config, ledger, start)[0]!.variants[1]!.harms, harms);
  }
});

test('shoppers without end take bounded room, and what they did stays in the sums', () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const held = (): number => {
    collect();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return (heapUsed + arrayBuffers) / 2 ** 20;
  };
  const ledger = new Ledger(configOf({}));
  const shoppers = 500_000;
  let before = 0;
  for (let n = 0; n < shoppers; n++) {
    if (n === 1_000) before = held();
    ledger.apply(exposure(`shopper ${n}`, n % 2 ? 'new' : 'control', start + n, `list ${n}`));
    const items = Array.from({ length: n === 5 ? 900 : 1 }, (_, at) => ({ id: `i${n} ${at}`, price: 1 }));
    if (n % 5 === 0)
      ledger.apply(event('purchase', `shopper ${n}`, start + n, { attribution: `list ${n}`, items }));
  }
  const grown = held() - before;
  assert.ok(grown < 80, `${grown} MB`);
  const { count, sum } = ledger.sample('trial', 'new', 'revenue');
  assert.equal(count, shoppers / 2);
  assert.equal(sum, shoppers / 10 + 899);
  // Nobody can order what the catalogue does not know.
  const made = {
    attribution: `list ${shoppers - 1}`,
    items: [{ id: 'invented', price: 1e6, unlisted: true as const }],
  };
  ledger.apply(event('purchase', `shopper ${shoppers - 1}`, start + shoppers, made));
  assert.equal(ledger.sample('trial', 'new', 'revenue').sum, sum);
});

test('of one shopper so many items are remembered for refunds, the last ones', () => {
  const ledger = new Ledger(configOf({}));
  ledger.apply(exposure('u', 'new', start));
  const items = Array.from({ length: 900 }, (_, at) => ({ id: `i${at}`, price: 1 }));
  ledger.apply(event('purchase', 'u', start + 1, { attribution: 'rec-u', items }));
  ledger.apply(event('refund', 'u', start + 2, { items: [{ id: 'i0' }] }));
  assert.equal(ledger.sample('trial', 'new', 'revenue').sum, 900);
  ledger.apply(event('refund', 'u', start + 3, { items: [{ id: 'i899' }] }));
  assert.equal(ledger.sample('trial', 'new', 'revenue').sum, 899);
});

test('what may come back is bounded over all buyers: a flood of full orders forgets the oldest, not the sums', () => {
  const ledger = new Ledger(configOf({}));
  const buyers = 1_200;
  const items = Array.from({ length: 200 }, (_, at) => ({ id: `i${at}`, price: 1 }));
  for (let n = 0; n < buyers; n++) {
    ledger.apply(exposure(`u${n}`, 'new', start));
    ledger.apply(event('purchase', `u${n}`, start + 1, { attribution: `rec-u${n}`, items }));
  }
  const sold = (): number => ledger.sample('trial', 'new', 'revenue').sum;
  assert.equal(sold(), 200 * buyers);
  ledger.apply(event('refund', 'u0', start + 2, { items: [{ id: 'i1' }] }));
  assert.equal(sold(), 200 * buyers, 'forgotten: 500 buyers of 200 items are remembered');
  ledger.apply(event('refund', `u${buyers - 1}`, start + 2, { items: [{ id: 'i1' }] }));
  assert.equal(sold(), 200 * buyers - 1);
});
