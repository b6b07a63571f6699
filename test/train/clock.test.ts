import assert from 'node:assert/strict';
import { test } from 'node:test';
import { algorithms, itemKnn, popularity, type Recommender, sasrec } from '../../src/models/index.js';
import { timed } from '../../src/train/clock.js';
import { compare, patience, processorClock, type TrainingEvent } from '../../src/train/index.js';
import { splitOf, walks } from './support.js';

const work = (ms: number): void => {
  const { user, system } = process.cpuUsage();
  for (;;) {
    const now = process.cpuUsage();
    if ((now.user + now.system - user - system) / 1000 >= ms) return;
  }
};

test('a budget counts what the processor did, not what the clock says; and a patience of the clock', async () => {
  const clock = processorClock();
  work(100);
  const worked = clock();
  assert.ok(worked >= 100, `${worked}`);
  const started = performance.now();
  await new Promise((resolve) => setTimeout(resolve, 400));
  const slept = clock() - worked;
  const onTheClock = performance.now() - started;
  assert.ok(slept < 0.7 * onTheClock, `asleep for ${onTheClock} ms it counts ${slept}`);
  const wall = performance.now() - started;
  assert.ok(clock() >= wall / patience);
});

/** Fits as `inner` does, at a price in the budget's time. */
function costing(inner: Recommender, name: string, ms: number, spent: { ms: number }): Recommender {
  return {
    ...inner,
    name,
    grid: {},
    async fit(data, options, progress) {
      progress({ phase: name, done: 0, total: 1 });
      spent.ms += ms;
      progress({ phase: name, done: 1, total: 1 });
      return inner.fit(data, options, progress);
    },
  };
}

const budgeted = (recommenders: readonly Recommender[], seconds: number, spent: { ms: number }) =>
  compare(splitOf(walks(60, 60), 15), {
    recommenders,
    k: 5,
    seed: 1,
    tune: true,
    clock: () => spent.ms,
    end: 1000 * seconds,
    watch: (_: TrainingEvent) => {},
  });

test('a budget of a second: the best of what was measured wins, and all the others are named with the reason', async () => {
  const spent = { ms: 0 };
  const cheap = costing(popularity, 'cheap', 50, spent);
  const good = costing(itemKnn, 'good', 100, spent);
  const dear = costing(itemKnn, 'dear', 900, spent);
  const { selection } = await budgeted([cheap, good, dear], 1, spent);
  assert.equal(selection.candidates[0]!.algorithm, 'good', 'not the quicker one, which was measured worse');
  const untried = new Map(selection.untried.map(({ algorithm, why }) => [algorithm, why]));
  assert.match(untried.get('dear')!, /did not end in time|the budget ended before/);
  assert.equal(untried.get('sasrec'), 'not asked for');
  assert.ok(!untried.has('good') && !untried.has('cheap'));
  const [best] = selection.trials;
  assert.equal(
    best!.algorithm,
    selection.candidates[0]!.algorithm,
    'nothing that was measured better is passed over',
  );
});

test('a machine so busy that no time is left after the first fit: that one wins all the same', async () => {
  const spent = { ms: 0 };
  const only = costing(itemKnn, 'only', 5_000, spent);
  const { selection } = await budgeted([only, costing(popularity, 'never', 1, spent)], 1, spent);
  assert.deepEqual(
    selection.candidates.map(({ algorithm }) => algorithm),
    ['only'],
  );
  assert.ok(selection.untried.some(({ algorithm }) => algorithm === 'never'));
  assert.ok(selection.untried.some(({ algorithm }) => algorithm === sasrec.name));
});

test('whatever learns in epochs says how many it had when the clock ends it at once', async () => {
  const { past: walked } = splitOf(walks(60, 60), 15).validation;
  const past = { ...walked, rating: walked.rating.map((_, at) => 1 + (at % 5)) };
  const learners = algorithms.filter(({ defaults }) => 'epochs' in defaults);
  assert.ok(learners.length > 8);
  for (const { name, defaults, fit } of learners) {
    const whole = Math.min(6, Number(defaults.epochs));
    const limits = { soft: Number.NEGATIVE_INFINITY, hard: Number.POSITIVE_INFINITY };
    const { progress, epochs } = timed(
      () => {},
      () => 0,
      limits,
    );
    await fit(past, { ...defaults, epochs: whole, seed: 1 }, progress);
    // What does not heed the clock has them all.
    assert.ok(epochs()! >= 0 && epochs()! <= whole, `${name} says ${epochs()} of ${whole}`);
    if (name === 'sasrec' || name === 'biasedMf') assert.ok(epochs()! < 2, name);
  }
});
