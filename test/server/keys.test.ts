import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { KeyFile } from '../../src/server/index.js';
import { scratch } from '../support/events.js';
import { server } from './support.js';

const main = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));
const home = { user: 'u', scenario: 'home' };
const as = (key: string): Record<string, string> => ({ authorization: `Bearer ${key}` });

test('keys are made, listed, rotated with overlap and revoked over HTTP, each change in the audit log', async (t) => {
  const dir = scratch(t);
  const file = new KeyFile(join(dir, 'keys.json'));
  const owner = await file.create({ name: 'owner', kind: 'server', scopes: ['admin'] }, 'test');
  const { call } = await server(t, { keys: file.path });
  const made = await call(
    'POST',
    '/v1/keys',
    { name: 'shop', kind: 'server', scopes: ['recommend'] },
    as(owner.key),
  );
  assert.equal(made.status, 201);
  const { key } = made.body;
  assert.equal((await call('POST', '/v1/recommend', home, as(key))).status, 200);
  const list = await call('GET', '/v1/keys', undefined, as(owner.key));
  assert.deepEqual(
    list.body.keys.map(({ name }: { name: string }) => name),
    ['owner', 'shop'],
  );
  for (const secret of [key, owner.key, 'sha256', 'secret']) assert.ok(!list.text.includes(secret));
  assert.equal((await call('GET', '/v1/keys', undefined, as(key))).status, 403);
  assert.equal((await call('POST', '/v1/keys', made.body.entry, as(owner.key))).status, 400);
  const again = await call('POST', '/v1/keys', { name: 'none', kind: 'public' }, as(owner.key));
  assert.equal(again.body.code, 'invalid_request', 'a public key needs a scope');
  const taken = { name: 'shop', kind: 'server', scopes: ['admin'] };
  assert.equal((await call('POST', '/v1/keys', taken, as(owner.key))).body.code, 'key_exists');

  const next = await call('POST', '/v1/keys/shop/rotate', { overlapSeconds: 60 }, as(owner.key));
  assert.equal(next.status, 201);
  for (const each of [key, next.body.key])
    assert.equal((await call('POST', '/v1/recommend', home, as(each))).status, 200, 'both for a while');
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() + 60_050 });
  assert.equal((await call('POST', '/v1/recommend', home, as(key))).status, 401, 'the overlap is over');
  assert.equal((await call('DELETE', '/v1/keys/shop', undefined, as(owner.key))).status, 204);
  assert.equal((await call('POST', '/v1/recommend', home, as(next.body.key))).status, 401);
  assert.equal((await call('DELETE', '/v1/keys/shop', undefined, as(owner.key))).status, 404);

  const audit = readFileSync(join(dir, 'audit.jsonl'), 'utf8');
  assert.deepEqual(
    audit
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
      .map(({ action, by, key: { name } }) => [action, by, name]),
    [
      ['key created', 'test', 'owner'],
      ['key created', 'owner', 'shop'],
      ['key rotated', 'owner', 'shop'],
      ['key revoked', 'owner', 'shop'],
    ],
  );
  for (const secret of [key, owner.key, next.body.key]) {
    assert.ok(!audit.includes(secret));
    assert.ok(!readFileSync(file.path, 'utf8').includes(secret), 'only hashes are kept');
  }
  assert.equal(statSync(file.path).mode & 0o77, 0, 'nobody else may read the file');
});

test('a key revoked by command is soon refused by a running server', async (t) => {
  const dir = scratch(t);
  const run = async (...args: string[]): Promise<string> =>
    (await promisify(execFile)(process.execPath, [main, 'keys', ...args, '--dir', dir])).stdout.trim();
  const shop = ['create', 'shop', '--kind', 'server', '--scopes', 'recommend', '--expires', '30d'];
  const key = await run(...shop);
  const { call } = await server(t, { keys: join(dir, 'keys.json') });
  const status = async (text: string): Promise<number> =>
    (await call('POST', '/v1/recommend', home, as(text))).status;
  assert.equal(await status(key), 200);
  const next = await run('rotate', 'shop', '--overlap', '1h');
  assert.match(await run('list'), /shop.*server.*recommend/);
  await run('revoke', 'shop');
  const revoked = performance.now();
  while ((await status(key)) !== 401) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.ok(performance.now() - revoked < 60_000, `${performance.now() - revoked} ms`);
  assert.equal(await status(next), 401);
  assert.deepEqual(JSON.parse(await run('list', '--json')), { keys: [] });
  await assert.rejects(
    run('create', 'x', '--kind', 'public', '--scopes', 'admin'),
    /may have the scopes events/,
  );
  await assert.rejects(run('create', 'x', '--kind', 'server', '--expires', 'soon'), /Write 90s, 12h or 30d/);
  await assert.rejects(run('revoke', 'x'), /There is no key "x"/);
});

test('changes at the same time all arrive', async (t) => {
  const file = new KeyFile(join(scratch(t), 'keys.json'));
  const names = Array.from({ length: 20 }, (_, at) => `k${at}`);
  await Promise.all(
    names.map((name) => new KeyFile(file.path).create({ name, kind: 'server', scopes: ['events'] }, 'test')),
  );
  assert.deepEqual((await file.list()).map(({ name }) => name).sort(), names.sort());
});

test('a key ends when it says, is for the pages it says, and an unreadable file changes nothing', async (t) => {
  const dir = scratch(t);
  const file = new KeyFile(join(dir, 'keys.json'));
  const scopes = ['recommend'] as const;
  const over = await file.create({ name: 'over', kind: 'server', scopes, expires: Date.now() - 1 }, 'test');
  const origins = ['https://shop.example'];
  const page = await file.create({ name: 'page', kind: 'public', scopes, origins }, 'test');
  await file.create({ name: 'two', kind: 'public', scopes, origins: ['https://two.example'] }, 'test');
  const { call } = await server(t, { keys: file.path });
  assert.equal((await call('POST', '/v1/recommend', home, as(over.key))).status, 401);
  const mine = { user: 'anon_0123456789abcdef0123456789abcdef', scenario: 'home' };
  const from = (origin: string) => ({ ...as(page.key), origin });
  assert.equal((await call('POST', '/v1/recommend', mine, as(page.key))).status, 403, 'from no page');
  assert.equal((await call('POST', '/v1/recommend', mine, from('https://other.example'))).status, 403);
  assert.equal(
    (await call('POST', '/v1/recommend', mine, from('https://two.example'))).status,
    403,
    'from a page that has a key of its own',
  );
  const allowed = await call('POST', '/v1/recommend', mine, from('https://shop.example'));
  assert.equal(allowed.status, 200);
  assert.equal(allowed.headers['access-control-allow-origin'], 'https://shop.example');
  writeFileSync(file.path, '{');
  await new Promise((resolve) => setTimeout(resolve, 600));
  assert.equal((await call('POST', '/v1/recommend', mine, from('https://shop.example'))).status, 200);
});

test('a file of an earlier version: a key with the scopes of a page is a public one', async (t) => {
  const keys = join(scratch(t), 'keys.json');
  const sha256 = '2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b';
  writeFileSync(
    keys,
    JSON.stringify({ keys: [{ name: 'browser', sha256, scopes: ['events', 'recommend'] }] }),
  );
  const { call } = await server(t, { keys });
  assert.equal((await call('POST', '/v1/recommend', home, as('secret'))).status, 403);
});
