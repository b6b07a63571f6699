import type { Interval } from '../math/index.js';
import { textTable } from '../report/index.js';
import type { Selection } from './compare.js';
import type { Decision } from './deploy.js';
import { type Figures, metricNames } from './evaluate.js';
import type { Candidate } from './finalists.js';
import type { TrainingOutcome } from './pipeline.js';
import { bestOfEach, ran, scoreOf } from './trial.js';

/** The comparison as data: what `--json` prints and the table shows, every figure with its 95 % interval. */
export function selectionRows(selection: Selection): Record<string, unknown>[] {
  return selection.candidates.map(
    ({ algorithm, options, epochs, tried, seconds, validation, test, rating }) => ({
      model: algorithm,
      options,
      ...ran(epochs),
      tried,
      seconds: Number(seconds.toFixed(2)),
      validation: plain(validation),
      test: plain(test),
      ...(rating ? { rating } : {}),
    }),
  );
}

function plain({ metrics, coverage, novelty, cases, k }: Figures): Record<string, unknown> {
  return { k, cases, ...metrics, coverage, novelty };
}

/** One cell a figure, its interval below it. */
export type Cell = Interval | number | undefined;

/** The figures of the table by column, on test unless the column says otherwise. */
export function figureColumns(selection: Selection): { head: string; of: (candidate: Candidate) => Cell }[] {
  const k = selection.candidates[0]?.test.k ?? 10;
  const titles = {
    precision: 'Precision',
    recall: 'Recall',
    f1: 'F1',
    ndcg: 'NDCG',
    mrr: 'MRR',
    hitRate: 'HR',
  };
  const ranking = metricNames.map((name) => ({
    head: `${titles[name]}@${k}`,
    of: ({ test }: Candidate): Cell => test.metrics[name],
  }));
  const ratings = selection.meanRating
    ? [
        { head: 'MAE', of: ({ rating }: Candidate): Cell => rating?.mae },
        { head: 'RMSE', of: ({ rating }: Candidate): Cell => rating?.rmse },
      ]
    : [];
  return [
    { head: `validation NDCG@${k}`, of: ({ validation }) => validation.metrics.ndcg },
    ...ranking.sort((a, b) => Number(b.head.startsWith('NDCG')) - Number(a.head.startsWith('NDCG'))),
    { head: 'coverage', of: ({ test }) => test.coverage },
    { head: 'novelty, bits', of: ({ test }) => test.novelty },
    ...ratings,
  ];
}

/** A figure and its interval as two lines of text, 4 digits; '–' where there is none. */
export function cellText(cell: Cell, between = '\n'): string {
  if (cell === undefined) return '–';
  if (typeof cell === 'number') return digits(cell);
  return `${digits(cell.mean)}${between}[${digits(cell.low)}, ${digits(cell.high)}]`;
}

export function formatSelection(selection: Selection): string {
  const columns = figureColumns(selection);
  const table = textTable({
    head: ['model', ...columns.map(({ head }) => head.replace(/[ @]/, '\n$&').replace('\n ', '\n')), 's'],
    style: { compact: true, 'padding-left': 0, 'padding-right': 0 },
  });
  for (const candidate of selection.candidates) {
    const cells = columns.map(({ of }) => cellText(of(candidate)).replace(', ', '\n '));
    table.push([candidate.algorithm, ...cells, candidate.seconds.toFixed(1)]);
  }
  return [table.toString(), ...remarks(selection)].join('\n');
}

/** What the figures mean and how they came about. */
export function remarks({ split, lead, meanRating, candidates, trials, untried }: Selection): string[] {
  const date = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
  const lines = [
    `On test unless said otherwise, 95 % bootstrap intervals. Split by time: validation from ${date(split.validation)} (${split.cases.validation} shoppers), test from ${date(split.test)} to ${date(split.end)} (${split.cases.test} shoppers); only items new to the shopper count; algorithms and options are chosen on validation.`,
  ];
  if (lead) {
    const { mean, low, high } = lead.difference;
    lines.push(
      `${candidates[0]!.algorithm} minus ${lead.over} on test: ${digits(mean)} NDCG [${digits(low)}, ${digits(high)}], paired bootstrap.`,
    );
  }
  if (meanRating)
    lines.push(
      `${meanRating.ratings} ratings in the test window; always the mean of those before: MAE ${digits(meanRating.mae.mean)}, RMSE ${digits(meanRating.rmse.mean)}.`,
    );
  const shown = new Set(candidates.map(({ algorithm }) => algorithm));
  const rest = bestOfEach(trials).filter(({ algorithm }) => !shown.has(algorithm));
  if (rest.length > 0) {
    const figures = rest.map((trial) => `${trial.algorithm} ${digits(scoreOf(trial))}`);
    lines.push(`Measured on validation only, NDCG: ${figures.join(', ')}.`);
  }
  const whys = new Map<string, string[]>();
  for (const { algorithm, why } of untried) whys.set(why, [...(whys.get(why) ?? []), algorithm]);
  for (const [why, names] of whys) lines.push(`Not measured (${why}): ${names.join(', ')}.`);
  return lines;
}

/** How long it took: what a budget counts, and beside it the clock. */
export function formatTook({ processor, clock }: TrainingOutcome['took']): string {
  return `It took ${processor.toFixed(0)} s of processor time, ${clock.toFixed(0)} s on the clock.`;
}

/** The decision in one sentence. */
export function formatDecision({ version, deployed, why }: Decision): string {
  return deployed
    ? `Deployed ${version}: ${why}. A running server takes it within a second.`
    : `${version} stays deployed: ${why}.`;
}

function digits(value: number): string {
  return value.toFixed(Math.abs(value) >= 10 ? 2 : 4);
}
