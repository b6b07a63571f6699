import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EndcapError, random } from '../../src/core/index.js';
import {
  fitLearner,
  fitUplift,
  incrementReport,
  isHeldOut,
  learnerNames,
  predictUplift,
  qini,
  qiniCurve,
  type Trialled,
  type UpliftReport,
  upliftAtTop,
  upliftPage,
} from '../../src/marketing/index.js';

/** A trial where only who has a > .5 is moved (by .3), and b says who buys anyway. */
function trial(rows: number, seed: number, { effect = 0.3, share = 0.5 } = {}): Trialled {
  const chance = random(seed);
  const a = new Float64Array(rows).map(() => chance.float());
  const b = new Float64Array(rows).map(() => chance.float());
  const treatment = a.map(() => (chance.float() < share ? 1 : 0));
  const outcome = a.map((one, row) =>
    chance.float() < 0.1 + 0.4 * b[row]! + (one > 0.5 ? effect * treatment[row]! : 0) ? 1 : 0,
  );
  return { names: ['a', 'b'], columns: [a, b], treatment, outcome, propensity: share };
}

test('Qini: worked by hand, 1 for who knew all, near 0 for a random order', () => {
  const known = { treatment: [1, 0, 1, 0], outcome: [1, 0, 0, 1] };
  assert.deepEqual(qiniCurve([4, 3, 2, 1], known), [
    [0, 0],
    [1, 1],
    [2, 1],
    [3, 1],
    [4, 0],
  ]);
  assert.deepEqual(
    qiniCurve([1, 1, 1, 1], known),
    [
      [0, 0],
      [4, 0],
    ],
    'equal scores share a point',
  );
  const { treatment, outcome } = trial(4_000, 1);
  const perfect = outcome.map((value, row) => (treatment[row] === 1 ? value : -value));
  assert.ok(Math.abs(qini(perfect, { treatment, outcome }) - 1) < 1e-9);
  const chance = random(2);
  assert.ok(
    Math.abs(
      qini(
        outcome.map(() => chance.float()),
        { treatment, outcome },
      ),
    ) < 0.05,
  );
});

test('every learner ranks who is moved before who buys anyway', () => {
  const learned = trial(6_000, 3);
  const fresh = trial(4_000, 4);
  const data = { ...learned, propensity: new Float64Array(6_000).fill(0.5) };
  const response = qini(predictUplift(fitLearner('response', data, 1), fresh.columns), fresh);
  for (const name of learnerNames) {
    const scores = predictUplift(fitLearner(name, data, 1), fresh.columns);
    assert.ok(qini(scores, fresh) > response + 0.03, `${name}: ${qini(scores, fresh)}, P(buy) ${response}`);
    const top = upliftAtTop(scores, fresh, 0.3);
    assert.ok(top > 0.2, `${name}: ${top} of .3 in the top`);
  }
});

const quick = { learners: ['T', 'ridge'] as const, folds: 2, samples: 60 };

test('the choice is honest: an effect is found, and none where there is none', () => {
  const found = fitUplift(trial(5_000, 5), quick);
  assert.notEqual(found.report.chosen, 'none');
  assert.ok(found.report.overResponse!.mean > 0.02);
  assert.ok(Math.abs(found.report.effect.mean - 0.15) < 0.05);
  for (const seed of [6, 7, 8]) {
    const drawn = trial(3_000, seed);
    const treatment = random(seed).shuffle(drawn.treatment.slice());
    const { content, report } = fitUplift({ ...drawn, treatment }, quick);
    assert.equal(report.chosen, 'none', `seed ${seed}: ${JSON.stringify(report.learners)}`);
    assert.ok(
      predictUplift(content, drawn.columns).every((score) => score === 0),
      'nobody is ranked',
    );
  }
});

test('a log of who was likelier to be treated is weighed back to the truth', () => {
  const chance = random(9);
  const rows = 8_000;
  const b = new Float64Array(rows).map(() => chance.float());
  const treatment = b.map((one) => (chance.float() < 0.2 + 0.6 * one ? 1 : 0));
  const outcome = b.map((one, row) => (chance.float() < 0.1 + 0.5 * one + 0.1 * treatment[row]! ? 1 : 0));
  const { report } = fitUplift({ names: ['b'], columns: [b], treatment, outcome }, quick);
  const rate = (arm: number): number => {
    const of = [...outcome.keys()].filter((row) => treatment[row] === arm);
    return of.reduce((sum, row) => sum + outcome[row]!, 0) / of.length;
  };
  assert.ok(rate(1) - rate(0) > 0.17, 'taken as it is, the log says too much');
  assert.ok(Math.abs(report.effect.mean - 0.1) < 0.035, `${report.effect.mean}`);
});

