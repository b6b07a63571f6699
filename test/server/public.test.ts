import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { userToken } from '../../packages/client/src/server.js';
import type { Limits } from '../../src/server/index.js';
import { makeKey } from '../../src/server/keys.js';
import { scratch } from '../support/events.js';
import { type Answer, type Api, server } from './support.js';

const anon = (n: number): string => `anon_${n.toString(16).padStart(8, '0')}0123456789abcdef01234567`;
const [mine, other] = [anon(1), anon(2)];
const view = (user: string, id: string, item = 'phone') => ({
  id,
  type: 'view',
  user,
  items: [{ id: item }],
});

interface Shop extends Api {
  /** Asks with the public key. */
  page(
    method: 'GET' | 'POST',
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer>;
  /** Asks with the server key. */
  owner(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<Answer>;
  token(user: string): Record<string, string>;
}

async function shop(t: TestContext, limits: Partial<Limits> = {}, perMinute?: number): Promise<Shop> {
  const rate = perMinute === undefined ? {} : { perMinute };
  const page = makeKey({ name: 'page', kind: 'public', scopes: ['events', 'recommend'], ...rate }, 0);
  const owner = makeKey({ name: 'owner', kind: 'server', scopes: ['admin'] }, 0);
  const signer = makeKey({ name: 'signer', kind: 'signing', scopes: [] }, 0);
  const keys = join(scratch(t), 'keys.json');
  writeFileSync(keys, JSON.stringify({ keys: [page.entry, owner.entry, signer.entry] }));
  const api = await server(t, { keys, limits });
  return {
    ...api,
    page: (method, path, body, headers) =>
      api.call(method, path, body, { authorization: `Bearer ${page.key}`, ...headers }),
    owner: (method, path, body) => api.call(method, path, body, { authorization: `Bearer ${owner.key}` }),
    token: (user) => ({ 'x-endcap-user-token': userToken({ secret: signer.key, user }) }),
  };
}

const ask = (user: string) => ({ user, scenario: 'home', explain: true });

test('a public key reads and writes for an anonymous id, or with a token of the shopper, for nobody else', async (t) => {
  const { page, owner, token, engine } = await shop(t);
  await owner('POST', '/v1/events', [
    view('anna', 'a1'),
    { ...view('anna', 'a2', 'case'), type: 'purchase' },
  ]);
  for (const user of ['anna', 'anon_1', 'anon_', `anon_${'0'.repeat(32)}`, 'anon-7f3a']) {
    const asked = await page('POST', '/v1/recommend', ask(user));
    assert.equal(asked.status, 403, user);
    assert.equal(asked.body.errors[0].field, 'user');
    assert.ok(!asked.text.includes('phone'), 'nothing of the shopper');
    assert.equal((await page('POST', '/v1/events', view(user, 'x'))).status, 403, user);
  }
  assert.equal((await page('POST', '/v1/recommend', ask('anna'), token('bert'))).status, 403);
  assert.equal(
    (await page('POST', '/v1/recommend', ask('anna'), { 'x-endcap-user-token': 'x.y' })).status,
    403,
  );
  const hers = await page('POST', '/v1/recommend', ask('anna'), token('anna'));
  assert.equal(hers.status, 200);
  assert.equal((await page('POST', '/v1/events', view('anna', 'a3'), token('anna'))).status, 200);
  assert.equal((await page('POST', '/v1/recommend', ask(mine))).status, 200);
  assert.equal((await page('POST', '/v1/events', view(mine, 'm1'))).status, 200);
  const batch = await page('POST', '/v1/events', [view(mine, 'm2'), view('anna', 'm3')]);
  assert.deepEqual(
    batch.body.events.map(({ status }: { status: string }) => status),
    ['accepted', 'rejected'],
  );
  assert.equal(engine.profile('anna').total, 3);
  for (const path of ['/v1/users/anna/profile', '/v1/users/anna/export', '/v1/events/stream', '/v1/keys'])
    assert.equal((await page('GET', path)).status, 403, path);
});

test('identify by a page needs the token, and never takes a known shopper', async (t) => {
  const { page, owner, token, engine } = await shop(t);
  const join = (user: string, anonymous: string, id: string) => ({
    id,
    type: 'identify',
    user,
    context: { anonymous },
  });
  await owner('POST', '/v1/events', [view('victim', 'v1'), view('anna', 'a1')]);
  await page('POST', '/v1/events', view(mine, 'm1', 'case'));
  assert.equal((await page('POST', '/v1/events', join('anna', mine, 'i0'))).status, 403, 'no token');
  const cases: [user: string, anonymous: string][] = [
    ['anna', 'victim'],
    ['anna', 'anna'],
    [other, mine],
  ];
  for (const [user, anonymous] of cases) {
    const answer = await page('POST', '/v1/events', join(user, anonymous, `i-${user}`), token(user));
    assert.ok(answer.status === 403 || answer.status === 400, `${user} ${anonymous}: ${answer.status}`);
  }
  assert.equal((await page('POST', '/v1/events', join('anna', mine, 'i1'), token('anna'))).status, 200);
  assert.deepEqual(
    engine.profile('anna').events.map(({ item }) => item),
    ['phone', 'case'],
  );
  assert.equal(engine.profile('victim').total, 1);
  const known = await owner('POST', '/v1/events', join('victim', 'anna', 'i2'));
  assert.equal(known.status, 403, 'not even a server key joins one known shopper to another');
  assert.equal(engine.profile('anna').user, 'anna');
});

test('a page’s event is never ahead of the server’s clock, and cannot take the id of another’s', async (t) => {
  const { page, owner, engine } = await shop(t);
  const ahead = Date.now() + 20 * 3_600_000;
  assert.equal((await page('POST', '/v1/events', { ...view(mine, 'order-1'), time: ahead })).status, 200);
  assert.ok(engine.profile(mine).events[0]!.time <= Date.now());
  const order = { ...view('anna', 'order-1'), type: 'purchase' };
  assert.equal((await owner('POST', '/v1/events', order)).body.events[0].status, 'accepted');
  assert.equal((await owner('POST', '/v1/events', order)).body.events[0].status, 'duplicate');
  assert.equal((await page('POST', '/v1/events', view(mine, 'order-1'))).body.events[0].status, 'duplicate');
  assert.equal((await page('POST', '/v1/events', view(other, 'order-1'))).body.events[0].status, 'accepted');
});

test('what a page may ask at once is bounded', async (t) => {
  const { page } = await shop(t);
  const many = (n: number) => Array.from({ length: n }, (_, at) => view(mine, `e${at}`));
  const items = (n: number) => Array.from({ length: n }, (_, at) => ({ id: `i${at}` }));
  const filter = (n: number) => Array(n).fill('title contains "x"').join(' or ');
  const ids = (n: number) => items(n).map(({ id }) => id);
  const cases: [path: string, body: unknown, status: number][] = [
    ['/v1/events', many(100), 200],
    ['/v1/events', many(101), 400],
    ['/v1/events', [{ ...view(mine, 'big'), items: items(1_001) }], 400],
    ['/v1/events', [1, 2, 3, 4, 5, 6].map((n) => view(anon(n), 'x')), 400],
    ['/v1/recommend', { ...ask(mine), filter: filter(12) }, 200],
    ['/v1/recommend', { ...ask(mine), filter: filter(13) }, 400],
    ['/v1/recommend', { ...ask(mine), exclude: ids(201) }, 400],
    ['/v1/recommend', { user: mine, scenario: 'basket', items: ids(61) }, 400],
    ['/v1/events', { ...view(mine, 'w'), context: { text: 'x'.repeat(300_000) } }, 413],
  ];
  for (const [path, body, status] of cases) {
    const answer = await page('POST', path, body);
    assert.equal(answer.status, status, `${JSON.stringify(body).slice(0, 80)}: ${answer.text.slice(0, 200)}`);
  }
});

test('what a page nests beyond any use is not even read', async (t) => {
  const { page, owner } = await shop(t);
  for (const body of ['['.repeat(33), '['.repeat(120_000) + ']'.repeat(120_000), '{"a":'.repeat(40)]) {
    const { status, body: problem } = await page('POST', '/v1/events', body);
    assert.deepEqual([status, problem.code], [400, 'invalid_request'], problem.detail);
    assert.equal(problem.errors[0].message, 'is nested too deeply');
  }
  const brackets = { ...view(mine, 'v'), context: { note: `\\"[[[${'[{'.repeat(200)}` } };
  assert.equal((await page('POST', '/v1/events', brackets)).status, 200);
  assert.equal((await page('POST', '/v1/events', `${'['.repeat(9)}${']'.repeat(9)}`)).status, 207);
  assert.equal((await owner('POST', '/v1/events', `${'['.repeat(90)}${']'.repeat(90)}`)).status, 207);
  for (const text of ['{', '"', '"\\'])
    assert.equal((await page('POST', '/v1/events', text)).body.code, 'malformed_json', text);
  const { body: reserved } = await page('POST', '/v1/events', '{"__proto__":1}');
  assert.deepEqual([reserved.code, reserved.errors[0].field], ['invalid_request', 'body']);
});

test('addresses that a visitor makes up in headers do not make them many', async (t) => {
  const { page } = await shop(t);
  let taken = 0;
  for (let n = 0; n < 150; n++) {
    const forged = {
      'x-forwarded-for': `10.0.${n}.1`,
      forwarded: `for=10.0.${n}.2`,
      'x-real-ip': `10.0.${n}.3`,
    };
    if ((await page('POST', '/v1/events', view(anon(n), 'v'), forged)).status === 200) taken++;
  }
  assert.ok(taken <= 121, `${taken}`);
});

test('a thousand fake shoppers of one address are told to wait, and a metric shows it', async (t) => {
  const { page, owner, engine } = await shop(t, { address: { burst: 5_000, perMinute: 1 } });
  const statuses = new Map<number, number>();
  for (let n = 0; n < 1_000; n++) {
    const { status, headers } = await page('POST', '/v1/events', view(anon(n), 'x'));
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    if (status === 429) assert.ok(Number(headers['retry-after']) >= 1);
  }
  assert.deepEqual([...statuses.keys()].sort(), [200, 429]);
  assert.ok(statuses.get(200)! >= 120 && statuses.get(200)! <= 130, `${statuses.get(200)} were let in`);
  assert.equal(engine.state.offset, statuses.get(200));
  const { text } = await owner('GET', '/metrics');
  const metric = (name: string): number => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
  assert.equal(metric('endcap_too_many_requests_total\\{by="newcomers"\\}'), statuses.get(429));
  assert.equal(metric('endcap_new_shoppers_total'), 1_000);
  const known = await page('POST', '/v1/events', view(anon(3), 'again'));
  assert.equal(known.status, 200, 'who was let in goes on');
});

test('the log grows by a page as fast as is configured, by shopper and by address', async (t) => {
  const batch = (user: string, n: number) => Array.from({ length: 10 }, (_, at) => view(user, `${n}-${at}`));
  const { page, engine } = await shop(t, {
    events: { burst: 20, perMinute: 0.1 },
    addressEvents: { burst: 50, perMinute: 0.1 },
  });
  const statuses = [];
  for (const [user, n] of [
    [mine, 1],
    [mine, 2],
    [mine, 3],
    [other, 1],
    [other, 2],
    [anon(3), 1],
    [anon(3), 2],
  ] as const)
    statuses.push((await page('POST', '/v1/events', batch(user, n))).status);
  assert.deepEqual(statuses, [200, 200, 429, 200, 200, 200, 429]);
  assert.equal(engine.state.offset, 50);
});

test('key, shopper and address have each their own rate', async (t) => {
  const one = { burst: 2, perMinute: 1 };
  const first = await shop(t, { shopper: one });
  const asked = async ({ page }: Shop, user: string) =>
    (await page('POST', '/v1/recommend', ask(user))).status;
  assert.deepEqual(
    [await asked(first, mine), await asked(first, mine), await asked(first, mine), await asked(first, other)],
    [200, 200, 429, 200],
  );
  const second = await shop(t, { address: one });
  assert.deepEqual(
    [await asked(second, anon(1)), await asked(second, anon(2)), await asked(second, anon(3))],
    [200, 200, 429],
  );
  const third = await shop(t, {}, 2);
  const answers = [await asked(third, anon(1)), await asked(third, anon(2)), await asked(third, anon(3))];
  assert.deepEqual(answers, [200, 200, 429]);
  assert.equal((await third.owner('POST', '/v1/recommend', ask('u'))).status, 200, 'another key');
});
