import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Item, random, type Step } from '../../src/core/index.js';
import {
  adviceRows,
  chooseMultiplier,
  csv,
  type DemandTable,
  demandTable,
  fillUpTo,
  InventoryDesk,
  learnStockRule,
  reorderPage,
  replay,
  type SoldDay,
  seriesOf,
  ses,
  withMultiplier,
} from '../../src/inventory/index.js';

/** Items by what they sell a week, at a price of their own. */
function tableOf(items: readonly (readonly number[])[], price = (_item: number): number => 1): DemandTable {
  const weeks = items[0]!.length;
  return demandTable(
    items.map((units, item) => ({ id: `sku${item}`, days: daysOf(units, price(item)) })),
    { lastDay: 1_000 + 7 * weeks - 1 },
  );
}

function daysOf(units: readonly number[], price: number): SoldDay[] {
  return units.map((count, at) => ({
    day: 1_000 + 7 * at,
    units: count,
    revenue: count * price,
    orders: Math.ceil(count / 3),
  }));
}

/** Weeks of items that sell by chance at levels of their own. */
function weeksOf(items: number, weeks: number): number[][] {
  const chance = random(5);
  return Array.from({ length: items }, (_, item) =>
    Array.from({ length: weeks }, () => {
      const level = 4 + 3 * (item % 9);
      return Math.round(Math.max(1, level + 2 * chance.normal() * Math.sqrt(level)));
    }),
  );
}

test('a replay by hand: orders arrive after the lead time, what is not there is lost, money counts', () => {
  const table = tableOf([[1, 6, 6, 6, 6]], () => 2);
  // Week 1 begins with 10 and sells 6; the 6 ordered in week 2 come in week 4, so that week 3 has none left.
  const late = replay(table, () => 10, { from: 1, to: 5, lead: 2, review: 1 });
  assert.ok(Math.abs(late.fill - (6 + 4 + 0 + 6) / 24) < 1e-12, String(late.fill));
  assert.equal(late.stock, (2 * (7 + 2 + 0 + 3)) / 4);
  const atOnce = replay(table, () => 6, { from: 1, to: 5, lead: 0, review: 1 });
  assert.deepEqual(atOnce, { stock: 6, fill: 1 });
  const seldom = replay(table, () => 6, { from: 1, to: 5, lead: 0, review: 2 });
  assert.equal(seldom.fill, 0.5, 'every second week is looked at');
  const nothing = replay(tableOf([[1, 0, 0]]), () => 6, { from: 1, to: 3, lead: 0, review: 1 });
  assert.equal(nothing.fill, 1, 'nobody asked for anything');
});

test('the multiplier is the least that meets the wanted share in the past; more costs more', () => {
  const table = tableOf(weeksOf(12, 30));
  const rule = learnStockRule(table, 3)!;
  assert.equal(rule.past.length, 12);
  const chosen = [0.9, 0.97].map((fill) =>
    chooseMultiplier(table, rule, { fill, leadPeriods: 2, reviewPeriods: 1 }),
  );
  const filled = (multiplier: number): number =>
    replay(table, (row, week) => fillUpTo(rule.past[week - 18]!, row, 3, multiplier), {
      from: 18,
      to: 30,
      lead: 2,
      review: 1,
    }).fill;
  for (const [at, fill] of [0.9, 0.97].entries()) {
    const { multiplier, pastFill } = chosen[at]!;
    assert.ok(pastFill >= fill);
    if (multiplier > 1e-3) assert.ok(filled(0.98 * multiplier) < fill, `${multiplier} is not the least`);
  }
  assert.ok(chosen[1]!.multiplier > chosen[0]!.multiplier);
  const longer = chooseMultiplier(table, rule, { fill: 0.97, leadPeriods: 6, reviewPeriods: 1 });
  assert.notEqual(longer.multiplier, chosen[1]!.multiplier, 'the lead time is in it');
  assert.throws(() => chooseMultiplier(table, rule, { fill: 1, leadPeriods: 2, reviewPeriods: 1 }), /fill/);
});

test('the mean is learned over all items where there are a hundred of them, and smoothed where there are fewer', () => {
  for (const [items, smoothed] of [
    [99, true],
    [100, false],
  ] as const) {
    const table = tableOf(weeksOf(items, 26));
    const { rate } = learnStockRule(table, 3)!.now;
    assert.equal(rate[7] === ses(0.2)(seriesOf(table, 7), 26), smoothed, `${items} items`);
    const off = rate.map((mean, row) => Math.abs(mean - (4 + 3 * (row % 9))));
    const strayed = off.reduce((sum, units) => sum + units, 0) / items;
    assert.ok(strayed < 3, `each item its own mean: ${strayed} units off where 4 to 28 sell`);
  }
});

test('more weeks to last for: the mean grows with them, the spread with their root', () => {
  const needs = { rate: Float64Array.of(0, 10), spread: Float64Array.of(0, 4) };
  assert.equal(fillUpTo(needs, 1, 4, 2), 4 * 10 + 2 * 2 * 4);
});

test('the spread is that of sales that come by chance, as large as the item’s weeks and as its purchases', () => {
  // Six a week, in two purchases of three.
  const { spread } = learnStockRule(tableOf([Array.from({ length: 20 }, () => 6)]), 3)!.now;
  const right = Math.sqrt(6 * 6) + Math.sqrt(6 * 3);
  assert.ok(Math.abs(spread[0]! - right) < 1e-9, `${spread[0]} where it is ${right}`);
});

