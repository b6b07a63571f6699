import { EndcapError, type Event } from '../../src/core/index.js';
import { openEngine } from '../../src/recommend/index.js';
import { openStore } from '../../src/storage/index.js';

/** The shop that `bench/crash` kills: takes batches of events from its parent and says which are acknowledged. */
export type CrashAnswer = { open: string } | { batch: number; refused?: string };

const say = (answer: CrashAnswer): void => void process.send!(answer);
const code = (error: unknown): string => (error instanceof EndcapError ? error.code : String(error));
try {
  const engine = await openEngine({ store: openStore(process.argv[2]!) });
  process.on('message', async ({ batch, events }: { batch: number; events: Event[] }) => {
    try {
      await engine.ingest(events);
      say({ batch });
    } catch (error) {
      say({ batch, refused: code(error) });
    }
  });
  say({ open: 'yes' });
} catch (error) {
  say({ open: code(error) });
}
