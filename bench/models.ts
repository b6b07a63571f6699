import {
  type BenchOptions,
  type BenchRow,
  defaultEventWeights,
  type Event,
  type Item,
  silent,
} from '../src/core/index.js';
import { pairedDifference } from '../src/math/index.js';
import { blend, classics, ease, gru4rec, nextItNet, type Recommender, sasrec } from '../src/models/index.js';
import { prepareFiles } from '../src/prepare/index.js';
import { select, temporalSplit } from '../src/train/index.js';
import { beauty, diginetica, movieLens, type NextItemTask, shareOfEachUser } from './support/datasets.js';
import { nextItem, topN } from './support/ranking.js';
import { retailFile } from './support/retail.js';

type Options = Record<string, number | string | boolean>;
/** Family names and set names to run, separated by commas; all by default. */
const only = process.env.ENDCAP_BENCH?.split(',');
const wanted = (name: string): boolean => !only || only.includes(name);
const published: Record<string, Record<string, [number, number, string]>> = {
  beauty: {
    sasrec: [0.1008, 0.0611, 'BSARec (Shin et al. 2024)'],
    gru4rec: [0.0283, 0.0137, 'GRU4Rec in S3-Rec'],
    nextItNet: [0.0347, 0.0176, 'Caser in S3-Rec, the CNN of that table'],
  },
  diginetica: { sasrec: [0.5422, 0.1904, 'GCE-GNN'], gru4rec: [0.2945, 0.0833, 'GRU4Rec in SR-GNN'] },
};

/**
 * The zoo against published figures. Options were chosen on held-out last items of the training part; the test part
 * is touched once a seed. `ENDCAP_BENCH=beauty,sasrec npm run bench -- models` runs a part.
 */
export async function run({ smoke, data }: BenchOptions): Promise<BenchRow[]> {
  const seeds = smoke ? [1] : [1, 2, 3];
  const rows: BenchRow[] = [];
  const shop = wanted('beauty') && beauty(data);
  if (shop) rows.push(...(await onBeauty(shop, seeds, smoke)));
  const sessions = !smoke && wanted('diginetica') && diginetica(data);
  if (sessions) rows.push(...(await onDiginetica(sessions, seeds.slice(0, 1))));
  const ratings = wanted('ml-100k') && movieLens(data);
  if (ratings) {
    const values: number[] = [];
    for (const seed of seeds) {
      const { train, test } = shareOfEachUser(ratings, 0.25, seed);
      const model = await ease.fit(
        train,
        { ...ease.defaults, lambda: 200, keep: train.items.size, seed },
        () => {},
      );
      values.push(await topN(model, smoke ? test.slice(0, 100) : test, 10));
    }
    rows.push(
      row('ml-100k, random 75/25 per user', 'ease nDCG@10', values, 0.475, 'BiVAE (Microsoft recommenders)'),
    );
  }
  if (wanted('online-retail')) rows.push(...(await onRetail(smoke, [1])));
  return rows;
}

async function onBeauty(task: NextItemTask, seeds: number[], smoke: boolean): Promise<BenchRow[]> {
  const fast: Options = smoke ? { epochs: 1, width: 16, batch: 256 } : {};
  const families: [Recommender, Options][] = [
    [sasrec as unknown as Recommender, fast],
    [gru4rec as unknown as Recommender, fast],
    [nextItNet as unknown as Recommender, fast],
  ];
  const test = smoke ? task.test.slice(0, 500) : task.test;
  const rows: BenchRow[] = [];
  for (const [family, options] of smoke ? families.slice(0, 1) : families) {
    if (!wanted(family.name) && only?.some((name) => families.some(([{ name: known }]) => known === name)))
      continue;
    const runs: { hitRate: number; ndcg: number; seconds: number }[] = [];
    for (const seed of seeds) {
      const started = performance.now();
      const chosen = { ...family.defaults, heldOut: 1e9, ...options, seed };
      const model = await family.fit(task.train, chosen, report(`beauty ${family.name} seed ${seed}`));
      const seconds = (performance.now() - started) / 1000;
      runs.push({ ...(await nextItem(model, test, { k: 10, hideHistory: true })), seconds });
    }
    const [hr, ndcg, source] = published.beauty![family.name]!;
    const data = 'beauty, leave-one-out, all items';
    rows.push(
      row(
        data,
        `${family.name} HR@10`,
        runs.map(({ hitRate }) => hitRate),
        hr,
        source,
      ),
      row(
        data,
        `${family.name} NDCG@10`,
        runs.map((figures) => figures.ndcg),
        ndcg,
        source,
      ),
      row(
        data,
        `${family.name} training, s`,
        runs.map(({ seconds }) => seconds),
        600,
        'goal: below',
      ),
    );
  }
  const memory = process.resourceUsage().maxRSS / 1024;
  rows.push(row('beauty', 'peak memory, MiB', [memory], 2048, 'goal: below'));
  return rows;
}

