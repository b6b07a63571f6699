import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Event, type Random, random, silent, Vocabulary } from '../src/core/index.js';
import { type Dataset, logBilinear } from '../src/models/index.js';
import { type Engine, openEngine } from '../src/recommend/index.js';
import { openStore } from '../src/storage/index.js';
import type { BenchOptions, BenchRow } from './support/row.js';

const eventsPerSecond = 2_000;
const recommendationsPerSecond = 500;
const tickMs = 10;
const items = 5_000;
const shoppers = 20_000;

/**
 * From the acknowledgement of an event to where it is seen: in the profile behind the next response, in the statistics,
 * in the vectors that rank. Events and recommendations together, in one process with the learner's thread beside it.
 */
export async function run({ smoke }: BenchOptions): Promise<BenchRow[]> {
  const dir = mkdtempSync(join(tmpdir(), 'endcap-fresh-'));
  const rng = random(1);
  const options = { ...logBilinear.defaults, epochs: 1, seed: 1 };
  const files = (await logBilinear.fit(walkers(rng, smoke ? 200 : 4_000), options, silent)).save();
  const engine = await openEngine({
    store: openStore(dir),
    online: true,
    models: {
      history: async () => ['v1'],
      load: () => logBilinear.load(files),
      trainedTo: async () => 0,
    },
  });
  try {
    await engine.catalogue.put(
      Array.from({ length: items }, (_, at) => ({ id: `i${at}`, title: `Item ${at}` })),
    );
    await load(engine, rng, 2);
    const before = process.cpuUsage();
    const found = await load(engine, rng, smoke ? 3 : 30);
    const { user, system } = process.cpuUsage(before);
    const name = `synthetic, ${items.toLocaleString('en')} items, ${eventsPerSecond} events/s and ${recommendationsPerSecond} recommendations/s`;
    const row = (metric: string, value: number, reference?: number): BenchRow => ({
      data: name,
      metric,
      value,
      ...(reference === undefined ? {} : { reference }),
    });
    return [
      row('profile in a response after acknowledgement, p99 ms', p99(found.profile), 5),
      row('statistics after acknowledgement, p99 ms', p99(found.statistics), 100),
      row('vectors after acknowledgement, p99 ms', p99(found.vectors), 2_000),
      row('events taken a second', found.events / found.seconds, eventsPerSecond),
      row(
        'recommendations answered a second',
        found.recommendations / found.seconds,
        recommendationsPerSecond,
      ),
      row('processor, share of one core', (user + system) / 1e6 / found.seconds),
      row('load of the machine meanwhile (two cores)', loadavg()[0]!),
    ];
  } finally {
    await engine.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

interface Found {
  profile: number[];
  statistics: number[];
  vectors: number[];
  events: number;
  recommendations: number;
  seconds: number;
}

/** Sends what is due by the clock, whether or not what was sent before is answered. */
async function load(engine: Engine, rng: Random, seconds: number): Promise<Found> {
  const found: Found = { profile: [], statistics: [], vectors: [], events: 0, recommendations: 0, seconds };
  const waiting: { offset: number; acknowledged: number }[] = [];
  const open = new Set<Promise<void>>();
  const keep = (work: Promise<void>): void => {
    open.add(work);
    void work.finally(() => open.delete(work));
  };
  const started = performance.now();
  let sent = 0;
  let asked = 0;
  while (performance.now() - started < 1_000 * seconds) {
    const elapsed = (performance.now() - started) / 1_000;
    const due = Math.min(100, Math.floor(elapsed * eventsPerSecond) - sent);
    if (due > 0) {
      sent += due;
      keep(ingest(engine, rng, due, found, waiting));
    }
    for (; asked < elapsed * recommendationsPerSecond && open.size < 200; asked++)
      keep(
        engine.recommend({ user: `u${rng.int(shoppers)}`, scenario: 'home' }).then(() => {
          found.recommendations++;
        }),
      );
    drain(engine, waiting, found);
    await new Promise((resolve) => setTimeout(resolve, tickMs));
  }
  await Promise.all(open);
  found.seconds = (performance.now() - started) / 1_000;
  for (let tries = 0; tries < 500 && waiting.length > 0; tries++) {
    drain(engine, waiting, found);
    await new Promise((resolve) => setTimeout(resolve, tickMs));
  }
  // What is not there by now is worse than any bound.
  for (const _ of waiting) found.vectors.push(Number.POSITIVE_INFINITY);
  return found;
}

let made = 0;
async function ingest(
  engine: Engine,
  rng: Random,
  count: number,
  found: Found,
  waiting: { offset: number; acknowledged: number }[],
): Promise<void> {
  const time = engine.now;
  const events = Array.from({ length: count }, (): Event => {
    const user = rng.int(shoppers);
    const item = `i${(user * 7 + rng.int(5)) % items}`;
    return { id: `e${made++}`, type: 'view', user: `u${user}`, items: [{ id: item }], time };
  });
  // Of a stranger: what a shopper looked at today already counts no second time in the statistics.
  events.at(-1)!.user = `stranger${made}`;
  const last = events.at(-1)!;
  const id = last.items[0]!.id;
  const counted = engine.state.itemStats(id, time)?.counts.view ?? 0;
  const appended = await engine.ingest(events);
  const acknowledged = performance.now();
  found.events += count;
  const { offset } = appended.at(-1)!;
  waiting.push({ offset, acknowledged });
  const response = await engine.recommend({ user: last.user, scenario: 'home' });
  const seen = engine.profile(last.user).events.some((event) => event.item === id && event.time === time);
  const answered = performance.now() - acknowledged;
  found.profile.push(response.offset > offset && seen ? answered : Number.POSITIVE_INFINITY);
  const now = engine.state.itemStats(id, time)?.counts.view ?? 0;
  found.statistics.push(now > counted ? performance.now() - acknowledged : Number.POSITIVE_INFINITY);
}

function drain(engine: Engine, waiting: { offset: number; acknowledged: number }[], found: Found): void {
  const published = engine.online?.published ?? 0;
  while (waiting.length > 0 && waiting[0]!.offset < published)
    found.vectors.push(performance.now() - waiting.shift()!.acknowledged);
}

function p99(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil(0.99 * sorted.length) - 1] ?? Number.NaN;
}

/** Shoppers that walk among near items. */
function walkers(rng: Random, count: number): Dataset {
  const length = 8;
  const rows = Uint32Array.from(
    { length: count * length },
    (_, at) => (Math.floor(at / length) * 7 + rng.int(5)) % items,
  );
  return {
    users: new Vocabulary(Array.from({ length: count }, (_, at) => `w${at}`)),
    items: new Vocabulary(Array.from({ length: items }, (_, at) => `i${at}`)),
    start: Uint32Array.from({ length: count + 1 }, (_, at) => at * length),
    item: rows,
    time: Float64Array.from(rows, (_, at) => at),
    weight: new Float32Array(rows.length).fill(1),
    rating: new Float32Array(rows.length).fill(Number.NaN),
    until: rows.length,
  };
}
