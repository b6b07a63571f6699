import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silent } from '../../src/core/index.js';
import { replay } from '../../src/projections/index.js';
import { openEngine } from '../../src/recommend/index.js';
import { createServer } from '../../src/server/index.js';
import { openStore } from '../../src/storage/index.js';
import { logged, scratch } from '../support/events.js';

test('of items that nobody put a server makes rows for so many: further ones are kept, told and counted nowhere', async (t) => {
  const dir = scratch(t);
  const engine = await openEngine({ store: openStore(dir), unlistedItems: 3 });
  await engine.catalogue.put([{ id: 'lamp' }, { id: 'desk' }]);
  const app = await createServer(engine, { dir });
  const view = async (id: string, ...items: string[]): Promise<void> => {
    const payload = { id, type: 'view', user: 'u', items: items.map((item) => ({ id: item })) };
    const { statusCode, body } = await app.inject({ method: 'POST', url: '/v1/events', payload });
    assert.deepEqual([statusCode, JSON.parse(body).events[0].status], [200, 'accepted']);
  };
  const views = (item: string) => engine.state.itemStats(item, engine.now)?.counts.view;
  const ready = async () => (await app.inject('/ready')).json();
  await view('e1', 'lamp', 'x1', 'x2');
  assert.deepEqual((await ready()).status, 'ready');
  // All of one batch: what is under way is counted, too.
  await view('e2', 'x1', 'x3', 'x4', 'x5', 'desk');
  assert.deepEqual(['x1', 'x2', 'x3', 'x4', 'desk'].map(views), [1, 1, 1, undefined, 1]);
  assert.equal(engine.catalogue.unlisted, 3);
  const [warning] = (await ready()).warnings;
  assert.match(warning, /named 3 items that are in no catalogue.*limits\.unlistedItems/);
  const metrics = (await app.inject('/metrics')).body;
  assert.match(metrics, /^endcap_uncounted_items_total 2$/m);
  assert.match(metrics, /^endcap_unlisted_items 3$/m);
  const [, second] = await logged(engine.store.log);
  assert.deepEqual(
    second!.items.map(({ id, unlisted }) => `${id} ${unlisted === true}`),
    ['x1 false', 'x3 false', 'x4 true', 'x5 true', 'desk false'],
  );
  // Who puts an item makes it count from then on, and room for another where it had a row.
  await engine.catalogue.put([{ id: 'x4' }, { id: 'x1' }]);
  await view('e3', 'x4', 'x5', 'x6');
  assert.deepEqual(['x4', 'x5', 'x6'].map(views), [1, 1, undefined]);
  await app.close();
  const before = await engine.state.digest();
  await engine.close();
  const store = openStore(dir);
  assert.equal(
    await (await replay(store, {}, silent)).digest(),
    before,
    'whatever the catalogue says by then',
  );
  await store.close();
});
