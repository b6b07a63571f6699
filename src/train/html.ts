import { isEnsemble } from '../models/index.js';
import {
  barChart,
  escapeHtml,
  htmlPage,
  htmlTable,
  type Language,
  lineChart,
  said,
} from '../report/index.js';
import type { Selection } from './compare.js';
import type { Decision } from './deploy.js';
import type { TrainingOutcome } from './pipeline.js';
import { cellText, figureColumns, formatDecision, formatTook, remarks } from './report.js';
import { epochsRun, type Trial } from './trial.js';
import { type Words, wordsIn } from './words.js';

/** Curves drawn at most. */
const mostCurves = 5;

/** What a page tells beside the selection. */
export interface PageData {
  fingerprint: string;
  events: number;
  decision?: Decision | undefined;
  took?: TrainingOutcome['took'];
  language?: Language;
}

/** The comparison as a page: what was decided and why, bars with 95 % intervals, every figure, learning curves. */
export function evaluationHtml(selection: Selection, data: PageData): string {
  const { candidates, trials } = selection;
  const { decision, took, language = 'en' } = data;
  const words = wordsIn[language];
  const k = candidates[0]?.test.k ?? 10;
  const columns = figureColumns(selection, language);
  const rows = candidates.map((candidate) => [
    nameOf(candidate, words),
    ...columns.map(({ of }) => cellText(of(candidate), ' ')),
  ]);
  const chosen = candidates.map((candidate) => [
    nameOf(candidate, words),
    optionsText(candidate, words),
    String(candidate.tried),
    candidate.seconds.toFixed(1),
  ]);
  const curves = curveChart(trials, 'heldOut', words) + curveChart(trials, 'loss', words);
  const body = [
    decision ? `<p><strong>${escapeHtml(formatDecision(decision, language))}</strong></p>` : '',
    decision?.against ? againstChart(candidates[0]!.algorithm, decision.against, words) : '',
    `<p>${escapeHtml(said(words.events, data.events, data.fingerprint))}${took ? ` ${formatTook(took, language)}` : ''}</p>`,
    ...remarks(selection, language).map((line) => `<p>${escapeHtml(line)}</p>`),
    ndcgChart(selection, 'test', words),
    htmlTable([words.model, ...columns.map(({ head }) => head)], rows),
    ndcgChart(selection, 'validation', words),
    `<h2>${words.options}</h2>`,
    htmlTable(words.optionsHead, chosen),
    curves && `<h2>${words.curves}</h2>${curves}`,
    `<h2>${words.everything}</h2>`,
    htmlTable(
      words.triedHead.map((head) => said(head, k)),
      trials.map((trial) => trialRow(trial, words)),
    ),
  ];
  return htmlPage({ title: words.title, body: body.filter(Boolean).join('\n'), language });
}

/** Ensembles are marked as such beside single models. */
function nameOf({ algorithm }: Pick<Trial, 'algorithm'>, words: Words): string {
  return isEnsemble(algorithm) ? said(words.ensemble, algorithm) : algorithm;
}

function ndcgChart({ candidates }: Selection, part: 'validation' | 'test', words: Words): string {
  const k = candidates[0]?.test.k ?? 10;
  return barChart({
    title: said(part === 'test' ? words.onTest : words.onValidation, k),
    bars: candidates.map((candidate) => {
      const { mean, low, high } = candidate[part].metrics.ndcg;
      return { label: nameOf(candidate, words), value: mean, low, high };
    }),
    format: (value) => value.toFixed(4),
  });
}

/** Winner and deployed model on one scale is what the interval decides by: the difference, against 0. */
function againstChart(
  winner: string,
  { algorithm, version, difference }: NonNullable<Decision['against']>,
  words: Words,
): string {
  const row = [`${winner} − ${algorithm}`, version, cellText(difference, ' ')];
  return htmlTable(words.difference, [row]);
}

function curveChart(trials: readonly Trial[], of: 'loss' | 'heldOut', words: Words): string {
  const shown = longest(trials.filter(({ curve }) => curve[of].length > 1));
  return lineChart({
    title: words.bestFits,
    x: words.epoch,
    y: words[of],
    series: shown.slice(0, mostCurves).map(({ algorithm, key, curve }) => ({
      label: `${algorithm} ${key.slice(0, 4)}`,
      points: curve[of].map((value, at) => [at + 1, value] as const),
    })),
  });
}

/** Of each configuration its longest fit: the shorter ones are the beginning of it. */
function longest(trials: readonly Trial[]): Trial[] {
  const best = new Map<string, Trial>();
  for (const trial of trials) {
    const name = JSON.stringify([trial.algorithm, { ...trial.options, epochs: 0 }]);
    const other = best.get(name);
    if (!other || trial.curve.loss.length > other.curve.loss.length) best.set(name, trial);
  }
  return [...best.values()];
}

function trialRow(trial: Trial, words: Words): string[] {
  const { key, effort, validation, seconds, cut, failed } = trial;
  return [
    `${nameOf(trial, words)} ${key.slice(0, 4)}`,
    optionsText(trial, words),
    String(effort),
    cellText(validation?.metrics.ndcg, ' '),
    seconds.toFixed(1),
    failed ?? (cut ? words.cut : ''),
  ];
}

/** The options, and how far it came that ended before its epochs were done. */
function optionsText(fit: Pick<Trial, 'options' | 'epochs'>, words: Words): string {
  const options = Object.entries(fit.options).map(([name, value]) => `${name} ${value}`);
  return [options.join(', '), epochsRun(fit, words.epochs)].filter(Boolean).join(' ');
}
