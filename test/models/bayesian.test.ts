import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EndcapError, random, silent } from '../../src/core/index.js';
import { solveUpper } from '../../src/math/index.js';
import { condition, effectsOf } from '../../src/models/bayesian/side.js';
import { bayesianMf, type Model, type Query } from '../../src/models/index.js';
import { dataset, query } from './support.js';

const options = { ...bayesianMf.defaults, factors: 3, epochs: 90, draws: 20, seed: 1 };

/** 60 shoppers of two tastes on 30 items, ratings on `scale`; two thirds of the pairs are known. */
function planted(scale = 1) {
  const next = random(9);
  const ids = Array.from({ length: 30 }, (_, item) => `i${String(item).padStart(2, '0')}`);
  const value = (user: number, item: number): number =>
    scale * (3 + (user % 2 === item % 2 ? 1.2 : -1.2) + 0.5 * ((item % 5) / 2 - 1) + 0.2 * next.normal());
  const lists = Array.from({ length: 60 }, (_, user) => ids.filter((_, item) => (item + user) % 3 !== 0));
  const ratings = lists.map((list, user) => list.map((id) => value(user, Number(id.slice(1)))));
  return { data: dataset(lists, ratings), lists, ratings, ids, value };
}

function errorOfHidden(model: Model, asked: Query, world: ReturnType<typeof planted>): number {
  const hidden = world.ids.filter((id) => !world.lists[0]!.includes(id));
  const errors = hidden.map((id) =>
    Math.abs(model.predictRating!(asked, model.items.row(id)) - world.value(0, Number(id.slice(1)))),
  );
  return errors.reduce((sum, error) => sum + error, 0) / errors.length;
}

test('the conditional with effects integrated out equals the one where they are variables', () => {
  const next = random(2);
  const x = Float64Array.from({ length: 10 }, () => next.normal());
  const y = Float64Array.from({ length: 5 }, () => next.normal());
  const group = [0, 0, 1, 1, 1];
  const precisions = { noise: 2, effects: 3 };
  const prior = { mean: Float64Array.of(0.3, -0.2), precision: Float64Array.of(2, 0.4, 0.4, 1) };
  const { factor, shift: w } = condition(prior, { x, y, group, groups: 2 }, precisions);
  solveUpper(factor, 2, w);

  const wide = new Float64Array(20);
  group.forEach((of, row) => {
    wide.set([x[2 * row]!, x[2 * row + 1]!], 4 * row);
    wide[4 * row + 2 + of] = 1;
  });
  const joint = {
    mean: Float64Array.of(0.3, -0.2, 0, 0),
    precision: Float64Array.of(2, 0.4, 0, 0, 0.4, 1, 0, 0, 0, 0, 3, 0, 0, 0, 0, 3),
  };
  const all = condition(joint, { x: wide, y }, precisions);
  solveUpper(all.factor, 4, all.shift);
  const effects = effectsOf({ x, y, group, groups: 2 }, w, precisions).mean;
  [...w, ...effects].forEach((value, at) => {
    assert.ok(Math.abs(value - all.shift[at]!) < 1e-9, `${at}: ${value}, not ${all.shift[at]}`);
  });
});

test('hidden ratings are predicted to the noise, on any scale, for a shopper of the request', async () => {
  for (const scale of [1, 20]) {
    const world = planted(scale);
    const model = await bayesianMf.fit(world.data, options, silent);
    const error = errorOfHidden(model, query(world.lists[0]!, world.ratings[0]), world);
    assert.ok(error < 0.35 * scale, `mean error ${error}; biases alone have ${1.2 * scale}`);
    const low = Math.min(...world.data.rating);
    const high = Math.max(...world.data.rating);
    const out = new Float32Array(model.items.size);
    await model.scoreAll([query(world.lists[1]!, world.ratings[1])], out);
    assert.ok(out.every((value) => value >= low - 1e-4 && value <= high + 1e-4));
  }
});

test('what was touched without a rating counts too', async () => {
  const world = planted();
  const model = await bayesianMf.fit(world.data, options, silent);
  const row = model.items.row('i00');
  const even = world.ids.filter((_, item) => item % 2 === 0).slice(1, 8);
  assert.notEqual(model.predictRating!(query(even), row), model.predictRating!(query([]), row));
});

test('a day apart from the mean lifts that day only', async () => {
  const world = planted();
  const model = await bayesianMf.fit(world.data, options, silent);
  // Seven ratings above what the shopper gives otherwise, all on one day.
  const ids = world.lists[0]!.slice(0, 14);
  const asked = query(
    ids,
    world.ratings[0]!.slice(0, 14).map((value, at) => value + (at < 7 ? 1 : 0)),
  );
  for (const event of asked.profile.events.slice(0, 7)) Object.assign(event, { time: 0 });
  const row = model.items.row('i03');
  const then = model.predictRating!({ ...asked, now: 1 }, row);
  assert.ok(then > model.predictRating!({ ...asked, now: 1e12 }, row), String(then));
});

test('saved and loaded it is the same, the same seed gives the same, strangers and unknown items are answered', async () => {
  const world = planted();
  const model = await bayesianMf.fit(world.data, options, silent);
  const again = await bayesianMf.fit(world.data, options, silent);
  const loaded = await bayesianMf.load(model.save());
  const asked = query(world.lists[0]!, world.ratings[0]);
  for (const row of [0, 7, -1]) {
    assert.equal(loaded.predictRating!(asked, row), model.predictRating!(asked, row));
    assert.equal(again.predictRating!(asked, row), model.predictRating!(asked, row));
    assert.ok(Number.isFinite(model.predictRating!(query(['never-seen']), row)));
  }
});

test('one shopper, one item, equal ratings: finite; no rating at all: refused in words', async () => {
  for (const [lists, ratings] of [
    [[['a']], [[4]]],
    [
      [['a', 'b'], ['a']],
      [[3, 3], [3]],
    ],
    [
      [['a', 'b'], ['b']],
      [[3, Number.NaN], [Number.NaN]],
    ],
  ] as const) {
    const model = await bayesianMf.fit(dataset(lists, ratings), options, silent);
    for (const row of [-1, 0]) assert.ok(Number.isFinite(model.predictRating!(query(['a'], [4]), row)));
  }
  await assert.rejects(
    bayesianMf.fit(dataset([['a', 'b']]), options, silent),
    (error: unknown) => error instanceof EndcapError && error.code === 'too_little_data',
  );
});
