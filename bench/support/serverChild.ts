import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Engine, learnShelf, type ModelSource, openEngine } from '../../src/recommend/index.js';
import { serve } from '../../src/server/index.js';
import { openStore, type Store } from '../../src/storage/index.js';
import { Registry, readShop, trainShop } from '../../src/train/index.js';
import { processorMs } from './loopWatch.js';
import { importRetail } from './retail.js';
import { syntheticModel } from './synthetic.js';

/**
 * The server of `bench/serve`: `import DIR` fills a store and trains, `retail DIR` and `synthetic DIR ITEMS` serve,
 * `bare` answers as much to whatever is asked and does nothing else: what the machine itself allows.
 * Tells its parent the address, and its memory when asked.
 */
const [, , task = '', dir = '', items = '0', model = 'blend'] = process.argv;

if (task === 'import') await prepare();
else if (task === 'bare') bare();
else if (task === 'retail') await start((store) => new Registry(store.objects));
else await start(() => ({ history: async () => ['bench'], load: async () => syntheticModel(Number(items)) }));

/**
 * The shop as a user has it: imported, trained with the winner of the defaults (see `bench/served`) or a quicker model,
 * and started once before, so that what a first start learns (words, a forecast) is there. A quick model is for a smoke,
 * which does not wait for that.
 */
async function prepare(): Promise<void> {
  const engine = await openEngine({ store: openStore(dir) });
  await importRetail(engine);
  await engine.close();
  const request = { models: model, days: 28, seed: 1, tune: false, deploy: true };
  await trainShop(await readShop(dir), request, { code: 'bench', watch: () => {}, learnShelf });
  if (model === 'blend') await untilLearned();
  process.exit(0);
}

async function untilLearned(): Promise<void> {
  const store = openStore(dir);
  const engine = await openEngine({ store, models: new Registry(store.objects) });
  const { url, close } = await serve(engine, { port: 0 });
  const state = async (): Promise<unknown> => {
    const answer = await fetch(`${url}/v1/inventory`);
    return ((await answer.json()) as { forecast: { state: string } }).forecast.state;
  };
  while ((await state()) !== 'ready') await new Promise((resolve) => setTimeout(resolve, 1000));
  await close();
}

async function start(models: (store: Store) => ModelSource): Promise<void> {
  const fresh = !existsSync(dir);
  const store = openStore(dir);
  const engine = await openEngine({
    store,
    models: models(store),
    warn: (error) => console.error(error),
  });
  if (fresh) await putSynthetic(engine, Number(items));
  const { url, close } = await serve(engine, { port: 0 });
  process.on('message', (message) => {
    const { user, system } = process.cpuUsage();
    const used = (user + system) / 1000;
    if (message === 'memory')
      process.send!({ rss: process.memoryUsage().rss, used, answering: processorMs() });
    else void close().then(() => process.exit(0));
  });
  process.send!({ url });
}

function bare(): void {
  const body = JSON.stringify({ items: 'x'.repeat(700) });
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.setHeader('content-type', 'application/json').end(body));
  }).listen(0, '127.0.0.1', () => {
    process.send!({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
  });
  process.on('message', () => process.exit(0));
}

async function putSynthetic(engine: Engine, count: number): Promise<void> {
  const batch = 20_000;
  for (let from = 0; from < count; from += batch) {
    const size = Math.min(batch, count - from);
    await engine.catalogue.put(Array.from({ length: size }, (_, at) => ({ id: `s${from + at}`, price: 1 })));
  }
}
