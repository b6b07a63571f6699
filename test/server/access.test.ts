import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openEngine } from '../../src/recommend/index.js';
import { createKey, serve } from '../../src/server/index.js';
import { openStore } from '../../src/storage/index.js';
import { scratch } from '../support/events.js';
import { server } from './support.js';

const home = { user: 'u', scenario: 'home' };

test('a key may do what its scopes say, no more', async (t) => {
  const browser = createKey('browser', ['events', 'recommend']);
  const owner = createKey('owner', ['admin']);
  const keys = join(scratch(t), 'keys.json');
  writeFileSync(keys, JSON.stringify({ keys: [browser.entry, owner.entry] }));
  assert.ok(!JSON.stringify(browser.entry).includes(browser.key));
  const { call } = await server(t, { keys });
  const as = (key: string): Record<string, string> => ({
    authorization: `Bearer ${key}`,
    host: 'shop.example',
  });
  const keyless = await call('POST', '/v1/recommend', home);
  assert.deepEqual([keyless.status, keyless.headers['www-authenticate']], [401, 'Bearer']);
  assert.equal((await call('POST', '/v1/recommend', home, as(`${browser.key}x`))).status, 401);
  assert.equal((await call('POST', '/v1/recommend', home, as(browser.key))).status, 200);
  const refused = await call('PUT', '/v1/items', [{ id: 'x' }], as(browser.key));
  assert.equal(refused.status, 403);
  assert.match(refused.body.detail, /lacks the scope items/);
  assert.equal((await call('GET', '/v1/users/u/profile', undefined, as(browser.key))).status, 403);
  assert.equal((await call('GET', '/metrics', undefined, as(browser.key))).status, 403);
  assert.equal((await call('PUT', '/v1/items', [{ id: 'x' }], as(owner.key))).status, 200);
  assert.equal((await call('GET', '/health')).status, 200);
});

test('a keys file that is wrong says how', async (t) => {
  const keys = join(scratch(t), 'keys.json');
  for (const text of ['{', '{}', '{"keys":[{"name":"a","sha256":"12","scopes":["admin"]}]}', '[]', 'null']) {
    writeFileSync(keys, text);
    await assert.rejects(server(t, { keys }), { code: 'invalid_keys' }, text);
  }
});

test('without keys only this machine may ask, by its own name, from its own pages', async (t) => {
  const { call } = await server(t);
  const cases: [headers: Record<string, string>, status: number][] = [
    [{ host: 'localhost:8080' }, 200],
    [{ host: '127.0.0.1:8080' }, 200],
    [{ host: '[::1]:8080' }, 200],
    [{ host: 'rebound.example' }, 403],
    [{ host: '127.0.0.1.example' }, 403],
    [{ host: 'localhost:8080', origin: 'http://localhost:8080' }, 200],
    [{ host: 'localhost:8080', origin: 'http://evil.example' }, 403],
    [{ host: 'LOCALHOST:8080' }, 200],
    [{ host: 'localhost.evil.example' }, 403],
    [{ host: '127.0.0.1@evil.example' }, 403],
    [{ host: 'localhost:8080', origin: 'null' }, 403],
  ];
  for (const [headers, status] of cases) {
    assert.equal(
      (await call('POST', '/v1/recommend', home, headers)).status,
      status,
      JSON.stringify(headers),
    );
  }
});

test('other pages may ask where they are configured', async (t) => {
  const origin = 'https://shop.example';
  const { call } = await server(t, { origins: [origin] });
  const preflight = { origin, 'access-control-request-method': 'POST' };
  const answer = await call('OPTIONS', '/v1/recommend', undefined, preflight);
  assert.equal(answer.status, 204);
  assert.equal(answer.headers['access-control-allow-origin'], origin);
  assert.equal((await call('POST', '/v1/recommend', home, { origin })).status, 200);
  assert.equal((await call('POST', '/v1/recommend', home, { origin: 'https://other.example' })).status, 403);
});

test('the server does not listen to others without keys', async (t) => {
  const engine = await openEngine({ store: openStore(scratch(t)) });
  await assert.rejects(serve(engine, { host: '0.0.0.0', port: 0 }), { code: 'keys_needed' });
  await engine.close();
});

test('closing finishes what is under way, writes a checkpoint and frees the store', async (t) => {
  const dir = scratch(t);
  const { url, close } = await serve(await openEngine({ store: openStore(dir) }), { port: 0 });
  const sent = Array.from({ length: 20 }, (_, at) => {
    const body = JSON.stringify({ id: `${at}`, type: 'view', user: 'u', items: [{ id: 'a' }] });
    return fetch(`${url}/v1/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
  });
  const settled = Promise.allSettled(sent);
  await sent[0];
  await close();
  const answers = await settled;
  const taken = answers.filter(
    (answer) => answer.status === 'fulfilled' && answer.value.status === 200,
  ).length;
  const again = await openEngine({ store: openStore(dir) });
  assert.ok(taken >= 1 && again.state.offset >= taken);
  assert.equal(again.profile('u').events.length, again.state.offset);
  await again.close();
});

test('a site is served at / under a strict policy', async (t) => {
  const site = scratch(t);
  writeFileSync(join(site, 'index.html'), '<!doctype html><title>Shop</title>');
  mkdirSync(join(site, 'assets'));
  const { call } = await server(t, { storefront: { site, name: 'Shop' } });
  const { status, text, headers } = await call('GET', '/');
  assert.equal(status, 200);
  assert.match(text, /Shop/);
  assert.match(String(headers['content-security-policy']), /default-src 'self'/);
  assert.equal((await call('GET', '/../../etc/passwd')).status, 404);
});
