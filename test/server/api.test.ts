import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import { EndcapError, packageVersion, silent } from '../../src/core/index.js';
import { prepareFiles } from '../../src/prepare/index.js';
import { logged as eventsIn } from '../support/events.js';
import { server } from './support.js';

const view = (id: string) => ({ id, type: 'view', user: 'u1', items: [{ id: 'phone' }] });

test('a batch is taken in part: each event has its answer, what is wrong is set aside', async (t) => {
  const { call, dir, engine } = await server(t);
  const batch = [
    view('1'),
    { ...view('2'), user: 7 },
    view('1'),
    { ...view('3'), items: [{ id: 'x', quantity: -1 }] },
  ];
  const { status, body } = await call('POST', '/v1/events', batch);
  assert.equal(status, 207);
  assert.deepEqual(
    body.events.map((event: { status: string }) => event.status),
    ['accepted', 'rejected', 'duplicate', 'rejected'],
  );
  assert.equal(body.events[2].offset, body.events[0].offset);
  assert.equal(body.events[1].error.field, 'user');
  assert.equal(body.events[3].error.field, 'items.0.quantity');
  assert.equal(engine.state.offset, 1);
  const lines = (await readFile(join(dir, 'quarantine', 'events.jsonl'), 'utf8')).trim().split('\n');
  assert.deepEqual(
    lines.map((line) => JSON.parse(line).data.id),
    ['2', '3'],
  );
  assert.equal((await call('POST', '/v1/events', view('9'))).status, 200);
});

test('what the server set aside is corrected and imported, whole and once', async (t) => {
  const { call, dir, engine } = await server(t);
  const event = {
    ...view('q'),
    session: 's',
    attribution: 'rec_1',
    context: { page: 'home' },
    time: Date.now(),
  };
  await call('POST', '/v1/events', [view('ok'), { ...event, type: 'VIEW!' }]);
  const path = join(dir, 'quarantine', 'events.jsonl');
  await writeFile(path, (await readFile(path, 'utf8')).replace('VIEW!', 'view'));
  const prepared = await prepareFiles([path], { now: Date.now(), progress: silent });
  t.after(() => prepared.close());
  const events = [];
  for await (const batch of prepared.batches(10)) events.push(...batch);
  assert.deepEqual(events, [event]);
  assert.deepEqual(await engine.ingest(events), [{ offset: 1, duplicate: false }]);
});

test('an event may leave out id, time and items; ISO times are taken', async (t) => {
  const { call, engine } = await server(t);
  assert.equal((await call('POST', '/v1/events', { type: 'search', user: 'u', query: 'lamp' })).status, 200);
  const iso = { ...view('iso'), time: '2020-01-02T03:04:05Z' };
  assert.equal((await call('POST', '/v1/events', iso)).status, 200);
  const local = { ...view('local'), time: '2020-01-02T03:04' };
  assert.equal((await call('POST', '/v1/events', local)).status, 200);
  const logged = await eventsIn(engine.store.log);
  assert.ok(logged[0]!.id.startsWith('evt_') && Math.abs(logged[0]!.time - Date.now()) < 60_000);
  assert.equal(logged[1]!.time, Date.UTC(2020, 0, 2, 3, 4, 5));
  assert.equal(logged[2]!.time, Date.UTC(2020, 0, 2, 3, 4), 'no zone is UTC, wherever the server stands');
});

test('items: put, read, patch, withdraw', async (t) => {
  const { call } = await server(t);
  const lamp = { id: 'lamp 手', title: 'Lamp', price: 5, tags: ['a'], attributes: { colour: 'red' } };
  const path = `/v1/items/${encodeURIComponent(lamp.id)}`;
  assert.deepEqual((await call('PUT', '/v1/items', [lamp])).body, { items: 1 });
  assert.deepEqual((await call('GET', path)).body, lamp);
  const { price: _, ...unpriced } = lamp;
  assert.deepEqual((await call('PATCH', path, { price: null, stock: 2 })).body, { ...unpriced, stock: 2 });
  assert.equal((await call('DELETE', path)).status, 204);
  assert.equal((await call('GET', path)).body.withdrawn, true);
  assert.deepEqual((await call('PUT', '/v1/items/new', { id: 'new' })).body, { id: 'new' });
  assert.deepEqual((await call('PUT', '/v1/items/newer', { price: 3 })).body, { id: 'newer', price: 3 });
});

test('recommend answers with what the event before it did', async (t) => {
  const { call } = await server(t);
  await call('POST', '/v1/events', {
    ...view('p'),
    type: 'purchase',
    items: [{ id: 'phone' }, { id: 'case' }],
  });
  await call('POST', '/v1/events', { ...view('v'), user: 'u2' });
  const { status, body } = await call('POST', '/v1/recommend', {
    user: 'u2',
    scenario: 'home',
    explain: true,
  });
  assert.equal(status, 200);
  assert.equal(body.items[0].id, 'case');
  assert.equal(body.items[0].item.title, 'Case');
  assert.equal(body.items[0].reason.items[0].id, 'phone');
  assert.match(body.recommendationId, /^rec_/);
  const profile = (await call('GET', '/v1/users/u2/profile')).body;
  assert.equal(profile.events[0].item, 'phone');
  assert.ok(Math.abs(profile.counters.view - 1) < 0.01);
  const did = (id: string, type: string, item: string) => ({
    id,
    type,
    user: 'u3',
    items: [{ id: item, quantity: 2 }],
  });
  await call('POST', '/v1/events', [did('h1', 'purchase', 'case'), did('h2', 'hide', 'phone')]);
  const after = (await call('GET', '/v1/users/u3/profile')).body;
  assert.deepEqual(after.hidden, ['phone']);
  assert.deepEqual([after.bought[0].item, after.bought[0].units, after.bought[0].times], ['case', 2, 1]);
  const kept = (await call('GET', '/v1/users/u3/export')).body.profile;
  assert.deepEqual([kept.bought, kept.hidden], [after.bought, after.hidden]);
});

