import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { measure, startServer, strangers } from '../serve.js';
import type { BenchRow } from '../support/row.js';
import { realItems } from '../support/searchItems.js';
import { knownItemQueries } from './knownItem.js';

const rate = 200;
const shoppers = 200;

/** Searches over HTTP at 200 requests a second, beside events: the server on one core, who asks on the other. */
export async function servedRows(folder: string, smoke: boolean): Promise<BenchRow[]> {
  const real = realItems(folder, smoke ? 5_000 : 100_000);
  if (!real) return [];
  const { items } = real;
  const queries = knownItemQueries(items, real.titled, smoke ? 100 : 600).flatMap((kind) =>
    kind.queries.map(({ query }) => query),
  );
  const dir = mkdtempSync(join(tmpdir(), 'endcap-search-'));
  try {
    const given = [join(dir, 'shop'), folder, `${items.length}`, `${shoppers}`];
    const server = await startServer(given, 'searchChild');
    const load = {
      url: server.url,
      rate,
      seconds: smoke ? 2 : 60,
      // A shopper's first search after a start reads what goes with their last ten items, some 40 ms: it is not this row's.
      warm: smoke ? 100 : 6_000,
      items: items.slice(0, 2_000).map(({ id }) => id),
      queries,
      shoppers: strangers(shoppers),
      mix: { search: 9, events: 1 },
    };
    const data = `${items.length.toLocaleString('en')} items of five shops over HTTP, facets, taste, explained`;
    const { all: before } = await server.used();
    const rows = await measure(load, data);
    const used = ((await server.used()).all - before) / (load.warm + rate * load.seconds);
    rows.push(
      { data, metric: `a request of the mix at ${rate}/s, ms of processor`, value: used },
      await server.memory(data),
    );
    await server.stop();
    const goal = { reference: 15, source: 'target, two idle cores' };
    return rows.map((row) => (row.metric === 'search p99, ms' ? { ...row, ...goal } : row));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
