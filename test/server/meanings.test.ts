import assert from 'node:assert/strict';
import { test } from 'node:test';
import { server } from './support.js';

test('trial 38: a day that there is not is refused; a type of no meaning is named in /ready', async (t) => {
  const { call } = await server(t);
  const send = (fields: object) =>
    call('POST', '/v1/events', { type: 'view', user: 't', items: [{ id: 'phone' }], ...fields });
  const refused = await send({ time: '2025-02-31T10:00:00Z' });
  assert.equal(refused.status, 400);
  assert.equal(refused.body.errors[0].field, 'time');
  assert.equal((await send({ time: '2024-02-29T10:00:00Z' })).status, 200);
  assert.deepEqual((await call('GET', '/ready')).body.warnings, []);
  await send({ type: 'sneezed' });
  assert.match((await call('GET', '/ready')).body.warnings[0], /1 events of the type sneezed/);
});

test('the catalogue page by page, by a filter', async (t) => {
  const { call } = await server(t);
  const answer = await call('GET', '/v1/items?count=1');
  assert.equal(answer.status, 200, answer.text);
  const first = answer.body;
  assert.deepEqual([first.items[0].id, first.next], ['phone', '1']);
  const last = (await call('GET', `/v1/items?count=5&cursor=${first.next}`)).body;
  assert.deepEqual([last.items.length, last.items[0].id, last.next], [1, 'case', undefined]);
  const cheap = (await call('GET', `/v1/items?filter=${encodeURIComponent('price < 100')}`)).body;
  assert.deepEqual(
    cheap.items.map(({ id }: { id: string }) => id),
    ['case'],
  );
  for (const path of ['/v1/items?limit=5', '/v1/events?offset=3', '/v1/events/stream?shopper=u1']) {
    const misspelt = await call('GET', path);
    assert.equal(misspelt.status, 400, path);
    assert.match(misspelt.text, /limit|offset|shopper/, 'ignored, it would look as if it had been heeded');
  }
});

test('pages of a list and dates of an item over HTTP', async (t) => {
  const { call } = await server(t);
  const dated = { id: 'later', title: 'Later', from: Date.now() + 1e9, categories: ['a', 'b'] };
  assert.equal((await call('PUT', '/v1/items', [dated])).status, 200);
  const ask = (offset: number) =>
    call('POST', '/v1/recommend', { user: 'u', scenario: 'new', count: 1, offset });
  const ids = [(await ask(0)).body.items, (await ask(1)).body.items, (await ask(2)).body.items];
  assert.deepEqual(
    ids.map((page) => page.map(({ id }: { id: string }) => id)),
    [['case'], ['phone'], []],
  );
});
