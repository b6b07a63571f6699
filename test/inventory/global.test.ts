import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chosen } from '../../src/inventory/forecast/backtest.js';
import { describeItem, featureNames, shopGrowth } from '../../src/inventory/forecast/features.js';
import { putQuantiles } from '../../src/inventory/forecast/local.js';
import {
  adviceRows,
  adviseStock,
  backtest,
  type DemandForecast,
  type DemandTable,
  dateOf,
  demandTable,
  fanChart,
  fitMean,
  forecastPage,
  InventoryDesk,
  learningRows,
  levels,
  localMethods,
  pinball,
  predictGlobal,
  putInOrder,
  reorderPage,
  seriesOf,
  ses,
  spreadsOf,
  stockOf,
  tsb,
} from '../../src/inventory/index.js';
import { cellIn, wordsIn } from '../../src/inventory/report/words.js';
import { said } from '../../src/report/index.js';
import type { TreeModel } from '../../src/trees/index.js';

/** Items by what they sell a week. */
function tableOf(items: readonly (readonly number[])[]): DemandTable {
  const weeks = items[0]!.length;
  return demandTable(
    items.map((units, item) => ({
      id: `sku${item}`,
      days: units.map((count, at) => ({ day: 1_000 + 7 * at, units: count, revenue: count, orders: 1 })),
    })),
    { lastDay: 1_000 + 7 * weeks - 1 },
  );
}

test('trees learn demand over the level of its item, and answer in units', () => {
  const level = (item: number): number => 4 * 3 ** (item % 6);
  const table = tableOf(
    Array.from({ length: 90 }, (_, item) =>
      Array.from({ length: 30 }, (_, at) => level(item) + ((at + item) % 3)),
    ),
  );
  const rows = learningRows(table, 30, { horizon: 4 });
  for (const kind of ['period', 'total'] as const)
    for (const target of rows.targets[kind]) assert.ok(target > 0.5 && target < 2, `${kind} ${target}`);
  const found = predictGlobal([fitMean(rows, { trees: 40 })], table, 30, 4);
  found.forEach((units, at) => {
    const usual = level(Math.floor(at / 4)) + 1;
    assert.ok(Math.abs(units / usual - 1) < 0.25, `${units} where ${usual} sell`);
  });
});

test('features: the level is winsorised, the age counts from the first sale, nothing before it is live', () => {
  const calm = Array.from({ length: 30 }, (_, at) => (at < 12 ? 0 : 5));
  const table = tableOf([calm, calm.map((units, at) => (at === 25 ? 70_000 : units)), calm.map(() => 1)]);
  const growth = { growth4: 1, growth2: 1 };
  const out = new Float64Array(featureNames.length);
  const of = (name: (typeof featureNames)[number]): number => out[featureNames.indexOf(name)]!;
  const { scale } = describeItem(table, 0, 30, growth, out);
  assert.ok(Math.abs(scale - 5) < 0.1, String(scale));
  assert.deepEqual([of('age'), of('silent'), of('sold26'), of('priceChange')], [18, 0, 18 / 26, 1]);
  assert.ok(describeItem(table, 1, 30, growth, out).scale < 8);
  assert.equal(describeItem(table, 0, 12, growth, out).live, false);
  describeItem(table, 2, 30, growth, out);
  assert.deepEqual([of('sold4'), of('sold26'), of('silent')], [1, 1, 0], 'one unit is a sale');
});

