import assert from 'node:assert/strict';
import { test } from 'node:test';
import { leastWork } from '../support/leastWork.js';
import { server } from './support.js';

const words = (count: number): string => Array.from({ length: count }, (_, at) => `w${at}`).join(' ');

/** What is typed, as JSON may carry it. */
const typed: Record<string, string> = {
  empty: '',
  blanks: ' \t\u3000',
  'lone surrogates': '\ud800phone\udc00',
  NUL: 'phone\0\u0001',
  '10 kB of words': words(2_000),
  '10 kB of one word': 'phone'.repeat(2_000),
  '10 kB of one character': '机'.repeat(3_400),
  regex: '(a+)+$ .*[^x]{1,99999}',
  SQL: "'; DROP TABLE items; --",
  emoji: '📱👩‍👩‍👧',
  'mixed scripts': '手机phone телефон',
  'combining marks': `e${'\u0301'.repeat(5_000)}`,
};

test('whatever is typed, search and suggest answer', async (t) => {
  const { call } = await server(t);
  for (const query of Object.values(typed)) await call('POST', '/v1/search', { user: 'u', query });
  for (const [name, query] of Object.entries(typed)) {
    const ask = () => call('POST', '/v1/search', { user: 'u', query, explain: true });
    const found = await ask();
    assert.equal(found.status, 200, `${name}: ${found.text}`);
    assert.ok(found.body.items.length > 0, name);
    const ms = await leastWork(ask);
    assert.ok(ms < 50, `${name}: ${ms} ms`);
    const prefix = query.slice(0, 500);
    assert.equal((await call('POST', '/v1/suggest', { user: 'u', prefix })).status, 200, name);
  }
});

test('what cannot be asked is refused by field', async (t) => {
  const { call } = await server(t);
  const { cursor } = (await call('POST', '/v1/search', { user: 'u', query: '', count: 1 })).body;
  const refused: [name: string, body: object, code: string, field: string][] = [
    ['cursor of another query', { query: 'phone', cursor }, 'invalid_cursor', 'cursor'],
    ['cursor of another shopper', { query: '', user: 'v', cursor }, 'invalid_cursor', 'cursor'],
    ['dial 7', { query: 'phone', personal: 7 }, 'invalid_request', 'personal'],
    ['dial −1', { query: 'phone', personal: -1 }, 'invalid_request', 'personal'],
    ['inverted prices', { query: 'phone', price: { min: 9, max: 3 } }, 'invalid_price', 'price'],
    ['negative price', { query: 'phone', price: { max: -3 } }, 'invalid_price', 'price.max'],
    ['unknown facet', { query: 'phone', filters: { shade: ['red'] } }, 'unknown_facet', 'filters.shade'],
    ['facet of the prototype', { query: 'phone', facets: ['constructor'] }, 'unknown_facet', 'facets'],
    ['17 facets', { query: 'phone', facets: Array(17).fill('brand') }, 'invalid_request', 'facets'],
    ['query too long', { query: 'x'.repeat(100_001) }, 'invalid_request', 'query'],
    ['unknown field', { query: 'phone', page: 10_000 }, 'invalid_request', 'page'],
  ];
  for (const [name, body, code, field] of refused) {
    const { status, body: problem, text } = await call('POST', '/v1/search', { user: 'u', ...body });
    assert.equal(status, 400, `${name}: ${text}`);
    assert.equal(problem.code, code, name);
    assert.equal(problem.errors[0].field, field, name);
    assert.ok(!text.includes('    at '), `${name} shows a stack`);
  }
});

test('page 10,000 is empty', async (t) => {
  const { call } = await server(t);
  const { cursor } = (await call('POST', '/v1/search', { user: 'u', query: '', count: 1 })).body;
  const [id, , question] = JSON.parse(Buffer.from(cursor, 'base64url').toString());
  const far = Buffer.from(JSON.stringify([id, 10_000, question])).toString('base64url');
  const { status, body } = await call('POST', '/v1/search', { user: 'u', query: '', count: 1, cursor: far });
  assert.equal(status, 200);
  assert.deepEqual(body.items, []);
  assert.equal(body.cursor, undefined);
});

test('items of any shape are refused by field, or found', async (t) => {
  const { call } = await server(t);
  const put = async (item: object): Promise<unknown[]> => {
    const { status, body } = await call('PUT', '/v1/items', [item]);
    return [status, body.code ?? body.items, body.errors?.[0].field];
  };
  const attributes = Object.fromEntries(Array.from({ length: 1_000 }, (_, at) => [`a${at}`, `value${at}`]));
  assert.deepEqual(await put({ id: 'many', title: 'Table', attributes }), [
    400,
    'invalid_request',
    '0.attributes',
  ]);
  const description = `<p>wooden ${'<div>legs</div>'.repeat(7_000)}</p>`;
  assert.deepEqual(await put({ id: 'html', title: 'Chair', description }), [
    400,
    'invalid_request',
    '0.description',
  ]);
  const cut = { id: 'html', title: 'Chair', description: description.slice(0, 900) };
  assert.deepEqual(await put(cut), [200, 1, undefined]);
  // What JSON makes of NaN.
  assert.deepEqual(await put({ id: 'nan', title: 'Lamp', price: null }), [400, 'invalid_request', '0.price']);
  const found = await call('POST', '/v1/search', { user: 'u', query: 'table chair', count: 5 });
  assert.deepEqual(
    found.body.items.map(({ id }: { id: string }) => id),
    ['html'],
  );
  // Tags are no words.
  assert.equal((await call('POST', '/v1/search', { user: 'u', query: 'div' })).body.step, 'popular');
  assert.deepEqual(await put({ id: 'bare' }), [200, 1, undefined]);
  assert.deepEqual(
    (await call('POST', '/v1/search', { user: 'u', query: 'bare' })).body.items.map(
      ({ id }: { id: string }) => id,
    ),
    ['bare'],
  );
});
