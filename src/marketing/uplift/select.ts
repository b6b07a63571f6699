import { EndcapError, random } from '../../core/index.js';
import { type Interval, rocAuc } from '../../math/index.js';
import { fitTrees } from '../../trees/index.js';
import { gatherRows, outOfFold, stratifiedFolds } from '../propensity.js';
import type { UpliftData } from './data.js';
import { fitLearner, type LearnerName, learnerNames, predictUplift, type UpliftContent } from './learners.js';
import { bootstrapQini, intervalOf, type QiniPoint, qiniCurve, upliftAtTop } from './qini.js';

/** Rows of an arm, and outcomes over both, below which nothing can be said. */
const leastRows = 100;
/** How well the arms may be told apart by the columns: above, there is nobody to compare with. */
const mostSeparable = 0.98;

export interface Trialled extends Omit<UpliftData, 'propensity'> {
  /** Chance to be treated: a number or one a row; absent where it was not drawn at random, and is then estimated. */
  propensity?: number | Float64Array;
}

/** What was found, each figure from rows that the model measured had not seen. */
export interface UpliftReport {
  rows: number;
  treatedShare: number;
  /** Mean effect with its 95 % interval. */
  effect: Interval;
  /** Cross-fitted normalised Qini of each learner, and of P(outcome), which is what targeting the likeliest would get. */
  learners: { name: LearnerName | 'response'; qini: Interval }[];
  /** The learner chosen; `none` says that no uplift was found, and nobody is ranked before another. */
  chosen: LearnerName | 'none';
  /** Chosen against P(outcome), paired. */
  overResponse?: Interval;
  /** Treated less control among the best 10, 20, … 100 %. */
  deciles: number[];
  curve: QiniPoint[];
}

export interface FittedUplift {
  content: UpliftContent;
  report: UpliftReport;
}

/**
 * Fits every learner asked for by cross-fitting, keeps the one with the highest Qini, and says "none" where its interval
 * reaches below 0 after allowing for the choice among several. Throws `invalid_training_data` where an arm is empty, or
 * told by the columns so well that nobody can be compared.
 */
export function fitUplift(
  trial: Trialled,
  { learners = learnerNames, folds = 3, seed = 1, samples = 200 }: UpliftOptions = {},
): FittedUplift {
  const data = checked(trial, seed);
  const fold = foldsOf(data, folds, seed);
  const names = [...learners, 'response'] as const;
  const scores = names.map((name) => crossFitted(name, data, fold, folds, seed));
  const { draws, intervals } = bootstrapQini(scores, data, { samples, seed });
  const best = intervals
    .slice(0, learners.length)
    .reduce((top, { mean }, at) => (mean > intervals[top]!.mean ? at : top), 0);
  const response = names.length - 1;
  // Bonferroni over the learners tried: the best of seven random orders often looks better than chance.
  const found = quantileOf(draws[best]!, 0.05 / learners.length) > 0;
  const chosen = found ? learners[best]! : 'none';
  const difference = draws[best]!.map((value, at) => value - draws[response]![at]!);
  return {
    content: found ? fitLearner(learners[best]!, data, seed) : { learner: 'none' },
    report: {
      rows: data.outcome.length,
      treatedShare: mean(data.treatment),
      effect: meanEffect(data),
      learners: names.map((name, at) => ({ name, qini: intervals[at]! })),
      chosen,
      ...(found
        ? { overResponse: intervalOf(difference, intervals[best]!.mean - intervals[response]!.mean) }
        : {}),
      deciles: Array.from({ length: 10 }, (_, at) => upliftAtTop(scores[best]!, data, (at + 1) / 10)),
      curve: thinned(qiniCurve(scores[best]!, data)),
    },
  };
}

export interface UpliftOptions {
  learners?: readonly LearnerName[];
  folds?: number;
  seed?: number;
  samples?: number;
}

/** Effects of each row by a model that was fitted without the row's part. */
function crossFitted(
  name: LearnerName | 'response',
  data: UpliftData,
  fold: Uint8Array,
  folds: number,
  seed: number,
): Float64Array {
  const out = new Float64Array(data.outcome.length);
  for (let part = 0; part < folds; part++) {
    const rows = [...fold.keys()];
    const seen = rows.filter((row) => fold[row] !== part);
    const left = rows.filter((row) => fold[row] === part);
    const content = fitLearner(name, takeTrial(data, seen), seed);
    const predicted = predictUplift(
      content,
      data.columns.map((column) => gatherRows(column, left)),
    );
    left.forEach((row, at) => {
      out[row] = predicted[at]!;
    });
  }
  return out;
}

