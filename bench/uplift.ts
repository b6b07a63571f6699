import { join } from 'node:path';
import { random } from '../src/core/index.js';
import {
  bootstrapQini,
  type FittedUplift,
  fitLearner,
  fitUplift,
  type LearnerName,
  learnerNames,
  predictUplift,
  qini,
  type Trialled,
  type UpliftData,
  upliftAtTop,
} from '../src/marketing/index.js';
import { lines } from './support/datasets.js';
import type { BenchOptions, BenchRow } from './support/row.js';

/** Published or measured before, LightGBM (`uplift/README.md`). */
const reference: Record<string, Partial<Record<LearnerName | 'response', number>>> = {
  promotion: { response: 0.226, T: 0.235, S: 0.24, X: 0.2385, DR: 0.237, ridge: 0.2315 },
  insurance: { response: -0.014, T: 0.137, S: 0.137, X: 0.136, DR: 0.127, ridge: 0.1 },
};

/**
 * Uplift on two randomised campaigns: each learner is chosen by cross-fitted Qini on the training file and measured once
 * on the other file; and a control with the treatment shuffled, where nothing may be found.
 */
export async function run({ smoke, data }: BenchOptions): Promise<BenchRow[]> {
  const promotion = [
    read(data, 'promotion-train', promotionColumns),
    read(data, 'promotion-test', promotionColumns),
  ];
  const insurance = [
    read(data, 'insurance-train', insuranceColumns),
    read(data, 'insurance-valid', insuranceColumns),
  ];
  const rows: BenchRow[] = [];
  const settings = smoke ? { learners: ['T', 'ridge'] as const, folds: 2, samples: 50 } : { folds: 2 };
  if (promotion[0] && promotion[1]) {
    const [train, test] = (smoke ? promotion.map((part) => thin(part!, 5)) : promotion) as [
      Trialled,
      Trialled,
    ];
    rows.push(...measured('promotion', [[train, test]], settings));
  }
  if (insurance[0] && insurance[1]) {
    const [a, b] = insurance as [Trialled, Trialled];
    rows.push(
      ...measured(
        'insurance',
        smoke
          ? [[a, b]]
          : [
              [a, b],
              [b, a],
            ],
        settings,
      ),
    );
    rows.push(shuffled(a, settings));
  }
  return rows;
}

type Settings = NonNullable<Parameters<typeof fitUplift>[1]>;

function measured(name: string, pairs: [Trialled, Trialled][], settings: Settings): BenchRow[] {
  const chosen: number[] = [];
  const top: number[] = [];
  const each = new Map<string, number[]>();
  let difference = { mean: 0, low: 0, high: 0 };
  let fitted: FittedUplift | undefined;
  for (const [train, test] of pairs) {
    fitted = fitUplift(train, settings);
    say(
      `${name}: chosen ${fitted.report.chosen}: ${fitted.report.learners.map(({ name, qini }) => `${name} ${qini.mean.toFixed(3)}`)}`,
    );
    const whole: UpliftData = { ...train, propensity: new Float64Array(train.outcome.length).fill(0.5) };
    const response = predictUplift(fitLearner('response', whole, 1), test.columns);
    const scores = predictUplift(fitted.content, test.columns);
    chosen.push(qini(scores, test));
    top.push(100 * upliftAtTop(scores, test, 0.3));
    const { draws } = bootstrapQini([scores, response], test, { samples: settings.samples ?? 300 });
    const paired = draws[0]!.map((value, at) => value - draws[1]![at]!).sort();
    difference = {
      mean: qini(scores, test) - qini(response, test),
      low: paired[Math.floor(0.025 * paired.length)]!,
      high: paired[Math.ceil(0.975 * paired.length) - 1]!,
    };
    for (const learner of [...(settings.learners ?? learnerNames), 'response'] as const) {
      const figure = qini(predictUplift(fitLearner(learner, whole, 1), test.columns), test);
      each.set(learner, [...(each.get(learner) ?? []), figure]);
      say(`${name}: ${learner} ${figure.toFixed(4)}`);
    }
  }
  const row = (metric: string, value: number, target?: number): BenchRow => ({
    data: name,
    metric,
    value,
    ...(target === undefined ? {} : { reference: target, source: 'issue 18' }),
  });
  return [
    row(
      `Qini of the learner chosen on training data (${fitted!.report.chosen})`,
      mean(chosen),
      name === 'promotion' ? 0.235 : 0.13,
    ),
    row('points of uplift in its top 30 %', mean(top), name === 'insurance' ? 9 : undefined),
    row('chosen − P(buy), last file', difference.mean),
    row('  paired 95 % interval from', difference.low),
    row('  to', difference.high),
    ...[...each].map(([learner, values]) =>
      row(`Qini ${learner}`, mean(values), reference[name]?.[learner as LearnerName]),
    ),
  ];
}

/** The same campaign with who was treated drawn anew: 1 where the tool says "none" and ranks nobody. */
function shuffled(trial: Trialled, settings: Settings): BenchRow {
  const runs = [1, 2, 3].map((seed) => {
    const treatment = random(seed).shuffle(trial.treatment.slice());
    const { content, report } = fitUplift({ ...trial, treatment }, { ...settings, seed });
    const scores = predictUplift(content, trial.columns);
    return report.chosen === 'none' && scores.every((score) => score === 0) ? 1 : 0;
  });
  return {
    data: 'insurance, treatment shuffled',
    metric: 'share of 3 shuffles with "no uplift found", nobody ranked',
    value: mean(runs),
    reference: 1,
    source: 'issue 18',
  };
}

interface Columns {
  treatment: string;
  outcome: string;
  left: readonly string[];
  categories: readonly string[];
}
const promotionColumns: Columns = {
  treatment: 'Promotion',
  outcome: 'purchase',
  left: ['ID', 'Promotion', 'purchase'],
  categories: [],
};
const insuranceColumns: Columns = {
  treatment: 'TREATMENT',
  outcome: 'PURCHASE',
  left: ['TREATMENT', 'PURCHASE', 'UNIQUE_ID'],
  categories: [],
};

function read(folder: string, file: string, { treatment, outcome, left }: Columns): Trialled | undefined {
  const rows = lines(join(folder, 'uplift'), `${file}.csv.gz`)?.map((line) =>
    line
      .trim()
      .split(',')
      .map((text) => text.replaceAll('"', '')),
  );
  if (!rows) return undefined;
  const header = rows.shift()!;
  const codes = new Map<string, number>();
  const number = (text: string): number => {
    if (text === '' || text === 'NA' || text === 'NaN') return Number.NaN;
    if (text === 'Yes' || text === 'No') return text === 'Yes' ? 1 : 0;
    const value = Number(text);
    if (!Number.isNaN(value)) return value;
    if (!codes.has(text)) codes.set(text, codes.size);
    return codes.get(text)!;
  };
  const column = (name: string): Float64Array => {
    const at = header.indexOf(name);
    return Float64Array.from(rows, (row) => number(row[at]!));
  };
  const names = header.filter((name) => name !== '' && !left.includes(name));
  return {
    names,
    columns: names.map(column),
    treatment: column(treatment),
    outcome: column(outcome),
    propensity: 0.5,
  };
}

/** Every `step`-th row. */
function thin(trial: Trialled, step: number): Trialled {
  const take = (column: ArrayLike<number>): Float64Array =>
    Float64Array.from(column).filter((_, row) => row % step === 0);
  return {
    ...trial,
    columns: trial.columns.map(take),
    treatment: take(trial.treatment),
    outcome: take(trial.outcome),
  };
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
