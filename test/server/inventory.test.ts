import assert from 'node:assert/strict';
import { test } from 'node:test';
import { server } from './support.js';

const day = 86_400_000;

test('inventory: pending, then forecast, reorder as JSON and CSV, and problems by field', async (t) => {
  const { call, engine } = await server(t);
  const early = await call('GET', '/v1/inventory/reorder');
  assert.deepEqual(
    [early.status, early.body.code ?? early.body.type?.split(/[/:]/).at(-1)],
    [503, 'forecast_pending'],
  );
  const before = (await call('GET', '/v1/inventory')).body;
  assert.deepEqual([before.items, before.forecast], [0, { state: 'none' }]);
  const now = Date.now();
  await engine.ingest(
    Array.from({ length: 60 }, (_, at) => ({
      id: `o${at}`,
      type: 'purchase',
      user: `u${at}`,
      items: [{ id: 'phone', quantity: 3, price: 500 }],
      time: now - (60 - at) * day,
    })),
  );
  await call('PATCH', '/v1/items/phone', { stock: 4 });
  assert.equal((await call('POST', '/v1/inventory/forecast')).status, 202);
  let status = await call('GET', '/v1/inventory');
  assert.equal(status.body.forecast.state, 'running');
  assert.ok(status.body.forecast.progress >= 0 && status.body.forecast.progress < 1);
  for (let turn = 0; turn < 4_800 && status.body.items === 0; turn++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    status = await call('GET', '/v1/inventory');
  }
  assert.equal(status.body.items, 1);
  assert.deepEqual(status.body.forecast, { state: 'ready' });
  const { body } = await call('GET', '/v1/inventory/forecast/phone');
  assert.equal(body.weeks.length, 8);
  assert.ok(Math.abs(body.weeks[0].quantiles[1] - 21) < 3, `${body.weeks[0].quantiles}`);
  const reorder = await call('GET', '/v1/inventory/reorder?leadTimeDays=7&service=.9');
  assert.equal(reorder.body.items[0].item, 'phone');
  assert.ok(reorder.body.items[0].order >= 30);
  assert.equal(reorder.body.items[0].alert, 'stock_out');
  const table = await call('GET', '/v1/inventory/reorder?format=csv');
  assert.match(String(table.type), /text\/csv/);
  assert.match(table.text, /^item,title,alert/);
  const bad = await call('GET', '/v1/inventory/reorder?fill=2');
  assert.deepEqual([bad.status, bad.body.errors[0].field], [400, 'query.fill']);
  assert.equal((await call('GET', '/v1/inventory/forecast/nothing')).status, 404);
  assert.equal((await call('GET', '/v1/inventory/reorder?count=many')).status, 400);
});
