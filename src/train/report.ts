import type { Interval } from '../math/index.js';
import { isEnsemble } from '../models/index.js';
import { type Language, said, textTable } from '../report/index.js';
import type { Selection } from './compare.js';
import type { Decision } from './deploy.js';
import { type Figures, metricNames } from './evaluate.js';
import type { Candidate } from './finalists.js';
import type { TrainingOutcome } from './pipeline.js';
import { dateOf } from './split.js';
import { bestOfEach, ran, scoreOf } from './trial.js';
import { say, wordsIn } from './words.js';

/** With fewer shoppers in a window its intervals say little. */
const fewCases = 30;

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
export function figureColumns(
  selection: Selection,
  language: Language = 'en',
): {
  head: string;
  of: (candidate: Candidate) => Cell;
}[] {
  const words = wordsIn[language];
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
    { head: said(words.validationNdcg, k), of: ({ validation }) => validation.metrics.ndcg },
    ...ranking.sort((a, b) => Number(b.head.startsWith('NDCG')) - Number(a.head.startsWith('NDCG'))),
    { head: words.coverage, of: ({ test }) => test.coverage },
    { head: words.novelty, of: ({ test }) => test.novelty },
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
export function remarks(selection: Selection, language: Language = 'en'): string[] {
  const { split, lead, meanRating, candidates, trials, untried } = selection;
  const words = wordsIn[language];
  const list = (names: readonly string[]): string => names.join(language === 'zh' ? '、' : ', ');
  const [validation, test, end] = [split.validation, split.test, split.end].map(dateOf);
  const { cases } = split;
  const lines = [said(words.split, validation!, cases.validation, test!, end!, cases.test)];
  if (Math.min(cases.validation, cases.test) < fewCases) lines.push(words.few);
  if (lead) {
    const { mean, low, high } = lead.difference;
    const figures = [mean, low, high].map(digits);
    lines.push(said(words.lead, candidates[0]!.algorithm, lead.over, ...figures));
  }
  if (meanRating) {
    const { ratings, mae, rmse } = meanRating;
    lines.push(said(words.ratings, ratings, digits(mae.mean), digits(rmse.mean)));
  }
  const ensembles = bestOfEach(trials)
    .map(({ algorithm }) => algorithm)
    .filter(isEnsemble);
  if (ensembles.length > 0) lines.push(said(words.ensembles, list(ensembles)));
  const shown = new Set(candidates.map(({ algorithm }) => algorithm));
  const rest = bestOfEach(trials).filter(({ algorithm }) => !shown.has(algorithm));
  if (rest.length > 0) {
    const figures = rest.map((trial) => `${trial.algorithm} ${digits(scoreOf(trial))}`);
    lines.push(said(words.onlyValidation, list(figures)));
  }
  const whys = new Map<string, string[]>();
  for (const { algorithm, why, reason } of untried) {
    const told = reason ? words[reason] : why;
    whys.set(told, [...(whys.get(told) ?? []), algorithm]);
  }
  for (const [why, names] of whys) lines.push(said(words.untried, why, list(names)));
  return lines;
}

/** How long it took: what a budget counts, and beside it the clock. */
export function formatTook(took: TrainingOutcome['took'], language: Language = 'en'): string {
  return said(wordsIn[language].took, took.processor.toFixed(0), took.clock.toFixed(0));
}

/** The decision in one sentence. */
export function formatDecision(decision: Decision, language: Language = 'en'): string {
  const words = wordsIn[language];
  const why = decision.reasons.map((reason) => say(reason, language)).join(language === 'zh' ? '；' : '; ');
  return said(decision.deployed ? words.deployed : words.stays, decision.version ?? '–', why);
}

function digits(value: number): string {
  return value.toFixed(Math.abs(value) >= 10 ? 2 : 4);
}
