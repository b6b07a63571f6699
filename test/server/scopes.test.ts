import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Experiments } from '../../src/experiments/index.js';
import { openMarketing } from '../../src/marketing/index.js';
import { openEngine } from '../../src/recommend/index.js';
import { createServer } from '../../src/server/index.js';
import { makeKey, type Scope } from '../../src/server/keys.js';
import { openStore } from '../../src/storage/index.js';
import { scratch } from '../support/events.js';
import { server } from './support.js';

const anonymous = `anon_${'0123456789abcdef'.repeat(2)}`;
const item = { id: 'phone', title: 'Phone' };
const view = { id: 'e', type: 'view', user: anonymous, items: [{ id: 'phone' }] };

/** Every route of the contract by the scope that it asks for, and a body where it takes one. */
const byScope: Record<Scope | 'none', [route: string, body?: object][]> = {
  none: [['GET /health'], ['GET /ready']],
  events: [['POST /v1/events', view]],
  recommend: [
    ['GET /v1/categories'],
    ['GET /v1/items'],
    ['GET /v1/items/{id}'],
    ['POST /v1/intent', { user: anonymous }],
    ['POST /v1/offers/decide', { user: anonymous }],
    ['POST /v1/recommend', { user: anonymous, scenario: 'home' }],
    ['POST /v1/search', { user: anonymous, query: 'phone' }],
    ['POST /v1/slots/rank', { slot: 'home', candidates: [{ item: 'phone', worth: 1 }] }],
    ['POST /v1/suggest', { user: anonymous, prefix: 'ph' }],
  ],
  items: [
    ['PUT /v1/items', [item]],
    ['PUT /v1/items/{id}', { title: 'Phone' }],
    ['PATCH /v1/items/{id}', { title: 'Phone' }],
    ['DELETE /v1/items/{id}'],
  ],
  admin: [
    ['GET /metrics'],
    ['GET /v1/audiences'],
    ['GET /v1/audiences/page'],
    ['PUT /v1/audiences/{id}', { name: 'A', rule: 'view > 1' }],
    ['GET /v1/audiences/{id}'],
    ['GET /v1/audiences/{id}/members'],
    ['GET /v1/audiences/{id}/members.csv'],
    ['DELETE /v1/audiences/{id}'],
    ['GET /v1/deliveries'],
    ['POST /v1/deliveries/retry'],
    ['GET /v1/events'],
    ['GET /v1/events/stream'],
    ['GET /v1/experiments'],
    ['GET /v1/experiments/page'],
    ['GET /v1/policy'],
    ['GET /v1/intent/current'],
    ['GET /v1/intent/report'],
    ['POST /v1/intent/train'],
    ['GET /v1/inventory'],
    ['POST /v1/inventory/forecast'],
    ['GET /v1/inventory/forecast/{item}'],
    ['GET /v1/inventory/reorder'],
    ['GET /v1/keys'],
    ['POST /v1/keys', { name: 'new', kind: 'server', scopes: ['admin'] }],
    ['POST /v1/keys/{name}/rotate', {}],
    ['DELETE /v1/keys/{name}'],
    ['POST /v1/marketing/uplift', { csv: 'a', treatment: 'b', outcome: 'c' }],
    ['GET /v1/offers'],
    ['GET /v1/offers/page'],
    ['POST /v1/offers/learn'],
    ['PUT /v1/offers/{id}', { name: 'O' }],
    ['GET /v1/offers/{id}'],
    ['DELETE /v1/offers/{id}'],
    ['GET /v1/slots'],
    ['GET /v1/users/{id}/export'],
    ['GET /v1/users/{id}/profile'],
    ['DELETE /v1/users/{id}'],
  ],
};
/** Of those with `recommend`, what even so is no business of a page. */
const notForPages = ['POST /v1/slots/rank'];
const routes = Object.entries(byScope).flatMap(([scope, list]) =>
  list.map(([route, body]) => ({ route, scope: scope as Scope | 'none', body })),
);

