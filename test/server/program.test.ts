import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { EndcapError, openShop, type Shop } from '../../src/index.js';
import { scratch } from '../support/events.js';
import { server } from './support.js';

async function opened(t: TestContext): Promise<Shop> {
  const shop = await openShop(scratch(t));
  t.after(() => shop.close());
  await shop.putItems([{ id: 'mug', title: 'Red mug' }]);
  return shop;
}

/** What a call was refused with: code, message, remedy. */
async function refusal(call: () => Promise<unknown>): Promise<string> {
  const error: unknown = await call().then(
    () => assert.fail('was taken'),
    (error: unknown) => error,
  );
  assert.ok(error instanceof EndcapError, String(error));
  const [{ field, row } = { field: '' }] = error.errors;
  return `${error.code}: ${error.message}; ${error.remedy} [${field}${row === undefined ? '' : ` in ${row}`}]`;
}

test('what a program hands over is checked as what comes over HTTP, and nothing of a wrong batch is logged', async (t) => {
  const shop = await opened(t);
  const good = { type: 'view', user: 'u', items: [{ id: 'mug' }] };
  const faults: [events: unknown, said: string][] = [
    [[good, { ...good, user: 5 }], 'user must be string (row 1); Write "5" [user in 1]'],
    [[{ ...good, items: ['mug'] }], 'items.0 must be object (row 0); Write {"id":"mug"} [items.0 in 0]'],
    [[{ ...good, items: { id: 'mug' } }], 'items must be array (row 0); Write [{"id":"mug"}] [items in 0]'],
    [[{ ...good, value: '4.5' }], 'value must be number (row 0); Write 4.5 [value in 0]'],
    [[{ type: 'view' }], 'user is missing (row 0); Send it [user in 0]'],
    [
      [{ ...good, user: '\ud800' }],
      'user has characters that are not allowed (row 0); Send whole characters [user in 0]',
    ],
    [
      [good, { ...good, time: 'soon' }],
      'time is not a time (row 1); Send milliseconds since 1970 or ISO 8601 [time in 1]',
    ],
    [
      [{ ...good, time: 1.7e9 }],
      'time is before 1995 (row 0); Send milliseconds, not seconds, since 1970 [time in 0]',
    ],
    [good, 'events must be array; Write [{"type":"view","user":"u","items":[{"id":"mug"}]}] [events]'],
  ];
  for (const [events, said] of faults)
    assert.equal(await refusal(() => shop.ingest(events as [])), `invalid_event: ${said}`);
  assert.match(
    await refusal(() => shop.ingest([{ ...good, item: 'mug' } as never])),
    /^invalid_event: item is not a known field \(row 0\); Leave it out, or put it into context; known are id, type, user, .*robot \[item in 0\]$/,
  );
  assert.equal(shop.profile('u').total, 0);
  // As README has it, and without what the shop fills in.
  assert.deepEqual(await shop.ingest([{ id: 'e', time: Date.now(), ...good }, good]), [
    { offset: 0, duplicate: false },
    { offset: 1, duplicate: false },
  ]);
  const sent = { id: 'e', time: '2025-03-01T10:00:00Z', ...good };
  assert.deepEqual(await shop.ingest([sent]), [{ offset: 0, duplicate: true }]);
  assert.deepEqual(sent.time, '2025-03-01T10:00:00Z');
  assert.deepEqual(await shop.ingest([{ ...good, consent: [] }, good]), [
    { duplicate: false },
    { offset: 2, duplicate: false },
  ]);
});

test('requests and items of a program are checked, too', async (t) => {
  const shop = await opened(t);
  const home = { user: 'u', scenario: 'home' } as const;
  assert.match(
    await refusal(() => shop.recommend({ ...home, scenario: 'hom' as 'home' })),
    /^invalid_request: scenario is not one of the known values; Send one of home, /,
  );
  assert.match(
    await refusal(() => shop.recommend({ ...home, count: -1 })),
    /^invalid_request: count must be >= 1/,
  );
  assert.match(
    await refusal(() => shop.search({ user: 'u' } as never)),
    /^invalid_request: query is missing/,
  );
  assert.match(
    await refusal(() => shop.suggest({ user: 'u', prefix: 7 } as never)),
    /^invalid_request: prefix must be string; Write "7"/,
  );
  assert.match(
    await refusal(() => shop.putItems([{ id: 'a' }, { id: 'b', price: '3' } as never])),
    /^invalid_request: price must be number \(row 1\); Write 3 \[price in 1\]$/,
  );
  const { items } = await shop.recommend(home);
  assert.deepEqual(
    items.map(({ id }) => id),
    ['mug'],
  );
});

test('a remedy over HTTP says the value as it was meant, and what fields there are', async (t) => {
  const { call } = await server(t);
  const remedyOf = async (path: string, body: object) => (await call('POST', path, body)).body.remedy;
  const view = { type: 'view', user: 'u' };
  assert.equal(await remedyOf('/v1/events', { ...view, items: ['mug'] }), 'Write {"id":"mug"}');
  assert.equal(await remedyOf('/v1/events', { ...view, user: 17850 }), 'Write "17850"');
  assert.equal(await remedyOf('/v1/recommend', { user: 'u', scenario: 'home', count: '5' }), 'Write 5');
  assert.equal(
    await remedyOf('/v1/recommend', { user: 'u', scenario: 'home', limit: 5 }),
    'Leave it out; known are user, scenario, item, items, count, offset, filter, exclude, explain',
  );
  const home = { user: 'u', scenario: 'home' };
  assert.equal(await remedyOf('/v1/recommend', { ...home, count: 1e6 }), 'Send 100 at most');
  assert.equal(await remedyOf('/v1/recommend', { ...home, count: 0 }), 'Send 1 at least');
  assert.equal(
    await remedyOf('/v1/recommend', { ...home, filter: 'x'.repeat(1e5) }),
    'Shorten it to 2,000 characters',
  );
  // Of a value that is long, or that is not nearly what is wanted, nothing is made.
  for (const count of ['five', '9'.repeat(100), { at: 5 }])
    assert.match(await remedyOf('/v1/recommend', { user: 'u', scenario: 'home', count }), /openapi\.json/);
});

test('a parameter that a route does not know is refused wherever it stands', async (t) => {
  const { app, call } = await server(t);
  const { paths } = app.swagger() as { paths: Record<string, Record<string, unknown>> };
  const asked = Object.entries(paths).filter(
    ([path, methods]) => path.startsWith('/v1/') && 'get' in methods,
  );
  assert.ok(asked.length > 10);
  for (const [path] of asked) {
    const { status, body } = await call('GET', `${path.replace(/\{\w+\}/, 'phone')}?nonsense=1`);
    assert.equal(`${status} ${body.errors?.[0]?.field}`, '400 nonsense', path);
  }
});
