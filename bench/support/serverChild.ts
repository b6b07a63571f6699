import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ease, type Model } from '../../src/models/index.js';
import { type Engine, openEngine } from '../../src/recommend/index.js';
import { serve } from '../../src/server/index.js';
import { openStore, type Store } from '../../src/storage/index.js';
import { datasetOf, importRetail } from './retail.js';
import { syntheticModel } from './synthetic.js';

/**
 * The server of `bench/serve`: `import DIR` fills a store and trains, `retail DIR` and `synthetic DIR ITEMS` serve,
 * `bare` answers as much to whatever is asked and does nothing else: what the machine itself allows.
 * Tells its parent the address, and its memory when asked.
 */
const [, , task = '', dir = '', items = '0'] = process.argv;
const modelKey = 'bench/model.bin';

if (task === 'import') await prepare();
else if (task === 'bare') bare();
else await start(task === 'retail' ? retailModel : async () => syntheticModel(Number(items)));

async function prepare(): Promise<void> {
  const engine = await openEngine({ store: openStore(dir) });
  await importRetail(engine);
  const model = await ease.fit(await datasetOf(engine), { ...ease.defaults, seed: 1 }, () => {});
  await engine.store.objects.put(modelKey, model.save()['model.bin']!);
  await engine.close();
  process.exit(0);
}

async function retailModel(store: Store): Promise<Model> {
  return ease.load({ 'model.bin': (await store.objects.get(modelKey))! });
}

async function start(load: (store: Store) => Promise<Model>): Promise<void> {
  const fresh = !existsSync(dir);
  const store = openStore(dir);
  const engine = await openEngine({
    store,
    models: { history: async () => ['bench'], load: () => load(store) },
    warn: (error) => console.error(error),
  });
  if (fresh) await putSynthetic(engine, Number(items));
  const { url, close } = await serve(engine, { port: 0 });
  process.on('message', (message) => {
    if (message === 'memory') process.send!({ rss: process.memoryUsage().rss });
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
