import { defaultEventTable, type Event, type Item, silent } from '../../src/core/index.js';
import { pairedDifference } from '../../src/math/index.js';
import {
  biasedMf,
  blend,
  ease,
  itemKnn,
  popularity,
  type Recommender,
  sasrec,
} from '../../src/models/index.js';
import { prepareFiles } from '../../src/prepare/index.js';
import { compare, type Selection, temporalSplit } from '../../src/train/index.js';
import { report } from '../support/algorithms.js';
import { retailFile } from '../support/retail.js';
import type { BenchOptions, BenchRow } from '../support/row.js';
import { summary } from '../support/rows.js';

/** The classics as published: what EASE makes of the age of interactions is ours and stands apart. */
const asPublished = [popularity, itemKnn, ease, biasedMf].map((algorithm) =>
  algorithm.name === 'ease' ? { ...algorithm, grid: { ...algorithm.grid, halfLifeDays: [0] } } : algorithm,
);
const aged: Recommender = {
  ...ease,
  name: 'ease with half-life',
  defaults: { ...ease.defaults, halfLifeDays: 30 },
};

/** Temporal split of the vendored shop; the best published classic of the run, tuned on validation, is the reference. */
export async function retail({ smoke }: BenchOptions, seeds: readonly number[]): Promise<BenchRow[]> {
  const { events, catalogue } = await prepared();
  const data = 'online-retail, last 28 days, new items';
  const figures = new Map<string, number[]>();
  const leads: BenchRow[] = [];
  for (const seed of seeds) {
    const told = report(`online-retail seed ${seed}`);
    const split = temporalSplit(events, { table: defaultEventTable, days: 28, seed, catalogue });
    const search = async (recommenders: readonly Recommender[], tune: boolean): Promise<Selection> => {
      const { selection } = await compare(split, {
        recommenders,
        k: 10,
        seed,
        tune,
        watch: (happening) =>
          happening.kind === 'running' && told({ ...happening, note: happening.note ?? '' }),
      });
      return selection;
    };
    const old = await search(smoke ? asPublished.slice(0, 2) : asPublished, !smoke);
    const deep = [aged, sasrec, blend];
    const fresh = smoke ? [] : (await search(deep, false)).candidates;
    for (const { algorithm, test } of [...old.candidates, ...fresh])
      figures.set(algorithm, [...(figures.get(algorithm) ?? []), test.metrics.ndcg.mean]);
    const [best] = old.candidates;
    const ours = fresh.find(({ algorithm }) => algorithm === 'blend');
    if (!best || !ours) continue;
    const { mean, low, high } = pairedDifference(ours.test.byCase.ndcg, best.test.byCase.ndcg, seed);
    const interval = `[${low.toFixed(4)}, ${high.toFixed(4)}]`;
    const metric = `blend − ${best.algorithm} (best classic on validation), seed ${seed}`;
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