test('features of a later row: its own prices, its smoothed sales, and how the whole shop grows', () => {
  const sold = (weekly: (at: number) => number, price: number) =>
    Array.from({ length: 30 }, (_, at) => ({
      day: 1_000 + 7 * at,
      units: weekly(at),
      revenue: price * weekly(at),
      orders: 1,
    }));
  const items = [
    { id: 'steady', days: sold(() => 5, 1) },
    { id: 'rising', days: sold((at) => 4 + at, 3) },
  ];
  const table = demandTable(items, { lastDay: 1_209 });
  const growth = shopGrowth(table, 30);
  const mean = (periods: number): number => 5 + (2 * 33 - (periods - 1)) / 2;
  assert.ok(Math.abs(growth.growth4 - mean(4) / mean(13)) < 1e-9);
  assert.ok(Math.abs(growth.growth2 - mean(2) / mean(8)) < 1e-9);
  const out = new Float64Array(featureNames.length);
  const of = (name: (typeof featureNames)[number]): number => out[featureNames.indexOf(name)]!;
  const { scale } = describeItem(table, 1, 30, growth, out);
  assert.ok(Math.abs(of('price') - Math.log(3)) < 1e-9);
  const series = seriesOf(table, 1);
  assert.ok(Math.abs(scale - (ses(0.25)(series, 30) + 27) / 2) < 1e-9, `the level is ${scale}`);
  assert.ok(Math.abs(of('sesFast') - ses(0.5)(series, 30) / scale) < 1e-9);
  assert.ok(Math.abs(of('mean26') - (33 + 8) / 2 / scale) < 1e-9);
  // The last 13 weeks sold 21 to 33, in one order each.
  const expected = {
    lag1: Math.log1p(33 / scale),
    lag5: Math.log1p(29 / scale),
    mean13: 27 / scale,
    mean2: 32.5 / scale,
    tsb: tsb(0.2, 0.2)(series, 30) / scale,
    sesSlow: ses(0.1)(series, 30) / scale,
    max13: 33 / scale,
    median13: 27 / scale,
    quartile13: 24 / scale,
    sd13: Math.sqrt(14) / scale,
    orders1: Math.log(2),
    orders4: Math.log(2),
    orderSize: Math.log1p(27),
  } as const;
  for (const [name, value] of Object.entries(expected))
    assert.ok(
      Math.abs(of(name as keyof typeof expected) - value) < 1e-9,
      `${name} is ${of(name as keyof typeof expected)}`,
    );
  assert.deepEqual([of('growth4'), of('growth2')], [growth.growth4, growth.growth2]);
});

test('what has not sold yet gets no demand, whatever the models say of the one before it', () => {
  const table = tableOf([
    [5, 6, 5, 6, 5, 6],
    [0, 0, 0, 0, 0, 7],
    [2, 2, 2, 2, 2, 2],
  ]);
  const says = [1, -1].map((units) => ({ predict: () => units }) as unknown as TreeModel);
  const found = predictGlobal(says, table, 5, 2);
  assert.equal(found.length, 12);
  assert.ok(found[0]! > 4 && found[0] === found[2], `${found}`);
  assert.deepEqual([...found.subarray(1, 2), ...found.subarray(4, 8)], [0, 0, 0, 0, 0], 'never below 0');
  assert.ok(found[8]! > 1 && found[8] === found[10]);
});

test('the spread of a method is learned from the first weeks on, and from some items of a class only', () => {
  const weeks = 8;
  const table = tableOf(
    Array.from({ length: 450 }, (_, item) => Array.from({ length: weeks }, (_, at) => 5 + ((at + item) % 3))),
  );
  let asked = 0;
  const method = {
    name: 'counted',
    level: () => {
      asked++;
      return 6;
    },
  };
  const { period } = spreadsOf(table, method, weeks, 4);
  assert.equal(asked, 400, 'from one origin, four weeks before its outcome');
  assert.ok([...period.values()].some((spread) => spread.some((error) => error > 0)));
  const out = new Float64Array(levels.length);
  putQuantiles(4, 0.25, Float64Array.of(-9, 0, 1, 2, 3), out, 0);
  assert.deepEqual([...out], [0, 4, 5, 6, 7], 'by the root of level and size, never below 0');
  assert.equal(pinball([3, 3, 3, 3, 3], 0, 3), 0, 'who says what is sold loses nothing');
});

test('quantiles and totals that cross are put in order', () => {
  const of = {
    quantiles: Float32Array.of(-1, 3, 2, 5, 4, 0, 1, 2, 3, 4),
    totals: Float32Array.of(0, 9, 8, 8, 9, 0, 4, 5, 10, 11),
  };
  putInOrder(of, 2);
  assert.deepEqual([...of.quantiles], [0, 3, 3, 5, 5, 0, 1, 2, 3, 4]);
  assert.deepEqual([...of.totals], [0, 9, 9, 9, 9, 0, 9, 9, 10, 11]);
});

test('a method is tried on the very last periods, and the one that lost least is chosen', () => {
  const table = tableOf([0, 1, 2].map(() => Array.from({ length: 30 }, (_, at) => (at < 26 ? 10 : 20))));
  const [candidate] = backtest(table, [localMethods()[0]!], 4, false);
  // All quantiles say 10 and 20 are sold: 2 × mean(levels) × 10 / 20.
  assert.ok(Math.abs(candidate!.loss - 0.64) < 1e-9, String(candidate!.loss));
  const tried = (method: string, loss: number) => ({ class: 'smooth' as const, method, items: 3, loss });
  assert.equal(chosen([tried('a', 0.5), tried('b', 0.4), tried('c', 0.6)]).get('smooth'), 'b');
  assert.equal(chosen([tried('a', 0.5), tried('b', 0.5)]).get('smooth'), 'a', 'the first of equals');
});