function takeTrial(data: UpliftData, rows: readonly number[]): UpliftData {
  return {
    ...data,
    columns: data.columns.map((column) => gatherRows(column, rows)),
    treatment: gatherRows(data.treatment, rows),
    outcome: gatherRows(data.outcome, rows),
    propensity: gatherRows(data.propensity, rows),
  };
}

/** Parts with the same share of each arm and outcome. */
function foldsOf({ treatment, outcome }: UpliftData, folds: number, seed: number): Uint8Array {
  const fold = new Uint8Array(outcome.length);
  const dealt = new Map<number, number>();
  for (const row of random(seed).shuffle(Uint32Array.from(outcome, (_, at) => at))) {
    const group = 2 * treatment[row]! + (outcome[row]! > 0 ? 1 : 0);
    const count = dealt.get(group) ?? 0;
    fold[row] = count % folds;
    dealt.set(group, count + 1);
  }
  return fold;
}

function checked(trial: Trialled, seed: number): UpliftData {
  const { treatment, outcome } = trial;
  const treated = treatment.reduce((sum, one) => sum + one, 0);
  const fail = (field: string, message: string): never => {
    throw new EndcapError('invalid_training_data', `${field}: ${message}`, { errors: [{ field, message }] });
  };
  if (treatment.length !== outcome.length)
    fail('treatment', `has ${treatment.length} rows, the outcome has ${outcome.length}`);
  treatment.forEach((arm, row) => {
    if (arm !== 0 && arm !== 1) fail('treatment', `row ${row} is ${arm}, not 0 or 1`);
  });
  for (const [name, rows] of [
    ['treated', treated],
    ['control', treatment.length - treated],
  ] as const)
    if (rows < leastRows)
      fail('treatment', `the ${name} arm has ${rows} rows; ${leastRows} at least are needed to compare`);
  if (outcome.every((value) => value === outcome[0])) fail('outcome', 'is the same in every row');
  const known = trial.propensity;
  if (known !== undefined) {
    const propensity = typeof known === 'number' ? new Float64Array(outcome.length).fill(known) : known;
    propensity.forEach((chance, row) => {
      if (!(chance > 0 && chance < 1)) fail('propensity', `row ${row} is ${chance}, not between 0 and 1`);
    });
    estimated(trial, seed, fail);
    return { ...trial, propensity };
  }
  return { ...trial, propensity: estimated(trial, seed, fail) };
}

/** Chance to be treated as the columns tell it, each row's by trees that had not seen it; never nearer to 0 or 1 than .02. */
function estimated(
  trial: Trialled,
  seed: number,
  fail: (field: string, message: string) => never,
): Float64Array {
  const { names, columns, categories, treatment } = trial;
  if (columns.length === 0) return treatment.map(() => mean(treatment));
  const table = { names, columns, target: treatment, ...(categories ? { categories } : {}) };
  const options = { trees: 60, leaves: 8, learningRate: 0.1, minLeafRows: 50, seed };
  const chance = outOfFold(table, stratifiedFolds(treatment, 2, seed), 2, options);
  const separable = rocAuc(chance, treatment);
  if (separable > mostSeparable) {
    const importance = Object.entries(fitTrees(table, options).importance());
    const [name] = importance.reduce((top, one) => (one[1] > top[1] ? one : top));
    fail(
      'treatment',
      `is told by the columns (by ${name} above all): nobody treated can be compared with anybody`,
    );
  }
  return chance.map((one) => Math.min(0.98, Math.max(0.02, one)));
}

/** Mean of the inverse-propensity effect, normalised within each arm, with its 95 % interval. */
export function meanEffect({ treatment, outcome, propensity }: UpliftData): Interval {
  const arms = [1, 0].map((arm) => {
    const weight = treatment.map((one, row) =>
      one === arm ? 1 / (arm === 1 ? propensity[row]! : 1 - propensity[row]!) : 0,
    );
    const total = weight.reduce((sum, one) => sum + one, 0);
    const average = weight.reduce((sum, one, row) => sum + one * outcome[row]!, 0) / total;
    const variance =
      weight.reduce((sum, one, row) => sum + (one * (outcome[row]! - average)) ** 2, 0) / total ** 2;
    return { average, variance };
  });
  const effect = arms[0]!.average - arms[1]!.average;
  const half = 1.96 * Math.sqrt(arms[0]!.variance + arms[1]!.variance);
  return { mean: effect, low: effect - half, high: effect + half };
}

const mean = (values: Float64Array): number => values.reduce((sum, one) => sum + one, 0) / values.length;

function quantileOf(draws: Float64Array, share: number): number {
  return draws.slice().sort()[Math.floor(share * draws.length)]!;
}

/** At most about a hundred points, for a picture. */
function thinned(points: readonly QiniPoint[]): QiniPoint[] {
  const step = Math.max(1, Math.floor(points.length / 100));
  return points.filter((_, at) => at % step === 0 || at === points.length - 1);
}
