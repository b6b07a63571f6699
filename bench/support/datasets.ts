import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type ProfileEvent, Vocabulary } from '../../src/core/index.js';
import type { Dataset, Query } from '../../src/models/index.js';

/** One thing to predict: the history as the model is asked, and the one item that came next. */
export interface NextItem {
  query: Query;
  target: string;
}
export interface NextItemTask {
  train: Dataset;
  test: NextItem[];
}

/** Lines of a gzipped file, or undefined (and why) when the data set is not here. */
export function lines(folder: string, file: string): string[] | undefined {
  const path = join(folder, file);
  if (!existsSync(path)) {
    console.log(`${path} is absent: set ENDCAP_DATA to the folder of the data sets.`);
    return undefined;
  }
  return gunzipSync(readFileSync(path)).toString('utf8').trimEnd().split('\n');
}

/** Sequences, oldest first, as a data set: the order is the time. */
export function sequencesDataset(sequences: readonly (readonly string[])[]): Dataset {
  const items = new Vocabulary([...new Set(sequences.flat())].sort());
  const start = new Uint32Array(sequences.length + 1);
  sequences.forEach((sequence, user) => {
    start[user + 1] = start[user]! + sequence.length;
  });
  const total = start.at(-1)!;
  const item = new Uint32Array(total);
  let at = 0;
  for (const sequence of sequences) for (const id of sequence) item[at++] = items.row(id);
  return {
    users: new Vocabulary(sequences.map((_, user) => `u${user}`)),
    items,
    start,
    item,
    time: Float64Array.from({ length: total }, (_, i) => i),
    weight: new Float32Array(total).fill(1),
    rating: new Float32Array(total).fill(Number.NaN),
    until: total,
  };
}

export function queryOf(history: readonly string[]): Query {
  const events = history.map((item, time): ProfileEvent => ({ item, type: 'view', time, weight: 1 }));
  return { profile: { user: 'u', events, total: events.length, counters: {} }, now: history.length };
}

/** Amazon Beauty, leave-one-out: the last item is test; algorithms hold out the one before for early stopping. */
export function beauty(data: string): NextItemTask | undefined {
  const sequences = lines(join(data, 'beauty'), 'sequences.txt.gz')?.map((line) => line.split(' ').slice(1));
  if (!sequences) return undefined;
  return {
    train: sequencesDataset(sequences.map((sequence) => sequence.slice(0, -1))),
    test: sequences.map((sequence) => ({ query: queryOf(sequence.slice(0, -1)), target: sequence.at(-1)! })),
  };
}

/** Diginetica, SR-GNN split: the sessions of the last week are test, every prefix of them a case. */
export function diginetica(data: string): NextItemTask | undefined {
  const folder = join(data, 'diginetica');
  const sessions = lines(folder, 'train.sessions.txt.gz')?.map((line) => line.split(' '));
  const tests = lines(folder, 'test.prefix-target.tsv.gz')?.map((line) => line.split('\t'));
  if (!sessions || !tests) return undefined;
  return {
    train: sequencesDataset(sessions),
    test: tests.map(([prefix, target]) => ({ query: queryOf(prefix!.split(' ')), target: target! })),
  };
}