/** Items that sell 10 a week, of which only the first week is uncertain. */
function steady(ids: readonly string[], horizon = 8): DemandForecast {
  const width = horizon * levels.length;
  const filled = (units: (ahead: number) => number): Float32Array =>
    Float32Array.from({ length: ids.length * width }, (_, at) =>
      units(Math.floor((at % width) / levels.length)),
    );
  const totals = filled((ahead) => 10 * (ahead + 1));
  for (let row = 0; row < ids.length; row++) totals.set([5, 10, 12, 15, 20], row * width);
  return {
    ids,
    firstDay: 1_000,
    periodDays: 7,
    horizon,
    class: ids.map(() => 'smooth'),
    method: ids.map(() => 'TSB'),
    quantiles: filled(() => 10),
    totals,
    mean: new Float64Array(ids.length * horizon).fill(10),
    groups: [],
    group: new Int32Array(ids.length),
    total: { mean: new Float64Array(horizon).fill(10), changePoints: [] },
    candidates: [],
  };
}

test('the chance of a stock-out is of the days until an order arrives; a single unit to order is an order', () => {
  const forecast = steady(['short', 'one', 'empty']);
  const [short] = adviseStock([{ id: 'short', stock: 10 }], forecast, { leadTimeDays: 7 });
  assert.ok(Math.abs(short!.stockOutChance - 0.5) < 1e-6, `${short!.stockOutChance}`);
  assert.ok(adviceRows([short!]).rows[0]!.includes('50 %'));
  const advice = adviseStock(
    [
      { id: 'empty', stock: 0, onOrder: 90 },
      { id: 'one', stock: 29 },
    ],
    forecast,
  );
  assert.deepEqual(
    advice.map(({ id, order, alert }) => [id, order, alert]),
    [
      ['one', 1, undefined],
      ['empty', 0, 'out_of_stock'],
    ],
  );
  assert.equal(advice[1]!.stockOutDay, 1_000, 'what is empty is gone today');
});

