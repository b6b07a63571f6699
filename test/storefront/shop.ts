import { fileURLToPath } from 'node:url';
import { importRetail } from '../../bench/support/retail.js';
import { openEngine } from '../../src/engine/index.js';
import { type Serving, serve } from '../../src/server/index.js';

/** The built site, from dist/test/storefront. */
const staticDir = fileURLToPath(new URL('../../apps/storefront', import.meta.url));

/** The real server over all of Online Retail, with the built storefront at /. Statistics serve; no model is trained. */
export async function openShop(dir: string, port = 0): Promise<Serving> {
  const engine = await openEngine({ dir });
  await importRetail(engine);
  return serve(engine, { port, staticDir });
}
