import { existsSync, readFileSync } from 'node:fs';
import type { BenchRow } from '../row.js';
import { type Shop, sent, shopper } from './shop.js';

/** Items that nobody sells, as many as somebody cares to name: viewed, searched for in words and shown in slots made up as well. */
export async function invented(shop: Shop, count: number, ids: number): Promise<BenchRow[]> {
  const { state } = shop.engine;
  // What the first batches make, whoever sends them, is no growth: code, tables of the smallest size, buffers of the log.
  await flood(shop, 'warm', Math.min(60_000, ids));
  const before = { known: state.dictionary.size, memory: await memory() };
  await flood(shop, 'flood', ids);
  const after = await memory();
  const data = `${ids} invented items by a public key, ${count} real ones`;
  return [
    { data, metric: 'rows for them', value: state.dictionary.size - before.known, reference: 0 },
    { data, metric: 'memory of its own grown, MB', value: after.own - before.memory.own, reference: 50 },
    { data, metric: 'mapped pages of the log grown, MB', value: after.mapped - before.memory.mapped },
    { data, metric: 'of which what lives in the heap, MB', value: after.live - before.memory.live },
    {
      data,
      metric: 'of which room that the heap holds and nothing lives in, MB',
      value: after.room - before.memory.room,
    },
    { data, metric: 'of which arrays outside the heap, MB', value: after.arrays - before.memory.arrays },
  ];
}

/** A third of the events each: views, searches in ever new words, lists in ever new slots. */
async function flood(shop: Shop, name: string, ids: number): Promise<void> {
  const said: ((at: number) => object)[] = [
    () => ({ type: 'view' }),
    (at) => ({ type: 'search', query: `${name} ${at}`, attribution: `search_${name}_${at}` }),
    (at) => ({ type: 'impression', attribution: `list_${name}_${at}`, context: { slot: `${name} ${at}` } }),
  ];
  for (let n = 0; n < ids; n += 1_000) {
    const event = (at: number) => ({
      id: `${name}${n}-${at}`,
      ...said[(n / 1_000) % said.length]!(n + at),
      user: shopper(5_000 + ((n / 1_000) % 50)),
      items: Array.from({ length: 10 }, (_, item) => ({ id: `invented-${name}-${n + 10 * at + item}` })),
    });
    await sent(
      shop,
      Array.from({ length: 100 }, (_, at) => event(at)),
    );
  }
}

/** MB. */
interface Memory {
  /** What the process holds. */
  own: number;
  /** Pages of files, which the system takes back when it likes. */
  mapped: number;
  /** What lives in the heap, and what the heap holds beyond that. */
  live: number;
  room: number;
  /** Arrays outside the heap. */
  arrays: number;
}

/** Settled: no thread learns anything aside, which takes a hundred MB while it does. */
async function memory(): Promise<Memory> {
  while (threadsAside() > 0) await new Promise((resolve) => setTimeout(resolve, 500));
  for (let n = 0; n < 3; n++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  const status = existsSync('/proc/self/status') ? readFileSync('/proc/self/status', 'utf8') : '';
  const kib = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0);
  const { rss, heapUsed, heapTotal, arrayBuffers } = process.memoryUsage();
  const mapped = (kib('RssFile') + kib('RssShmem')) / 1024;
  return {
    own: rss / 2 ** 20 - mapped,
    mapped,
    live: heapUsed / 2 ** 20,
    room: (heapTotal - heapUsed) / 2 ** 20,
    arrays: arrayBuffers / 2 ** 20,
  };
}

/** Worker threads at work in this process. */
const threadsAside = (): number =>
  (process.report.getReport() as { workers?: unknown[] }).workers?.length ?? 0;
