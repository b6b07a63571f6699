import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EndcapError } from '../../src/core/index.js';
import {
  baseStock,
  type Discrete,
  discrete,
  economicOrderQuantity,
  empirical,
  fillRate,
  levelFor,
  negativeBinomial,
  newsvendor,
  normal,
  normalQuantile,
  poisson,
  protectedDemand,
  reorderPointQuantity,
  reorderPolicyCost,
  reorderUpTo,
  unitCost,
  wagnerWhitin,
} from '../../src/inventory/index.js';

const near = (value: number, expected: number, digits = 4): void =>
  assert.ok(Math.abs(value - expected) < 0.5000001 * 10 ** -digits, `${value} is not ${expected}`);

test('EOQ: the cases of the literature to four digits', () => {
  const plain = economicOrderQuantity({ orderCost: 8, holding: 0.225, demand: 1300 });
  near(plain.quantity, 304.0468);
  near(plain.cost, 68.4105);
  const waiting = economicOrderQuantity({ orderCost: 8, holding: 0.225, demand: 1300, shortage: 5 });
  near(waiting.quantity, 310.8126);
  near(waiting.backordered, 0.0431);
  near(waiting.cost, 66.9214);
  const made = economicOrderQuantity({ orderCost: 8, holding: 0.225, demand: 1300, productionRate: 1e12 });
  near(made.quantity, 304.0468);
});

test('newsvendor: normal, Poisson, what was seen, and a lead time', () => {
  const one = newsvendor({ holding: 0.18, shortage: 0.7, demand: normal(50, 8) });
  near(one.level, 56.604);
  near(one.cost, 1.9976);
  const whole = newsvendor({ holding: 0.18, shortage: 0.7, demand: poisson(50) });
  assert.equal(whole.level, 56);
  const sample = newsvendor({ holding: 1, shortage: 3, demand: empirical([4, 1, 3, 2]) });
  assert.equal(sample.level, 3);
  near(sample.cost, (2 + 1 + 0) / 4 + 3 / 4);
  const later = newsvendor({ holding: 0.18, shortage: 0.7, demand: normal(50, 8), leadTime: 3 });
  near(later.level, 200 + 16 * normalQuantile(0.7 / 0.88));
});

test('(r, Q): the exact Poisson case, and no neighbour is cheaper, for any parameters', () => {
  const found = reorderPointQuantity({
    holding: 20,
    shortage: 150,
    orderCost: 100,
    demandRate: 1.5,
    leadTimeDemand: poisson(3),
  });
  assert.deepEqual([found.reorderPoint, found.quantity], [3, 5]);
  near(found.cost, 107.9236);
  for (const [holding, shortage, orderCost, rate, lead] of [
    [1, 9, 64, 10, 1],
    [0.3, 2, 5, 40, 3],
    [2, 2.5, 1, 0.2, 6],
  ] as const) {
    const of = { holding, shortage, orderCost, demandRate: rate, leadTimeDemand: poisson(rate * lead) };
    const { reorderPoint, quantity, cost } = reorderPointQuantity(of);
    near(reorderPolicyCost(of, reorderPoint, quantity), cost, 9);
    for (let r = reorderPoint - 8; r <= reorderPoint + 8; r++)
      for (let q = Math.max(1, quantity - 8); q <= quantity + 8; q++)
        assert.ok(reorderPolicyCost(of, r, q) >= cost - 1e-9, `(${r}, ${q}) is cheaper`);
  }
});

test('(r, Q) of normal demand: both ends of the range cost what the policy costs', () => {
  const of = {
    holding: 0.225,
    shortage: 7.5,
    orderCost: 8,
    demandRate: 1300,
    leadTimeDemand: normal(108.3, 43.3),
  };
  const { reorderPoint, quantity, cost } = reorderPointQuantity(of);
  near(unitCost(of, of.leadTimeDemand, reorderPoint), cost, 6);
  near(unitCost(of, of.leadTimeDemand, reorderPoint + quantity), cost, 6);
  near(reorderPolicyCost(of, reorderPoint, quantity), cost, 6);
});

test('(s, S): the exact case, and no pair nearby is cheaper by simulation of the chain', () => {
  const found = reorderUpTo({ holding: 1, shortage: 9, orderCost: 64, demand: poisson(10) });
  assert.deepEqual([found.reorderPoint, found.orderUpTo], [6, 40]);
  near(found.cost, 35.0216);
  const clumped = { holding: 1, shortage: 5, orderCost: 20, demand: negativeBinomial(3, 9), leadTime: 2 };
  const best = reorderUpTo(clumped);
  near(chainCost(clumped, best.reorderPoint, best.orderUpTo), best.cost, 6);
  for (let s = best.reorderPoint - 3; s <= best.reorderPoint + 3; s++)
    for (let S = best.orderUpTo - 3; S <= best.orderUpTo + 3; S++)
      assert.ok(chainCost(clumped, s, S) >= best.cost - 1e-7, `(${s}, ${S}) is cheaper`);
});