test('needs of the past know nothing of what came after', () => {
  const weeks = weeksOf(4, 30);
  const changed = weeks.map((units) => units.map((count, at) => (at >= 20 ? 9 * count : count)));
  const [a, b] = [weeks, changed].map((units) => learnStockRule(tableOf(units), 3)!);
  for (let at = 0; at <= 2; at++) assert.deepEqual(a!.past[at], b!.past[at], `week ${18 + at}`);
  assert.notDeepEqual(a!.past[3], b!.past[3]);
});

test('with too little past there is no rule; a giant order does not set the multiplier of a small shop', () => {
  assert.equal(learnStockRule(tableOf(weeksOf(3, 19)), 3), undefined);
  assert.ok(learnStockRule(tableOf(weeksOf(3, 20)), 3), 'twelve weeks and eight before them are enough');
  const weeks = weeksOf(3, 30);
  weeks[0]![25] = 70_000;
  const table = tableOf(weeks);
  const { multiplier } = chooseMultiplier(table, learnStockRule(table, 3)!, {
    fill: 0.95,
    leadPeriods: 2,
    reviewPeriods: 1,
  });
  assert.ok(multiplier < 5, String(multiplier));
  const calm = tableOf(weeks.map((units) => units.map((count) => Math.min(count, 60))));
  const { rate } = learnStockRule(calm, 3)!.now;
  assert.equal(
    withMultiplier(calm, () => () => rate[0]!, 0.999, { from: 18, to: 30, lead: 2, review: 1 }, 7).multiplier,
    7,
  );
});

const weeks = 40;
const sold = weeksOf(34, weeks);
const demand = sold.map((units, item) => ({ id: `sku${item}`, days: daysOf(units, 2) }));
const now = (1_000 + 7 * weeks - 1) * 86_400_000;

test('the desk orders by the rule: the wanted fill, the lead time of the item, then packs and minimum', async () => {
  const items = demand.map(({ id }, at) => ({
    id,
    stock: 3,
    price: 2,
    ...(at === 1 ? { attributes: { leadTimeDays: 35, packSize: 7, minimumOrder: 50 } } : {}),
  }));
  const desk = new InventoryDesk(
    { demand: () => demand, items: () => items, now: () => now },
    { leadTimeDays: 14, reviewDays: 7, service: { fill: 0.92 } },
  );
  const heard: Step[] = [];
  assert.deepEqual(desk.state, { state: 'none' });
  const making = desk.refresh((step) => {
    heard.push(step);
    assert.equal(desk.state.state, 'running');
    assert.equal(desk.state.progress, step.done / step.total);
  });
  assert.equal(desk.state.state, 'running');
  const { forecast, table } = await making;
  assert.deepEqual(desk.state, { state: 'ready' });
  assert.ok(heard.length > 4 && heard.every(({ done }, at) => at === 0 || done >= heard[at - 1]!.done));
  assert.equal(heard.at(-1)!.done, heard.at(-1)!.total);
  const { items: advice, rule } = desk.advice();
  assert.equal(rule!.fill, 0.92);
  assert.ok(rule!.pastFill >= 0.92);
  for (const { id, reorderPoint, order } of advice) {
    const row = table.ids.indexOf(id);
    const periods = id === 'sku1' ? 6 : 3;
    assert.equal(
      reorderPoint,
      Math.ceil(fillUpTo(forecast.stock!.now, row, periods, rule!.multiplier) - 1e-9),
    );
    if (id !== 'sku1') assert.equal(order, reorderPoint - 3);
    else assert.ok(order % 7 === 0 && order >= reorderPoint - 3 && order >= 50);
  }
  const more = desk.advice({ service: { fill: 0.98 } });
  assert.ok(more.rule!.multiplier > rule!.multiplier);
  const cycles = desk.advice({ service: { cycle: 0.9 } });
  assert.equal(cycles.rule, undefined, 'cycles are asked of the quantiles');
  const failed = new InventoryDesk({ demand: () => [], items: () => [], now: () => now });
  await assert.rejects(failed.refresh());
  assert.equal(failed.state.state, 'failed');
  assert.match(failed.state.error!, /week of sales/);
});

test('an item with a faulty field is named with a remedy in answer, table and page; the others are advised on', async () => {
  const few = demand.slice(0, 4);
  const items: Item[] = [
    { id: 'sku0', stock: 3, attributes: { leadTimeDays: 'soon' } },
    { id: 'sku1', stock: -4 },
    { id: 'sku2', stock: 3, attributes: { packSize: 0.5 } },
    { id: 'sku3', stock: 3, attributes: { onOrder: '', colour: 'red' } },
  ];
  const desk = new InventoryDesk({ demand: () => few, items: () => items, now: () => now });
  const outlook = await desk.refresh();
  const advised = desk.advice();
  assert.deepEqual(
    advised.items.map(({ id }) => id),
    ['sku3'],
  );
  assert.deepEqual(
    advised.faults.map(({ item, field, message }) => `${item}: ${field} ${message}`),
    [
      'sku0: leadTimeDays is "soon": it must be a number',
      'sku1: stock is -4: it must not be negative',
      'sku2: packSize is 0.5: it must be a whole number above 0',
    ],
  );
  for (const { remedy } of advised.faults) assert.match(remedy, /^Give/);
  assert.ok(desk.weights instanceof Map);
  const table = csv(adviceRows(advised.items, advised.faults)).split('\r\n');
  assert.equal(table.filter((line) => line !== '').length, 5);
  assert.match(table[2]!, /^sku0,,"faulty: leadTimeDays is ""soon""/);
  for (const language of ['en', 'zh'] as const)
    assert.match(reorderPage(outlook, advised, language), /sku0<\/td><td>leadTimeDays<\/td>/);
});
