import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Item, SearchRequest } from '../../src/core/index.js';
import { leastWork } from '../support/leastWork.js';
import { Shop } from './support.js';

const items = Array.from(
  { length: 2_000 },
  (_, at): Item => ({
    id: `i${at}`,
    title: `${['Red', 'Blue', '绿色', 'Green'][at % 4]} ${['shoe', '跑步鞋', 'boot', 'mug'][at % 4]} number ${at}`,
    description: 'the best of the with and for all',
    category: `c${at % 7}`,
    price: 10 + (at % 90),
  }),
);

const queries: Record<string, string> = {
  empty: '',
  blanks: ' \t\n\u3000 ',
  punctuation: '?!.,;:…—«»()[]{}',
  emoji: '👟🏃‍♀️🔥',
  'one letter': 'r',
  'one Chinese character': '鞋',
  'stop words': 'the with and for',
  'one word of 10 kB': 'x'.repeat(10_000),
  '10 kB of words': Array.from({ length: 2_000 }, (_, at) => `w${at}`).join(' '),
  '10 kB of one character': '鞋'.repeat(3_000),
  'mixed scripts': '跑步shoes эко ねこ',
  regex: '.*(a+)+$ [^x]{1,9999} \\p{L}',
  SQL: "'; DROP TABLE items; -- OR 1=1",
  HTML: '<script>alert(1)</script> <b>red</b> &amp;',
  'lone surrogates': '\ud800red\udc00 shoe\ud83d',
  NUL: 'red\0shoe\u0001',
  prototype: '__proto__ constructor toString hasOwnProperty',
  'right to left': 'حذاء \u202e نعل',
  'combining marks': `e${'\u0301'.repeat(5_000)}`,
};

test('whatever is typed has a sensible answer within 50 ms of work', async () => {
  const shop = await Shop.of(items);
  // Dictionaries load at the first Chinese text, the compiler at the first of all.
  for (const query of Object.values(queries)) await shop.ask(query);
  for (const [name, query] of Object.entries(queries)) {
    const found = await shop.ask(query, { explain: true });
    const ms = await leastWork(() => shop.ask(query, { explain: true }));
    assert.ok(ms < 50, `${name}: ${ms} ms`);
    assert.ok(found.items.length > 0, `${name} finds nothing`);
    assert.ok(
      found.items.every(({ score }) => Number.isFinite(score)),
      name,
    );
    const suggested = await shop.search.suggest({ user: 'u', prefix: query });
    assert.ok(suggested.suggestions.length <= 8, name);
  }
});

test('empty queries show the shop, unknown words what is popular', async () => {
  const shop = await Shop.of(items);
  for (const name of ['empty', 'blanks', 'punctuation', 'emoji']) {
    const { step, total } = await shop.ask(queries[name]!);
    assert.equal(step, 'browse', name);
    assert.equal(total, items.length, name);
  }
  assert.equal((await shop.ask(queries['one word of 10 kB']!)).step, 'popular');
  assert.equal((await shop.ask('red\0shoe')).step, 'exact');
  assert.ok((await shop.ask('鞋')).items[0]?.item.title?.includes('鞋'));
});

test('what cannot be is refused by field, with what to do', async () => {
  const shop = await Shop.of(items);
  const { cursor } = await shop.ask('shoe', { count: 5 });
  const refused: [Partial<SearchRequest>, string, string][] = [
    [{ filters: { colour: ['red'] } }, 'unknown_facet', 'filters.colour'],
    [{ facets: ['__proto__'] }, 'unknown_facet', 'facets'],
    [{ price: { min: -1 } }, 'invalid_price', 'price.min'],
    [{ price: { max: Number.NaN } }, 'invalid_price', 'price.max'],
    [{ price: { min: 9, max: 3 } }, 'invalid_price', 'price'],
    [{ cursor: cursor!, personal: 0.5 }, 'invalid_cursor', 'cursor'],
    [{ cursor: 'nonsense' }, 'invalid_cursor', 'cursor'],
    [{ cursor: Buffer.from('[1,2]').toString('base64url') }, 'invalid_cursor', 'cursor'],
    [{ personal: 7 }, 'invalid_request', 'personal'],
    [{ personal: Number.NaN }, 'invalid_request', 'personal'],
    [{ count: 0 }, 'invalid_request', 'count'],
    [{ filter: 'price <' }, 'invalid_filter', 'filter'],
  ];
  for (const [more, code, field] of refused)
    await assert.rejects(shop.ask('shoe', more), (error: { code: string; errors: { field: string }[] }) => {
      assert.equal(error.code, code, JSON.stringify(more));
      assert.equal(error.errors[0]?.field, field, JSON.stringify(more));
      return true;
    });
  // A value that no item has is no error: the shelf is empty now.
  assert.equal((await shop.ask('shoe', { filters: { category: ['gone'] } })).total, 0);
});

test('a page far behind the last is empty, and a cursor outlives what it was made from', async () => {
  const shop = await Shop.of(items);
  const { cursor } = await shop.ask('shoe', { count: 5 });
  const [id, , question] = JSON.parse(Buffer.from(cursor!, 'base64url').toString()) as [
    string,
    number,
    string,
  ];
  const at = (place: number, from = id): string =>
    Buffer.from(JSON.stringify([from, place, question])).toString('base64url');
  const far = await shop.ask('shoe', { count: 5, cursor: at(200_000) });
  assert.deepEqual(far.items, []);
  assert.equal(far.cursor, undefined);
  const again = await shop.ask('shoe', { count: 5, cursor: at(5, 'search_forgotten') });
  assert.deepEqual(again.items, (await shop.ask('shoe', { count: 5, cursor: cursor! })).items);
});

test('items of any shape are indexed', async () => {
  const shop = await Shop.of([]);
  const attributes = Object.fromEntries(Array.from({ length: 1_000 }, (_, at) => [`a${at}`, `value${at}`]));
  await shop.catalogue.put([
    { id: 'bare' },
    {
      id: 'html',
      title: 'Chair',
      description: `<p class="x">wooden ${'<div>legs</div> '.repeat(8_000)}</p>`,
    },
    { id: 'many', title: 'Table', attributes },
    { id: 'nan', title: 'Lamp', price: Number.NaN },
    { id: 'infinite', title: 'Lamp', price: Number.POSITIVE_INFINITY },
    { id: 'tags', title: 'Rug', tags: Array.from({ length: 5_000 }, (_, at) => `tag${at}`) },
    { id: '__proto__', title: 'Vase', category: '__proto__', attributes: { constructor: 'x' } },
  ]);
  assert.deepEqual(await shop.ids('wooden legs'), ['html']);
  assert.deepEqual(
    await shop.ids('div'),
    (await shop.ask('zzzzqqqq')).items.map(({ id }) => id),
  );
  assert.equal((await shop.ids('table'))[0], 'many');
  assert.deepEqual((await shop.ids('lamp', { sort: 'price' })).sort(), ['infinite', 'nan']);
  assert.deepEqual(await shop.ids('lamp', { price: { max: 1e9 } }), []);
  assert.deepEqual(await shop.ids('vase', { filters: { category: ['__proto__'] } }), ['__proto__']);
  assert.deepEqual(await shop.ids('bare'), ['bare']);
  assert.ok(shop.search.products.facets.size <= 3 + 32);
});