/** Cost of (s, S) from the stationary distribution of the position after ordering: shares no code with the search. */
function chainCost(
  of: { holding: number; shortage: number; orderCost: number; demand: Discrete; leadTime: number },
  s: number,
  S: number,
): number {
  const size = S - s;
  let share = new Float64Array(size).fill(1 / size);
  let orders = 0;
  for (let turn = 0; turn < 3_000; turn++) {
    const next = new Float64Array(size);
    orders = 0;
    for (let at = 0; at < size; at++) {
      let stays = 0;
      for (let n = 0; n <= at && n < of.demand.pmf.length; n++) {
        next[at - n]! += share[at]! * of.demand.pmf[n]!;
        stays += of.demand.pmf[n]!;
      }
      next[size - 1]! += share[at]! * (1 - stays);
      orders += share[at]! * (1 - stays);
    }
    share = next;
  }
  const during = protectedDemand(of.demand, of.leadTime, 1);
  return share.reduce((sum, p, at) => sum + p * unitCost(of, during, s + 1 + at), orders * of.orderCost);
}

test('Wagner–Whitin: the case of the literature, and the best of all plans for random demand', () => {
  const found = wagnerWhitin({ demand: [90, 120, 80, 70], orderCost: 500, holding: 2 });
  assert.deepEqual(found, { orders: [210, 0, 150, 0], cost: 1380 });
  for (let seed = 1; seed <= 40; seed++) {
    const some = (factor: number, most: number): number[] =>
      Array.from({ length: 6 }, (_, at) => (seed * factor * (at + 3)) % most);
    const of = {
      demand: some(7919, 50),
      orderCost: some(104729, 60),
      holding: some(1299709, 3),
      unitCost: some(15485863, 2),
    };
    const found = wagnerWhitin(of);
    let least = Number.POSITIVE_INFINITY;
    for (let plan = 0; plan < 64; plan++) least = Math.min(least, planCost(of, plan));
    near(found.cost, least, 9);
    near(costOf(of, found.orders), least, 9);
  }
});

/** What the orders cost, period by period; infinite where demand is not met. */
function costOf(of: Parameters<typeof planCost>[0], orders: readonly number[]): number {
  let [cost, stock] = [0, 0];
  for (const [at, units] of orders.entries()) {
    if (units > 0) cost += of.orderCost[at]! + units * of.unitCost[at]!;
    stock += units - of.demand[at]!;
    if (stock < 0) return Number.POSITIVE_INFINITY;
    cost += stock * of.holding[at]!;
  }
  return cost;
}

/** Cost where the bits of `plan` are the periods with an order; infinite where demand comes before the first. */
function planCost(
  of: { demand: number[]; orderCost: number[]; holding: number[]; unitCost: number[] },
  plan: number,
): number {
  let cost = 0;
  let last = -1;
  for (const [at, units] of of.demand.entries()) {
    if (plan & (1 << at)) {
      last = at;
      cost += of.orderCost[at]!;
    }
    if (units > 0 && last < 0) return Number.POSITIVE_INFINITY;
    if (last < 0) continue;
    const held = of.holding.slice(last, at).reduce((sum, each) => sum + each, 0);
    cost += units * (held + of.unitCost[last]!);
  }
  return cost;
}

test('base stock: a lead time that varies is a mixture, and the fill rate is reached with no unit too many', () => {
  const lead = [
    { periods: 1, probability: 0.25 },
    { periods: 3, probability: 0.75 },
  ];
  const during = protectedDemand(poisson(4), lead);
  near(during.mean, 4 * (0.25 * 2 + 0.75 * 4), 9);
  near(during.variance, during.mean + 16 * (0.25 * 0.75 * 4), 6);
  near(during.cdf(9), 0.25 * poisson(8).cdf(9) + 0.75 * poisson(16).cdf(9), 9);
  const { level } = baseStock({ demand: poisson(4), leadTime: lead, service: { fill: 0.97 } });
  assert.ok(during.loss(level) <= 0.03 * 4 && during.loss(level - 1) > 0.03 * 4);
  const cycle = baseStock({ demand: normal(10, 3), leadTime: 3, service: { cycle: 0.95 } });
  near(cycle.level, 40 + 6 * 1.6448536, 4);
  const cheap = baseStock({
    demand: poisson(6),
    leadTime: 4,
    review: 1,
    service: { holding: 1, shortage: 9 },
  });
  assert.equal(cheap.level, poisson(30).quantile(0.9));
  near(fillRate(poisson(3), 3, 5), 1 - (poisson(3).loss(3) - poisson(3).loss(8)) / 5, 9);
});

