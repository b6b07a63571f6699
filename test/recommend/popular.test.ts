import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Catalogue } from '../../src/catalogue/index.js';
import { random } from '../../src/core/index.js';
import { descending } from '../../src/math/index.js';
import type { ShopState } from '../../src/projections/index.js';
import { Popular } from '../../src/recommend/popular.js';

test('rows by score, best first, ties by row, in runs of any length', () => {
  fc.assert(
    fc.property(
      fc.array(fc.float({ min: 0, noNaN: true })),
      fc.integer({ min: 1, max: 20 }),
      (list, step) => {
        const scores = Float32Array.from(list);
        const steps = descending(scores, step);
        let next = steps.next();
        while (!next.done) next = steps.next();
        const rows = Array.from(scores.keys()).sort((a, b) => scores[b]! - scores[a]! || a - b);
        assert.deepEqual([...next.value], rows);
      },
    ),
  );
});

test('weights of trend, of what has sold and of all there ever was follow from how much is known', () => {
  const rank = (trend: number[], popularity: number[], bought: number[], viewed: number[]) => {
    const state = {
      offset: 1,
      statistics: { trend: (row: number) => trend[row]!, popularity: (row: number) => popularity[row]! },
      pairs: {
        bought: { baskets: (row: number) => bought[row]! },
        viewed: { baskets: (row: number) => viewed[row]! },
      },
    };
    const catalogue = { handles: trend.length, item: (row: number) => ({ id: `${row}` }) };
    const popular = new Popular(catalogue as unknown as Catalogue, state as unknown as ShopState);
    return { ranked: [...popular.ranked(0)], rising: popular.rising };
  };
  const none = [0, 0, 0];
  // A quiet shop: five times what was bought, and what was looked at.
  assert.deepEqual(rank(none, none, [1, 0, 2], [6, 2, 0]), { ranked: [0, 2, 1], rising: false });
  // Of a single event's weight growth is told all the same.
  assert.deepEqual(rank([0.1, 0.5, 0], [0.001, 0.001, 0], none, none).ranked, [1, 0]);
  // What has sold for months leads where much has; a little of it does not outweigh all that there ever was.
  assert.deepEqual(rank(none, [400, 600, 0], [1, 1, 1], none).ranked, [1, 0, 2]);
  assert.deepEqual(rank(none, [30, 0, 0], [0, 1, 1], none).ranked, [1, 2, 0]);
  // Much trends: growth leads, and it is said to be the trend.
  const moving = rank([300, 2_000, 0], [9_000, 9_000, 9_000], [1, 1, 9], none);
  assert.deepEqual(moving, { ranked: [1, 0, 2], rising: true });
  // … by its root: what grows three times as fast does not outweigh what trends twice as much; nine times does.
  const steady = (trend: number, growth: number): number => (trend * 60) / 7 / growth;
  assert.deepEqual(rank([2_000, 1_000], [steady(2_000, 1), steady(1_000, 3)], none, none).ranked, [0, 1]);
  assert.deepEqual(rank([2_000, 1_000], [steady(2_000, 1), steady(1_000, 9)], none, none).ranked, [1, 0]);
  // A few clicks that came at once count less than their share beside what is sold.
  const few = [steady(20, 1), steady(6, 25), steady(10_000, 1)];
  assert.deepEqual(rank([20, 6, 10_000], few, none, none).ranked, [2, 0, 1]);
});

/** Statistics of `size` items of which each third is not in the catalogue; row r is handle r. */
function shopOf(size: number) {
  const chance = random(1);
  const weights = Float64Array.from({ length: size }, () => chance.float());
  const counts = { baskets: () => 1 };
  const state = {
    offset: 1,
    statistics: { trend: (row: number) => weights[row]!, popularity: (row: number) => weights[row]! },
    pairs: { bought: counts, viewed: counts },
  };
  const catalogue = { handles: size, item: (row: number) => (row % 3 === 2 ? undefined : { id: `${row}` }) };
  const popular = new Popular(catalogue as unknown as Catalogue, state as unknown as ShopState);
  return { popular, state, weights };
}

test('a long list is made in slices while the one before serves', async (t) => {
  const { popular, state, weights } = shopOf(400_000);
  weights[6] = 3;
  assert.equal(popular.ranked(0)[0], 6, 'the first is waited for');
  // Long after: the time after which a list may be made again grows with what the first one took.
  const { now } = performance;
  t.mock.method(performance, 'now', () => now.call(performance) + 1e9);
  weights[8] = 5;
  weights[9] = 4;
  state.offset++;
  assert.equal(popular.ranked(0)[0], 6, 'it does not wait for the next');
  let turns = 0;
  const counting = setInterval(() => turns++, 1);
  await popular.whenReady();
  clearInterval(counting);
  assert.ok(turns > 3, `others had ${turns} turns meanwhile`);
  const ranked = popular.ranked(0);
  assert.equal(ranked[0], 9, 'the best that is in the catalogue');
  assert.equal(ranked[1], 6);
  assert.equal(ranked.length, 266_667);
});

test('a request waits for a slice of the next list of a large shop, and for the whole of a small one', async (t) => {
  let time = 0;
  // Each look at the clock finds a slice used up.
  t.mock.method(performance, 'now', () => (time += 20));
  for (const [size, looked] of [
    [10_000, 10_000],
    [10_001, 4_096],
  ] as const) {
    const { popular, state } = shopOf(size);
    popular.ranked(0);
    const trend = t.mock.method(state.statistics, 'trend');
    state.offset++;
    popular.ranked(1e12);
    assert.equal(trend.mock.callCount(), looked, `of ${size}`);
    await popular.whenReady();
    assert.equal(trend.mock.callCount(), size);
  }
});

test('a list of what is known already is not made again', (t) => {
  const { popular, state } = shopOf(100);
  t.mock.method(performance, 'now', () => 0);
  const first = popular.ranked(0);
  assert.equal(popular.ranked(0), first);
  state.offset++;
  assert.notEqual(popular.ranked(0), first);
});

test('a past that is played back moves the list, however short it takes', async (t) => {
  const { popular, state, weights } = shopOf(20_000);
  let time = 0;
  t.mock.method(performance, 'now', () => time++);
  popular.ranked(0);
  await popular.whenReady();
  weights[3] = 9;
  state.offset++;
  popular.ranked(1);
  await popular.whenReady();
  assert.notEqual(popular.ranked(1)[0], 3, 'rests');
  popular.ranked(3_600_000);
  await popular.whenReady();
  assert.equal(popular.ranked(3_600_000)[0], 3);
});

test('a list whose last slice is done at once is not the last', async (t) => {
  const { popular, state, weights } = shopOf(20_000);
  let time = 0;
  t.mock.method(performance, 'now', () => time);
  const { trend } = state.statistics;
  state.statistics.trend = (row) => {
    // The first slice takes longer than a request waits, the others no time.
    if (row === 0) time += 11;
    return trend(row);
  };
  for (const best of [3, 6, 9]) {
    weights[best] = best;
    state.offset++;
    time += 1_000_000;
    popular.ranked(0);
    await popular.whenReady();
    assert.equal(popular.ranked(0)[0], best);
  }
});
