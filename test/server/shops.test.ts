import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { EndcapError, type Item } from '../../src/core/index.js';
import { openEngine } from '../../src/recommend/index.js';
import { type ServingShops, type ShopToServe, serveShops } from '../../src/server/index.js';
import { makeKey } from '../../src/server/keys.js';
import { openStore } from '../../src/storage/index.js';
import { scratch } from '../support/events.js';

interface Asked {
  status: number;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test says what it expects of an answer.
  body: any;
}

/** Sends the path as it is written: `fetch` would tidy `..` away. */
function ask(url: string, path: string, key?: string, body?: unknown, host?: string): Promise<Asked> {
  const { hostname, port } = new URL(url);
  const headers = {
    ...(key !== undefined && { authorization: `Bearer ${key}` }),
    ...(body !== undefined && { 'content-type': 'application/json' }),
    ...(host !== undefined && { host }),
  };
  return new Promise((resolve, reject) => {
    const sent = request(
      { hostname, port, path, method: body === undefined ? 'GET' : 'POST', headers },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (part) => {
          text += part;
        });
        answer.on('end', () => {
          const json = String(answer.headers['content-type']).includes('json') && text !== '';
          resolve({ status: answer.statusCode!, text, body: json ? JSON.parse(text) : undefined });
        });
      },
    );
    sent.on('error', reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

interface Made {
  shop: ShopToServe;
  dir: string;
  owner: string;
  page: string;
}

/** A shop with keys of its own and one item. */
function make(parent: string, name: string, items: readonly Item[], perMinute?: number): Made {
  const dir = join(parent, name);
  mkdirSync(dir);
  const owner = makeKey({ name: 'owner', kind: 'server', scopes: ['admin'] }, 0);
  const rate = perMinute === undefined ? {} : { perMinute };
  const page = makeKey({ name: 'page', kind: 'public', scopes: ['events', 'recommend'], ...rate }, 0);
  const keys = join(dir, 'keys.json');
  writeFileSync(keys, JSON.stringify({ keys: [owner.entry, page.entry] }));
  const shop = {
    name,
    options: () => ({ dir, keys }),
    async open() {
      const engine = await openEngine({ store: openStore(dir) });
      await engine.catalogue.put(items);
      return engine;
    },
  };
  return { shop, dir, owner: owner.key, page: page.key };
}

async function two(
  t: TestContext,
  more: readonly ShopToServe[] = [],
): Promise<{ serving: ServingShops; a: Made; b: Made; failed: Map<string, unknown> }> {
  const parent = scratch(t);
  const a = make(parent, 'anna', [{ id: 'apple', title: 'Apple' }], 5);
  const b = make(parent, 'bert', [{ id: 'banana', title: 'Banana' }]);
  const failed = new Map<string, unknown>();
  const serving = await serveShops(() => [...more, a.shop, b.shop], {
    port: 0,
    onOpened: (name, _, error) => void (error === undefined || failed.set(name, error)),
  });
  t.after(() => serving.close());
  await serving.opened;
  return { serving, a, b, failed };
}

const event = (id: string, item: string) => [{ id, type: 'view', user: 'u', items: [{ id: item }] }];

test('a key of one shop opens no door of another, however the path is written', async (t) => {
  const { serving, a, b } = await two(t);
  const { url } = serving;
  await ask(url, '/shops/bert/v1/events', b.owner, event('e', 'banana'));
  assert.equal((await ask(url, '/shops/anna/v1/items/apple', a.owner)).body.title, 'Apple');
  assert.equal((await ask(url, '/shops/anna/v1/items/banana', a.owner)).status, 404);
  assert.equal((await ask(url, '/shops/bert/v1/users/u/profile', b.owner)).body.events.length, 1);
  for (const path of [
    '/shops/bert/v1/items/banana',
    '/shops/bert/v1/users/u/profile',
    '/shops/bert/metrics',
    '/shops/bert//v1/users/u/profile',
    '/shops/anna/../bert/v1/users/u/profile',
    '/shops/anna/%2e%2e/bert/v1/users/u/profile',
    '/shops/anna/..%2fbert/v1/users/u/profile',
    '/shops/anna//shops/bert/v1/users/u/profile',
    '/shops/%62ert/v1/users/u/profile',
    '/shops/BERT/v1/users/u/profile',
    '/shops/anna?/../bert/v1/users/u/profile',
    '/shops/__proto__/v1/users/u/profile',
    '/v1/users/u/profile',
    '//shops/bert/v1/users/u/profile',
  ]) {
    const { status, text } = await ask(url, path, a.owner);
    assert.ok([308, 400, 401, 404].includes(status), `${path}: ${status}`);
    assert.ok(!/banana/i.test(text), path);
  }
  const written = await ask(url, '/shops/bert/v1/events', a.owner, event('x', 'banana'), 'anna.example');
  assert.equal(written.status, 401);
  assert.equal((await ask(url, '/shops/bert/v1/users/u/profile', b.owner)).body.events.length, 1);
  // The profile of a shopper of the same name is another shopper's.
  assert.equal((await ask(url, '/shops/anna/v1/users/u/profile', a.owner)).body.events.length, 0);
});

test('what one shop uses up of its rates, another still has', async (t) => {
  const { serving, a, b } = await two(t);
  const path = (name: string): string => `/shops/${name}/v1/items`;
  const statuses: number[] = [];
  for (let n = 0; n < 8; n++) statuses.push((await ask(serving.url, path('anna'), a.page)).status);
  assert.ok(statuses.includes(429), String(statuses));
  assert.equal((await ask(serving.url, path('bert'), b.page)).status, 200);
});

test('a shop that cannot be opened is named, and stops no other', async (t) => {
  const broken: ShopToServe = {
    name: 'aaron',
    options: () => {
      throw new EndcapError('invalid_config', '/secret/place/endcap.json, line 3');
    },
    open: () => assert.fail('it is not opened'),
  };
  const { serving, b, failed } = await two(t, [broken]);
  assert.deepEqual([...failed.keys()], ['aaron']);
  const ready = await ask(serving.url, '/ready');
  assert.equal(ready.status, 200);
  assert.equal(ready.body.status, 'degraded');
  assert.deepEqual(ready.body.shops.aaron, { status: 'failed', code: 'invalid_config' });
  assert.equal(ready.body.shops.anna.status, 'ready');
  assert.equal(ready.body.shops.bert.items, 1);
  assert.ok(!ready.text.includes('secret'));
  const asked = await ask(serving.url, '/shops/aaron/v1/items');
  assert.equal(asked.status, 503);
  assert.equal(asked.body.code, 'shop_unavailable');
  assert.equal((await ask(serving.url, '/shops/bert/v1/items', b.page)).body.items.length, 1);
});

test('without keys a shop is not opened where others can reach it', async (t) => {
  const dir = scratch(t);
  const open = (): never => assert.fail('it is not opened');
  const serving = await serveShops(() => [{ name: 'open', options: () => ({ dir }), open }], {
    host: '0.0.0.0',
    port: 0,
  });
  t.after(() => serving.close());
  await serving.opened;
  const url = serving.url.replace('0.0.0.0', '127.0.0.1');
  const ready = await ask(url, '/ready');
  assert.equal(ready.status, 503);
  assert.deepEqual(ready.body.shops.open, { status: 'failed', code: 'keys_needed' });
});

test('the port is open while shops are opened, and what is acknowledged is there after an end', async (t) => {
  const parent = scratch(t);
  const a = make(parent, 'anna', [{ id: 'apple' }]);
  let go = (): void => undefined;
  const wait = new Promise<void>((resolve) => {
    go = resolve;
  });
  const slow = { ...a.shop, open: () => wait.then(() => a.shop.open(() => undefined)) };
  const serving = await serveShops(() => [slow], { port: 0 });
  assert.equal((await ask(serving.url, '/health')).status, 200);
  assert.equal((await ask(serving.url, '/ready')).body.status, 'opening');
  assert.equal((await ask(serving.url, '/shops/anna/v1/items')).body.code, 'not_ready');
  go();
  await serving.opened;
  assert.equal((await ask(serving.url, '/shops/anna')).status, 308);
  const sent = await ask(serving.url, '/shops/anna/v1/events', a.owner, event('e', 'apple'));
  assert.equal(sent.body.events[0].status, 'accepted');
  // A stream that is never read to its end holds nothing up.
  const { hostname, port } = new URL(serving.url);
  const stream = request({
    hostname,
    port,
    path: '/shops/anna/v1/events/stream',
    headers: { authorization: `Bearer ${a.owner}` },
  });
  stream.on('error', () => undefined).end();
  const began = performance.now();
  await serving.close();
  assert.ok(performance.now() - began < 60_000);
  const again = await openEngine({ store: openStore(a.dir) });
  t.after(() => again.close());
  assert.equal(again.profile('u').events.length, 1);
});

/** Asks until the answer is as wanted. */
async function until(asked: () => Promise<Asked>, wanted: (answer: Asked) => boolean): Promise<Asked> {
  for (;;) {
    const answer = await asked();
    if (wanted(answer)) return answer;
    await new Promise((go) => setTimeout(go, 100));
  }
}

test('shops come, are mended, get keys and go while others serve', { timeout: 120_000 }, async (t) => {
  const parent = scratch(t);
  const a = make(parent, 'anna', [{ id: 'apple' }]);
  const b = make(parent, 'bert', [{ id: 'banana' }]);
  const c = make(parent, 'carl', [{ id: 'cherry' }]);
  let broken = true;
  let keys: string | undefined;
  let copying = 4;
  const told: string[] = [];
  const mended: ShopToServe = {
    ...b.shop,
    options: () => {
      if (broken) throw new EndcapError('invalid_config', 'a comma is missing');
      return b.shop.options();
    },
  };
  const keyless: ShopToServe = {
    ...a.shop,
    options: () => ({ dir: a.dir, ...(keys !== undefined && { keys }) }),
  };
  const copied: ShopToServe = {
    ...c.shop,
    stamp: () => (copying > 0 ? `${copying--}` : 'whole'),
    open: () => (copying > 0 ? assert.fail('it is not whole yet') : c.shop.open(() => undefined)),
  };
  let list = [keyless, mended];
  const serving = await serveShops(() => list, {
    port: 0,
    onOpened: (name, _, error) =>
      void told.push(error instanceof EndcapError ? `${name} ${error.code}` : name),
    onClosed: (name) => void told.push(`${name} gone`),
  });
  t.after(() => serving.close());
  await serving.opened;
  const { url } = serving;
  assert.deepEqual(told, ['anna', 'bert invalid_config']);

  const items = (name: string, key?: string) => () => ask(url, `/shops/${name}/v1/items`, key);
  assert.equal((await items('anna')()).status, 200);
  keys = join(a.dir, 'keys.json');
  await until(items('anna'), ({ status }) => status === 401);
  assert.equal((await items('anna', a.owner)()).body.items[0].id, 'apple');

  broken = false;
  list = [...list, copied];
  assert.equal(
    (await until(items('bert', b.owner), ({ status }) => status === 200)).body.items[0].id,
    'banana',
  );
  assert.equal(
    (await until(items('carl', c.owner), ({ status }) => status === 200)).body.items[0].id,
    'cherry',
  );
  assert.equal(copying, 0);

  list = [mended, copied];
  await until(items('anna', a.owner), ({ status }) => status === 404);
  assert.equal((await items('bert', b.owner)()).status, 200);
  await until(
    async () => ({ status: 0, text: '', body: told }),
    ({ body }) => body.includes('anna gone'),
  );
  assert.deepEqual(told.sort(), ['anna', 'anna', 'anna gone', 'bert', 'bert invalid_config', 'carl']);
  // Its folder can be opened by others now.
  const again = await openEngine({ store: openStore(a.dir) });
  await again.close();
});