test('demand of several periods is the sum of so many: two sides of a coin a period', () => {
  const coins = discrete([1, 2, 1]);
  const choose = (n: number, k: number): number => (k === 0 ? 1 : (choose(n, k - 1) * (n - k + 1)) / k);
  for (const periods of [1, 2, 3, 6, 7]) {
    const { pmf } = protectedDemand(coins, periods - 1) as Discrete;
    assert.equal(pmf.length, 2 * periods + 1);
    for (const [heads, share] of pmf.entries()) near(share, choose(2 * periods, heads) / 4 ** periods, 12);
  }
  const half = protectedDemand(coins, 0.5);
  near(half.mean, 1.5, 6);
  near(protectedDemand(negativeBinomial(3, 9), 0.5).variance, 13.5, 4);
  near(
    protectedDemand(normal(10, 3), [
      { periods: 0, probability: 0.5 },
      { periods: 2, probability: 0.5 },
    ]).variance,
    2 * 9 + 100,
    9,
  );
});

test('distributions agree with their definition', () => {
  assert.deepEqual([0, 0.1, 0.4, 1].map(empirical([3, 1, 2]).quantile), [1, 1, 2, 3]);
  const sure = normal(5, 0);
  assert.deepEqual(
    [sure.loss(3), sure.loss(6), sure.cdf(4.9), sure.cdf(5), sure.quantile(0.1)],
    [2, 0, 0, 1, 5],
  );
  near(normalQuantile(0.975), 1.959963985, 8);
  near(normal(0, 1).loss(0), 0.39894228, 8);
  for (const demand of [
    poisson(0.3),
    poisson(700),
    negativeBinomial(5, 40),
    negativeBinomial(0.2, 1),
    discrete([1, 2, 1]),
  ]) {
    const sum = demand.pmf.reduce((total, p) => total + p, 0);
    near(sum, 1, 9);
    const at = demand.quantile(0.9);
    assert.ok(demand.cdf(at) >= 0.9 && demand.cdf(at - 1) < 0.9);
    near(
      demand.loss(at),
      demand.mean - at + demand.pmf.reduce((t, p, n) => t + p * Math.max(0, at - n), 0),
      6,
    );
  }
  near(negativeBinomial(5, 40).variance, 40, 3);
  near(poisson(700).mean, 700, 6);
  assert.deepEqual(negativeBinomial(3, 3).pmf, poisson(3).pmf, 'no more variance than mean: nothing clumps');
});

test('bad parameters are refused by name, a lead time of 0 is not', () => {
  const refused = (run: () => unknown, field: string): void =>
    assert.throws(
      run,
      (error) => error instanceof EndcapError && error.errors[0]?.field === field && !!error.remedy,
    );
  refused(() => economicOrderQuantity({ orderCost: 8, holding: 0, demand: 5 }), 'holding');
  refused(() => newsvendor({ holding: 1, shortage: Number.NaN, demand: poisson(3) }), 'shortage');
  refused(() => newsvendor({ holding: 1, shortage: 2, demand: poisson(3), leadTime: -1 }), 'leadTime');
  refused(() => economicOrderQuantity({ orderCost: 8, holding: 1, demand: 5, shortage: 0 }), 'shortage');
  refused(
    () => economicOrderQuantity({ orderCost: 8, holding: 1, demand: 5, productionRate: 5 }),
    'productionRate',
  );
  refused(() => levelFor({ cycle: 1 }, poisson(3)), 'cycle');
  refused(() => levelFor({ fill: 1 }, poisson(3)), 'fill');
  refused(() => levelFor({ holding: 0, shortage: 1 }, poisson(3)), 'holding');
  const costs = { holding: 1, shortage: 2, orderCost: -1 };
  refused(() => reorderPointQuantity({ ...costs, demandRate: 1, leadTimeDemand: poisson(3) }), 'orderCost');
  refused(() => reorderUpTo({ ...costs, demand: poisson(3), leadTime: 1 }), 'orderCost');
  refused(() => reorderUpTo({ ...costs, orderCost: 1, demand: poisson(3), leadTime: -1 }), 'leadTime');
  refused(() => protectedDemand(poisson(2), 1, -1), 'review');
  refused(() => protectedDemand(poisson(2), [{ periods: -1, probability: 1 }]), 'leadTime[0].periods');
  refused(() => wagnerWhitin({ demand: [3], orderCost: 1, holding: -1 }), 'holding');
  refused(() => wagnerWhitin({ demand: [3, -1], orderCost: 1, holding: 1 }), 'demand[1]');
  refused(() => baseStock({ demand: poisson(2), leadTime: -1, service: { cycle: 0.9 } }), 'leadTime');
  refused(
    () =>
      baseStock({
        demand: poisson(2),
        leadTime: [{ periods: 1, probability: 0.7 }],
        service: { cycle: 0.9 },
      }),
    'leadTime',
  );
  assert.equal(
    baseStock({ demand: poisson(2), leadTime: 0, service: { cycle: 0.9 } }).level,
    poisson(2).quantile(0.9),
  );
});