test('the operator sees health, readiness, metrics and the contract', async (t) => {
  const { call } = await server(t);
  await call('POST', '/v1/events', [view('1'), { type: 5 }]);
  assert.equal((await call('GET', '/health')).body.status, 'ok');
  const ready = (await call('GET', '/ready')).body;
  const { store, ...rest } = ready;
  assert.deepEqual(rest, { status: 'ready', warnings: [], offset: 1, items: 2, model: null });
  assert.ok(store.checked >= 0 && store.total >= 0);
  const { text } = await call('GET', '/metrics');
  assert.match(text, /endcap_events_total\{status="accepted"\} 1\n/);
  assert.match(text, /endcap_events_total\{status="rejected"\} 1\n/);
  assert.match(
    text,
    /endcap_http_seconds_bucket\{le="0.005",method="POST",route="\/v1\/events",status="207"\}/,
  );
  const contract = (await call('GET', '/openapi.json')).body;
  assert.equal(contract.openapi, '3.1.0');
  assert.equal(contract.info.version, packageVersion);
  assert.deepEqual(await new Validator().validate(contract), { valid: true });
  assert.deepEqual(contract.paths['/v1/events'].post.security, [{}, { key: ['events'] }]);
  const paths = ['/v1/events', '/v1/items', '/v1/items/{id}', '/v1/recommend', '/v1/users/{id}/profile'];
  for (const path of paths) assert.ok(path in contract.paths, path);
  assert.ok('Problem' in contract.components.schemas);
});

test('a full disk refuses writes with 507 and reads go on', async (t) => {
  const { call, engine } = await server(t);
  const full = async (): Promise<never> => {
    throw new EndcapError('disk_full', 'The disk is full', { status: 507, remedy: 'Free some space' });
  };
  Object.assign(engine.store.log, { append: full });
  Object.assign(engine.store.facts, { write: full });
  for (const [method, path, body] of [
    ['POST', '/v1/events', view('1')],
    ['PUT', '/v1/items', [{ id: 'x' }]],
  ] as const) {
    const answer = await call(method, path, body);
    assert.equal(answer.status, 507);
    assert.equal(answer.body.code, 'disk_full');
  }
  assert.equal((await call('POST', '/v1/recommend', { user: 'u', scenario: 'trending' })).status, 200);
  assert.equal((await call('GET', '/v1/items/x')).status, 404);
});

test('the stream tells of accepted events, of one shopper if asked', async (t) => {
  const { app, call } = await server(t);
  const address = new URL(await app.listen({ host: '127.0.0.1', port: 0 }));
  const socket = connect(Number(address.port), '127.0.0.1');
  t.after(() => socket.destroy());
  let text = '';
  const seen = (what: RegExp): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => void (what.test(text) && resolve());
      socket.on('data', look);
      look();
    });
  socket.on('data', (chunk) => {
    text += chunk.toString();
  });
  socket.write(`GET /v1/events/stream?user=u1 HTTP/1.1\r\nhost: ${address.host}\r\n\r\n`);
  await seen(/text\/event-stream/);
  await call('POST', '/v1/events', { ...view('other'), user: 'u2' });
  await call('POST', '/v1/events', view('mine'));
  await seen(/"id":"mine"/);
  assert.ok(!text.includes('"other"'));
  assert.match(text, /id: 1\ndata: \{"offset":1,/);
});

test('the log is read page by page, by type', async (t) => {
  const { call } = await server(t);
  const bought = { ...view('p1'), type: 'purchase' };
  await call('POST', '/v1/events', [view('1'), bought, view('2')]);
  const { body } = await call('GET', '/v1/events?type=purchase,refund');
  const page = body as {
    events: { offset: number; event: { id: string; items: unknown[] } }[];
    next?: number;
  };
  assert.deepEqual(
    page.events.map(({ event }) => [event.id, event.items]),
    [['p1', bought.items]],
  );
  assert.equal(page.next, undefined);
  const from = page.events[0]!.offset + 1;
  const rest = (await call('GET', `/v1/events?from=${from}`)).body as typeof page;
  assert.deepEqual(
    rest.events.map(({ event }) => event.id),
    ['2'],
  );
  assert.deepEqual(((await call('GET', `/v1/events?from=${from + 1}`)).body as typeof page).events, []);
  assert.equal((await call('GET', '/v1/events?from=-1')).status, 400);
});

test('a filter by an attribute that no item has is said wherever it is used, until an item has it', async (t) => {
  const { call } = await server(t);
  const filter = 'colour = "red"';
  const told = async (): Promise<unknown[]> => {
    const answers = await Promise.all([
      call('POST', '/v1/recommend', { user: 'u1', scenario: 'trending', filter }),
      call('POST', '/v1/search', { user: 'u1', query: '', filter }),
      call('GET', `/v1/items?filter=${encodeURIComponent(filter)}`),
    ]);
    return answers.map(({ status, body }) => [status, body.items.length, body.warnings?.[0].message]);
  };
  assert.deepEqual(await told(), Array(3).fill([200, 0, 'No item has an attribute "colour"']));
  await call('PUT', '/v1/items', [{ id: 'hat', title: 'Hat', attributes: { colour: 'red' } }]);
  assert.deepEqual(await told(), Array(3).fill([200, 1, undefined]));
});
