import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { warmUp } from '../../src/search/warmUp.js';
import { catalogueOf, Shop } from './support.js';

const titled = (count: number) =>
  Array.from({ length: count }, (_, at) => ({ id: `i${at}`, title: `Blue thing ${at}` }));

test('a shop asks itself for items all over its catalogue; nothing of it is remembered', async () => {
  const catalogue = await catalogueOf(titled(200));
  const asked: string[] = [];
  const note = {
    search: async ({ query }: { query: string }) => void asked.push(query),
  };
  assert.equal(await warmUp(note, catalogue, { pinyin: false }), 40);
  assert.deepEqual([asked[0], asked[1], asked[39]], ['Blue thing 0', 'Blue thing 5', 'Blue thing 195']);
  const shop = new Shop(catalogue);
  const before = shop.search.memory.changes;
  assert.ok((await shop.search.warmUp()) > 0);
  assert.equal(shop.search.memory.changes, before);
});

test('a visitor who asks in Chinese makes no shop load what is large', async () => {
  const { cache } = createRequire(import.meta.url);
  const isLoaded = (name: string): boolean => Object.keys(cache).some((path) => path.includes(name));
  const plain = await Shop.of(titled(5));
  await plain.search.warmUp();
  assert.ok(isLoaded('opencc-js'), 'what every shop needs is there beforehand');
  plain.tell('search', 'u', { query: '跑步鞋' });
  await plain.search.suggest({ user: 'u', prefix: '跑' });
  assert.ok(!isLoaded('pinyin-pro'), 'nobody types pinyin in a shop without Chinese');
  const chinese = await Shop.of([{ id: 'a', title: '跑步鞋' }]);
  await chinese.search.warmUp();
  assert.ok(isLoaded('pinyin-pro'));
});
