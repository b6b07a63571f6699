import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { makeKey } from '../../src/server/keys.js';
import { scratch } from '../support/events.js';
import { type Answer, server } from './support.js';

const event = { id: 'e', type: 'view', user: 'u', items: [{ id: 'phone' }] };
const future = Date.now() + 3 * 86_400_000;

/** [what is sent to /v1/events, the field the answer names] */
const events: [body: unknown, field: string | undefined][] = [
  ['{"id": ', 'body'],
  ['', 'body'],
  ['nonsense', 'body'],
  ['{"type":"view","user":"u","value":NaN}', 'body'],
  ['{"type":"view","user":"u","value":1e999}', 'value'],
  ['{"__proto__":{"x":1},"type":"view","user":"u"}', 'body'],
  ['['.repeat(100_000), 'body'],
  [`${'['.repeat(50_000)}${']'.repeat(50_000)}`, undefined],
  [[], 'body'],
  [Array(1_001).fill(event), 'body'],
  [null, 'body'],
  [{ ...event, type: undefined }, 'type'],
  [{ ...event, type: 'Bad Type' }, 'type'],
  [{ ...event, user: 5 }, 'user'],
  [{ ...event, user: '' }, 'user'],
  [{ ...event, user: 'a\u0000b' }, 'user'],
  [{ ...event, user: 'x'.repeat(129) }, 'user'],
  ['{"type":"view","user":"\\ud800"}', 'user'],
  [{ ...event, items: [{ id: 'a', quantity: -2 }] }, 'items.0.quantity'],
  [{ ...event, items: [{ id: 'a', price: -1 }] }, 'items.0.price'],
  [{ ...event, items: [{ id: 'a', quantity: '2' }] }, 'items.0.quantity'],
  [{ ...event, items: ['a'] }, 'items.0'],
  [{ ...event, surprise: 1 }, 'surprise'],
  [{ ...event, time: future }, 'time'],
  [{ ...event, time: 1_600_000_000 }, 'time'],
  [{ ...event, time: 'yesterday' }, 'time'],
  [{ ...event, currency: 'pounds' }, 'currency'],
  [{ ...event, context: { deep: { deeper: 1 } } }, 'context.deep'],
  [{ ...event, type: 'identify' }, 'context.anonymous'],
  [{ ...event, type: 'identify', context: { anonymous: '🙂'.repeat(300) } }, 'context.anonymous'],
  [{ ...event, time: '1' }, 'time'],
  [{ ...event, time: 'Tue Mar 3 2026' }, 'time'],
  [{ ...event, time: '2025-02-31T10:00:00Z' }, 'time'],
  [{ ...event, time: '2026-02-31T99:00:00Z' }, 'time'],
];

function assertProblem(answer: Answer, what: string): void {
  assert.ok(answer.status >= 400 && answer.status < 500, `${answer.status} for ${what}`);
  assert.match(answer.type, /^application\/problem\+json/, what);
  assert.equal(answer.body.status, answer.status);
  assert.ok(!/\bat .*\.(js|ts):\d+/.test(answer.text), 'no stack trace');
}

test('a bad event is a problem that names the field', async (t) => {
  const { call, engine } = await server(t);
  for (const [body, field] of events) {
    const sent = typeof body === 'string' ? body.slice(0, 60) : JSON.stringify(body).slice(0, 60);
    const answer = await call('POST', '/v1/events', body);
    if (answer.status === 207) assert.equal(answer.body.events[0].status, 'rejected', sent);
    else assertProblem(answer, sent);
    if (field === undefined || answer.status === 207) continue;
    assert.equal(answer.body.errors[0].field, field, sent);
    assert.ok(answer.body.errors[0].remedy, sent);
  }
  assert.equal(engine.state.offset, 0, 'nothing was kept');
});

test('bad requests elsewhere are problems too', async (t) => {
  const { call } = await server(t);
  const huge = `{"user":"${'x'.repeat(10_000_000)}"}`;
  const cases: [Parameters<typeof call>, number, string?][] = [
    [['POST', '/v1/recommend', huge], 413, 'body'],
    [['POST', '/v1/recommend', {}], 400, 'user'],
    [['POST', '/v1/recommend', { user: 'u', scenario: 'best' }], 400, 'scenario'],
    [['POST', '/v1/recommend', { user: 'u', scenario: 'home', count: 0 }], 400, 'count'],
    [['POST', '/v1/recommend', { user: 'u', scenario: 'home', count: 1.5 }], 400, 'count'],
    [['POST', '/v1/recommend', { user: 'u', scenario: 'home', filter: 'price <' }], 400, 'filter'],
    [['POST', '/v1/recommend', { user: 'u', scenario: 'similar' }], 400, 'item'],
    [['POST', '/v1/recommend', { user: 'u', scenario: 'complement', item: 'none' }], 404, 'item'],
    [['POST', '/v1/recommend', 'user=u', { 'content-type': 'text/plain' }], 415, 'body'],
    [['PUT', '/v1/items/a', '{"attributes":{"__proto__":1}}'], 400, 'body'],
    [['GET', '/v1/items/none'], 404, 'path.id'],
    [['PATCH', '/v1/items/none', { price: 1 }], 404],
    [['PATCH', '/v1/items/phone', {}], 400],
    [['PATCH', '/v1/items/phone', { id: 'other' }], 400, 'id'],
    [['PUT', '/v1/items', [{ id: 'a', price: -1 }]], 400, '0.price'],
    [['PUT', '/v1/items/a', { id: 'b' }], 400, 'id'],
    [['GET', `/v1/users/${'x'.repeat(500)}/profile`], 400, 'path.id'],
    [['GET', '/v1/items/%zz'], 400],
    [['GET', '/v1/nothing'], 404],
    [['GET', '/v1/users/a%00b/profile'], 400, 'path.id'],
  ];
  for (const [args, status, field] of cases) {
    const answer = await call(...args);
    const what = JSON.stringify(args).slice(0, 100);
    assertProblem(answer, what);
    assert.equal(answer.status, status, what);
    if (field !== undefined) assert.equal(answer.body.errors[0]?.field, field, what);
  }
});

