import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { measure, startServer, strangers } from './serve.js';
import type { BenchRun } from './support/row.js';

/** `POST /v1/intent` over HTTP at 1,000 requests a second, while events come in: trees, not assumptions, answer. */
export const run: BenchRun = async ({ smoke }) => {
  const dir = mkdtempSync(join(tmpdir(), 'endcap-intent-'));
  try {
    const server = await startServer([join(dir, 'shop'), smoke ? '600' : '4000'], 'intentChild');
    const load = {
      url: server.url,
      rate: 1_000,
      seconds: smoke ? 2 : 40,
      warm: 2_000,
      items: Array.from({ length: 500 }, (_, at) => `i${at}`),
      shoppers: strangers(500),
      mix: { intent: 9, events: 1 },
    };
    const rows = await measure(load, 'POST /v1/intent, invented visits, events 1 : intent 9', 5);
    await server.stop();
    return rows;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
};
