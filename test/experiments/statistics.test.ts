import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Random, random } from '../../src/core/index.js';
import {
  exploreSlots,
  type LoggedDecisions,
  liftOf,
  offPolicy,
  points,
  preference,
  ratioCheck,
  type Sample,
  teamDraft,
  thompson,
} from '../../src/experiments/index.js';

const looks = 100;
const perLook = 200;

/** Runs one experiment with 20,000 shoppers a side, looked at 100 times; shoppers a side at the first sure look. */
function runOne(a: number, b: number, rng: Random): number | undefined {
  const control: Sample = { count: 0, sum: 0, squares: 0 };
  const variant: Sample = { count: 0, sum: 0, squares: 0 };
  for (let look = 1; look <= looks; look++) {
    for (const [sample, rate] of [
      [control, a],
      [variant, b],
    ] as const) {
      let bought = 0;
      for (let at = 0; at < perLook; at++) if (rng.float() < rate) bought++;
      sample.count += perLook;
      sample.sum += bought;
      sample.squares += bought;
    }
    if (liftOf(control, variant).sure) return control.count;
  }
  return undefined;
}

test('A/A: looked at 100 times, at most 5 % of 2,000 experiments cry wolf', () => {
  const rng = random(1);
  let alarms = 0;
  for (let run = 0; run < 2_000; run++) if (runOne(0.05, 0.05, rng) !== undefined) alarms++;
  assert.ok(alarms / 2_000 <= 0.05, `${alarms / 20} %`);
});

test('power: .05 → .06 is found in at least 90 % with 20,000 a side', () => {
  const rng = random(2);
  let found = 0;
  for (let run = 0; run < 500; run++) if (runOne(0.05, 0.06, rng) !== undefined) found++;
  assert.ok(found / 500 >= 0.9, `${found / 5} %`);
});

test('the interval is infinite while little is known, and shrinks', () => {
  const few = { count: 50, sum: 5, squares: 5 };
  assert.equal(liftOf(few, few).high, Number.POSITIVE_INFINITY);
  const some = { count: 1_000, sum: 50, squares: 50 };
  const many = { count: 100_000, sum: 5_000, squares: 5_000 };
  assert.ok(liftOf(many, many).high < liftOf(some, some).high);
  assert.equal(liftOf({ count: 500, sum: 0, squares: 0 }, { count: 500, sum: 0, squares: 0 }).sure, false);
});

test('sample ratio: a fair split raises no alarm in 500 runs of 100 looks, one off by 2 % does', () => {
  const rng = random(3);
  const alarmed = (share: number): boolean => {
    const counts = [0, 0];
    for (let look = 0; look < looks; look++) {
      for (let at = 0; at < 1_000; at++) counts[rng.float() < share ? 0 : 1]!++;
      if (ratioCheck(counts, [0.5, 0.5]).alarm) return true;
    }
    return false;
  };
  let fair = 0;
  for (let run = 0; run < 500; run++) if (alarmed(0.5)) fair++;
  assert.ok(fair <= 3, `${fair} false alarms`);
  assert.ok(alarmed(0.52));
});

test('interleaving: each ranker drafts half, its own order is kept, a click is a point for who drafted', () => {
  const rng = random(4);
  let drafted = 0;
  for (let run = 0; run < 1_000; run++) {
    const { items, teams } = teamDraft([1, 2, 3, 4, 5], [5, 4, 3, 2, 1], 4, rng);
    assert.equal(new Set(items).size, 4);
    drafted += teams.filter((team) => team === 'a').length;
    assert.equal(teams.filter((team) => team === 'a').length, 2);
  }
  assert.equal(drafted, 2_000);
  assert.equal(points(['a', 'b', 'b'], [1, 2]), 1);
  assert.equal(points(['a', 'b', 'b'], [0]), -1);
  assert.equal(points(['a', 'b'], [0, 1]), 0);
  const short = teamDraft([1], [1, 2], 10, rng);
  assert.deepEqual([...short.items].sort(), [1, 2]);
});

test('interleaving agrees with the A/B on simulated shoppers, with a fifth of the traffic or less', () => {
  const rng = random(5);
  // Shoppers differ in how much they click; b ranks what is good first more often than a.
  const good = Array.from({ length: 50 }, (_, item) => 0.2 / (1 + 0.3 * item));
  const noisy = (noise: number): number[] =>
    good
      .map((rate, item) => ({ item, score: Math.log(rate) + noise * rng.normal() }))
      .sort((x, y) => y.score - x.score)
      .map(({ item }) => item);
  const clicksOf = (items: readonly number[]): number[] => {
    const activity = Math.exp(1.5 * rng.normal() - 1);
    return items.flatMap((item, at) => (rng.float() < Math.min(0.9, activity * good[item]!) ? [at] : []));
  };
  const untilSure = (step: () => boolean): number => {
    for (let shoppers = 1; shoppers < 400_000; shoppers++) if (step()) return shoppers;
    return 400_000;
  };
  const ratios: number[] = [];
  for (let run = 0; run < 5; run++) {
    const team: Sample = { count: 0, sum: 0, squares: 0 };
    let winner = 0;
    const interleaved = untilSure(() => {
      const { items, teams } = teamDraft(noisy(1), noisy(0.7), 10, rng);
      const value = points(teams, clicksOf(items));
      team.count++;
      team.sum += value;
      team.squares += value * value;
      if (team.count % 100 !== 0) return false;
      const { sure, estimate } = preference(team);
      winner = Math.sign(estimate);
      return sure;
    });
    const sides: [Sample, Sample] = [
      { count: 0, sum: 0, squares: 0 },
      { count: 0, sum: 0, squares: 0 },
    ];
    let lift = 0;
    const ab = untilSure(() => {
      const side = rng.int(2);
      const clicked = clicksOf(noisy(side === 0 ? 1 : 0.7).slice(0, 10)).length;
      sides[side]!.count++;
      sides[side]!.sum += clicked;
      sides[side]!.squares += clicked * clicked;
      if ((sides[0].count + sides[1].count) % 100 !== 0) return false;
      const { sure, estimate } = liftOf(sides[0], sides[1]);
      lift = Math.sign(estimate);
      return sure;
    });
    assert.equal(winner, 1);
    assert.equal(lift, 1);
    ratios.push(interleaved / ab);
  }
  ratios.sort((a, b) => a - b);
  assert.ok(ratios[2]! <= 0.2, `median share of the traffic ${ratios[2]}`);
});

