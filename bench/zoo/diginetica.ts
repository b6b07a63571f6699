import type { BenchOptions, BenchRow } from '../../src/core/index.js';
import { gru4rec, type Recommender, sasrec } from '../../src/models/index.js';
import { diginetica as load } from '../support/datasets.js';
import { contest, type Entry, type Options } from '../support/families.js';

/** Sessions are short and many, the catalogue is large: cosines, sampled softmax, less dropout. */
export const sessionOptions: Options = {
  width: 96,
  negatives: 2048,
  temperature: 0.07,
  length: 20,
  dropout: 0.2,
  rate: 0.002,
  average: 0.995,
  batch: 2048,
  epochs: 10,
  patience: 2,
  heldOut: 4000,
};
const entries: readonly Entry[] = [
  {
    family: sasrec as unknown as Recommender,
    options: sessionOptions,
    published: { values: [0.5422, 0.1904], source: 'GCE-GNN (Wang et al. 2020)' },
  },
  {
    family: gru4rec as unknown as Recommender,
    options: sessionOptions,
    published: { values: [0.2945, 0.0833], source: 'GRU4Rec in SR-GNN' },
  },
];

/** Diginetica: the next item of every prefix of the last week's sessions, repeats allowed. */
export async function diginetica(
  { smoke, data: folder }: BenchOptions,
  wanted: (family: string) => boolean,
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
    entries.filter(({ family }) => wanted(family.name)),
    seeds,
  );
}