test('JSON that is refused for a name is not said to be no JSON', async (t) => {
  const { call } = await server(t);
  for (const [body, code, says] of [
    ['{"__proto__":{"x":1},"type":"view","user":"u"}', 'invalid_request', /__proto__/],
    ['{"context":{"constructor":{"prototype":1}}}', 'invalid_request', /prototype/],
    ['{"__proto__":', 'malformed_json', /not valid JSON/],
  ] as const) {
    const answer = await call('POST', '/v1/events', body);
    assert.equal(answer.body.code, code);
    assert.match(answer.body.detail, says);
  }
});

test('whatever is sent, the server answers below 500 in JSON and goes on', async (t) => {
  const { call } = await server(t);
  const part = fc.constantFrom<unknown>(
    ...[
      'id',
      'u',
      'phone',
      '',
      '__proto__',
      'constructor',
      'toString',
      '手机',
      '\u0000',
      'home',
      'similar',
      'view',
    ],
    ...['purchase', 'add_to_cart', 'identify', 'price < 3 and', 0, -1, 1e308, 5, true, null],
  );
  const key = fc.constantFrom(
    ...[
      'id',
      'type',
      'user',
      'items',
      'quantity',
      'price',
      'time',
      'context',
      'anonymous',
      'value',
      'scenario',
    ],
    ...['item', 'count', 'filter', 'exclude', 'explain', 'constructor', 'toString', 'x'],
  );
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof({ maxDepth: 4 }, part, fc.array(tie('value'), { maxLength: 4 }), tie('object')),
    object: fc.dictionary(key, tie('value'), { maxKeys: 6 }),
  }));
  const plausible = fc.record(
    {
      type: fc.constantFrom('view', 'purchase', 'add_to_cart', 'remove_from_cart', 'identify', 'valueOf'),
      user: part,
      scenario: fc.constantFrom('home', 'similar', 'complement', 'basket', 'trending'),
      items: fc.oneof(fc.array(fc.record({ id: part }), { maxLength: 3 }), fc.array(part, { maxLength: 3 })),
      item: part,
      context: fc.record({ anonymous: part }),
      filter: fc.string(),
    },
    { requiredKeys: [] },
  );
  const method = fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE');
  const path = fc.constantFrom(
    ...['/v1/events', '/v1/recommend', '/v1/items', '/v1/items/phone', '/v1/items/constructor'],
    ...['/v1/users/__proto__/profile', '/v1/users/u/profile', '/'],
  );
  const body = fc.oneof(value, plausible, fc.array(plausible, { maxLength: 3 }), fc.string());
  await fc.assert(
    fc.asyncProperty(method, path, body, async (how, where, what) => {
      const answer = await call(how as 'GET', where, how === 'GET' ? undefined : what);
      assert.ok(answer.status < 500, `${answer.status}: ${answer.text}`);
      if (answer.status >= 400) assert.match(answer.type, /^application\/problem\+json/);
      else if (answer.status !== 204) assert.match(answer.type, /^application\/json/);
    }),
    { numRuns: 400, seed: 5 },
  );
  assert.equal((await call('POST', '/v1/recommend', { user: 'u', scenario: 'home' })).status, 200);
});

test('what is not HTTP is refused without harm', async (t) => {
  const { app, call } = await server(t);
  const { port } = new URL(await app.listen({ host: '127.0.0.1', port: 0 }));
  const answer = await new Promise<string>((resolve) => {
    const socket = connect(Number(port), '127.0.0.1', () => socket.write('\u0001nonsense\r\n\r\n'));
    socket.on('data', (chunk) => resolve(chunk.toString()));
  });
  assert.match(answer, /^HTTP\/1.1 400 .*\r\n(.*\r\n)*content-type: application\/problem\+json/);
  assert.equal((await call('GET', '/health')).status, 200);
});

test('a page without an address of its own is nobody’s page, also where no host is named', async (t) => {
  const { app } = await server(t, { keys: keysIn(t) });
  const { port } = new URL(await app.listen({ host: '127.0.0.1', port: 0 }));
  for (const origin of ['null', 'https://evil.example'])
    assert.match(
      await said(Number(port), `GET /health HTTP/1.0\r\nOrigin: ${origin}\r\n\r\n`),
      /^HTTP\/1.1 403 /,
    );
  assert.match(await said(Number(port), 'GET /health HTTP/1.0\r\n\r\n'), /^HTTP\/1.1 200 /);
});

function keysIn(t: TestContext): string {
  const path = join(scratch(t), 'keys.json');
  writeFileSync(
    path,
    JSON.stringify({ keys: [makeKey({ name: 'o', kind: 'server', scopes: ['admin'] }, 0).entry] }),
  );
  return path;
}

/** What a server answers to bytes. */
function said(port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    socket.on('data', (chunk) => resolve(chunk.toString()));
  });
}
