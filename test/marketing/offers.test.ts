import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { EndcapError, random } from '../../src/core/index.js';
import {
  allocate,
  allocateExactly,
  type Choices,
  checkOffer,
  fitResponse,
  isHeldOut,
  type Offer,
  Offers,
  responseModel,
  SpendController,
  simulatedDiscounts,
  simulateLog,
  simulateWorld,
} from '../../src/marketing/index.js';
import { coupon, offerAsk } from './support.js';

const day = 86_400_000;

/** Choices with whole costs, rising by level, so that dynamic programming is exact. */
const choices = fc
  .array(
    fc.array(
      fc.record({ cost: fc.integer({ min: 1, max: 9 }), gain: fc.double({ min: -2, max: 9, noNaN: true }) }),
      { minLength: 3, maxLength: 3 },
    ),
    { minLength: 1, maxLength: 12 },
  )
  .map((shoppers): Choices => {
    const gain: number[] = [];
    const cost: number[] = [];
    for (const levels of shoppers) {
      let spent = 0;
      gain.push(0);
      cost.push(0);
      for (const level of levels) {
        spent += level.cost;
        gain.push(level.gain);
        cost.push(spent);
      }
    }
    return { levels: 4, gain: Float64Array.from(gain), cost: Float64Array.from(cost) };
  });

test('an allocation stays in its budget, adds up, and is near the exact optimum', () => {
  fc.assert(
    fc.property(choices, fc.integer({ min: 0, max: 80 }), (drawn, budget) => {
      const found = allocate(drawn, budget);
      const sum = (of: Float64Array): number =>
        found.level.reduce((total, level, shopper) => total + of[shopper * 4 + level]!, 0);
      assert.ok(found.cost <= budget + 1e-9);
      assert.ok(Math.abs(sum(drawn.cost) - found.cost) < 1e-9);
      assert.ok(Math.abs(sum(drawn.gain) - found.gain) < 1e-9);
      const exact = allocateExactly(drawn, budget);
      assert.ok(found.gain <= exact + 1e-9);
      // The Lagrangian misses by less than the best single choice (Sinha & Zoltners).
      assert.ok(exact - found.gain <= Math.max(...drawn.gain) + 1e-9, `${found.gain} of ${exact}`);
    }),
    { numRuns: 300 },
  );
});

test('with budget enough everybody gets what gains most', () => {
  const drawn: Choices = {
    levels: 3,
    gain: Float64Array.of(0, 2, 1, 0, -1, -2),
    cost: Float64Array.of(0, 1, 2, 0, 1, 2),
  };
  assert.deepEqual([...allocate(drawn, 100).level], [1, 0]);
});

test('the controller spends the budget over the whole span, and never more, also where real spend is twice the said', () => {
  for (const truth of [0.5, 1, 2]) {
    const chance = random(1);
    const controller = new SpendController(500, 2, 1);
    const spentAt: number[] = [];
    const shoppers = 10_000;
    for (let shopper = 0; shopper < shoppers; shopper++) {
      const cost = 0.2 * chance.float();
      const level = controller.decide([0, chance.float()], [0, cost], [0, 1], shopper / shoppers);
      if (level > 0) controller.settle(chance.float() < truth * cost ? 1 : 0, cost, 1);
      assert.ok(controller.state.spent + controller.state.promised <= 500);
      if (shopper % 2_500 === 2_499) spentAt.push(controller.state.spent);
    }
    const [first, , , last] = spentAt;
    const whole = Math.min(500, truth * 0.1 * shoppers);
    assert.ok(last! > 0.95 * Math.min(whole, 500) - 25, `true cost × ${truth}: spent ${last}`);
    assert.ok(first! < 0.45 * 500, `a quarter of the way ${first} is gone`);
  }
});

test('a controller packed and restored decides the same', () => {
  const ask = (controller: SpendController, seed: number, from: number): number[] => {
    const chance = random(seed);
    return Array.from({ length: 400 }, (_, at) =>
      controller.decide(
        [0, chance.float(), chance.float()],
        [0, 0.1, 0.3],
        [0, 0.1, 0.3],
        (from + at) / 1_000,
      ),
    );
  };
  const [one, two] = [new SpendController(30, 3), new SpendController(30, 3)];
  ask(one, 1, 0);
  two.restore(structuredClone(one.pack()));
  assert.deepEqual(ask(two, 2, 400), ask(one, 2, 400));
});

test('the learned response never falls as the discount rises, and tells who is moved', () => {
  const world = simulateWorld({ shoppers: 6_000, seed: 1 });
  const response = fitResponse({
    names: world.names,
    columns: world.columns,
    ...simulateLog(world, { seed: 2 }),
  });
  const predict = responseModel(response);
  const row = new Float64Array(8);
  const moved: { said: number; truth: number }[] = [];
  for (let shopper = 0; shopper < 500; shopper++) {
    world.columns.forEach((column, f) => {
      row[f] = column[shopper]!;
    });
    const p = predict(row, [0, 0.05, 0.1, 0.15, 0.2]);
    for (let level = 1; level < p.length; level++) assert.ok(p[level]! >= p[level - 1]! - 1e-12);
    const at = shopper * simulatedDiscounts.length;
    moved.push({ said: p[4]! - p[0]!, truth: world.truth[at + 3]! - world.truth[at]! });
  }
  moved.sort((a, b) => b.said - a.said);
  const mean = (part: typeof moved): number => part.reduce((sum, { truth }) => sum + truth, 0) / part.length;
  assert.ok(mean(moved.slice(0, 100)) > 1.5 * mean(moved.slice(-100)));
});