export const digineticaOptions: Options = {
  width: 96,
  negatives: 2048,
  temperature: 0.07,
  length: 20,
  dropout: 0.2,
  batch: 256,
  patience: 2,
  heldOut: 4000,
};

async function onDiginetica(task: NextItemTask, seeds: number[]): Promise<BenchRow[]> {
  const family = sasrec as unknown as Recommender;
  const runs: { hitRate: number; mrr: number; seconds: number }[] = [];
  for (const seed of seeds) {
    const started = performance.now();
    const chosen = { ...family.defaults, ...digineticaOptions, seed };
    const model = await family.fit(task.train, chosen, report(`diginetica sasrec seed ${seed}`));
    const seconds = (performance.now() - started) / 1000;
    runs.push({ ...(await nextItem(model, task.test, { k: 20, hideHistory: false })), seconds });
  }
  const [precision, mrr, source] = published.diginetica!.sasrec!;
  const data = 'diginetica, last week, every prefix';
  return [
    row(
      data,
      'sasrec P@20',
      runs.map(({ hitRate }) => hitRate),
      precision,
      source,
    ),
    row(
      data,
      'sasrec MRR@20',
      runs.map((figures) => figures.mrr),
      mrr,
      source,
    ),
    row(
      data,
      'sasrec training, s',
      runs.map(({ seconds }) => seconds),
    ),
  ];
}

/** Temporal split of the vendored shop; the best classic of the run is the reference. */
async function onRetail(smoke: boolean, seeds: number[]): Promise<BenchRow[]> {
  const { events, catalogue } = await retail();
  const data = 'online-retail, last 28 days, new items';
  const deep = smoke ? [] : [sasrec, blend];
  const recommenders = [...classics, ...deep] as unknown as Recommender[];
  const figures = new Map<string, number[]>();
  const leads: { mean: number; low: number; high: number }[] = [];
  for (const seed of seeds) {
    const told = report(`online-retail seed ${seed}`);
    const { candidates } = await select(
      temporalSplit(events, { weights: defaultEventWeights, days: 28, seed, catalogue }),
      {
        recommenders: smoke ? recommenders.slice(0, 2) : recommenders,
        k: 10,
        seed,
        tune: false,
        watch: (happening) =>
          happening.kind === 'running' && told({ ...happening, note: happening.note ?? '' }),
      },
    );
    for (const { family, test } of candidates)
      figures.set(family, [...(figures.get(family) ?? []), test.metrics.ndcg.mean]);
    const of = (names: string[]) => candidates.find(({ family }) => names.includes(family));
    const best = of(classics.map(({ name }) => name));
    const ours = of(['blend']);
    if (best && ours) leads.push(pairedDifference(ours.test.ndcgByCase, best.test.ndcgByCase, seed));
  }
  const rows = [...figures].map(([name, values]) => row(data, `${name} NDCG@10`, values));
  for (const [at, { mean, low, high }] of leads.entries())
    rows.push({
      data,
      metric: `blend − best classic, seed ${seeds[at]}`,
      value: mean,
      reference: `[${low.toFixed(4)}, ${high.toFixed(4)}]`,
      source: '95 % interval, paired bootstrap; goal: above 0',
    });
  return rows;
}

async function retail(): Promise<{ events: Event[]; catalogue: Map<string, Item> }> {
  const prepared = await prepareFiles([retailFile], { now: Date.UTC(2012, 0, 1), progress: silent });
  try {
    const events: Event[] = [];
    for await (const batch of prepared.batches(5_000)) events.push(...batch);
    return { events, catalogue: new Map(prepared.items.map((item) => [item.id, item])) };
  } finally {
    prepared.close();
  }
}

function row(
  data: string,
  metric: string,
  values: readonly number[],
  reference?: number,
  source?: string,
): BenchRow {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const square = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, values.length - 1);
  return {
    data,
    metric,
    value: mean,
    sd: Math.sqrt(square),
    seeds: values.length,
    ...(reference === undefined ? {} : { reference }),
    ...(source === undefined ? {} : { source }),
  };
}

/** A line on stderr each half minute. */
function report(what: string): (step: { done: number; total: number; note?: string }) => void {
  let last = performance.now();
  return ({ done, total, note = '' }) => {
    if (performance.now() - last < 30_000) return;
    last = performance.now();
    process.stderr.write(`${what}: ${done}/${total} ${note}\n`);
  };
}
