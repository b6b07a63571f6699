import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { scratch } from '../support/events.js';
import { type Api, server } from './support.js';

const day = 86_400_000;
const main = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));

/** 70 days on which `item` sells 3 a day, but for a gap of a week; `change` makes one of the sales another. */
async function sell(api: Api, item: string, change: (at: number) => object = () => ({})): Promise<void> {
  const now = Date.now();
  const events = Array.from({ length: 70 }, (_, at) => ({
    id: `${item}${at}`,
    type: 'purchase',
    user: `u${at}`,
    items: [{ id: item, quantity: 3, price: 5, ...change(at) }],
    currency: 'EUR',
    time: now - (70 - at) * day,
  })).filter((_, at) => at < 30 || at > 36);
  await api.engine.ingest(events);
}

async function forecast({ call }: Api): Promise<void> {
  await call('POST', '/v1/inventory/forecast');
  for (let turn = 0; turn < 4_800; turn++) {
    if ((await call('GET', '/v1/inventory')).body.items > 0) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.fail('no forecast was made');
}

test('what comes in faulty is refused by field, or falls back as stated, and the rest is advised on', async (t) => {
  const api = await server(t);
  const { call } = api;
  await sell(api, 'phone');
  await sell(api, 'huge', (at) => (at === 50 ? { quantity: 70_000 } : {}));
  await sell(api, 'yen', (at) => (at > 40 ? { price: 800 } : {}));
  await call('PUT', '/v1/items', [
    { id: 'phone', stock: 4, price: 5 },
    { id: 'huge', stock: 4 },
    { id: 'yen', stock: 4 },
    { id: 'never', stock: 9 },
  ]);
  await forecast(api);
  const refused: [what: string, answer: Awaited<ReturnType<typeof call>>, field: RegExp][] = [
    ['negative stock', await call('PATCH', '/v1/items/phone', { stock: -4 }), /stock/],
    ['stock as text', await call('PATCH', '/v1/items/phone', { stock: 'many' }), /stock/],
    ['NaN', await call('PATCH', '/v1/items/phone', '{"stock": NaN}'), /body/],
    ['negative lead time', await call('GET', '/v1/inventory/reorder?leadTimeDays=-1'), /leadTimeDays/],
    ['NaN lead time', await call('GET', '/v1/inventory/reorder?leadTimeDays=NaN'), /leadTimeDays/],
    ['service of 1', await call('GET', '/v1/inventory/reorder?service=1'), /service/],
    ['fill of 0', await call('GET', '/v1/inventory/reorder?fill=0'), /fill/],
    ['unknown alert', await call('GET', '/v1/inventory/reorder?alert=panic'), /alert/],
    ['no such setting', await call('GET', '/v1/inventory/reorder?lead=3'), /lead/],
    ['no history', await call('GET', '/v1/inventory/forecast/never'), /item/],
  ];
  for (const [what, { status, type, body }, field] of refused) {
    assert.ok(status >= 400 && status < 500, `${what}: ${status}`);
    assert.match(type, /problem\+json/, what);
    assert.match(body.errors[0].field, field, what);
  }
  const { body } = await call('GET', '/v1/inventory/reorder?leadTimeDays=0');
  const by = new Map<string, { order: number; reorderPoint: number; alert?: string }>(
    body.items.map((item: { item: string }) => [item.item, item]),
  );
  assert.deepEqual([by.get('never')!.order, by.get('never')!.alert], [0, 'dead_stock']);
  const point = by.get('phone')!.reorderPoint;
  assert.ok(point >= 15 && point <= 63, `one order of another item makes a week of 21 ${point}`);
  assert.equal(by.get('yen')!.reorderPoint, by.get('phone')!.reorderPoint, 'money does not move units');
  const huge = (await call('GET', '/v1/inventory/forecast/huge')).body;
  assert.equal(Math.max(...huge.history), 70_018, 'nothing is lost');
  assert.ok(huge.weeks[0].quantiles[1] < 60, `one order moves the median to ${huge.weeks[0].quantiles[1]}`);
});

test('items whose attributes are faulty are named with a remedy, and the others are advised on', async (t) => {
  const api = await server(t);
  await sell(api, 'phone');
  await sell(api, 'case');
  await api.call('PUT', '/v1/items', [
    { id: 'phone', stock: 4, attributes: { leadTimeDays: 'soon' } },
    { id: 'case', stock: 4 },
    { id: 'tent', stock: 4, attributes: { packSize: -3 } },
  ]);
  await forecast(api);
  const { status, body } = await api.call('GET', '/v1/inventory/reorder');
  assert.equal(status, 200);
  assert.deepEqual(
    body.items.map(({ item }: { item: string }) => item),
    ['case'],
  );
  assert.equal(body.faulty, 2);
  assert.deepEqual(body.faults[0], {
    item: 'phone',
    field: 'leadTimeDays',
    message: 'is "soon": it must be a number',
    remedy: 'Give 0 or more',
  });
  assert.equal(body.faults[1].field, 'packSize');
  const { text } = await api.call('GET', '/v1/inventory/reorder?format=csv');
  assert.match(text, /^phone,,"faulty: leadTimeDays is ""soon""/m);
});

test('sales of a clock that jumped ahead are refused, and none of them moves the forecast', async (t) => {
  const api = await server(t);
  await sell(api, 'phone');
  const jumped = { type: 'purchase', user: 'u', items: [{ id: 'phone' }], time: Date.now() + 400 * day };
  const { body } = await api.call('POST', '/v1/events', [jumped]);
  assert.match(JSON.stringify(body), /time/);
  await forecast(api);
  const { firstDay } = (await api.call('GET', '/v1/inventory')).body;
  assert.ok(Date.parse(firstDay) <= Date.now() + 2 * day, firstDay);
});

test('the command line refuses in one line, with status 2 and a remedy', { timeout: 280_000 }, async (t) => {
  const dir = scratch(t);
  const empty = scratch(t);
  const api = await server(t, { dir });
  await sell(api, 'phone');
  await api.app.close();
  await api.engine.close();
  const cases: [args: string[], says: RegExp][] = [
    [['forecast', '--dir', dir, '--weeks', '0'], /--weeks/],
    [['forecast', '--dir', dir, '--weeks', 'NaN'], /--weeks/],
    [['forecast', '--dir', dir, '--item', 'nothing'], /"nothing" was never sold/],
    [['forecast', '--dir', dir, '--html', '/nowhere/page.html'], /\/nowhere\/page.html/],
    [['forecast', '--dir', empty], /.+/],
    [['reorder', '--dir', dir, '--lead-time', '-1'], /--lead-time/],
    [['reorder', '--dir', dir, '--lead-time', 'NaN'], /--lead-time/],
    [['reorder', '--dir', dir, '--service', '1'], /--service/],
    [['reorder', '--dir', dir, '--fill', '95'], /--fill/],
    [['reorder', '--dir', dir, '--order-cost', '-5'], /--order-cost/],
    [['reorder', '--dir', dir], /stock/],
  ];
  for (const [args, says] of cases) {
    const failed = await promisify(execFile)(process.execPath, [main, ...args]).then(
      () => assert.fail(`${args} went through`),
      (error: { code: number; stderr: string }) => error,
    );
    assert.equal(failed.code, 2, `${args}: ${failed.stderr}`);
    assert.match(failed.stderr, says);
    assert.doesNotMatch(failed.stderr, /\n {4}at /, 'no stack');
    if (args.includes('nothing')) assert.doesNotMatch(failed.stderr, /forecasting/, 'before a minute of it');
  }
});

test('the command line orders as endcap.json says, and an option goes before it', {
  timeout: 120_000,
}, async (t) => {
  const dir = scratch(t);
  const api = await server(t, { dir });
  await sell(api, 'phone');
  await api.call('PUT', '/v1/items', [
    { id: 'phone', stock: 4 },
    { id: 'case', stock: 1, attributes: { onOrder: 'some' } },
  ]);
  await api.app.close();
  await api.engine.close();
  const reorder = async (...args: string[]) => {
    const { stdout } = await promisify(execFile)(process.execPath, [main, 'reorder', '--dir', dir, ...args]);
    return stdout;
  };
  const point = (json: string): number => JSON.parse(json).items[0].reorderPoint;
  const config = (inventory: object): void =>
    writeFileSync(join(dir, 'endcap.json'), JSON.stringify({ inventory }));
  config({ leadTimeDays: 42, service: 0.9 });
  const [long, short] = [await reorder('--json'), await reorder('--json', '--lead-time', '7')];
  assert.ok(point(long) > 3 * point(short), `${point(long)} for six weeks, ${point(short)} for one`);
  assert.equal(JSON.parse(long).faults[0].field, 'onOrder');
  assert.match(await reorder(), /1 items cannot be advised on:[\s\S]*onOrder[\s\S]*is "some"/);
  config({ fill: 2 });
  await assert.rejects(reorder(), /endcap.json, line 1: inventory.fill/);
});
