import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  defaultEventTable,
  type Event,
  type Item,
  type RecommendResponse,
  random,
} from '../src/core/index.js';
import { pairedDifference, rankingMetrics } from '../src/math/index.js';
import { type Engine, learnShelf, openEngine } from '../src/recommend/index.js';
import { createServer } from '../src/server/index.js';
import { openStore } from '../src/storage/index.js';
import {
  type Case,
  evaluate,
  Registry,
  readShop,
  type TrainingOutcome,
  temporalSplit,
  trainShop,
} from '../src/train/index.js';
import { report } from './support/algorithms.js';
import { asked } from './support/asked.js';
import { clickEvents } from './support/clicks.js';
import { beautyEntries } from './support/coldItems.js';
import { lines } from './support/datasets.js';
import { retailEvents } from './support/retail.js';
import type { BenchOptions, BenchRow } from './support/row.js';

/** A shop to be served: its log, its catalogue, and the days at its end that nothing learns from. */
interface Shop {
  name: string;
  events: readonly Event[];
  items: readonly Item[];
  days: number;
  metric: 'ndcg' | 'recall' | 'hitRate';
  k: number;
  goal?: { reference: number; source: string };
}

/**
 * What a shopper really gets: the log up to the test window goes into a shop, `train` with its defaults and a budget of
 * two minutes of the processor deploys what it finds best, and `home` is asked over HTTP for every shopper of the window.
 * Beside it the statistics alone (asked before the training) and the model alone (its scores of all items). The test window
 * decides nothing: the training splits what lies before it.
 */
export async function run({ smoke, data }: BenchOptions): Promise<BenchRow[]> {
  const chosen = asked().names;
  const shops = { 'online-retail': smoke ? retailLately : retail, 'rsc15-100k': rsc15, beauty };
  const rows: BenchRow[] = [];
  for (const [name, make] of Object.entries(shops)) {
    if (smoke ? name !== 'online-retail' : chosen.length > 0 && !chosen.includes(name)) continue;
    const shop = await make(data);
    if (shop) rows.push(...(await served(shop, smoke)));
  }
  return rows;
}

async function retail(): Promise<Shop> {
  const goal = { reference: 0.13, source: 'goal: at least' };
  return { name: 'online-retail', ...(await retailEvents()), days: 28, metric: 'ndcg', k: 10, goal };
}

/** Its last third of a year, for a smoke. */
async function retailLately(): Promise<Shop> {
  const shop = await retail();
  const from = shop.events.at(-1)!.time - 120 * 86_400_000;
  return { ...shop, events: shop.events.filter(({ time }) => time >= from) };
}

async function rsc15(data: string): Promise<Shop | undefined> {
  const clicks = clickEvents(data);
  return clicks && { name: 'rsc15-100k', ...clicks, days: 1, metric: 'recall', k: 20 };
}

/**
 * Amazon Beauty has an order and no times: each shopper's last item lies in the last four weeks, the one before in the
 * four weeks before, and so on.
 */
async function beauty(data: string): Promise<Shop | undefined> {
  const entries = beautyEntries(data);
  const sequences = lines(join(data, 'beauty'), 'sequences.txt.gz');
  if (!entries || !sequences) return undefined;
  const weeks = 28 * 86_400_000;
  const end = Date.UTC(2026, 0, 1);
  const events = sequences.flatMap((line, user) => {
    const ids = line.split(' ').slice(1);
    return ids.map((id, place): Event => {
      const time = end - (ids.length - 1 - place) * weeks;
      return { id: `${user}-${place}`, type: 'purchase', user: `u${user}`, items: [{ id }], time };
    });
  });
  events.sort((a, b) => a.time - b.time);
  return { name: 'beauty', events, items: [...entries.values()], days: 27, metric: 'hitRate', k: 10 };
}

async function served(shop: Shop, smoke: boolean): Promise<BenchRow[]> {
  const split = temporalSplit(shop.events, { table: defaultEventTable, days: shop.days, seed: 1 });
  const { test } = split;
  const most = smoke ? 50 : 2_000;
  // Drawn: the first of a file are no sample of it (Beauty numbers shoppers by who wrote of an item first).
  const drawn = random(1)
    .shuffle([...test.cases])
    .slice(0, most);
  const cases = drawn.toSorted((a, b) => a.now - b.now);
  const asking = { shop, cases, from: split.boundaries.test };
  const statistics = await inShop(asking, async () => ({}));
  const list = await inShop(asking, async (engine, dir) => {
    const outcome = await train(dir, shop, smoke);
    await engine.reload();
    const model = await new Registry(engine.store.objects).load(outcome.decision!.version!);
    return { ...outcome, model };
  });
  const { model, took, selection } = list;
  console.log(`shelf ${JSON.stringify(model.shelf)}`);
  for (const { algorithm, validation } of selection.candidates)
    console.log(`${algorithm}: validation ${validation.metrics.ndcg.mean.toFixed(4)}`);
  const window = { past: test.past, cases, ratings: [] };
  const alone = await evaluate(model, window, { k: shop.k, seed: 1 });
  const row = (metric: string, value: number): BenchRow => ({
    data: `${shop.name}, ${cases.length} shoppers${cases.length < test.cases.length ? ' drawn' : ''}, asked over HTTP`,
    metric,
    value,
  });
  const label = `${names[shop.metric]}@${shop.k}`;
  const less = pairedDifference(list.byCase, alone.byCase[shop.metric], 1);
  return [
    { ...row(`served list, ${label}`, list.quality), ...shop.goal },
    row(`statistics alone, ${label}`, statistics.quality),
    row(`model alone (${model.name}), ${label}`, alone.metrics[shop.metric].mean),
    row('served list less the model alone, paired', less.mean),
    row('  95 % interval from', less.low),
    row('  95 % interval to', less.high),
    row('share of the list that was touched before', list.repeated),
    row('training, s of processor time', took.processor),
    row('training, s on the clock', took.clock),
    row('a request explained, ms of processor, server and client', list.ms),
  ];
}

