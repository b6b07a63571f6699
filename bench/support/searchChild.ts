import { random } from '../../src/core/index.js';
import { openEngine } from '../../src/recommend/index.js';
import { serve } from '../../src/server/index.js';
import { openStore } from '../../src/storage/index.js';
import { processorMs } from './loopWatch.js';
import { realItems } from './searchItems.js';

/**
 * The server of `bench/search/served`: real items, and shoppers with forty views each, in the folder given. It says that
 * it is there when what a start sets going (vectors of words, models of the shop) is done: its cost is no request's.
 */
const [, , dir = '', data = '', size = '0', shoppers = '0'] = process.argv;
const engine = await openEngine({ store: openStore(dir), warn: (error) => console.error(error) });
const { items = [] } = realItems(data, Number(size)) ?? {};
for (let from = 0; from < items.length; from += 10_000)
  await engine.catalogue.put(items.slice(from, from + 10_000));
const chance = random(4);
const start = Date.now() - 3_600_000;
for (let user = 0; user < Number(shoppers); user++)
  await engine.ingest(
    Array.from({ length: 40 }, (_, at) => ({
      id: `${user}.${at}`,
      type: 'view',
      user: `load${user}`,
      items: [{ id: items[chance.int(items.length)]!.id }],
      time: start + 30_000 * at,
    })),
  );
const { url, close } = await serve(engine, { port: 0, dir });
process.on('message', (message) => {
  const { user, system } = process.cpuUsage();
  const used = (user + system) / 1_000;
  if (message === 'memory') process.send!({ rss: process.memoryUsage().rss, used, answering: processorMs() });
  else void close().then(() => process.exit(0));
});
await quiet();
process.send!({ url });

/** Resolves when little processor time was used for three seconds, or after three minutes. */
async function quiet(): Promise<void> {
  for (let calm = 0, tries = 0; calm < 3 && tries < 180; tries++) {
    const before = process.cpuUsage();
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const { user, system } = process.cpuUsage(before);
    calm = user + system < 50_000 ? calm + 1 : 0;
  }
}