const offer: Offer = { ...coupon, discounts: [0.1, 0.05], budget: 100 };
const context = {
  now: day,
  priceOf: (item: string) => (item === 'phone' ? 100 : undefined),
  hasAudience: (id: string) => id === 'known',
  others: [] as Offer[],
};

test('what is wrong with an offer is named, all of it', () => {
  const faults = (change: Partial<Offer>, others: Offer[] = []): string[] => {
    try {
      checkOffer({ ...offer, ...change }, { ...context, others });
      return [];
    } catch (error) {
      assert.ok(error instanceof EndcapError && error.code === 'invalid_offer');
      return error.errors.map(({ field }) => field);
    }
  };
  assert.deepEqual(faults({}), []);
  assert.deepEqual(faults({ budget: 0 }), ['budget']);
  assert.deepEqual(faults({ budget: -5, cap: 0 }), ['budget', 'cap']);
  assert.deepEqual(faults({ end: day / 2 }), ['end']);
  assert.deepEqual(faults({ start: 11 * day }), ['end']);
  assert.deepEqual(faults({ discounts: [1.2] }), ['discounts']);
  assert.deepEqual(faults({ discounts: [] }), ['discounts']);
  assert.deepEqual(faults({ audience: 'gone' }), ['audience']);
  assert.deepEqual(faults({ kind: 'price', items: ['phone'], price: 120 }), ['price']);
  assert.deepEqual(faults({ kind: 'price', items: ['phone'], price: 80 }), []);
  assert.deepEqual(faults({ kind: 'price', items: ['ghost'], price: 80 }), ['items']);
  assert.deepEqual(faults({ id: 'other' }, [offer]), ['start'], 'overlapping');
  assert.deepEqual(faults({ id: 'other', start: 10 * day, end: 20 * day }, [offer]), []);
});

const ask = (user: string, now: number, viewed = ['phone', 'case']) => offerAsk(user, now, viewed);

test('an offer is given once and kept, costs what is used, lapses, and keeps its cap', () => {
  const offers = new Offers();
  offers.put(offer);
  const first = offers.decide(ask('ann', day), 3);
  assert.equal(first.offers[0]!.item, 'phone');
  assert.equal(first.events.length, 1);
  for (const event of first.events) offers.apply(event);
  assert.deepEqual(
    offers.decide(ask('ann', day + 1), 3),
    { offers: first.offers, events: [] },
    'the same while it holds',
  );
  const promised = offers.status('spring', day).promised;
  assert.ok(Math.abs(promised - 100 * first.offers[0]!.discount) < 1e-9, `${promised}`);
  offers.apply({
    id: 'p',
    type: 'purchase',
    user: 'ann',
    items: [{ id: 'phone', price: 100 }],
    time: 2 * day,
  });
  const used = offers.status('spring', 2 * day);
  assert.ok(Math.abs(used.spent - promised) < 1e-9 && used.promised === 0 && used.out === 0);
  for (let again = 0; again < 5; again++) {
    const { events } = offers.decide(ask('bob', (2 + again) * day, [`i${again}`]), 1);
    for (const event of events) offers.apply(event);
    offers.apply({ id: `l${again}`, type: 'view', user: 'x', items: [], time: (2 + again) * day + 8 * day });
  }
  assert.ok(offers.status('spring', 9 * day).given <= 1 + offer.cap);
  assert.equal(offers.decide(ask('cleo', 11 * day), 1).offers.length, 0, 'after its end nothing is given');
});

test('the log alone rebuilds what was given, held out, spent and brought', () => {
  const live = new Offers();
  const replayed = new Offers();
  for (const one of [live, replayed]) one.put({ ...offer, holdout: 0.3, explore: 0.2, budget: 20_000 });
  for (let at = 0; at < 60; at++) {
    const { events } = live.decide(ask(`u${at}`, day + at * 1_000), 1);
    const bought = {
      id: `p${at}`,
      type: 'purchase',
      user: `u${at}`,
      items: [{ id: 'phone', price: 100 }],
      time: day + at * 1_000 + 500,
    };
    for (const event of at % 2 ? [...events, bought] : events) {
      live.apply(event);
      replayed.apply(event);
    }
  }
  const facts = ({
    given,
    shoppers,
    held,
    spent,
    promised,
    out,
    increment,
  }: ReturnType<Offers['status']>) => ({ given, shoppers, held, spent, promised, out, increment });
  assert.deepEqual(facts(replayed.status('spring', 2 * day)), facts(live.status('spring', 2 * day)));
  const { held, shoppers } = live.status('spring', 2 * day);
  assert.equal(
    held,
    Array.from({ length: 60 }, (_, at) => `u${at}`).filter((user) => isHeldOut(user, 'spring', 0.3)).length,
  );
  assert.ok(held > 5 && shoppers > 5);
  assert.equal(live.status('spring', 2 * day).increment!.control, held);
  const again = new Offers();
  again.put({ ...offer, holdout: 0.3, explore: 0.2, budget: 20_000 });
  again.restore(structuredClone(live.pack()));
  assert.deepEqual(again.status('spring', 2 * day), live.status('spring', 2 * day));
});

test('an audience gates an offer, and one that is unknown is a clear error', () => {
  const offers = new Offers();
  offers.put({ ...offer, audience: 'known' });
  assert.equal(offers.decide({ ...ask('ann', day), isMember: () => false }, 1).offers.length, 0);
  assert.equal(offers.decide(ask('ann', day), 1).offers.length, 1);
  assert.throws(() => offers.status('gone', day), { code: 'unknown_offer' });
});
