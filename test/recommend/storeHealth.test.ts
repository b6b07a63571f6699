import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StoreHealth } from '../../src/recommend/storeHealth.js';
import type { Store } from '../../src/storage/index.js';

test('the check of the store tells how far it is, what is damaged and no more of it than twenty places', async () => {
  const told: string[] = [];
  const store = {
    log: { head: 30 },
    async verify({ found, report }: Parameters<Store['verify']>[0]) {
      for (let at = 0; at < 25; at++) found(`event ${at}`);
      report?.(99);
    },
  } as unknown as Store;
  const health = new StoreHealth(store, (error) => told.push((error as Error).message));
  assert.deepEqual(health.report, { checked: 0, total: 30, damaged: [] });
  health.start();
  await health.close();
  const { checked, damaged } = health.report;
  assert.deepEqual([checked, damaged.length, told.length], [30, 20, 25]);
  assert.match(damaged[0]!, /event 0.*Restore the folder log/);
});
