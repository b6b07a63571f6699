import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EndcapError, silent } from '../../src/core/index.js';
import { type Former, itemKnn, type Model, popularity, type Recommender } from '../../src/models/index.js';
import { compare, search } from '../../src/train/compare.js';
import { type Candidate, measureOthers, measureRatings, measureWinner } from '../../src/train/finalists.js';
import { measureOnTest } from '../../src/train/fit.js';
import type { Figures, Options, TrainingEvent, Trial } from '../../src/train/index.js';
import { trialKey } from '../../src/train/trial.js';
import { event, start } from '../support/events.js';
import { splitOf, walks } from './support.js';

const day = 86_400_000;
const split = splitOf(walks(60, 60), 15);

/** A training that begins when its clock shows 1,000 ms; the clock goes on by what fits say they took. */
function training(endMs = Number.POSITIVE_INFINITY) {
  const spent = { ms: 1_000 };
  const told: TrainingEvent[] = [];
  /** Fits as popularity does, 10 ms a step, a hundred steps or until it is enough; the deaf one hears nothing. */
  const learner = (name: string, more: Partial<Recommender> = {}): Recommender => ({
    ...popularity,
    name,
    grid: {},
    async fit(data, options, progress) {
      for (let step = 0; step < 100 && (name === 'deaf' || !progress.enough!()); step++) {
        spent.ms += 10;
        progress({ phase: name, done: step, total: 100 });
      }
      return popularity.fit(data, { ...popularity.defaults, ...options }, silent);
    },
    ...more,
  });
  const options = {
    recommenders: ['best', 'second', 'deaf', 'third', 'fourth'].map((name) => learner(name)),
    k: 5,
    seed: 1,
    end: endMs,
    clock: () => spent.ms,
    watch: (happening: TrainingEvent) => told.push(happening),
  };
  return { spent, told, options, learner };
}

const figures = (ndcg: number): Figures =>
  ({ metrics: { ndcg: { mean: ndcg, low: ndcg, high: ndcg } } }) as unknown as Figures;

const trial = (algorithm: string, ndcg: number | undefined, seconds = 0.1, options: Options = {}): Trial => ({
  key: trialKey(algorithm, options, 1),
  algorithm,
  options,
  effort: 1,
  seconds,
  cut: false,
  curve: { loss: [], heldOut: [] },
  ...(ndcg === undefined ? { failed: 'it failed' } : { validation: figures(ndcg) }),
});

const winner = { algorithm: 'best' } as Candidate;

test('the winner is fitted in a third of what is left, and its time is that of all its fits', async () => {
  const trials = [trial('deaf', undefined), trial('best', 0.5, 2), trial('best', 0.4, 3, { size: 2 })];
  const { spent, told, options } = training(1_600);
  const { candidate, tookMs } = await measureWinner(split, trials, options);
  assert.deepEqual([spent.ms, tookMs], [1_200, 200]);
  assert.deepEqual([candidate.algorithm, candidate.tried, candidate.seconds], ['best', 2, 5.2]);
  assert.equal(candidate.validation.metrics.ndcg.mean, 0.5);
  assert.equal(candidate.test.cases, split.test.cases.length);
  const running = told.filter((each) => each.kind === 'running');
  assert.deepEqual([running[0]!.done, running[0]!.total, running[0]!.seconds], [0, 1, 0]);
  assert.deepEqual([running[1]!.seconds, running.at(-1)!.seconds], [0.01, 0.2]);
});

test('a winner found when the time is over is measured all the same, as it is', async () => {
  const { spent, options } = training(500);
  const { candidate } = await measureWinner(split, [trial('best', 0.5)], options);
  assert.equal(spent.ms, 1_000);
  assert.ok(candidate.test.metrics.ndcg.mean >= 0);
});

test('where nothing was measured the reasons are said, each once', async () => {
  const { options } = training();
  const failed = [trial('best', undefined), trial('best', undefined), trial('second', undefined)];
  await assert.rejects(measureWinner(split, failed, options), {
    code: 'nothing_trained',
    message: 'No model could be trained: best: it failed; second: it failed',
  });
});