test('the pages draw what sells most first, weeks at their last day, and stock until it is gone', () => {
  const days = [10, 10, 10, 10, 20, 10].map((units, at) => ({ day: 958 + 7 * at, units, revenue: units }));
  const table = demandTable([{ id: 'best', days }], { lastDay: 999 });
  const outlook = { table, forecast: steady(['best']), titles: new Map<string, string>(), madeAt: 0 };
  const advice = adviseStock([{ id: 'best', stock: 12 }], outlook.forecast);
  const [shop, best] = forecastPage(outlook, advice).split('<figure').slice(1);
  assert.ok(shop!.includes('The whole shop') && best!.includes('>best '));
  assert.ok(best!.includes(`${dateOf(964)}<`) && best!.includes(`${dateOf(1_055)}<`));
  assert.ok(best!.includes(`12 in stock last until ${dateOf(advice[0]!.stockOutDay!)}`));
  // A week was twice and a week four fifths of the mean of the four before it.
  const upper = 10 * (1 + 1.645 * Math.sqrt((1 + 0.04) / 2));
  assert.ok(shop!.includes(`and ${upper.toFixed(1)}`), shop);
  const [chart] = reorderPage(outlook, { items: advice, faults: [] }).split('<figure').slice(1);
  assert.ok(chart!.includes(`stock-out ${dateOf(advice[0]!.stockOutDay!)}`));
  const ticks = [...chart!.matchAll(/ tick"[^>]*>(\d{4}-\d\d-\d\d)</g)].map(([, date]) => date);
  assert.deepEqual(ticks, [dateOf(1_000), dateOf(1_007), dateOf(1_014)], 'no longer than the stock lasts');
  assert.match(reorderPage(outlook, { items: advice, faults: [] }, 'zh'), /可能断货/);
  const tried = { class: 'smooth' as const, method: 'TSB', items: 1, loss: 0.4 };
  const one = forecastPage({ ...outlook, forecast: { ...outlook.forecast, candidates: [tried] } });
  const heading = 'Methods tried on the last weeks';
  assert.deepEqual([one.includes(heading), forecastPage(outlook).includes(heading)], [true, false]);
  assert.deepEqual(
    [cellIn('zh', 'smooth'), cellIn('zh', 'sku 1'), cellIn('en', 'smooth')],
    ['平稳', 'sku 1', 'smooth'],
  );
});

test('the most urgent comes first; what is withdrawn is not ordered', () => {
  const forecast: DemandForecast = {
    ids: ['gone', 'soon', 'enough', 'dear'],
    firstDay: 1_000,
    periodDays: 7,
    horizon: 2,
    class: ['smooth', 'smooth', 'smooth', 'smooth'],
    method: ['TSB', 'TSB', 'TSB', 'TSB'],
    quantiles: new Float32Array(40).fill(10),
    totals: Float32Array.from({ length: 40 }, (_, at) => (Math.floor(at / 5) % 2 ? 20 : 10)),
    mean: new Float64Array(8).fill(10),
    groups: [],
    group: new Int32Array(4),
    total: { mean: new Float64Array(2), changePoints: [] },
    candidates: [],
  };
  const advice = adviseStock(
    [
      { id: 'enough', stock: 90 },
      { id: 'soon', stock: 5, price: 1 },
      { id: 'dear', stock: 5, price: 100 },
      { id: 'gone', stock: 0, price: 1 },
    ],
    forecast,
  );
  assert.deepEqual(
    advice.map(({ id }) => id),
    ['gone', 'dear', 'soon', 'enough'],
  );
  const equals = ['soon', 'enough', 'dear'].map((id) => ({ id, stock: 5 }));
  assert.deepEqual(
    adviseStock(equals, forecast).map(({ id }) => id),
    ['dear', 'enough', 'soon'],
  );
  const items = [
    { id: 'a', stock: 1, attributes: { packSize: 6 } },
    { id: 'b', stock: 1, withdrawn: true },
  ];
  assert.deepEqual(stockOf([...items, { id: 'c' }]), {
    items: [{ id: 'a', stock: 1, packSize: 6 }],
    faults: [],
  });
});

test('who asks for a forecast while one is under way gets that one', async () => {
  const days = Array.from({ length: 40 }, (_, at) => ({ day: 1_000 + at, units: 2, revenue: 2 }));
  const sources = { demand: () => [{ id: 'a', days }], items: () => [], now: () => 1_039 * 86_400_000 };
  const desk = new InventoryDesk(sources);
  const [one, two] = await Promise.all([desk.refresh(), desk.refresh()]);
  assert.equal(one, two);
});

test('a fan opens at the last thing known, and texts take their figures in order', () => {
  const point = { low90: 1, low50: 2, median: 3, high50: 4, high90: 5 };
  const svg = fanChart({
    title: 'a',
    unit: 'b',
    words: wordsIn.en,
    actual: [
      { day: 1, value: 4 },
      { day: 8, value: 2 },
    ],
    fan: [15, 22].map((day) => ({ day, ...point })),
    marks: [
      { day: 3, label: 'first' },
      { day: 22, label: 'last' },
    ],
  });
  const labels = [...svg.matchAll(/<text( class="end")? x="([\d.]+)" y="(\d+)" style="[^"]*">(\w+) /g)];
  assert.deepEqual(
    labels.map(([, , , y, label]) => [label, y]),
    [
      ['first', '26'],
      ['last', '50'],
    ],
    'below each other, inside the drawing',
  );
  const lines = [...svg.matchAll(/x1="([\d.]+)" x2="[\d.]+" y1="(?:12|36)"/g)].map(([, x]) => Number(x));
  assert.deepEqual(
    labels.map(([, , x], at) => Math.round(Number(x) - lines[at]!)),
    [6, -6],
    'on the side where there is room',
  );
  const [median, past] = [...svg.matchAll(/class="line"[^>]* d="([^"]+)"/g)].map(([, path]) => path!);
  const end = past!.slice(past!.lastIndexOf('L') + 1);
  assert.ok(median!.startsWith(`M${end}`), `${median} does not begin at ${end}`);
  assert.equal(said('{} of {}', 1_200, 'x'), '1,200 of x');
  assert.deepEqual(Object.keys(wordsIn.zh), Object.keys(wordsIn.en));
  for (const text of Object.values(wordsIn.zh)) assert.match(text, /\p{Script=Han}|（/u);
});
