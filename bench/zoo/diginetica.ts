import { gru4rec, sasrec, sessionBlend, sessionKnn } from '../../src/models/index.js';
import { contest, type Entry } from '../support/algorithms.js';
import { diginetica as load } from '../support/datasets.js';
import type { BenchOptions, BenchRow } from '../support/row.js';

/** SASRec and GRU4Rec as `sessionBlend` trains its SASRec: cosines, sampled softmax, little dropout. */
const forSessions = sessionBlend.members.find(({ name }) => name === 'sasrec')!.options;
const gceGnn = { values: [0.5422, 0.1904], source: 'GCE-GNN (Wang et al. 2020)' } as const;
const entries: readonly Entry[] = [
  { algorithm: sessionKnn, options: {}, published: gceGnn },
  { algorithm: sessionBlend, options: {}, published: gceGnn },
  { algorithm: sasrec, options: forSessions, published: gceGnn },
  {
    algorithm: gru4rec,
    options: forSessions,
    published: { values: [0.2945, 0.0833], source: 'GRU4Rec in SR-GNN' },
  },
];

/** Diginetica: the next item of every prefix of the last week's sessions, repeats allowed. */
export async function diginetica(
  { smoke, data: folder }: BenchOptions,
  wanted: (algorithm: string) => boolean,
  seeds: readonly number[],
): Promise<BenchRow[]> {
  const task = smoke ? undefined : load(folder);
  if (!task) return [];
  return contest(
    {
      data: 'diginetica, last week, every prefix',
      task,
      k: 20,
      hideHistory: false,
      metrics: [
        ['hitRate', 'P@20'],
        ['mrr', 'MRR@20'],
      ],
    },
    entries.filter(({ algorithm }) => wanted(algorithm.name)),
    seeds,
  );
}
