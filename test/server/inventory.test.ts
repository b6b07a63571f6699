import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Engine, openEngine } from '../../src/recommend/index.js';
import { withUses } from '../../src/server/serve.js';
import { openStore } from '../../src/storage/index.js';
import { scratch } from '../support/events.js';
import { server } from './support.js';

const day = 86_400_000;
const hour = 3_600_000;

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

interface Inventory {
  made: string;
  forecast: { state: string };
  items: number;
  total: number[];
}

interface Opened {
  engine: Engine;
  call(method: 'GET' | 'POST', url: string): Promise<{ status: number; body: Inventory }>;
  /** What `/v1/inventory` says once a forecast is there that was not made at `not`. */
  made(not?: string): Promise<Inventory>;
  close(): Promise<void>;
}

/** A shop with all its uses, as `serve` opens it; `awayMs` later than now. */
async function opened(dir: string, awayMs = 0): Promise<Opened> {
  const engine = await openEngine({ store: openStore(dir), clock: () => Date.now() + awayMs });
  const app = await withUses(engine, { dir });
  const call: Opened['call'] = async (method, url) => {
    const answer = await app.inject({ method, url });
    return { status: answer.statusCode, body: answer.json() };
  };
  return {
    engine,
    call,
    async made(not) {
      for (let turn = 0; turn < 2_400; turn++) {
        const { body } = await call('GET', '/v1/inventory');
        if (body.made !== undefined && body.made !== not && body.forecast.state === 'ready') return body;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      throw new Error('no forecast was made');
    },
    async close() {
      await app.close();
      await engine.close();
    },
  };
}

const paths = ['/v1/inventory', '/v1/inventory/forecast/mug', '/v1/inventory/reorder'];

test('a forecast outlives a restart, until it is due or its shop is another', async (t) => {
  const dir = scratch(t);
  const first = await opened(dir);
  await first.engine.catalogue.put([{ id: 'mug', title: 'Mug', price: 5, stock: 4 }]);
  const now = Date.now();
  await first.engine.ingest(
    Array.from({ length: 180 }, (_, at) => ({
      id: `o${at}`,
      type: 'purchase',
      user: at % 3 === 0 ? 'leaves' : `u${at}`,
      items: [{ id: 'mug', quantity: 3, price: 5 }],
      time: now - (180 - at) * day,
    })),
  );
  await first.call('POST', '/v1/inventory/forecast');
  const { made } = await first.made();
  const before = [];
  for (const path of paths) before.push(await first.call('GET', path));
  await first.close();
  const file = join(dir, 'objects/inventory/forecast.bin');
  const earlier = readFileSync(file);

  const second = await opened(dir);
  for (const [at, path] of paths.entries())
    assert.deepEqual(await second.call('GET', path), before[at], path);
  assert.ok(second.engine.shelfWeights.get('mug')! < 1, 'nearly sold out: recommendations know at once');
  await new Promise((resolve) => setTimeout(resolve, 50));
  const runs = second.engine.jobs.statuses().find(({ name }) => name === 'forecast')!.runs;
  assert.equal(runs, 0, 'none is made before the time of the next');
  await second.close();

  const due = await opened(dir, 7 * hour);
  assert.equal(
    (await due.call('GET', '/v1/inventory')).body.made,
    made,
    'the last one, until there is another',
  );
  const later = await due.made(made);
  assert.deepEqual(later.total, before[0]!.body.total);
  await due.close();

  // What is whole, but not what the state says was kept last, is not used either.
  writeFileSync(file, earlier);
  const replaced = await opened(dir, 7 * hour);
  assert.equal((await replaced.call('GET', '/v1/inventory')).body.items, 0);
  const again = await replaced.made();
  assert.deepEqual(again.total, before[0]!.body.total);
  await replaced.engine.erase('leaves');
  await replaced.close();

  const erased = await opened(dir, 7 * hour);
  assert.equal((await erased.call('GET', '/v1/inventory')).body.items, 0);
  assert.ok((await erased.made()).total[0]! < again.total[0]! - 3, 'without what the shopper bought');
  await erased.close();
});
