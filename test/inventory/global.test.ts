import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chosen } from '../../src/inventory/forecast/backtest.js';
import { describeItem, featureNames } from '../../src/inventory/forecast/features.js';
import {
  adviseStock,
  backtest,
  type DemandForecast,
  type DemandTable,
  demandTable,
  fanChart,
  fitMean,
  InventoryDesk,
  learningRows,
  localMethods,
  predictGlobal,
  putInOrder,
  stockOf,
} from '../../src/inventory/index.js';
import { said, wordsOf } from '../../src/inventory/report/words.js';

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
});

test('quantiles and totals that cross are put in order', () => {
  const of = {
    quantiles: Float64Array.of(-1, 3, 2, 5, 4, 0, 1, 2, 3, 4),
    totals: Float64Array.of(0, 9, 8, 8, 9, 0, 4, 5, 10, 11),
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
});

test('the most urgent comes first; what is withdrawn is not ordered', () => {
  const forecast: DemandForecast = {
    ids: ['gone', 'soon', 'enough', 'dear'],
    firstDay: 1_000,
    periodDays: 7,
    horizon: 2,
    class: ['smooth', 'smooth', 'smooth', 'smooth'],
    method: ['TSB', 'TSB', 'TSB', 'TSB'],
    quantiles: new Float64Array(40).fill(10),
    totals: Float64Array.from({ length: 40 }, (_, at) => (Math.floor(at / 5) % 2 ? 20 : 10)),
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
    words: wordsOf('en'),
    actual: [
      { day: 1, value: 4 },
      { day: 8, value: 2 },
    ],
    fan: [15, 22].map((day) => ({ day, ...point })),
  });
  const [median, past] = [...svg.matchAll(/class="line"[^>]* d="([^"]+)"/g)].map(([, path]) => path!);
  const end = past!.slice(past!.lastIndexOf('L') + 1);
  assert.ok(median!.startsWith(`M${end}`), `${median} does not begin at ${end}`);
  assert.equal(said('{} of {}', 1_200, 'x'), '1,200 of x');
  assert.deepEqual(Object.keys(wordsOf('zh')), Object.keys(wordsOf('en')));
  for (const text of Object.values(wordsOf('zh'))) assert.match(text, /\p{Script=Han}|（/u);
});
