import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BenchOptions, BenchRow } from './support/row.js';

/** What a shop holds after events with item ids that nobody knows, and how long it takes to end. */
export interface Invented {
  /** Memory of the process itself, without files that are mapped, MiB: before, and after. */
  before: number;
  after: number;
  closeMs: number;
  handles: number;
}

/** Memory and the time to close after millions of item ids that a public key invented. */
export async function run({ smoke }: BenchOptions): Promise<BenchRow[]> {
  const ids = smoke ? 60_000 : 2_000_000;
  const dir = mkdtempSync(join(tmpdir(), 'endcap-invented-'));
  try {
    const child = fork(
      fileURLToPath(new URL('./support/inventedChild.js', import.meta.url)),
      [dir, String(ids)],
      {
        execArgv: ['--expose-gc'],
      },
    );
    const [{ before, after, closeMs, handles }] = (await once(child, 'message')) as [Invented];
    await once(child, 'exit');
    const data = `${ids.toLocaleString('en')} item ids that the shop does not know, 60 an event, 2,000 shoppers`;
    return [
      { data, metric: 'memory grown, MiB', value: after - before, reference: 50, source: 'goal: at most' },
      { data, metric: 'time to close, ms', value: closeMs, reference: 10_000, source: 'goal: at most' },
      { data, metric: 'numbers in the item dictionary', value: handles, reference: 1, source: 'goal' },
    ];
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Memory that no file backs, MiB. */
export function ownMemory(): number {
  const status = '/proc/self/status';
  if (!existsSync(status)) return process.memoryUsage().rss / 2 ** 20;
  return Number(/RssAnon:\s+(\d+)/.exec(readFileSync(status, 'utf8'))![1]) / 1024;
}
