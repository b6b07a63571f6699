import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kindsOf } from '../../src/catalogue/index.js';
import type { Item } from '../../src/core/index.js';
import { openEngine } from '../../src/recommend/index.js';
import { openStore } from '../../src/storage/index.js';
import { scratch } from '../support/events.js';

test('kinds are the categories, else the genres, else the tags', () => {
  const item = { id: 'a', tags: ['t', 't'], attributes: { genres: ['g', 'h'] } };
  assert.deepEqual(kindsOf({ ...item, category: 'c', categories: ['c', 'd'] }), ['c', 'd']);
  assert.deepEqual(kindsOf({ ...item, categories: ['d'] }), ['d']);
  assert.deepEqual(kindsOf(item), ['g', 'h']);
  assert.deepEqual(kindsOf({ id: 'a', attributes: { genre: 'g' } }), ['g']);
  assert.deepEqual(kindsOf({ id: 'a', tags: ['t', 't'] }), ['t']);
  assert.deepEqual(kindsOf({ id: 'a' }), []);
});

test('films that came with tags are as alike as those that came with categories', async (t) => {
  const genres = ['War', 'Comedy', 'Romance', 'Western'];
  const films = (file: (genre: string) => Partial<Item>): Item[] =>
    Array.from({ length: 80 }, (_, at) => ({
      id: `f${at}`,
      title: `Film ${'abcdefghij'[at % 10]}${'klmnopqrst'[Math.floor(at / 10)]} of ${1950 + at}`,
      ...file(genres[at % 4]!),
    }));
  const similarIn = async (items: Item[]): Promise<string[]> => {
    const engine = await openEngine({ store: openStore(scratch(t)) });
    await engine.catalogue.put(items);
    const { items: found } = await engine.recommend({
      user: 'u',
      scenario: 'similar',
      item: 'f8',
      count: 10,
    });
    await engine.close();
    return found.map(({ id }) => id);
  };
  const byCategory = await similarIn(films((category) => ({ category })));
  assert.equal(byCategory.length, 10);
  assert.ok(
    byCategory.every((id) => Number(id.slice(1)) % 4 === 0),
    String(byCategory),
  );
  assert.deepEqual(await similarIn(films((genre) => ({ tags: [genre] }))), byCategory);
  assert.deepEqual(await similarIn(films((genre) => ({ attributes: { genres: [genre] } }))), byCategory);
});