test('beside the winner stand all others, or with a budget the two next', async () => {
  const trials = ['best', 'second', 'third', 'fourth'].map((name, at) => trial(name, 0.5 - at / 10));
  const names = async (endMs?: number): Promise<string[]> => {
    const { options } = training(endMs);
    return (await measureOthers(split, trials, winner, options)).map(({ algorithm }) => algorithm);
  };
  assert.deepEqual(await names(), ['second', 'third', 'fourth']);
  assert.deepEqual(await names(100_000), ['second', 'third']);
});

test('another is measured while there is twice the time that it took, in half of that, and none past the end', async () => {
  const { spent, told, options } = training(1_200);
  const trials = [trial('best', 0.5), trial('second', 0.4), trial('third', 0.3)];
  const measured = await measureOthers(split, trials, winner, options);
  assert.deepEqual(
    measured.map(({ algorithm, seconds }) => [algorithm, seconds]),
    [['second', 0.2]],
    'the first took half: the next has no time',
  );
  assert.equal(spent.ms, 1_100);
  const running = told.filter((each) => each.kind === 'running');
  assert.deepEqual([running[0]!.done, running[0]!.total], [0, 2]);
  const deaf = training(1_200);
  assert.deepEqual(
    await measureOthers(split, [trial('best', 0.5), trial('deaf', 0.4)], winner, deaf.options),
    [],
  );
  assert.equal(deaf.spent.ms, 1_210, 'it is given up once it is late');
});

test('only a fit that took too long is left out: what goes wrong otherwise is said', async () => {
  const { options, learner } = training();
  const measure = (error: Error) => {
    const recommender = learner('best', { fit: () => Promise.reject(error) });
    const fit = { limits: { soft: 1e9, hard: 1e9 }, phase: 'p', place: { done: 0, total: 1 } };
    return measureOnTest(split, { recommender, options: {} }, options, fit);
  };
  assert.equal(await measure(new EndcapError('out_of_time', 'late')), undefined);
  await assert.rejects(measure(new EndcapError('training_diverged', 'diverged')), /diverged/);
  await assert.rejects(measure(Object.assign(new Error('ours'), { code: 'out_of_time' })), /ours/);
});

test('who learns ratings is measured on those of the test window, in half of what is left', async () => {
  const rated = [1, 5].map((value, at) =>
    event({
      id: `r${at}`,
      type: 'rate',
      user: `u${at}`,
      items: [{ id: 'i1' }],
      value,
      time: start + 99 * day,
    }),
  );
  const withRatings = splitOf([...walks(60, 60), ...rated], 15);
  assert.equal(withRatings.test.ratings.length, 2);
  const { spent, options, learner } = training(1_400);
  const fits: Options[] = [];
  const rating = learner('rating', {
    defaults: { size: 1, rate: 0.1 },
    ratings: { size: 7 },
    async fit(data, chosen, progress) {
      fits.push(chosen as Options);
      const model = await learner('inner').fit(data, { seed: 1 }, progress);
      return { ...model, items: model.items, predictRating: () => 4 } as unknown as Model;
    },
  } as Partial<Recommender>);
  const of = (names: string[], how = options) =>
    measureRatings(
      withRatings,
      names.map((algorithm) => ({ algorithm }) as Candidate),
      { ...how, recommenders: [rating, learner('ranking')] },
    );
  const [ranking, first] = await of(['ranking', 'rating']);
  assert.equal(ranking!.rating, undefined);
  assert.deepEqual(fits, [{ size: 7, rate: 0.1, seed: 1 }]);
  assert.equal(spent.ms, 1_200);
  assert.deepEqual([first!.rating!.ratings, first!.rating!.mae.mean], [2, 2]);
  const [late] = await of(['rating'], { ...options, end: 1_200 });
  assert.equal(late!.rating, undefined, 'the time is over');
  const [none] = await measureRatings(split, [{ algorithm: 'rating' } as Candidate], {
    ...options,
    recommenders: [rating],
  });
  assert.equal(none!.rating, undefined, 'there are no ratings');
});

