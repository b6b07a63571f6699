import { fileURLToPath } from 'node:url';
import { type Event, type Item, silent } from '../../src/core/index.js';
import { prepareFiles } from '../../src/prepare/index.js';
import type { Engine } from '../../src/recommend/index.js';

/** The vendored data set, from dist/bench/support. */
export const retailFile = fileURLToPath(
  new URL('../../../data/online-retail/online-retail.parquet', import.meta.url),
);

/** Online Retail cleaned, in memory. */
export async function retailEvents(): Promise<{ events: Event[]; items: readonly Item[] }> {
  const prepared = await prepareFiles([retailFile], { now: Date.UTC(2012, 0, 1), progress: silent });
  try {
    const events: Event[] = [];
    for await (const batch of prepared.batches(5_000)) events.push(...batch);
    return { events, items: prepared.items };
  } finally {
    prepared.close();
  }
}

/** Cleans Online Retail and puts all of it into the engine, as `endcap import` does. */
export async function importRetail(engine: Engine): Promise<{ events: number; items: string[] }> {
  const prepared = await prepareFiles([retailFile], { now: engine.now, progress: silent });
  try {
    await engine.catalogue.put(prepared.items);
    let events = 0;
    for await (const batch of prepared.batches(5_000)) {
      await engine.ingest(batch);
      events += batch.length;
    }
    return { events, items: prepared.items.map(({ id }) => id) };
  } finally {
    prepared.close();
  }
}
