import { openEngine } from '../../src/recommend/index.js';
import { serve } from '../../src/server/index.js';
import { openStore } from '../../src/storage/index.js';

/** The server that `bench/crash` kills: it opens the store of its argument and tells its parent the address. */
const engine = await openEngine({
  store: openStore(process.argv[2]!),
  warn: (error) => console.error(error),
});
const { url } = await serve(engine, { port: 0 });
process.send!({ url });
