import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Event, random } from '../src/core/index.js';
import { openStore, type Store } from '../src/storage/index.js';
import type { BenchOptions, BenchRow } from './support/row.js';

/** How fast the log takes events durably, and how fast everything derived is rebuilt from it. */
export async function run({ smoke }: BenchOptions): Promise<BenchRow[]> {
  const dir = mkdtempSync(join(tmpdir(), 'endcap-log-'));
  const store = openStore(dir);
  try {
    const events = makeEvents(smoke ? 20_000 : 500_000);
    const single = makeEvents(smoke ? 2_000 : 20_000, events.length);
    const batches = await inBatches(store, events, 1_000);
    const alone = await byClients(store, single, 64);
    await store.close();
    const replayed = await replayedBy(dir);
    const rows: [string, number, number][] = [
      ['batches of 1,000, durable events/s', batches, 50_000],
      ['one at a time, 64 concurrent clients, durable events/s', alone, 3_000],
      ['replay of the log into all derived state, events/s', replayed.perSecond, 200_000],
      ['replay, events/s of processor time', replayed.perCpuSecond, 200_000],
    ];
    const data = `synthetic, ${events.length.toLocaleString('en')} events, 50,000 shoppers, 20,000 items`;
    return rows.map(([metric, value, reference]) => ({
      data,
      metric,
      value,
      reference,
      source: 'goal: at least',
    }));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Visits of one to nine events; 200 shoppers are in the shop at a time, popular items are far more popular. */
function makeEvents(count: number, from = 0): Event[] {
  const chance = random(from + 1);
  const visits = Array.from({ length: 200 }, () => ({ user: '', left: 0 }));
  return Array.from({ length: count }, (_, at) => {
    const visit = visits[chance.int(visits.length)]!;
    if (visit.left === 0) {
      visit.user = `u${chance.int(50_000)}`;
      visit.left = 1 + chance.int(9);
    }
    visit.left--;
    return {
      id: `e${from + at}`,
      type: chance.int(20) === 0 ? 'purchase' : 'view',
      user: visit.user,
      items: [{ id: `i${Math.floor(chance.float() ** 2 * 20_000)}`, quantity: 1, price: 9.5 }],
      time: Date.UTC(2026, 0, 1) + 1_000 * (from + at),
    };
  });
}

async function inBatches(store: Store, events: readonly Event[], size: number): Promise<number> {
  const seconds = await timed(async () => {
    for (let from = 0; from < events.length; from += size)
      await store.log.append(events.slice(from, from + size));
  });
  return events.length / seconds;
}

async function byClients(store: Store, events: readonly Event[], clients: number): Promise<number> {
  let next = 0;
  const client = async (): Promise<void> => {
    while (next < events.length) await store.log.append([events[next++]!]);
  };
  const seconds = await timed(async () => void (await Promise.all(Array.from({ length: clients }, client))));
  return events.length / seconds;
}

interface Replayed {
  perSecond: number;
  perCpuSecond: number;
}

/** In a process of its own, as `endcap replay` runs: here the events just written would be in memory beside it. */
async function replayedBy(dir: string): Promise<Replayed> {
  const child = fork(fileURLToPath(new URL('./support/replayChild.js', import.meta.url)), [dir]);
  const [replayed] = (await once(child, 'message')) as [Replayed];
  await once(child, 'exit');
  return replayed;
}

async function timed(work: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}
