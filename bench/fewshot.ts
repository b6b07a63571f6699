import { defaultEventTable, random, silent } from '../src/core/index.js';
import { blend, ease, itemKnn, popularity, type Recommender, titles } from '../src/models/index.js';
import { datasetFromEvents, evaluate, temporalSplit } from '../src/train/index.js';
import { asked } from './support/asked.js';
import { retailEvents } from './support/retail.js';
import type { BenchOptions, BenchRow } from './support/row.js';

/**
 * What a shop has from a small log: models learn from the logs of 1, 5, 20 and 100 % of the shoppers and are asked for
 * all of the window, each with the whole profile. Titles need no log; a blend gives them what the log leaves to them.
 */
export async function run({ smoke }: BenchOptions): Promise<BenchRow[]> {
  const { names } = asked();
  const { events, items } = await retailEvents();
  const catalogue = new Map(items.map((item) => [item.id, item]));
  const split = temporalSplit(events, { table: defaultEventTable, days: 28, seed: 1, catalogue });
  const users = random(1).shuffle([...new Set(events.map(({ user }) => user))].sort());
  const algorithms: Recommender[] = [popularity, titles, itemKnn, ease, blend];
  const rows: BenchRow[] = [];
  for (const share of smoke ? [0.01] : [0.01, 0.05, 0.2, 1]) {
    const chosen = new Set(users.slice(0, Math.ceil(share * users.length)));
    const past = events.filter(({ user, time }) => chosen.has(user) && time < split.boundaries.test);
    const data = datasetFromEvents(past, defaultEventTable, catalogue);
    for (const algorithm of algorithms) {
      if (names.length > 0 && !names.includes(algorithm.name)) continue;
      const model = await algorithm.fit(data, { ...algorithm.defaults, seed: 1 }, silent);
      const { metrics } = await evaluate(model, split.test, { k: 10, seed: 1 });
      const { mean, low, high } = metrics.ndcg;
      rows.push({
        data: `online-retail, logs of ${100 * share} % of the shoppers`,
        metric: `${algorithm.name} NDCG@10`,
        value: mean,
        reference: `[${low.toFixed(4)}, ${high.toFixed(4)}]`,
        source: '95 % interval, bootstrap',
      });
    }
  }
  return rows;
}
