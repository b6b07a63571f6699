import { createHash } from 'node:crypto';
import { EndcapError, silent } from '../../src/core/index.js';
import { replay } from '../../src/projections/index.js';
import { openEngine } from '../../src/recommend/index.js';
import { openStore, type Store } from '../../src/storage/index.js';

/** What a store, damaged or not, does when a shop is opened from it. */
export interface Served {
  /** Hash of what it serves: log, items, derived state, an answer. */
  hash?: string;
  /** What it tells of the damage while it serves. */
  told?: string[];
  refused?: { code: string; remedy: string };
}

/** `damageChild`: for each folder its parent names, opens the shop (after a replay where asked) and says what it serves. */
process.on('message', async ({ dir, renew }: { dir: string; renew: boolean }) => {
  process.send!(await served(dir, renew));
});
process.send!({});

async function served(dir: string, renew: boolean): Promise<Served> {
  let store: Store | undefined;
  try {
    if (renew) {
      store = openStore(dir, { renew });
      await replay(store, {}, silent);
      await store.close();
    }
    store = openStore(dir);
    const engine = await openEngine({ store, clock: () => Date.UTC(2026, 0, 2) });
    const hash = createHash('sha256').update(await engine.state.digest());
    for (const item of engine.catalogue.all()) hash.update(JSON.stringify(item));
    for (const user of ['u1', 'u2', 'u3']) {
      hash.update(JSON.stringify(engine.profile(user)));
      const { items } = await engine.recommend({ user, scenario: 'home', count: 5 });
      hash.update(JSON.stringify(items.map(({ id }) => id)));
    }
    const told: string[] = [];
    await store.verify({ found: (what) => told.push(what) });
    if (told.length === 0) for await (const { event } of store.log.read()) hash.update(JSON.stringify(event));
    await engine.close();
    return { hash: hash.digest('hex'), told };
  } catch (error) {
    await store?.close().catch(() => {});
    if (!(error instanceof EndcapError) || !error.remedy) throw error;
    return { refused: { code: error.code, remedy: error.remedy } };
  }
}
