import { barChart, escapeHtml, htmlPage, htmlTable, lineChart } from '../math/index.js';
import type { Selection } from './select.js';

/** The comparison as a page: bars with 95 % intervals, every figure, the split and what was chosen. */
export function evaluationHtml(
  selection: Selection,
  data: { fingerprint: string; events: number; verdict?: string },
): string {
  const { candidates, trials, split, lead } = selection;
  const k = candidates[0]?.test.k ?? 10;
  const date = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
  const fixed = (value: number): string => value.toFixed(4);
  const intro = `<p>${data.events.toLocaleString('en')} events (fingerprint ${data.fingerprint}). Split by time: validation from ${date(split.boundaries.validation)} (${split.validation.length} shoppers), test from ${date(split.boundaries.test)} (${split.test.length} shoppers). Only items new to the shopper count. Families and options are chosen on validation; test is looked at once.</p>`;
  const chart = (part: 'validation' | 'test'): string =>
    barChart({
      title: `NDCG@${k} on ${part}, 95 % intervals`,
      bars: candidates.map((candidate) => {
        const { mean, low, high } = candidate[part].metrics.ndcg;
        return { label: candidate.recommender.name, value: mean, low, high };
      }),
      format: fixed,
    });
  const head = [
    'model',
    `NDCG@${k}`,
    '95 %',
    'Precision',
    'Recall',
    'F1',
    'MRR',
    'HR',
    'coverage',
    'novelty, bits',
  ];
  const rows = candidates.map(({ recommender, test }) => {
    const { ndcg, precision, recall, f1, mrr, hitRate } = test.metrics;
    const means = [precision, recall, f1, mrr, hitRate].map(({ mean }) => fixed(mean));
    const interval = `[${fixed(ndcg.low)}, ${fixed(ndcg.high)}]`;
    return [
      recommender.name,
      fixed(ndcg.mean),
      interval,
      ...means,
      fixed(test.coverage),
      test.novelty.toFixed(2),
    ];
  });
  const chosen = candidates.map(({ recommender, options, tried, seconds }) => [
    recommender.name,
    JSON.stringify(options),
    String(tried),
    seconds.toFixed(1),
  ]);
  const verdict = lead
    ? `<p>Winner minus ${lead.over} on test: ${fixed(lead.difference.mean)} NDCG [${fixed(lead.difference.low)}, ${fixed(lead.difference.high)}], paired bootstrap.</p>`
    : '';
  const curves = trials.filter(({ curve }) => curve.heldOut.length > 1).slice(0, 5);
  const curve = lineChart({
    title: 'Learning curves of the best trials',
    x: 'epoch',
    y: 'held-out NDCG@10',
    series: curves.map(({ family, key, curve: { heldOut } }) => ({
      label: `${family} ${key.slice(0, 4)}`,
      points: heldOut.map((score, at) => [at + 1, score] as const),
    })),
  });
  const tried = trials.map(({ family, options, effort, ndcg, seconds }) => [
    family,
    JSON.stringify(options),
    String(effort),
    fixed(ndcg.mean),
    `[${fixed(ndcg.low)}, ${fixed(ndcg.high)}]`,
    seconds.toFixed(1),
  ]);
  const body = [
    intro,
    data.verdict ? `<p><strong>${escapeHtml(data.verdict)}</strong></p>` : '',
    chart('test'),
    verdict,
    htmlTable(head, rows),
    chart('validation'),
    '<h2>Options</h2>',
    htmlTable(['model', 'options', 'tried', 'seconds'], chosen),
    curve,
    '<h2>Everything that was tried</h2>',
    htmlTable(['model', 'options', 'share of epochs', `validation NDCG@${k}`, '95 %', 'seconds'], tried),
  ];
  return htmlPage({ title: 'Comparison of models', body: body.join('\n') });
}
