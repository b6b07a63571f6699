import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { random } from '../src/core/index.js';
import type { BenchOptions, BenchRow } from './support/row.js';

type Took = Record<'rows' | 'events' | 'seconds' | 'processor' | 'memory', number>;

/** Reading and cleaning all of Online Retail, and the import of a large catalogue, each in a process of its own. */
export async function run({ smoke }: BenchOptions): Promise<BenchRow[]> {
  const { rows, events, ...took } = await ran('importChild.js');
  const data = `online-retail, ${rows.toLocaleString('en')} rows → ${events.toLocaleString('en')} events`;
  return [
    ...rowsOf(data, 'read, clean, report, group, s', took, 10, 1024),
    ...(await catalogue(smoke ? 5_000 : 1_000_000)),
  ];
}

async function catalogue(items: number): Promise<BenchRow[]> {
  const dir = mkdtempSync(join(tmpdir(), 'endcap-items-'));
  try {
    const file = join(dir, 'items.csv');
    await pipeline(Readable.from(lines(items)), createWriteStream(file));
    const took = await ran('importItemsChild.js', file, join(dir, 'shop'));
    const data = `invented catalogue, ${items.toLocaleString('en')} items in CSV, seed 1`;
    return rowsOf(data, 'endcap import --items, durable, s', took, 60);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** A line an item: eight fields, titles of six words of 20,000. */
function* lines(items: number): Generator<string> {
  const { int: pick } = random(1);
  yield 'id,title,category,brand,price,stock,colour,image\n';
  for (let item = 0; item < items; item++) {
    const words = Array.from({ length: 6 }, () => `word${pick(20_000)}`).join(' ');
    const category = `Department ${pick(20)} > Shelf ${pick(400)}`;
    const price = (pick(20_000) / 100 + 0.5).toFixed(2);
    yield `sku-${item},${words},${category},Brand ${pick(3_000)},${price},${pick(500)},colour ${pick(12)},https://img.example/${item}.webp\n`;
  }
}

async function ran(child: string, ...given: string[]): Promise<Took> {
  const path = fileURLToPath(new URL(`./support/${child}`, import.meta.url));
  const [took] = await once(fork(path, given, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] }), 'message');
  return took as Took;
}

function rowsOf(
  data: string,
  metric: string,
  { seconds, processor, memory }: Pick<Took, 'seconds' | 'processor' | 'memory'>,
  reachSeconds: number,
  reachMiB?: number,
): BenchRow[] {
  return [
    { data, metric, value: seconds, reference: reachSeconds, source: 'goal: below' },
    { data, metric: 'the same, s of processor time', value: processor },
    {
      data,
      metric: 'peak memory of the process, MiB',
      value: memory,
      ...(reachMiB === undefined ? {} : { reference: reachMiB, source: 'goal: below' }),
    },
  ];
}