const names = { ndcg: 'NDCG', recall: 'recall', hitRate: 'HR' };

async function train(dir: string, shop: Shop, smoke: boolean): Promise<TrainingOutcome> {
  const told = report(shop.name);
  const request = { days: shop.days, seed: 1, tune: true, budget: smoke ? 5 : 120, deploy: true };
  return trainShop(await readShop(dir), request, {
    code: 'bench',
    watch: (happening) => happening.kind === 'running' && told({ ...happening, note: happening.note ?? '' }),
    learnShelf,
  });
}

/** A shop with the log up to the window, as `prepare` leaves it, asked for every case. */
async function inShop<Prepared>(
  { shop, cases, from }: { shop: Shop; cases: readonly Case[]; from: number },
  prepare: (engine: Engine, dir: string) => Promise<Prepared>,
): Promise<Asked & Prepared> {
  const dir = mkdtempSync(join(tmpdir(), 'endcap-served-'));
  const clock = { now: from };
  const store = openStore(dir);
  const engine = await openEngine({
    store,
    clock: () => clock.now,
    models: new Registry(store.objects),
  });
  try {
    await engine.catalogue.put(shop.items);
    await ingest(
      engine,
      shop.events.filter(({ time }) => time < from),
    );
    const prepared = await prepare(engine, dir);
    return { ...(await askAll(engine, clock, cases, shop)), ...prepared };
  } finally {
    await engine.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

async function ingest(engine: Engine, events: readonly Event[]): Promise<void> {
  for (let at = 0; at < events.length; at += 1000) await engine.ingest(events.slice(at, at + 1000));
}

interface Asked {
  quality: number;
  byCase: Float64Array;
  repeated: number;
  ms: number;
}

/** Asks `home` for every case as of its moment, what happened before it in the window put in first. */
async function askAll(
  engine: Engine,
  clock: { now: number },
  cases: readonly Case[],
  { events, metric, k }: Shop,
): Promise<Asked> {
  const window = events.filter(({ time }) => time >= clock.now);
  let next = 0;
  const app = await createServer(engine, {});
  await app.listen({ host: '127.0.0.1', port: 0 });
  const address = app.server.address();
  const url = typeof address === 'object' && address ? `http://127.0.0.1:${address.port}` : '';
  const byCase = new Float64Array(cases.length);
  let [repeated, shown] = [0, 0];
  const started = process.cpuUsage();
  for (const [at, { profile, now, targets, seen }] of cases.entries()) {
    clock.now = now;
    const since = next;
    while (next < window.length && window[next]!.time < now) next++;
    await ingest(engine, window.slice(since, next));
    const ids = await home(url, profile.user, k);
    byCase[at] = rankingMetrics(rowsOf(ids), relevantOf(ids, targets), k, targets.size)[metric];
    repeated += ids.filter((id) => seen.has(id)).length;
    shown += ids.length;
  }
  const { user, system } = process.cpuUsage(started);
  await app.close();
  const quality = byCase.reduce((sum, one) => sum + one, 0) / cases.length;
  const ms = (user + system) / 1000 / cases.length;
  return { quality, byCase, repeated: repeated / Math.max(1, shown), ms };
}

const rowsOf = (ids: readonly string[]): number[] => ids.map((_, at) => at);

/** Places of the list that were right; those that are in no list are numbered behind. */
function relevantOf(ids: readonly string[], targets: ReadonlySet<string>): Set<number> {
  const places = [...targets].map((id) => ids.indexOf(id));
  return new Set(places.map((place, at) => (place < 0 ? ids.length + at : place)));
}

async function home(url: string, user: string, count: number): Promise<string[]> {
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ user, scenario: 'home', count, explain: true });
  const answer = await fetch(`${url}/v1/recommend`, { method: 'POST', headers, body });
  if (answer.status !== 200) throw new Error(`${answer.status}: ${await answer.text()}`);
  return ((await answer.json()) as RecommendResponse).items.map(({ id }) => id);
}
