import type { Event } from '../../src/core/index.js';
import { openEngine } from '../../src/recommend/index.js';
import { openStore } from '../../src/storage/index.js';
import { type Invented, ownMemory } from '../invented.js';

/** `inventedChild DIR IDS`: takes events with so many unlisted items in, closes, and tells its parent what it took. */
const [, , dir = '', count = '0'] = process.argv;
const perEvent = 60;
const engine = await openEngine({ store: openStore(dir) });
await engine.catalogue.put([{ id: 'known' }]);
await ingest(0, 10_000);
const before = settled();
await ingest(10_000, 10_000 + Number(count));
const after = settled();
const handles = engine.state.dictionary.size;
const started = performance.now();
await engine.close();
const closeMs = performance.now() - started;
process.send!({ before, after, closeMs, handles } satisfies Invented, () => process.exit(0));

async function ingest(from: number, to: number): Promise<void> {
  for (let at = from; at < to; at += 50 * perEvent) {
    const events: Event[] = [];
    for (let first = at; first < Math.min(to, at + 50 * perEvent); first += perEvent) {
      const items = Array.from({ length: perEvent }, (_, n) => ({
        id: `invented-${first + n}`,
        unlisted: true as const,
      }));
      const n = first / perEvent;
      events.push({
        id: `e${n}`,
        type: 'view',
        user: `u${n % 2_000}`,
        items,
        time: Date.UTC(2026, 0, 1) + n,
      });
    }
    await engine.ingest(events);
  }
}

function settled(): number {
  for (let n = 0; n < 3; n++) globalThis.gc?.();
  return ownMemory();
}
