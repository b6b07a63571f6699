import { fileURLToPath } from 'node:url';
import { silent, Vocabulary } from '../../src/core/index.js';
import type { Dataset } from '../../src/models/index.js';
import { prepareFiles } from '../../src/prepare/index.js';
import type { Engine } from '../../src/recommend/index.js';

/** The vendored data set, from dist/bench/support. */
export const retailFile = fileURLToPath(
  new URL('../../../data/online-retail/online-retail.parquet', import.meta.url),
);

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

/** What shoppers bought, from the log of the engine: all of it, for speed is measured here, not quality. */
export async function datasetOf(engine: Engine): Promise<Dataset> {
  const items = new Vocabulary([...engine.catalogue.all()].map(({ id }) => id));
  const byUser = new Map<string, { row: number; time: number }[]>();
  for await (const { event } of engine.store.log.read(0)) {
    const bought = byUser.get(event.user) ?? [];
    for (const { id } of event.items) {
      const row = items.row(id);
      if (row >= 0) bought.push({ row, time: event.time });
    }
    byUser.set(event.user, bought);
  }
  const all = [...byUser.values()].flat();
  const start = new Uint32Array(byUser.size + 1);
  [...byUser.values()].forEach((bought, user) => {
    start[user + 1] = start[user]! + bought.length;
  });
  return {
    users: new Vocabulary([...byUser.keys()]),
    items,
    start,
    item: Uint32Array.from(all, ({ row }) => row),
    time: Float64Array.from(all, ({ time }) => time),
    weight: new Float32Array(all.length).fill(1),
    rating: new Float32Array(all.length).fill(Number.NaN),
    until: engine.now,
  };
}
