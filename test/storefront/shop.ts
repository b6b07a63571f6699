import { fileURLToPath } from 'node:url';
import { importRetail } from '../../bench/support/retail.js';
import { demoCategories } from '../../src/cli/demoCategories.js';
import { openEngine } from '../../src/recommend/index.js';
import { type Serving, serve } from '../../src/server/index.js';
import { openStore } from '../../src/storage/index.js';

/** The built site, from dist/test/storefront. */
const site = fileURLToPath(new URL('../../apps/storefront', import.meta.url));
/** The pages as the demo has them. */
export const demoPages = { site, name: 'Endcap', currency: 'GBP', tools: true, demo: true };

/** The real server, with the built storefront at /. Its log is filled with all of Online Retail when it is empty. */
export async function openShop(dir: string, port = 0): Promise<Serving> {
  const engine = await openEngine({ store: openStore(dir) });
  if (engine.store.log.head === 0) await importRetail(engine);
  await engine.catalogue.put(demoCategories(engine.catalogue.all()));
  return serve(engine, { port, storefront: demoPages, dir });
}