test('Thompson: propensities are what happens, and never small', () => {
  const rng = random(6);
  const candidates = [
    { shown: 1_000, clicked: 50 },
    { shown: 1_000, clicked: 20 },
    { shown: 0, clicked: 0 },
  ];
  const prior = { shown: 100, clicked: 3 };
  const counts = [0, 0, 0];
  const inverse = [0, 0, 0];
  const runs = 4_000;
  for (let run = 0; run < runs; run++) {
    const { choice, propensity } = thompson(candidates, prior, rng);
    assert.ok(propensity >= 0.2 / 3 - 1e-9);
    counts[choice]!++;
    inverse[choice]! += 1 / propensity;
  }
  // Weighed by inverse propensity, each was chosen as often as the other.
  for (const sum of inverse) assert.ok(Math.abs(sum / runs - 1) < 0.1, `${sum / runs}`);
  assert.ok(counts[0]! > counts[1]!);
});

test('exploration takes no more than its share of the slots', () => {
  const list = Array.from({ length: 10 }, (_, at) => at);
  const evidence = () => ({ shown: 0, clicked: 0 });
  const options = { share: 0.25, prior: { shown: 100, clicked: 3 }, rng: random(7) };
  const { items, propensities } = exploreSlots(list, [20, 21, 22], evidence, options);
  assert.equal(items.filter((item) => item >= 20).length, 2);
  assert.equal(propensities.filter((p) => p < 1).length, 2);
  assert.deepEqual([items[4]! >= 20, items[9]! >= 20], [true, true]);
  assert.deepEqual(exploreSlots(list, [], evidence, options).items, list);
});

/** A log of a policy with known value: contexts, actions and rewards drawn; the model of the reward is off. */
function simulated(rng: Random, rounds: number): { log: LoggedDecisions; truth: number } {
  const actions = 5;
  const contexts = 4;
  const rate = (context: number, action: number): number => 0.05 + 0.05 * ((context + 2 * action) % 5);
  const soft = (of: (action: number) => number): number[] => {
    const values = Array.from({ length: actions }, (_, action) => Math.exp(of(action)));
    const sum = values.reduce((total, value) => total + value, 0);
    return values.map((value) => value / sum);
  };
  const log: LoggedDecisions = {
    reward: new Float64Array(rounds),
    logged: new Float64Array(rounds),
    target: new Float64Array(rounds),
    predicted: new Float64Array(rounds),
    value: new Float64Array(rounds),
  };
  let truth = 0;
  for (let context = 0; context < contexts; context++)
    soft((action) => 10 * rate(context, action)).forEach((p, action) => {
      truth += (p * rate(context, action)) / contexts;
    });
  // Off by a share that a fitted model would be off, the same way in every context.
  const predict = (context: number, action: number): number =>
    0.7 * rate(context, action) + 0.05 + (action === 1 ? 0.02 : 0);
  for (let at = 0; at < rounds; at++) {
    const context = rng.int(contexts);
    const logging = soft((action) => -4 * rate(context, action));
    const target = soft((action) => 10 * rate(context, action));
    let left = rng.float();
    let action = 0;
    while (action < actions - 1 && left >= logging[action]!) left -= logging[action++]!;
    log.reward[at] = rng.float() < rate(context, action) ? 1 : 0;
    log.logged[at] = logging[action]!;
    log.target[at] = target[action]!;
    log.predicted[at] = predict(context, action);
    log.value[at] = target.reduce((sum, p, each) => sum + p * predict(context, each), 0);
  }
  return { log, truth };
}

test('off-policy: intervals cover the truth in 92–98 % of 200 logs, and DR errs less than IPW', () => {
  const rng = random(8);
  const covered = { ips: 0, snips: 0, dr: 0 };
  const error = { ips: 0, dr: 0 };
  const logs = 200;
  for (let run = 0; run < logs; run++) {
    const { log, truth } = simulated(rng, 2_000);
    const found = offPolicy(log, run, 200);
    for (const name of ['ips', 'snips', 'dr'] as const)
      if (found[name].low <= truth && truth <= found[name].high) covered[name] += 1 / logs;
    for (const name of ['ips', 'dr'] as const) error[name] += Math.abs(found[name].value - truth) / logs;
  }
  for (const [name, share] of Object.entries(covered))
    assert.ok(share >= 0.92 && share <= 0.98, `${name} ${share}`);
  assert.ok(error.dr < error.ips, `${error.dr} ${error.ips}`);
});
