import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Event, random } from '../../src/core/index.js';
import {
  Assignments,
  assumedResponse,
  learnResponse,
  type Offer,
  Offers,
  openMarketing,
  responseNeeds,
} from '../../src/marketing/index.js';
import { openEngine } from '../../src/recommend/index.js';
import { openStore } from '../../src/storage/index.js';
import { day, scratch, start } from '../support/events.js';
import { coupon, offerAsk } from './support.js';

const shoppers = 4_600;
const price = 40;
/** The truth: who has never ordered is moved much, who has is not moved at all and buys more often anyway. */
const truth = (isCustomer: boolean, discount: number): number =>
  isCustomer ? 0.3 : 0.08 + 0.5 * (discount / 0.2);

test('a shop learns over its log what a discount does, serves by it, and never spends more than the budget', async (t) => {
  const chance = random(1);
  let now = start;
  const dir = scratch(t);
  const engine = await openEngine({ store: openStore(dir), clock: () => now });
  t.after(() => engine.close());
  const marketing = await openMarketing(engine, { dir });
  await engine.catalogue.put([{ id: 'phone', title: 'Phone', price }]);
  const items = [{ id: 'phone', price }];
  const isCustomer = (shopper: number): boolean => shopper % 2 === 0;
  const orders = Array.from({ length: shoppers }, (_, shopper) => shopper)
    .filter(isCustomer)
    .map((shopper): Event => {
      return { id: `o${shopper}`, type: 'purchase', user: `u${shopper}`, items: [], time: start - 9 * day };
    });
  await engine.ingest(orders);
  const budget = 4_000;
  const offer = {
    id: 'spring',
    name: 'Spring',
    kind: 'coupon' as const,
    items: ['phone'],
    discounts: [0.05, 0.1, 0.2],
    holdout: 0.2,
    explore: 0.5,
    budget,
  };
  await marketing.putOffer({ ...offer, end: start + 60 * day });
  assert.equal(marketing.response().basis, 'assumed');
  await assert.rejects(marketing.learnResponse(), { code: 'too_little_data' });

  /** A slice of the shoppers look, are decided on, and buy by the truth at what they were given. */
  const visit = async (from: number, to: number): Promise<{ given: number[]; discount: number[] }> => {
    const given = [0, 0];
    const discount = [0, 0];
    for (let first = from; first < to; first += 100) {
      now += 600_000;
      const group = Array.from({ length: Math.min(100, to - first) }, (_, at) => first + at);
      await engine.ingest(
        group.map((one) => ({ id: `v${one}`, type: 'view', user: `u${one}`, items, time: now })),
      );
      now += 1_000;
      const got = await Promise.all(group.map((one) => marketing.offersFor(`u${one}`)));
      const bought = group.flatMap((one, at): Event[] => {
        const side = isCustomer(one) ? 0 : 1;
        const level = got[at]![0]?.discount ?? 0;
        if (level > 0) given[side]!++;
        discount[side]! += level;
        if (chance.float() >= truth(isCustomer(one), level)) return [];
        return [{ id: `p${one}`, type: 'purchase', user: `u${one}`, items, time: now + 1_000 }];
      });
      now += 2_000;
      await engine.ingest(bought);
      const { spent, promised } = marketing.offer('spring');
      assert.ok(spent + promised <= budget + 1e-6, `${spent} spent, ${promised} promised`);
    }
    return { given, discount };
  };
  await visit(0, shoppers - 600);
  now += 8 * day;
  await engine.jobs.runNow('response');
  const response = marketing.response();
  assert.equal(response.basis, 'measured', response.said);
  assert.match(response.said, /^measured on \d+ randomised assignments$/);
  assert.ok(response.assignments >= responseNeeds.assignments);
  const { curve, logLoss } = response.report!;
  assert.ok(logLoss.learned < logLoss.assumed);
  let [error, assumedError] = [0, 0];
  for (const { discount, learned, assumed } of curve) {
    const mean = (truth(true, discount) + truth(false, discount)) / 2;
    assert.ok(Math.abs(learned - mean) < 0.08, `at ${discount}: ${learned}, truth ${mean}`);
    error += Math.abs(learned - mean);
    assumedError += Math.abs(assumed - mean);
  }
  assert.ok(error < assumedError, `${error}, ${assumedError} by the assumption`);

  // From here on nothing is drawn: what is given follows from what was learned.
  await marketing.putOffer({ ...offer, explore: 0, holdout: 0, budget: budget + 1_000, end: now + 10 * day });
  const { given } = await visit(shoppers - 600, shoppers);
  assert.ok(given[1]! > 150, `${given[1]} of 300 who are moved were given an offer`);
  assert.ok(given[0]! < 0.1 * given[1]!, `${given[0]} who are not moved were given one`);
});