test('a search takes half of the budget, and hands over the model of its best trial', async () => {
  const { spent, options } = training(2_000);
  const [only] = options.recommenders;
  const { trials, best } = await search(split, { ...options, recommenders: [only!], tune: false });
  assert.equal(spent.ms, 1_380, 'three quarters of half of the time, and the step under way');
  assert.equal(best!.key, trials[0]!.key);
  const scores = new Float32Array(best!.model.items.size);
  await best!.model.scoreAll([split.validation.cases[0]!], scores);
  assert.ok(scores.some((score) => score > 0));
});

test('the model handed over is of the best trial, not the last; none where the best is known from before', async () => {
  const { options, learner } = training();
  // What comes next follows from the last item: popularity knows nothing of it.
  const recommenders = [{ ...itemKnn, name: 'best', grid: {} }, learner('weak')];
  const one = await search(split, { ...options, recommenders, tune: false });
  assert.equal(one.trials[0]!.algorithm, 'best');
  assert.equal(one.best?.key, one.trials[0]!.key);
  const memory = { known: [one.trials[0]!], remember: async () => {} };
  const again = await search(split, { ...options, recommenders, tune: false, memory });
  assert.equal(again.trials[0]!.algorithm, 'best');
  assert.equal(again.best, undefined, 'only the weak one was fitted now');
});

test('the order is by validation: what is better on test only stays behind, and does not win', async () => {
  const { options } = training();
  const { validation } = split.boundaries;
  // What comes next follows from the last item, of which popularity knows nothing.
  const knows = (name: string, when: (isValidation: boolean) => boolean): Recommender => ({
    ...popularity,
    name,
    grid: {},
    async fit(data, chosen, progress) {
      const all = { ...itemKnn.defaults, ...chosen };
      return when(data.until < validation)
        ? itemKnn.fit(data, all, progress)
        : popularity.fit(data, all, progress);
    },
  });
  const recommenders = [
    knows('late', (isValidation) => !isValidation),
    knows('early', (isValidation) => isValidation),
  ];
  const { selection, decided } = await compare(
    split,
    { ...options, recommenders, tune: false },
    async ({ candidate }) => candidate.algorithm,
  );
  assert.equal(decided, 'early');
  assert.deepEqual(
    selection.candidates.map(({ algorithm }) => algorithm),
    ['early', 'late'],
  );
  const [early, late] = selection.candidates.map(({ test }) => test.metrics.ndcg.mean);
  assert.ok(early! < late!, `${early} ${late}`);
  assert.equal(selection.lead!.over, 'late');
  assert.ok(selection.lead!.difference.mean < 0);
});

test('a winner that the clock had ended goes on from its model of the search where it can; others begin anew', async () => {
  const searched = await itemKnn.fit(split.validation.past, { ...itemKnn.defaults, seed: 1 }, silent);
  const formerOf = async (cut: boolean, goesOn: boolean): Promise<Former | undefined> => {
    let seen: Former | undefined;
    const { options, learner } = training();
    const best = learner('best', {
      ...(goesOn ? { goesOn: true } : {}),
      async fit(data, chosen, _progress, former) {
        seen = former;
        return popularity.fit(data, { ...popularity.defaults, ...chosen }, silent);
      },
    });
    const measured = await measureWinner(
      split,
      [{ ...trial('best', 0.5), cut }],
      { ...options, recommenders: [best] },
      searched,
    );
    assert.equal(measured.cut, cut);
    return seen;
  };
  assert.deepEqual(await formerOf(true, true), {
    files: searched.save(),
    until: split.validation.past.until,
  });
  assert.equal(await formerOf(false, true), undefined);
  assert.equal(await formerOf(true, false), undefined);
});

test('what was searched is what the winner goes on from', async () => {
  const { options, learner } = training(2_000);
  const formers: (number | undefined)[] = [];
  const best = learner('best');
  const going = learner('best', {
    goesOn: true,
    fit(data, chosen, progress, former) {
      formers.push(former?.until);
      return best.fit(data, chosen, progress);
    },
  });
  await compare(split, { ...options, recommenders: [going], tune: false });
  assert.deepEqual(formers, [undefined, split.validation.past.until]);
});
