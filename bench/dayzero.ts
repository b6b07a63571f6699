import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Event, type Item, random } from '../src/core/index.js';
import { openEngine } from '../src/recommend/index.js';
import { openStore } from '../src/storage/index.js';
import { beautyEntries } from './support/coldItems.js';
import { lines } from './support/datasets.js';
import type { BenchOptions, BenchRow } from './support/row.js';
import { summary } from './support/rows.js';

const minute = 60_000;
const day = 1440 * minute;
const start = Date.UTC(2026, 0, 1);

/** How a shopper's past reaches the shop, and how long after it they ask. */
const situations = [
  { name: 'within the sitting', type: 'view', apart: minute, later: minute },
  { name: 'a day later', type: 'view', apart: minute, later: day },
  { name: 'a day after purchases', type: 'purchase', apart: day, later: day },
] as const;

/**
 * A shop on its first day: a catalogue with titles, nothing trained, and shoppers who come one after the other with what
 * they did elsewhere before. `home` is asked for ten; the item that came next is right. Amazon Beauty; the options were
 * chosen on the item before the last one (`ENDCAP_BENCH=validation`), the last one is test. The file numbers shoppers by
 * who wrote of an item first: of two who follow each other 94 % share one (of two drawn 1.5 %). So the shoppers are drawn,
 * and the first of the file stand beside.
 */
export async function run({ smoke, data }: BenchOptions): Promise<BenchRow[]> {
  const entries = beautyEntries(data);
  const sequences = lines(join(data, 'beauty'), 'sequences.txt.gz')?.map((line) => line.split(' ').slice(1));
  if (!entries || !sequences) return [];
  const held = process.env.ENDCAP_BENCH === 'validation' ? 1 : 0;
  const known = sequences.map((sequence) => sequence.slice(0, sequence.length - held));
  const count = smoke ? 100 : 3_000;
  const items = [...entries.values()];
  const rows: BenchRow[] = [];
  for (const situation of situations) {
    const drawn: Day[] = [];
    for (const seed of smoke ? [1] : [1, 2, 3])
      drawn.push(
        await firstDay(
          items,
          random(seed)
            .shuffle([...known])
            .slice(0, count),
          situation,
        ),
      );
    const set = `beauty, ${count} shoppers, nothing trained${held ? ', validation' : ''}`;
    const metric = `home ${situation.name}, HR@10`;
    const rates = drawn.map(({ hits }) => hits / count);
    rows.push(summary(set, metric, rates, 0.07, 'goal: at least'));
    const times = drawn.map(({ ms }) => ms);
    rows.push(summary(set, `home ${situation.name}, ms of processor a request`, times));
    const first = await firstDay(items, known.slice(0, count), situation);
    rows.push({ data: `${set}, the first of the file`, metric, value: first.hits / count });
  }
  return rows;
}

interface Day {
  hits: number;
  /** Processor time of a request. */
  ms: number;
}

async function firstDay(
  items: readonly Item[],
  shoppers: readonly (readonly string[])[],
  { type, apart, later }: (typeof situations)[number],
): Promise<Day> {
  const dir = mkdtempSync(join(tmpdir(), 'endcap-dayzero-'));
  const clock = { now: start };
  const engine = await openEngine({ store: openStore(dir), clock: () => clock.now });
  let [hits, used] = [0, 0];
  try {
    await engine.catalogue.put(items);
    for (const [at, sequence] of shoppers.entries()) {
      const user = `u${at}`;
      const past = sequence.slice(0, -1).map(
        (id, place): Event => ({
          id: `${user}-${place}`,
          type,
          user,
          items: [{ id }],
          time: clock.now + place * apart,
        }),
      );
      await engine.ingest(past);
      clock.now = past.at(-1)!.time + later;
      const before = process.cpuUsage();
      const answer = await engine.recommend({ user, scenario: 'home', count: 10 });
      const { user: own, system } = process.cpuUsage(before);
      used += (own + system) / 1000;
      if (answer.items.some(({ id }) => id === sequence.at(-1))) hits++;
    }
  } finally {
    await engine.close();
    rmSync(dir, { recursive: true, force: true });
  }
  return { hits, ms: used / shoppers.length };
}
