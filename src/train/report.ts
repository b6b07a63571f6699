import Table from 'cli-table3';
import type { Evaluation } from './evaluate.js';
import type { Selection } from './select.js';

/** The comparison as data: what `--json` prints and the table shows. */
export function selectionRows(selection: Selection): Record<string, unknown>[] {
  return selection.candidates.map(({ recommender, options, tried, seconds, validation, test }) => ({
    model: recommender.name,
    options,
    tried,
    seconds: Number(seconds.toFixed(2)),
    validation: plain(validation),
    test: plain(test),
  }));
}

/** Metrics as plain numbers, intervals for NDCG. */
function plain({ metrics, coverage, novelty, cases, k }: Evaluation): Record<string, unknown> {
  const means = Object.fromEntries(Object.entries(metrics).map(([name, { mean }]) => [name, mean]));
  return { k, cases, ...means, ndcgLow: metrics.ndcg.low, ndcgHigh: metrics.ndcg.high, coverage, novelty };
}

export function formatSelection(selection: Selection): string {
  const k = selection.candidates[0]?.test.k ?? 10;
  const head = [
    'model',
    `val NDCG@${k}`,
    `test NDCG@${k} [95 %]`,
    'Precision',
    'Recall',
    'F1',
    'MRR',
    'HR',
    'coverage',
    'novelty',
    's',
  ];
  const table = new Table({ head });
  for (const { recommender, validation, test, seconds } of selection.candidates) {
    const { ndcg, precision, recall, f1, mrr, hitRate } = test.metrics;
    const interval = `${fixed(ndcg.mean)} [${fixed(ndcg.low)}, ${fixed(ndcg.high)}]`;
    const means = [precision, recall, f1, mrr, hitRate].map(({ mean }) => fixed(mean));
    const rest = [fixed(test.coverage), test.novelty.toFixed(2), seconds.toFixed(1)];
    table.push([recommender.name, fixed(validation.metrics.ndcg.mean), interval, ...means, ...rest]);
  }
  const { split, lead } = selection;
  const date = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
  const lines = [
    table.toString(),
    `Split by time: validation from ${date(split.boundaries.validation)}, test from ${date(split.boundaries.test)}; ${split.test.length} test shoppers; new items only; chosen on validation.`,
  ];
  if (lead) {
    const { mean, low, high } = lead.difference;
    lines.push(`Winner minus ${lead.over} on test: ${fixed(mean)} NDCG [${fixed(low)}, ${fixed(high)}].`);
  }
  return lines.join('\n');
}

function fixed(value: number): string {
  return value.toFixed(4);
}