test('each route of the contract asks for its scope, whatever the kind of key, and HEAD for that of GET', async (t) => {
  const dir = scratch(t);
  writeFileSync(join(dir, 'experiments.json'), '{"experiments": []}');
  const key = (name: string, kind: 'server' | 'public' | 'signing', scopes: Scope[], expires?: number) => ({
    ...makeKey({ name, kind, scopes, ...(expires !== undefined && { expires }) }, 0),
    scopes,
  });
  const callers = [
    key('events', 'server', ['events']),
    key('recommend', 'server', ['recommend']),
    key('items', 'server', ['items']),
    key('page', 'public', ['events', 'recommend']),
    key('admin', 'server', ['admin']),
  ];
  const strangers = [
    key('signer', 'signing', []),
    key('over', 'server', ['admin'], 1),
    { ...key('unknown', 'server', ['admin']), entry: undefined },
  ];
  const entries = [...callers, ...strangers].flatMap(({ entry }) => entry ?? []);
  const keys = join(dir, 'keys.json');
  writeFileSync(keys, JSON.stringify({ keys: entries }));
  const engine = await openEngine({ store: openStore(dir) });
  const marketing = await openMarketing(engine, { dir });
  const experiments = await Experiments.open(engine, dir);
  const app = await createServer(engine, { dir, keys, marketing, experiments });
  t.after(async () => {
    await app.close();
    await engine.close();
  });
  await engine.catalogue.put([item]);
  const { paths } = (await app.inject('/openapi.json')).json();
  const contract = Object.entries<object>(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  assert.deepEqual(contract.sort(), routes.map(({ route }) => route).sort());
  for (const { route, scope, body } of routes) {
    const [method, path] = route.split(' ') as ['GET' | 'POST', string];
    const url = path.replace(/\{\w+\}/, 'nobody');
    const asked = async (bearer: string | undefined, as: 'GET' | 'POST' | 'HEAD' = method) => {
      const headers = bearer === undefined ? {} : { authorization: `Bearer ${bearer}` };
      return (await app.inject({ method: as, url, headers, ...(body && { payload: body }) })).statusCode;
    };
    for (const bearer of [undefined, ...strangers.map((stranger) => stranger.key)]) {
      assert.equal((await asked(bearer)) === 401, scope !== 'none', `${route} by a stranger`);
      // Of the stream there is no HEAD.
      if (method === 'GET' && !path.endsWith('stream'))
        assert.equal((await asked(bearer, 'HEAD')) === 401, scope !== 'none', `HEAD ${path} by a stranger`);
    }
    for (const { key: bearer, entry, scopes } of callers) {
      const ours = entry.kind !== 'public' || !notForPages.includes(route);
      const may = scope === 'none' || scopes.includes('admin') || (scopes.includes(scope) && ours);
      // A stream that is given does not end.
      if (may && path.endsWith('stream')) continue;
      assert.equal((await asked(bearer)) === 403, !may, `${route} with the key ${entry.name}`);
    }
  }
});

test('a request without a body may say that it is JSON, as many clients do of every request', async (t) => {
  const { app, call } = await server(t);
  const headers = { 'content-type': 'application/json' };
  await call('POST', '/v1/keys', { name: 'shop', kind: 'server', scopes: ['admin'] });
  assert.equal((await call('POST', '/v1/keys/shop/rotate')).status, 201, 'and need not');
  for (const [method, url, status] of [
    ['DELETE', '/v1/users/anna', 200],
    ['DELETE', '/v1/items/case', 204],
    ['POST', '/v1/keys/shop/rotate', 201],
    ['POST', '/v1/inventory/forecast', 202],
    ['GET', '/v1/items/phone', 200],
    ['POST', '/v1/recommend', 400],
    ['POST', '/v1/events', 400],
    ['PUT', '/v1/items', 400],
    ['PATCH', '/v1/items/phone', 400],
  ] as const) {
    const answer = await app.inject({ method, url, headers });
    assert.equal(answer.statusCode, status, `${method} ${url}: ${answer.body}`);
    if (status === 400) assert.match(answer.json().detail, /body/i, `${method} ${url}`);
  }
  assert.equal((await call('POST', '/v1/recommend', '  ')).status, 400);
});
