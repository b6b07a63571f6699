import type { Recommender } from '../../src/models/index.js';
import type { NextItemTask } from './datasets.js';
import { nextItem } from './ranking.js';
import type { BenchRow } from './row.js';
import { summary } from './rows.js';

export type Options = Record<string, number | string | boolean>;

/** An algorithm, the options that validation chose for this set, and the figures published for its kind. */
export interface Entry {
  algorithm: Recommender;
  options: Options;
  published?: { values: readonly [number, number]; source: string };
}

export interface Contest {
  /** Set and protocol, as the table names them. */
  data: string;
  task: NextItemTask;
  k: number;
  /** Items of the history are no candidates. */
  hideHistory: boolean;
  /** What is reported, in the order of the published values. */
  metrics: readonly (readonly ['hitRate' | 'ndcg' | 'mrr', string])[];
}

/** Trains each algorithm once a seed and measures it once on test. */
export async function contest(
  { data, task, k, hideHistory, metrics }: Contest,
  entries: readonly Entry[],
  seeds: readonly number[],
): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const { algorithm, options, published } of entries) {
    const figures: Record<string, number>[] = [];
    const seconds: number[] = [];
    for (const seed of seeds) {
      const started = performance.now();
      const chosen = { ...algorithm.defaults, ...options, seed };
      const model = await algorithm.fit(
        task.train,
        chosen,
        report(`${data}: ${algorithm.name}, seed ${seed}`),
      );
      seconds.push((performance.now() - started) / 1000);
      figures.push({ ...(await nextItem(model, task.test, { k, hideHistory })) });
    }
    metrics.forEach(([key, name], at) => {
      const values = figures.map((figure) => figure[key]!);
      rows.push(summary(data, `${algorithm.name} ${name}`, values, published?.values[at], published?.source));
    });
    rows.push(summary(data, `${algorithm.name} training, s`, seconds));
  }
  return rows;
}

/** A line on stderr each half minute. */
export function report(what: string): (step: { done: number; total: number; note?: string }) => void {
  let last = performance.now();
  return ({ done, total, note = '' }) => {
    if (performance.now() - last < 30_000) return;
    last = performance.now();
    process.stderr.write(`${what}: ${done}/${total} ${note}\n`);
  };
}
