import { barChart, escapeHtml, htmlPage, htmlTable, lineChart } from '../report/index.js';
import type { Selection } from './compare.js';
import type { Decision } from './deploy.js';
import { cellText, figureColumns, formatDecision, remarks } from './report.js';
import { epochsRun, type Trial } from './trial.js';

/** Curves drawn at most. */
const curves = 5;

/** The comparison as a page: what was decided and why, bars with 95 % intervals, every figure, learning curves. */
export function evaluationHtml(
  selection: Selection,
  data: { fingerprint: string; events: number; decision?: Decision | undefined },
): string {
  const { candidates, trials } = selection;
  const { decision } = data;
  const k = candidates[0]?.test.k ?? 10;
  const columns = figureColumns(selection);
  const rows = candidates.map((candidate) => [
    candidate.algorithm,
    ...columns.map(({ of }) => cellText(of(candidate), ' ')),
  ]);
  const chosen = candidates.map(({ algorithm, options, tried, seconds }) => [
    algorithm,
    optionsText(options),
    String(tried),
    seconds.toFixed(1),
  ]);
  const body = [
    decision ? `<p><strong>${escapeHtml(formatDecision(decision))}</strong></p>` : '',
    decision?.against ? againstChart(candidates[0]!.algorithm, decision.against) : '',
    `<p>${data.events.toLocaleString('en')} events, fingerprint ${escapeHtml(data.fingerprint)}.</p>`,
    ...remarks(selection).map((line) => `<p>${escapeHtml(line)}</p>`),
    ndcgChart(selection, 'test', k),
    htmlTable(['model', ...columns.map(({ head }) => head)], rows),
    ndcgChart(selection, 'validation', k),
    '<h2>Options</h2>',
    htmlTable(['model', 'options', 'fits', 'seconds'], chosen),
    '<h2>Learning curves</h2>',
    curveChart(trials, 'heldOut', 'held-out NDCG@10'),
    curveChart(trials, 'loss', 'mean training loss'),
    '<h2>Everything that was tried</h2>',
    htmlTable(
      ['model', 'options', 'share of epochs', `validation NDCG@${k}`, 'seconds', ''],
      trials.map(trialRow),
    ),
  ];
  return htmlPage({ title: 'Comparison of models', body: body.join('\n') });
}

function ndcgChart({ candidates }: Selection, part: 'validation' | 'test', k: number): string {
  return barChart({
    title: `NDCG@${k} on ${part}, 95 % intervals`,
    bars: candidates.map(({ algorithm, [part]: { metrics } }) => {
      const { mean, low, high } = metrics.ndcg;
      return { label: algorithm, value: mean, low, high };
    }),
    format: (value) => value.toFixed(4),
  });
}

/** Winner and deployed model on one scale is what the interval decides by: the difference, against 0. */
function againstChart(
  winner: string,
  { algorithm, version, difference }: NonNullable<Decision['against']>,
): string {
  const { mean, low, high } = difference;
  const row = [`${winner} − ${algorithm}`, version, cellText({ mean, low, high }, ' ')];
  return htmlTable(
    ['difference in NDCG on test', 'deployed', 'mean and 95 % interval (paired bootstrap)'],
    [row],
  );
}

function curveChart(trials: readonly Trial[], of: 'loss' | 'heldOut', y: string): string {
  const shown = longest(trials.filter(({ curve }) => curve[of].length > 1));
  return lineChart({
    title: 'Learning curves of the best fits',
    x: 'epoch',
    y,
    series: shown.slice(0, curves).map(({ algorithm, key, curve }) => ({
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

function trialRow(trial: Trial): string[] {
  const { algorithm, key, options, effort, validation, seconds, cut, failed } = trial;
  return [
    `${algorithm} ${key.slice(0, 4)}`,
    [optionsText(options), epochsRun(trial)].join(' '),
    String(effort),
    cellText(validation?.metrics.ndcg, ' '),
    seconds.toFixed(1),
    failed ?? (cut ? 'ended by the clock' : ''),
  ];
}

function optionsText(options: Record<string, unknown>): string {
  return Object.entries(options)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}
