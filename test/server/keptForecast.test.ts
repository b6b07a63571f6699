import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keeperOf } from '../../src/server/keptForecast.js';
import { memoryStore } from '../../src/storage/index.js';

test('a forecast is kept for the state it was made from, and deleted with it', async () => {
  const store = memoryStore();
  const keeper = keeperOf(store);
  assert.equal(await keeper.read(), undefined);
  await keeper.write(Buffer.from('first'));
  await keeper.write(Buffer.from('second'));
  assert.deepEqual(Buffer.from((await keeper.read())!), Buffer.from('second'));
  const [key] = await store.objects.list('inventory/');
  await store.objects.put(key!, Buffer.from('first'));
  await assert.rejects(keeper.read(), /not as it was written/);
  // As `replay` does, and the start after an erasure.
  await (await store.state.beside({ empty: true })).adopt();
  assert.equal(await keeper.read(), undefined);
  assert.deepEqual(await store.objects.list('inventory/'), []);
});

test('what cannot be kept is no fault of the forecast', async () => {
  const { objects, ...rest } = memoryStore();
  const full = { ...objects, put: () => Promise.reject(new Error('full')), delete: async () => {} };
  const keeper = keeperOf({ ...rest, objects: full });
  await keeper.write(Buffer.from('first'));
  assert.equal(await keeper.read(), undefined, 'and the state knows of none');
});
