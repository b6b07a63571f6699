import { gru4rec, nextBlend, nextItNet, sasrec, titleBlend } from '../../src/models/index.js';
import { type Contest, contest, type Entry, type Options } from '../support/algorithms.js';
import { beautyEntries, withEntries } from '../support/coldItems.js';
import { beauty as load } from '../support/datasets.js';
import type { BenchOptions, BenchRow } from '../support/row.js';
import { summary } from '../support/rows.js';

/** As published: every shopper's last item but one is held out for early stopping, and not trained on. */
const common: Options = { heldOut: 1e9 };
const bsarec = { values: [0.1008, 0.0611], source: 'BSARec (Shin et al. 2024)' } as const;
/** As a shop would train, who held out no more than it has to. */
const shopwise = { ...bsarec, source: `${bsarec.source}, all last-but-one items held out` };
const entries: readonly Entry[] = [
  { algorithm: sasrec, options: common, published: bsarec },
  {
    // As a shop would train it: 5,000 shoppers are enough for early stopping, the others' items are learned from.
    algorithm: { ...sasrec, name: 'sasrec on all but 5000 held-out items' },
    options: { heldOut: 5000 },
    published: shopwise,
  },
  // It goes on with what it held out.
  { algorithm: { ...nextBlend, name: 'nextBlend on all items' }, options: {}, published: shopwise },
  {
    algorithm: gru4rec,
    options: common,
    published: { values: [0.0283, 0.0137], source: 'GRU4Rec in S3-Rec' },
  },
  {
    algorithm: nextItNet,
    options: common,
    published: { values: [0.0347, 0.0176], source: 'Caser in S3-Rec, the CNN of that table' },
  },
];

/** What reads titles where the catalogue is known; the published models do not. */
const withTitles = { ...bsarec, source: `${bsarec.source}, without titles` };
const titled: readonly Entry[] = [
  // As a shop would train them.
  {
    algorithm: { ...nextBlend, name: 'nextBlend with titles, on all items' },
    options: {},
    published: withTitles,
  },
  { algorithm: titleBlend, options: {}, published: withTitles },
];

/** Amazon Beauty: the last item of each shopper among all items not in the history. */
export async function beauty(
  { smoke, data: folder }: BenchOptions,
  wanted: (algorithm: string) => boolean,
  seeds: readonly number[],
): Promise<BenchRow[]> {
  const task = load(folder);
  if (!task) return [];
  const data = `beauty, leave-one-out, all items${smoke ? ' (500 shoppers)' : ''}`;
  const fast = entries
    .slice(0, 1)
    .map((entry) => ({ ...entry, options: { ...entry.options, epochs: 1, width: 16, heldOut: 500 } }));
  const on: Contest = {
    data,
    task: smoke ? { ...task, test: task.test.slice(0, 500) } : task,
    k: 10,
    hideHistory: true,
    metrics: [
      ['hitRate', 'HR@10'],
      ['ndcg', 'NDCG@10'],
    ],
  };
  const rows = await contest(
    on,
    smoke ? fast : entries.filter(({ algorithm }) => wanted(algorithm.name)),
    seeds,
  );
  const reading = titled.filter(({ algorithm }) => wanted(algorithm.name));
  const catalogue = !smoke && reading.length > 0 && beautyEntries(folder);
  if (catalogue) {
    const task = { ...on.task, train: withEntries(on.task.train, catalogue) };
    rows.push(...(await contest({ ...on, task }, reading, seeds)));
  }
  const memory = process.resourceUsage().maxRSS / 1024;
  return [...rows, summary(data, 'peak memory, MiB', [memory], 2048, 'goal: below')];
}
