import { type Event, random } from '../../src/core/index.js';
import { openMarketing } from '../../src/marketing/index.js';
import { openEngine } from '../../src/recommend/index.js';
import { serve } from '../../src/server/index.js';
import { openStore } from '../../src/storage/index.js';

/**
 * The server of `bench/intentServe`: a shop of 4,000 invented visits with trees trained on them, in the folder given. Its
 * trees are as large as those of any shop: their shape is the same wherever there is enough to learn from.
 */
const [, , dir = '', visits = '4000'] = process.argv;
const engine = await openEngine({ store: openStore(dir), warn: (error) => console.error(error) });
await engine.catalogue.put(Array.from({ length: 500 }, (_, at) => ({ id: `i${at}`, price: 5 + (at % 50) })));
await engine.ingest(invented(Number(visits)));
const marketing = await openMarketing(engine, { dir });
await marketing.trainIntent();
const { url, close } = await serve(engine, { marketing, port: 0, dir });
process.on('message', () => void close().then(() => process.exit(0)));
process.send!({ url });

/** Visits of a few events; what is put in the basket is often bought. */
function invented(count: number): Event[] {
  const chance = random(1);
  const start = Date.now() - 30 * 86_400_000;
  return Array.from({ length: count }, (_, visit): Event[] => {
    const user = `load${chance.int(500)}`;
    const time = start + visit * 600_000;
    const events: Event[] = [];
    const at = (type: string): void => {
      const items = [{ id: `i${chance.int(500)}`, price: 20 }];
      events.push({ id: `${visit}.${events.length}`, type, user, items, time: time + 9_000 * events.length });
    };
    for (let views = 1 + chance.int(6); views > 0; views--) at('view');
    const keen = chance.float() < 0.3;
    if (keen) at('add_to_cart');
    if (chance.float() < (keen ? 0.6 : 0.05)) at('purchase');
    return events;
  }).flat();
}
