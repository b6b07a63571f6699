import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EndcapError } from '../../src/core/index.js';
import {
  classify,
  croston,
  demandTable,
  lastDayOf,
  reconcile,
  sba,
  seriesOf,
  ses,
  settleRefunds,
  tsb,
  winsorise,
} from '../../src/inventory/index.js';

const days = (units: readonly number[], step = 7) =>
  units.map((count, at) => ({ day: 100 + at * step, units: count, revenue: 2 * count, orders: 1 }));

test('periods end with the last day, gaps are zeros, a first part of a period is left out', () => {
  const table = demandTable(
    [
      {
        id: 'a',
        days: [
          { day: 100, units: 5, revenue: 10 },
          { day: 114, units: 3, revenue: 9 },
        ],
      },
      { id: 'b', days: [{ day: 118, units: 1, revenue: 1 }] },
      { id: 'never', days: [] },
    ],
    { lastDay: 120 },
  );
  assert.deepEqual([table.ids, table.periods, table.firstDay], [['a', 'b'], 3, 100]);
  assert.deepEqual([...seriesOf(table, 0)], [5, 0, 3]);
  assert.deepEqual([...seriesOf(table, 1)], [0, 0, 1]);
  assert.equal(table.price[2], 3);
  assert.ok(Number.isNaN(table.price[1]!));
  const short = demandTable([{ id: 'a', days: days([4, 4, 4]) }], { lastDay: 117 });
  assert.deepEqual([...seriesOf(short, 0)], [4, 4]);
});

test('a refund takes back the sale before it, whichever week it comes in; none makes demand negative', () => {
  const sold = [
    { day: 100, units: 10, revenue: 20, orders: 1 },
    { day: 107, units: 4, revenue: 8, orders: 1 },
    { day: 115, units: -6, revenue: -12, orders: 0 },
  ];
  assert.deepEqual(
    settleRefunds(sold).map(({ day, units, revenue }) => [day, units, revenue]),
    [[100, 8, 16]],
  );
  assert.deepEqual(settleRefunds([{ day: 100, units: -3, revenue: -1 }]), []);
  const table = demandTable([{ id: 'a', days: sold }], { lastDay: 120 });
  assert.deepEqual([...seriesOf(table, 0)], [8, 0, 0]);
  assert.equal(sold[0]!.units, 10, 'the log keeps what it had');
});

test('NaN is refused by item, field and row', () => {
  assert.throws(
    () =>
      demandTable([{ id: 'a', days: [...days([1]), { day: 107, units: Number.NaN, revenue: 1 }] }], {
        lastDay: 120,
      }),
    (error) =>
      error instanceof EndcapError &&
      error.code === 'invalid_demand' &&
      error.errors[0]?.field === 'units' &&
      error.errors[0].row === 1 &&
      error.message.includes('"a"') &&
      error.remedy !== undefined,
  );
});

test('one order of 70,000 units counts as a very good week, and its item is still forecast by the others', () => {
  const series = Float64Array.from({ length: 30 }, (_, at) => (at === 20 ? 70_000 : 5 + (at % 4)));
  const calm = winsorise(series);
  assert.ok(calm[20]! <= 3 * 7 && calm[20]! >= 5);
  assert.deepEqual(
    calm.filter((_, at) => at !== 20),
    series.filter((_, at) => at !== 20),
  );
  assert.ok(ses(0.3)(calm, 30) < 15);
  // However few the sales are, the largest has no part in the cap.
  for (let sales = 4; sales < 30; sales++) {
    const short = Float64Array.from({ length: sales }, (_, at) => (at === 2 ? 70_000 : 5));
    assert.equal(winsorise(short)[2], 15, `${sales} sales`);
  }
  assert.ok(ses(0.3)(series, 30) > 500);
});

test('a clock that jumps ahead does not move the end of history, nor do its sales count', () => {
  const today = 20_000;
  const items = [
    { days: Array.from({ length: 300 }, (_, at) => ({ day: today - 320 + at, units: 1, revenue: 1 })) },
  ];
  assert.equal(lastDayOf(items, today * 86_400_000), today);
  const jumped = [...items, { days: [{ day: today + 400, units: 9, revenue: 9 }] }];
  assert.equal(lastDayOf(jumped, today * 86_400_000), today);
  const table = demandTable(
    [
      { id: 'x', days: jumped[1]!.days },
      { id: 'y', days: items[0]!.days },
    ],
    { lastDay: today },
  );
  assert.deepEqual(table.ids, ['y']);
  // Data of the past, as the demo's: as of its last sale, though one stray sale lies later.
  const old = [
    {
      days: Array.from({ length: 3_000 }, (_, at) => ({
        day: 5_000 + Math.floor(at / 10),
        units: 1,
        revenue: 1,
      })),
    },
  ];
  const ahead = Array.from({ length: 90 }, (_, at) => ({ day: today + 1 + at, units: 9, revenue: 9 }));
  assert.equal(lastDayOf([...old, { days: ahead }], today * 86_400_000), 5_299, 'nor do many ahead of today');
  assert.equal(
    lastDayOf([...old, { days: [{ day: 9_000, units: 1, revenue: 1 }] }], today * 86_400_000),
    5_299,
  );
});