test('an empty arm, an arm that is told by a column, and one outcome only are refused by name', () => {
  const good = trial(1_000, 10);
  const refuse = (bad: Trialled, message: RegExp): void => {
    assert.throws(
      () => fitUplift(bad, quick),
      (error) =>
        error instanceof EndcapError && error.code === 'invalid_training_data' && message.test(error.message),
      String(message),
    );
  };
  refuse({ ...good, treatment: new Float64Array(1_000) }, /treatment: the treated arm has 0 rows/);
  refuse({ ...good, treatment: new Float64Array(1_000).fill(1) }, /control arm has 0/);
  const { propensity: _, ...log } = good;
  refuse(
    { ...log, treatment: good.columns[0]!.map((a) => (a > 0.5 ? 1 : 0)) as Float64Array },
    /by a above all/,
  );
  refuse({ ...good, outcome: new Float64Array(1_000) }, /outcome: is the same/);
  refuse({ ...good, treatment: good.treatment.map((one) => one * 2) }, /not 0 or 1/);
  refuse({ ...good, propensity: 1 }, /propensity/);
});

test('a holdout is always the same shoppers, of the size asked for, and another for each campaign', () => {
  const users = Array.from({ length: 5_000 }, (_, at) => `u${at}`);
  const held = users.filter((user) => isHeldOut(user, 'spring', 0.1));
  assert.ok(Math.abs(held.length - 500) < 100, `${held.length}`);
  assert.deepEqual(
    held,
    users.filter((user) => isHeldOut(user, 'spring', 0.1)),
  );
  assert.ok(held.filter((user) => isHeldOut(user, 'summer', 0.1)).length < 100);
});

test('what a campaign brought has the interval of a two-sample test, and needs two arms', () => {
  const report = incrementReport(
    { shoppers: 100, sum: 200, squares: 800 },
    { shoppers: 100, sum: 100, squares: 200 },
  );
  assert.equal(report.perShopper.mean, 1);
  const half = 1.96 * Math.sqrt((8 - 4) / 99 + (2 - 1) / 99);
  assert.ok(Math.abs(report.perShopper.low - (1 - half)) < 1e-9);
  assert.equal(report.proven, true);
  assert.throws(
    () => incrementReport({ shoppers: 5, sum: 1, squares: 1 }, { shoppers: 0, sum: 0, squares: 0 }),
    { code: 'too_little_data' },
  );
});

test('the page says what was found in English and in Chinese', () => {
  const interval = { mean: 0.25, low: 0.125, high: 0.375 };
  const report: UpliftReport = {
    rows: 4_000,
    treatedShare: 0.5,
    effect: { mean: 0.02, low: -0.01, high: 0.05 },
    learners: [
      { name: learnerNames[0]!, qini: interval },
      { name: 'response', qini: interval },
    ],
    chosen: learnerNames[0]!,
    overResponse: interval,
    deciles: [0.5, 0.25],
    curve: [
      [0, 0],
      [4_000, 40],
    ],
  };
  const english = upliftPage(report, ['a <b> is left out']);
  assert.ok(
    english.includes(`The learner ${learnerNames[0]} tells who is moved: Qini 0.2500 [0.1250, 0.3750],`),
  );
  assert.ok(english.includes('Over 2000 treated: 40.0 [-20.0, 100.0] outcomes more than without, 0.0200'));
  assert.ok(
    english.includes('not proven to be other than nothing') && english.includes('a &lt;b&gt; is left out'),
  );
  const chinese = upliftPage(report, [], 'zh');
  assert.ok(chinese.includes('<html lang="zh-Hans">') && chinese.includes('尚未证实不为零'));
  const text = chinese.replace(/<style>.*?<\/style>/s, '').replace(/<[^>]*>/g, ' ');
  assert.deepEqual(text.match(/[A-Za-z][a-z]+ [a-z]+/g), null);
  assert.ok(upliftPage({ ...report, chosen: 'none' }, [], 'zh').includes('没有发现提升'));
  const sure = { ...report, effect: interval };
  assert.ok(!upliftPage(sure).includes('not proven to be other'));
});
