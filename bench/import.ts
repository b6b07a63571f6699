import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { BenchRow } from './support/row.js';

const child = fileURLToPath(new URL('./support/importChild.js', import.meta.url));

/** Reading and cleaning all of Online Retail in a process of its own. */
export async function run(): Promise<BenchRow[]> {
  const [done] = await once(fork(child), 'message');
  const { rows, events, seconds, processor, memory } = done as Record<
    'rows' | 'events' | 'seconds' | 'processor' | 'memory',
    number
  >;
  const data = `online-retail, ${rows.toLocaleString('en')} rows → ${events.toLocaleString('en')} events`;
  return [
    { data, metric: 'read, clean, report, group, s', value: seconds, reference: 10, source: 'goal: below' },
    { data, metric: 'the same, s of processor time', value: processor },
    {
      data,
      metric: 'peak memory of the process, MiB',
      value: memory,
      reference: 1024,
      source: 'goal: below',
    },
  ];
}