test('classes by interval and variation', () => {
  const every = (gap: number, size: (n: number) => number): Float64Array =>
    Float64Array.from({ length: 40 }, (_, at) => (at % gap === gap - 1 ? size(at) : 0));
  assert.equal(classify(every(1, () => 5)).class, 'smooth');
  assert.equal(classify(every(1, (n) => (n % 5 === 0 ? 50 : 1))).class, 'erratic');
  assert.equal(classify(every(3, () => 5)).class, 'intermittent');
  assert.equal(classify(every(3, (n) => (n % 4 === 0 ? 90 : 1))).class, 'lumpy');
  assert.equal(classify(new Float64Array(10)).class, 'none');
  assert.equal(classify(Float64Array.from({ length: 60 }, (_, at) => (at < 9 ? 4 : 0))).class, 'dead');
  assert.equal(classify(Float64Array.of(0, 0, 0, 7, 0)).class, 'new');
  assert.equal(classify(every(2, () => 5)).class, 'intermittent', 'every other week');
  const silent = (weeks: number) => Float64Array.from({ length: 4 + weeks }, (_, at) => (at < 4 ? 5 : 0));
  assert.equal(classify(silent(26)).class, 'dead', 'half a year of silence');
  assert.notEqual(classify(silent(25)).class, 'dead');
});

test('of two or three sales the largest counts as ten times the next at most; one is all that is known', () => {
  assert.deepEqual([...winsorise(Float64Array.of(5, 0, 70_000))], [5, 0, 50]);
  assert.deepEqual([...winsorise(Float64Array.of(70_000, 5, 6))], [60, 5, 6]);
  assert.deepEqual([...winsorise(Float64Array.of(0, 70_000))], [0, 70_000]);
});

test('smoothing by hand: SES, Croston, SBA, and TSB fades where Croston does not', () => {
  assert.equal(ses(0.5)([4, 4, 4, 4, 8], 5), 6);
  assert.equal(ses(0.5)([0, 0, 4, 4, 4, 4], 6), 4);
  assert.equal(croston(0.1)([0, 6, 0, 6, 0, 6], 6), 3);
  assert.ok(Math.abs(sba(0.1)([0, 6, 0, 6, 0, 6], 6) - 2.85) < 1e-12);
  const dead = [5, 5, 5, ...Array(40).fill(0)];
  assert.equal(croston(0.1)(dead, 43), 5);
  assert.ok(tsb(0.1, 0.1)(dead, 43) < 0.1);
  assert.equal(ses(0.3)([], 0), 0);
});

test('reconciled items, groups and total agree, and what is certain is left as it is', () => {
  const of = {
    items: Float64Array.of(10, 20, 30),
    group: Int32Array.of(0, 0, 1),
    groups: Float64Array.of(40, 30),
    total: 80,
    itemVariance: Float64Array.of(1e-9, 4, 4),
    groupVariance: Float64Array.of(2, 2),
    totalVariance: 3,
  };
  const { items, groups, total } = reconcile(of);
  assert.ok(Math.abs(items[0]! + items[1]! - groups[0]!) < 1e-9);
  assert.ok(Math.abs(groups[0]! + groups[1]! - total) < 1e-9);
  assert.ok(Math.abs(items[0]! - 10) < 1e-6);
  // Against the normal equations of generalised least squares, solved by coordinate descent.
  const x = [10, 20, 30];
  for (let turn = 0; turn < 4_000; turn++) {
    for (let i = 0; i < 3; i++) {
      const mates = [0, 1, 2]
        .filter((j) => j !== i && of.group[j] === of.group[i])
        .reduce((sum, j) => sum + x[j]!, 0);
      const others = [0, 1, 2].filter((j) => j !== i).reduce((sum, j) => sum + x[j]!, 0);
      const g = of.group[i]!;
      const parts = [
        [of.items[i]!, of.itemVariance[i]!],
        [of.groups[g]! - mates, of.groupVariance[g]!],
        [of.total - others, of.totalVariance],
      ] as const;
      const weight = parts.reduce((sum, [, v]) => sum + 1 / v, 0);
      x[i] = parts.reduce((sum, [value, v]) => sum + value / v, 0) / weight;
    }
  }
  for (let i = 0; i < 3; i++) assert.ok(Math.abs(items[i]! - x[i]!) < 1e-4, `${items} is not ${x}`);
});
