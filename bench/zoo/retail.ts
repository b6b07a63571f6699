import {
  type BenchOptions,
  type BenchRow,
  defaultEventWeights,
  type Event,
  type Item,
  silent,
} from '../../src/core/index.js';
import { pairedDifference } from '../../src/math/index.js';
import { blend, classics, type Recommender, sasrec } from '../../src/models/index.js';
import { prepareFiles } from '../../src/prepare/index.js';
import { select } from '../../src/train/index.js';
import { report } from '../support/families.js';
import { retailFile } from '../support/retail.js';
import { summary } from '../support/rows.js';

/** Temporal split of the vendored shop; the best classic of the run, tuned on validation, is the reference. */
export async function retail({ smoke }: BenchOptions, seeds: readonly number[]): Promise<BenchRow[]> {
  const { events, catalogue } = await prepared();
  const data = 'online-retail, last 28 days, new items';
  const common = { weights: defaultEventWeights, catalogue, days: 28, k: 10 };
  const figures = new Map<string, number[]>();
  const leads: BenchRow[] = [];
  for (const seed of seeds) {
    const progress = report(`online-retail seed ${seed}`);
    const known = smoke ? classics.slice(0, 2) : classics;
    const old = await select(events, { ...common, recommenders: known, seed, tune: !smoke, progress });
    const deep = (smoke ? [] : [sasrec, blend]) as unknown as Recommender[];
    const fresh = await select(events, { ...common, recommenders: deep, seed, tune: false, progress });
    for (const { recommender, test } of [...old.candidates, ...fresh.candidates])
      figures.set(recommender.name, [...(figures.get(recommender.name) ?? []), test.metrics.ndcg.mean]);
    const [best] = old.candidates;
    const ours = fresh.candidates.find(({ recommender }) => recommender.name === 'blend');
    if (!best || !ours) continue;
    const { mean, low, high } = pairedDifference(ours.test.ndcgByCase, best.test.ndcgByCase, seed);
    const interval = `[${low.toFixed(4)}, ${high.toFixed(4)}]`;
    const metric = `blend − ${best.recommender.name} (best classic on validation), seed ${seed}`;
    leads.push(summary(data, metric, [mean], interval, '95 % interval, paired bootstrap; goal: above 0'));
  }
  return [...[...figures].map(([name, values]) => summary(data, `${name} NDCG@10`, values)), ...leads];
}

async function prepared(): Promise<{ events: Event[]; catalogue: Map<string, Item> }> {
  const files = await prepareFiles([retailFile], { now: Date.UTC(2012, 0, 1), progress: silent });
  try {
    const events: Event[] = [];
    for await (const batch of files.batches(5_000)) events.push(...batch);
    return { events, catalogue: new Map(files.items.map((item) => [item.id, item])) };
  } finally {
    files.close();
  }
}
