import { blend, itemKnn, sessionKnn } from '../../src/models/index.js';
import { refitted, serving, trained } from './appendedSystems.js';
import { measure, type System } from './prequential.js';
import type { BenchRow } from './row.js';
import type { Stream } from './streams.js';

/** What is measured: the neighbour models, and the blend that a shop has by default. */
const models = [
  { recommender: sessionKnn, retrain: true },
  { recommender: itemKnn, retrain: true },
  // Its fit takes as long as all the others together.
  { recommender: blend, retrain: false },
];

/**
 * Models that are statistics: frozen at two thirds of the stream, taking in what happens (by the fold that serves), and
 * fitted anew each day or week. `smoke`: without the blend.
 */
export async function appendedRows(
  events: Stream,
  { every, smoke }: { every: number; smoke: boolean },
): Promise<BenchRow[]> {
  const size = events.item.length;
  const from = Math.floor((2 * size) / 3);
  const data = `${events.name}, last third of ${size.toLocaleString('en')} events`;
  const rows: BenchRow[] = [];
  for (const { retrain, ...fit } of smoke ? models.slice(0, 2) : models) {
    const { name } = fit.recommender;
    const model = await trained(fit, events, from);
    const copy = await fit.recommender.load(model.save());
    const systems: System[] = [serving('frozen', model, false), serving('appended', copy, true)];
    const again = retrain
      ? refitted(`retrained ${events.retrainName}`, fit, events, { model, from })
      : undefined;
    if (again) systems.push(again);
    const figures = await measure(events, { from, to: size, every }, systems);
    for (const system of systems) {
      const { recall, mrr, coldRecall, cold, windows } = figures.get(system.name)!;
      const metric = `${name} ${system.name}`;
      rows.push(
        { data, metric: `${metric}, R@20`, value: recall, windows },
        { data, metric: `${metric}, MRR@20`, value: mrr },
      );
      if (cold > 100)
        rows.push({ data, metric: `${metric}, R@20 of items younger than a day`, value: coldRecall });
    }
    const learningMs = systems[1]!.learningMs!;
    rows.push({ data, metric: `${name} appended, µs an event`, value: (1_000 * learningMs) / (size - from) });
    if (again)
      rows.push({ data, metric: `${name} ${again.name}, s processor`, value: again.processorMs() / 1_000 });
  }
  return rows;
}
