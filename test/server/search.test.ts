import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import type { Item } from '../../src/core/index.js';
import { openEngine } from '../../src/recommend/index.js';
import { openSearch } from '../../src/search/index.js';
import { createServer } from '../../src/server/index.js';
import { openStore } from '../../src/storage/index.js';
import { scratch } from '../support/events.js';
import { type Api, server } from './support.js';

const demo = new URL('../../../data/chinese-demo/products.json', import.meta.url);
const products = JSON.parse(readFileSync(demo, 'utf8')) as Item[];

async function chineseShop(t: TestContext): Promise<Api> {
  const api = await server(t);
  await api.engine.catalogue.remove('phone');
  await api.engine.catalogue.remove('case');
  await api.engine.catalogue.put(products);
  return api;
}

const ids = (body: { items: { id: string }[] }): string[] => body.items.map(({ id }) => id);
const running = new Set(products.filter(({ category }) => category === '跑步鞋').map(({ id }) => id));
const share = (found: readonly string[]): number =>
  found.filter((id) => running.has(id)).length / found.length;

test('the demo catalogue is large enough, and says that it is invented', () => {
  assert.ok(products.length >= 300);
  assert.equal(new Set(products.map(({ category }) => category)).size, 10);
  assert.ok(products.every(({ description }) => description?.includes('虚构商品')));
});

test('跑步鞋 searched again and again: running shoes rise everywhere, for this shopper alone', async (t) => {
  const { call } = await chineseShop(t);
  const home = async (user: string): Promise<string[]> =>
    ids((await call('POST', '/v1/recommend', { user, scenario: 'home', count: 20 })).body);
  const shelf = async (user: string, query: string): Promise<string[]> =>
    ids((await call('POST', '/v1/search', { user, query, count: 20 })).body);
  const [before, broad] = [share(await home('runner')), share(await shelf('runner', '透气'))];
  const shoes = (await call('POST', '/v1/search', { user: 'runner', query: '跑步鞋', count: 10 })).body;
  assert.equal(share(ids(shoes)), 1);
  for (let time = 1; time <= 3; time++) {
    const { searchId, items } = (await call('POST', '/v1/search', { user: 'runner', query: '跑步鞋' })).body;
    await call('POST', '/v1/events', {
      type: 'search',
      user: 'runner',
      query: '跑步鞋',
      attribution: searchId,
      items: items.map(({ id }: { id: string }) => ({ id })),
    });
    if (time === 1) assert.ok(share(await home('runner')) > before, 'after one search');
  }
  assert.ok(share(await home('runner')) >= 0.4, `home: ${share(await home('runner'))}`);
  const after = await shelf('runner', '透气');
  assert.ok(share(after.slice(0, 5)) >= share((await shelf('other', '透气')).slice(0, 5)));
  assert.ok(share(after) >= broad);
  const men = await call('POST', '/v1/search', { user: 'runner', query: '男士', explain: true });
  assert.ok(running.has(men.body.items[0].id), men.body.items[0].item.title);
  assert.ok(
    men.body.items.some(({ lift }: { lift?: { reasons: { kind: string }[] } }) =>
      lift?.reasons.some(({ kind }) => kind === 'searches'),
    ),
  );
  const { suggestions } = (await call('POST', '/v1/suggest', { user: 'runner', prefix: 'pb' })).body;
  assert.deepEqual(suggestions[0], { text: '跑步鞋', kind: 'query', personal: true });
  assert.equal(share(await home('other')), share(await home('another')));
  assert.ok(share(await home('other')) < 0.4);
});

test('what search learned is there after a restart, checkpoint or not', async (t) => {
  const dir = scratch(t);
  const search = async (app: Awaited<ReturnType<typeof createServer>>): Promise<string[]> => {
    const payload = { user: 'u', query: '男士', count: 5 };
    return ids((await app.inject({ method: 'POST', url: '/v1/search', payload })).json());
  };
  let expected: string[] = [];
  for (const open of [1, 2, 3]) {
    const engine = await openEngine({ store: openStore(dir) });
    const app = await createServer(engine);
    if (open === 1) {
      await engine.catalogue.put(products);
      const cold = await search(app);
      for (let at = 0; at < 3; at++)
        await engine.ingest([
          { id: `e${at}`, type: 'search', user: 'u', query: '跑步鞋', items: [], time: Date.now() },
        ]);
      expected = await search(app);
      assert.notDeepEqual(expected, cold);
    }
    assert.deepEqual(await search(app), expected, `opened ${open} times`);
    // The second time nothing is written: what was learned comes from the log.
    if (open === 2) await engine.store.state.write([{ space: 'search', key: 'memory', value: undefined }]);
    await app.close();
    await engine.close();
  }
});

test('search and suggest by HTTP: bad input is refused by field, and both are in the contract', async (t) => {
  const { call } = await server(t);
  const refused: [object, string, string][] = [
    [{ query: 'x' }, 'invalid_request', 'user'],
    [{ user: 'u' }, 'invalid_request', 'query'],
    [{ user: 'u', query: 'x', personal: 7 }, 'invalid_request', 'personal'],
    [{ user: 'u', query: 'x', count: 1_000 }, 'invalid_request', 'count'],
    [{ user: 'u', query: 'x', sort: 'sideways' }, 'invalid_request', 'sort'],
    [{ user: 'u', query: 'x', facets: ['nope'] }, 'unknown_facet', 'facets'],
    [{ user: 'u', query: 'x', price: { min: 5, max: 1 } }, 'invalid_price', 'price'],
    [{ user: 'u', query: 'x', price: { min: -5 } }, 'invalid_price', 'price.min'],
    [{ user: 'u', query: 'x', cursor: 'abc' }, 'invalid_cursor', 'cursor'],
  ];
  for (const [body, code, field] of refused) {
    const answer = await call('POST', '/v1/search', body);
    assert.equal(answer.status, 400, JSON.stringify(body));
    assert.equal(answer.type, 'application/problem+json; charset=utf-8');
    assert.equal(answer.body.code, code, JSON.stringify(body));
    assert.equal(answer.body.errors[0].field, field, JSON.stringify(body));
  }
  const found = await call('POST', '/v1/search', { user: 'u', query: 'phnoe' });
  assert.equal(found.status, 200);
  assert.equal(found.body.step, 'typo');
  assert.deepEqual(ids(found.body), ['phone']);
  assert.equal(
    (await call('POST', '/v1/suggest', { user: 'u', prefix: 'ph' })).body.suggestions[0].id,
    'phone',
  );
  const { paths } = (await call('GET', '/openapi.json')).body;
  assert.ok(paths['/v1/search'].post && paths['/v1/suggest'].post);
});

test('words of the shop get their meaning aside, from its own titles', async (t) => {
  const engine = await openEngine({ store: openStore(scratch(t)) });
  await engine.catalogue.put(products);
  const { search, close } = await openSearch(engine);
  t.after(async () => {
    await close();
    await engine.close();
  });
  // No title has the word, but most of its characters are those of 保温杯.
  const asked = { user: 'u', query: '保温瓶', count: 5 };
  let found = await search.search(asked);
  for (let tries = 0; found.step !== 'semantic' && tries < 3_600; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    found = await search.search(asked);
  }
  assert.equal(found.step, 'semantic');
  assert.equal(found.items[0]?.item.category, '保温杯', found.items[0]?.item.title);
  // All headphones are of this category; meaning learned from 320 titles must not put others before those named so.
  const named = await search.search({ user: 'u', query: '蓝牙耳机', count: 3 });
  for (const { item } of named.items) assert.match(item.title!, /蓝牙耳机/);
});
