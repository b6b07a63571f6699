import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classicalModels, localMethods, ses } from '../../src/inventory/index.js';

const wave = (length: number): Float64Array =>
  Float64Array.from(
    { length },
    (_, at) => 100 + at + 30 * Math.sin((2 * Math.PI * at) / 7) + ((at * 7919) % 5),
  );

test('ETS follows a trend, MSTL a season; zeros and short series have no model and no failure', async () => {
  const models = await classicalModels();
  const trend = models.ets(
    Float64Array.from({ length: 40 }, (_, at) => 50 + 2 * at + ((at * 31) % 3)),
    4,
    0.8,
  )!;
  assert.ok(Math.abs(trend.point[3]! - (50 + 2 * 43 + 1)) < 4, String(trend.point));
  assert.ok(trend.lower[3]! < trend.point[3]! && trend.upper[3]! > trend.point[3]!);
  // As a method beside the others it is the mean of the next four periods; where little sells, what smoothing says.
  const ets = localMethods(models).find(({ name }) => name === 'ETS')!;
  const rising = Float64Array.from({ length: 40 }, (_, at) => 50 + 2 * at + ((at * 31) % 3));
  assert.ok(Math.abs(ets.level(rising, 40) - (50 + 2 * 41.5 + 1)) < 4, String(ets.level(rising, 40)));
  const seldom = Float64Array.from({ length: 40 }, (_, at) => (at % 5 === 0 ? 3 : 0));
  assert.equal(ets.level(seldom, 40), ses(0.3)(seldom, 40));
  const series = wave(84);
  const season = models.mstl(series.subarray(0, 77), [7], 7, 0.8)!;
  const worst = Math.max(...season.point.map((value, at) => Math.abs(value - series[77 + at]!)));
  assert.ok(worst < 12, `the season is missed by ${worst}`);
  assert.deepEqual(models.mstl(series, [1], 7, 0.8), models.ets(series, 7, 0.8), 'a season of one is none');
  assert.equal(models.ets(new Float64Array(2), 4, 0.8), undefined);
  models.ets(new Float64Array(30), 4, 0.8);
});

test('a level that doubles is a change point, a series that goes its own way an outlier', async () => {
  const models = await classicalModels();
  const step = Float64Array.from({ length: 60 }, (_, at) => (at < 30 ? 10 : 40) + ((at * 7919) % 3));
  const points = models.changePoints(step);
  assert.ok(
    points.some((at) => Math.abs(at - 30) <= 2),
    `found ${points}`,
  );
  const alike = [0, 1, 2, 3, 4].map((shift) => wave(40).map((value) => value + shift));
  const strange = wave(40).map((value, at) => (at > 20 ? value * 9 : value));
  assert.deepEqual(models.outlyingSeries([...alike, strange]), [5]);
});
