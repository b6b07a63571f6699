import { join } from 'node:path';
import { silent } from '../../src/core/index.js';
import { prepareFiles } from '../../src/prepare/index.js';
import { lines } from './datasets.js';
import { retailFile } from './retail.js';

/** A stream of clicks in time order; sessions and items numbered by first appearance. */
export interface Stream {
  name: string;
  session: Uint32Array;
  item: Uint32Array;
  /** ms */
  time: Float64Array;
  items: number;
  /** Retraining that the online learner is held against, ms and in words. */
  retrainMs: number;
  retrainName: string;
}

interface Raw {
  session: string;
  item: string;
  time: number;
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

export type StreamName = 'rsc15' | 'online-retail' | 'ader' | 'globo';

/** The streams of issue 20, the last `limit` events of each; undefined where the data is not here. */
export async function stream(
  name: StreamName,
  data: string,
  limit = Number.POSITIVE_INFINITY,
): Promise<Stream | undefined> {
  switch (name) {
    case 'rsc15':
      return numbered('rsc15-100k', rsc15(data), { retrainMs: dayMs, retrainName: 'daily' }, limit);
    case 'online-retail':
      return numbered(
        'online-retail',
        await retail(),
        { retrainMs: 7 * dayMs, retrainName: 'weekly' },
        limit,
      );
    case 'ader':
      return numbered('ader-diginetica', ader(data), { retrainMs: 7 * dayMs, retrainName: 'weekly' }, limit);
    case 'globo':
      return globo(data, limit);
  }
}

function rsc15(data: string): Raw[] | undefined {
  const folder = join(data, 'rsc15-100k');
  const files = ['train_full.tsv.gz', 'test.tsv.gz'].map((file) => lines(folder, file));
  if (files.some((file) => !file)) return undefined;
  // Sessions of both files are numbered from 1: the file is part of the name.
  const rows = files.flatMap((file, at) =>
    file!.slice(1).map((line): Raw => {
      const [session, item, time] = line.split('\t');
      return { session: `${at}:${session}`, item: item!, time: 1000 * Number(time) };
    }),
  );
  return rows.sort((a, b) => a.time - b.time);
}

/** Invoices as sessions: a line of one is the event. */
async function retail(): Promise<Raw[]> {
  const prepared = await prepareFiles([retailFile], { now: Date.UTC(2026, 0, 1), progress: silent });
  const rows: Raw[] = [];
  for await (const batch of prepared.batches(5_000)) {
    for (const { id, type, items, time } of batch) {
      if (type !== 'purchase') continue;
      for (const item of items) rows.push({ session: id, item: item.id, time });
    }
  }
  prepared.close();
  return rows;
}

/** A week is the unit of time: events of one are spread over it in the order of the file. */
function ader(data: string): Raw[] | undefined {
  const file = lines(join(data, 'ader-diginetica'), 'actions.tsv.gz')?.slice(1);
  if (!file) return undefined;
  const rows = file.map((line) => line.split('\t'));
  const sizes = new Map<string, number>();
  for (const [period] of rows) sizes.set(period!, (sizes.get(period!) ?? 0) + 1);
  const seen = new Map<string, number>();
  return rows.map(([period, session, item]) => {
    const at = seen.get(period!) ?? 0;
    seen.set(period!, at + 1);
    const time = 7 * dayMs * (Number(period) + at / sizes.get(period!)!);
    return { session: `${period}:${session}`, item: item!, time };
  });
}

function globo(data: string, limit: number): Stream | undefined {
  const file = lines(join(data, 'globo-news'), 'clicks.tsv.gz');
  if (!file) return undefined;
  const rows: Raw[] = [];
  let time = 1_506_826_800_000;
  for (let at = 1; at < file.length; at++) {
    const [session, item, gap] = file[at]!.split('\t');
    time += 1000 * Number(gap);
    if (file.length - at <= limit) rows.push({ session: session!, item: item!, time });
  }
  return numbered('globo-news', rows, { retrainMs: hourMs, retrainName: 'hourly' }, limit);
}

function numbered(
  name: string,
  raw: readonly Raw[] | undefined,
  retrain: { retrainMs: number; retrainName: string },
  limit: number,
): Stream | undefined {
  if (!raw) return undefined;
  const rows = raw.slice(-limit);
  const sessions = new Map<string, number>();
  const items = new Map<string, number>();
  const numberOf = (map: Map<string, number>, id: string): number => {
    const known = map.get(id) ?? map.size;
    if (known === map.size) map.set(id, known);
    return known;
  };
  return {
    name,
    session: Uint32Array.from(rows, ({ session }) => numberOf(sessions, session)),
    item: Uint32Array.from(rows, ({ item }) => numberOf(items, item)),
    time: Float64Array.from(rows, ({ time }) => time),
    items: items.size,
    ...retrain,
  };
}