const offer: Offer = {
  ...coupon,
  discounts: [0.1, 0.2],
  holdout: 0.2,
  explore: 0.3,
  end: 100 * day,
};

test('what is drawn at random comes as often as its logged chance says, and is drawn once for a shopper', () => {
  const offers = new Offers();
  offers.put(offer);
  const counts = new Map<string, number>();
  const propensity = new Map<string, number>();
  const users = 6_000;
  for (let at = 0; at < users; at++) {
    const { events } = offers.decide(offerAsk(`u${at}`, day), 1);
    assert.equal(events.length, 1);
    const { context, items } = events[0]!;
    assert.equal(
      items.length,
      context!.discount === 0 ? 0 : 1,
      'what is not shown is no impression of an item',
    );
    const kind = `${context!.held ? 'held' : context!.drawn === undefined ? 'chosen' : 'drawn'} ${context!.discount}`;
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
    propensity.set(`${context!.discount}`, Number(context!.propensity));
    for (const event of events) offers.apply(event);
    const again = offers.decide(offerAsk(`u${at}`, day + 1_000), 1);
    assert.equal(again.events.length, 0, 'asking again draws nothing');
    assert.equal(again.offers.length, context!.discount === 0 ? 0 : 1, 'nothing is no offer');
  }
  const share = (kind: string): number => (counts.get(kind) ?? 0) / users;
  const near = (found: number, said: number, what: string): void =>
    assert.ok(Math.abs(found - said) < 0.02, `${what}: ${found}, said ${said}`);
  near(share('held 0'), 0.2, 'held');
  for (const discount of [0, 0.1, 0.2]) near(share(`drawn ${discount}`), 0.08, `drawn ${discount}`);
  for (const discount of [0.1, 0.2]) {
    const all = share(`drawn ${discount}`) + share(`chosen ${discount}`);
    near(all, propensity.get(`${discount}`)!, `propensity of ${discount}`);
  }
});

test('assignments are a fold: bought in time counts, a pack restores them, robots do not count', () => {
  const offers = new Offers();
  offers.put(offer);
  const fold = new Assignments();
  for (let at = 0; at < 1_500; at++) {
    const { events } = offers.decide(offerAsk(`u${at}`, day), 1);
    for (const event of events) fold.apply(event);
    const bought = { id: `p${at}`, type: 'purchase', user: `u${at}`, items: [{ id: 'phone' }] };
    if (at % 3 === 0) fold.apply({ ...bought, time: 2 * day });
    if (at % 3 === 1) fold.apply({ ...bought, time: 9 * day });
    if (at % 3 === 2) fold.apply({ ...bought, time: 2 * day, robot: true });
  }
  assert.ok(
    fold.settled(2 * day).assignments < fold.settled(9 * day).assignments,
    'the rest waits for its time',
  );
  const trial = fold.trial(9 * day);
  const share = trial.bought.reduce((sum, one) => sum + one, 0) / trial.bought.length;
  assert.ok(Math.abs(share - 1 / 3) < 0.1, `${share}`);
  assert.ok(trial.columns[trial.names.indexOf('earlierOrders')]!.every(Number.isNaN));
  assert.ok(
    trial.columns[trial.names.indexOf('price')]!.every((one) => Math.abs(one - Math.log(100)) < 1e-9),
  );
  // Each discount weighs as much as any other, though nothing was given to a fifth more.
  const weight = [0, 0.1, 0.2].map((discount) =>
    trial.weight!.reduce((sum, one, row) => sum + (trial.discount[row] === discount ? one : 0), 0),
  );
  assert.ok(Math.max(...weight) < 2 * Math.min(...weight), weight.join());
  const again = new Assignments();
  again.restore(fold.pack());
  assert.deepEqual(again.trial(9 * day), trial);
});

test('where nothing is to be learned the assumption stays', () => {
  const chance = random(3);
  const rows = 1_200;
  const discount = Float64Array.from({ length: rows }, () => [0, 0.1, 0.2][chance.int(3)]!);
  const base = new Float64Array(rows).map(() => -2 + chance.normal());
  const assumed = discount.map((one, row) => assumedResponse(1 / (1 + Math.exp(-base[row]!)), [one])[0]!);
  const { content, report } = learnResponse({
    names: ['chance'],
    columns: [base],
    discount,
    bought: assumed.map((p) => (chance.float() < p ? 1 : 0)),
    fold: Uint8Array.from(discount, (_, row) => row % 2),
  });
  assert.ok(report.logLoss.assumed < report.logLoss.learned);
  assert.equal(content, undefined);
});
