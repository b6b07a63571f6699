import { type ChildProcess, execFileSync, fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type RecommendResponse, random } from '../src/core/index.js';
import { topK } from '../src/math/index.js';
import { IvfIndex } from '../src/recommend/index.js';
import { asked } from './support/asked.js';
import { bareFlushes } from './support/bareFlush.js';
import type { Load, LoadResult } from './support/load.js';
import { retailEvents } from './support/retail.js';
import type { BenchRow, BenchRun } from './support/row.js';
import { dimension, scoresOf, syntheticShopper, syntheticVectors } from './support/synthetic.js';

const support = (name: string): string => fileURLToPath(new URL(`./support/${name}.js`, import.meta.url));
const pinned = spawnSync('taskset', ['-p', `${process.pid}`]).status === 0;

/**
 * The server on core 0, the load generator on core 1; both free where `taskset` is absent. `ENDCAP_BENCH=retail`: Online
 * Retail alone.
 */
export const run: BenchRun = async ({ smoke }) => {
  const dir = mkdtempSync(join(tmpdir(), 'endcap-serve-'));
  try {
    // A minute: V8 compiles in the first seconds, and a checkpoint comes every 50, at 200 events a second.
    const rows = await retail(join(dir, 'retail'), smoke);
    if (smoke || asked().names.includes('retail')) return rows;
    for (const spectrum of ['decaying', 'flat'] as const)
      rows.push(...(await inProcess(1_000_000, spectrum)));
    return [...rows, ...(await million(join(dir, 'million'), 1_000_000))];
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
};

async function retail(dir: string, smoke: boolean): Promise<BenchRow[]> {
  const seconds = smoke ? 2 : 60;
  const model = smoke ? 'itemKnn' : 'blend';
  execFileSync(process.execPath, [support('serverChild'), 'import', dir, '0', model], { stdio: 'inherit' });
  const server = await startServer(['retail', dir]);
  const items = await itemsOf(server.url);
  const mix = { events: 1, home: 2, similar: 1, complement: 1 };
  const load = {
    url: server.url,
    seconds,
    warm: smoke ? 1_000 : 5_000,
    items,
    shoppers: strangers(500),
    mix,
  };
  const data =
    'online-retail, 3,645 items, the default winner, explained, events 1 : recommend 4, a second start';
  const flushes = smoke ? 20 : 200;
  const before = await bareLatencies(load);
  const flushed = await bareFlushes(dir, flushes);
  const rows = await asked1000(server, load, data);
  const own = [...new Set((await retailEvents()).events.map(({ user }) => user))];
  const known = { ...load, shoppers: own, seconds: load.seconds / 2 };
  rows.push(...(await asked1000(server, known, `${data}, by the shop's own ${own.length} shoppers`)));
  flushed.push(...(await bareFlushes(dir, flushes)));
  for (const q of [0.5, 0.99]) {
    const metric = `one write of 4 KiB and its flush on this disk, p${100 * q}, ms (an event waits for two or three)`;
    rows.push({ data, metric, value: quantile(flushed, q) });
  }
  const bare = [...before, ...(await bareLatencies(load))];
  for (const q of [0.5, 0.99]) {
    rows.push({ data, metric: `bare node:http in the same run, p${100 * q}, ms`, value: quantile(bare, q) });
  }
  const metric = 'similar and complement, mean Jaccard of the top 10';
  rows.push({ data, metric, value: await overlap(server.url, items), reference: 0.2, source: 'goal: below' });
  await server.stop();
  return rows;
}

/** Latencies of a thousand requests a second, and what they cost the server. */
async function asked1000(server: Served, load: Omit<Load, 'rate'>, data: string): Promise<BenchRow[]> {
  const rate = 1_000;
  const started = await server.used();
  const rows = [...(await measure({ ...load, rate }, data, 10)), await server.memory(data, 500)];
  const ended = await server.used();
  const requests = load.warm + rate * load.seconds;
  const metric = 'a request of the mix, ms of processor, with all that is learned beside';
  const value = (ended.all - started.all) / requests;
  const answering = (ended.answering - started.answering) / requests;
  return [
    ...rows,
    { data, metric, value, reference: 0.5, source: 'goal: below' },
    { data, metric: 'of it the thread that answers, ms', value: answering },
  ];
}

/** Shoppers who come for the first time. */
export const strangers = (count: number): string[] => Array.from({ length: count }, (_, at) => `load${at}`);

async function million(dir: string, count: number): Promise<BenchRow[]> {
  const server = await startServer(['synthetic', dir, `${count}`]);
  const items = Array.from({ length: 2_000 }, (_, at) => `s${at * 499}`);
  const mix = { events: 1, home: 4 };
  const load = { url: server.url, seconds: 20, warm: 500, items, shoppers: strangers(200), mix };
  const data = '1,000,000 synthetic items × 64, over HTTP';
  const rows = await measure({ ...load, rate: 200 }, data);
  rows.push(await server.memory(data));
  await server.stop();
  return rows;
}

/** The same load on a server that does nothing: what this machine allows just now. */
async function bareLatencies(load: Omit<Load, 'rate'>): Promise<number[]> {
  const server = await startServer(['bare']);
  const { latencies } = await loaded({ ...load, url: server.url, rate: 1_000, seconds: load.seconds / 2 });
  await server.stop();
  return Object.values(latencies).flat();
}

/** The search alone, in this process: time, memory and recall beside the exact scan. */
async function inProcess(count: number, spectrum: 'decaying' | 'flat'): Promise<BenchRow[]> {
  const vectors = syntheticVectors(count, spectrum);
  const data = `1,000,000 synthetic items × 64, ${spectrum} spectrum`;
  const chance = random(3);
  const shoppers = Array.from({ length: 200 }, () => syntheticShopper(vectors, chance));
  const exact = timed(shoppers, (shopper) => topK(scoresOf(vectors, shopper), 10).rows);
  const before = buffers();
  const started = performance.now();
  const index = await IvfIndex.build(vectors, dimension);
  const seconds = (performance.now() - started) / 1000;
  const memory = (buffers() - before) / 2 ** 20;
  for (const shopper of shoppers) index.search(shopper, 10, () => true);
  const near = timed(shoppers, (shopper) => index.search(shopper, 10, () => true).rows);
  const found = near.results.map((rows, at) => rows.filter((row) => exact.results[at]!.includes(row)).length);
  const value = (metric: string, figure: number): BenchRow => ({ data, metric, value: figure });
  return [
    value('exact scan p50, ms', quantile(exact.times, 0.5)),
    value('exact scan p99, ms', quantile(exact.times, 0.99)),
    value('vectors, MiB', vectors.byteLength / 2 ** 20),
    value('index build, s', seconds),
    value('index, MiB', memory),
    value('index p50, ms', quantile(near.times, 0.5)),
    value('index p99, ms', quantile(near.times, 0.99)),
    value('index recall@10', found.reduce((sum, hits) => sum + hits, 0) / (10 * shoppers.length)),
  ];
}

/** Bytes of typed arrays and of WebAssembly still in use. */
function buffers(): number {
  globalThis.gc?.();
  return process.memoryUsage().external;
}

function timed<T, R>(inputs: readonly T[], work: (input: T) => R): { results: R[]; times: number[] } {
  const times: number[] = [];
  const results = inputs.map((input) => {
    const started = performance.now();
    const result = work(input);
    times.push(performance.now() - started);
    return result;
  });
  return { results, times };
}

export async function measure(load: Load, data: string, goal?: number): Promise<BenchRow[]> {
  const { latencies, warming, failed } = await loaded(load);
  const row = (metric: string, value: number, reference?: number): BenchRow =>
    reference === undefined
      ? { data, metric, value }
      : { data, metric, value, reference, source: 'goal: below' };
  const at = `${load.rate}/s${pinned ? ', one core' : ''}`;
  const all = Object.values(latencies).flat();
  return [
    row(`all p50, ms at ${at}`, quantile(all, 0.5)),
    row(`all p99, ms at ${at}`, quantile(all, 0.99), goal),
    ...Object.entries(latencies).flatMap(([name, times]) => [
      row(`${name} p50, ms`, quantile(times, 0.5)),
      row(`${name} p99, ms`, quantile(times, 0.99)),
    ]),
    row(`the first ${load.warm} requests, before these, p99, ms`, quantile(warming, 0.99)),
    row('failed requests', failed),
  ];
}

async function loaded(load: Load): Promise<LoadResult> {
  const [result] = await once(start(support('load'), [JSON.stringify(load)], 1), 'message');
  return result as LoadResult;
}

export interface Served {
  url: string;
  memory(data: string, reference?: number): Promise<BenchRow>;
  /** Processor time it has used so far, ms: of all its threads, and of the one that answers. */
  used(): Promise<{ all: number; answering: number }>;
  stop(): Promise<void>;
}

export async function startServer(args: string[], program = 'serverChild'): Promise<Served> {
  const child = start(support(program), args, 0);
  const [{ url }] = (await once(child, 'message')) as [{ url: string }];
  return {
    url,
    async memory(data, reference) {
      child.send('memory');
      const [{ rss }] = (await once(child, 'message')) as [{ rss: number }];
      const row = { data, metric: 'server RSS, MiB', value: rss / 2 ** 20 };
      return reference === undefined ? row : { ...row, reference, source: 'goal: below' };
    },
    async used() {
      child.send('memory');
      const [{ used, answering }] = (await once(child, 'message')) as [{ used: number; answering: number }];
      return { all: used, answering };
    },
    async stop() {
      child.send('stop');
      await once(child, 'exit');
    },
  };
}

function start(program: string, args: string[], core: number): ChildProcess {
  if (!pinned) return fork(program, args);
  // From its first moment: what a program does depends on how many cores it sees.
  return fork(program, args, { execPath: 'taskset', execArgv: ['-c', `${core}`, process.execPath] });
}

/** Ids of the most popular items. */
async function itemsOf(url: string): Promise<string[]> {
  const ids = new Set<string>();
  let fresh = await shelf(url, { scenario: 'trending', count: 100 });
  for (let round = 0; round < 8 && fresh.length > 0; round++) {
    for (const id of fresh) ids.add(id);
    fresh = await shelf(url, { scenario: 'trending', count: 100, exclude: [...ids] });
  }
  return [...ids];
}

/** How far the two shelves of a product page are the same. */
async function overlap(url: string, items: readonly string[]): Promise<number> {
  let sum = 0;
  for (const item of items) {
    const similar = new Set(await shelf(url, { scenario: 'similar', item }));
    const complement = await shelf(url, { scenario: 'complement', item });
    const both = complement.filter((id) => similar.has(id)).length;
    sum += both / Math.max(1, similar.size + complement.length - both);
  }
  return sum / items.length;
}

async function shelf(url: string, body: object): Promise<string[]> {
  const headers = { 'content-type': 'application/json' };
  const sent = JSON.stringify({ user: 'nobody', ...body });
  const answer = await fetch(`${url}/v1/recommend`, { method: 'POST', headers, body: sent });
  return ((await answer.json()) as RecommendResponse).items.map(({ id }) => id);
}

function quantile(values: readonly number[], q: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}
