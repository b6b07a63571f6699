import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Event, Item } from '../../src/core/index.js';
import { type Engine, openEngine } from '../../src/recommend/index.js';
import { openStore } from '../../src/storage/index.js';

/** Measures an engine with these items and events, as of `now` (ms; the wall's clock by default), in a folder that is gone after. */
export async function inShop<Found>(
  { items, events, now }: { items: readonly Item[]; events: readonly Event[]; now?: number },
  measure: (engine: Engine) => Promise<Found>,
): Promise<Found> {
  const dir = mkdtempSync(join(tmpdir(), 'endcap-bench-'));
  const clock = now === undefined ? {} : { clock: () => now };
  const engine = await openEngine({ store: openStore(dir), ...clock });
  try {
    await engine.catalogue.put(items);
    for (let at = 0; at < events.length; at += 1000) await engine.ingest(events.slice(at, at + 1000));
    return await measure(engine);
  } finally {
    await engine.close();
    rmSync(dir, { recursive: true, force: true });
  }
}
