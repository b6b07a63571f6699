import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createClient, EndcapApiError, type Receipt } from '../../packages/client/src/index.js';
import { type Answer, eventsOf, listen, taken } from './server.js';

const view = (id: string) => ({ type: 'view', items: [{ id }] });
const quick = { backoff: 1, batchDelay: 5, user: 'u' };

test('events go out in batches, complete, in order, each with a receipt', async (t) => {
  const { url, seen } = await listen(t, taken);
  const receipts: Receipt[] = [];
  const client = createClient({
    baseUrl: url,
    ...quick,
    session: 's',
    batchSize: 4,
    onReceipt: (r) => receipts.push(r),
  });
  const tracked = Array.from({ length: 10 }, (_, i) => client.track(view(`i${i}`)));
  await client.flush();
  assert.deepEqual(
    seen.map((asked) => eventsOf(asked).length),
    [4, 4, 2],
  );
  assert.deepEqual(seen.flatMap(eventsOf), tracked);
  assert.equal(new Set(tracked.map((event) => event.id)).size, 10);
  assert.ok(tracked.every((event) => event.user === 'u' && event.session === 's' && event.time > 1.7e12));
  assert.deepEqual(
    receipts.map(({ event, status, offset }) => [event.id, status, offset]),
    tracked.map(({ id }, i) => [id, 'accepted', i % 4]),
  );
  assert.ok(receipts.every(({ latency }) => latency! > 0));
  assert.equal(client.pending, 0);
});

test('a lone event leaves by itself after the batch delay', async (t) => {
  const { url, seen } = await listen(t, taken);
  const arrived = new Promise((resolve) =>
    createClient({ baseUrl: url, ...quick, onReceipt: resolve }).track(view('a')),
  );
  await arrived;
  assert.equal(seen.length, 1);
});

test('after 503 and a lost connection the same events are sent again with the same ids', async (t) => {
  const failures: Answer[] = [{ status: 503 }, 'destroy', { status: 507 }];
  const { url, seen } = await listen(t, (asked, n) => failures[n - 1] ?? taken(asked));
  const client = createClient({ baseUrl: url, ...quick });
  const ids = [client.track(view('a')).id, client.track(view('b')).id];
  await client.flush();
  assert.equal(seen.length, 4);
  for (const asked of seen)
    assert.deepEqual(
      eventsOf(asked).map(({ id }) => id),
      ids,
    );
  assert.equal(client.pending, 0);
});

test('a server out of reach loses nothing: flush says so, a later one delivers', async (t) => {
  let up = false;
  const { url, seen } = await listen(t, (asked) => (up ? taken(asked) : { status: 503 }));
  const client = createClient({ baseUrl: url, ...quick, retries: 1 });
  const { id } = client.track(view('a'));
  await assert.rejects(client.flush(), (error) => error instanceof EndcapApiError && error.status === 503);
  assert.equal(client.pending, 1);
  up = true;
  await client.flush();
  assert.equal(eventsOf(seen.at(-1)!)[0]?.id, id);
  assert.equal(client.pending, 0);
});

test('Retry-After is respected', async (t) => {
  const { url } = await listen(t, (asked, n) =>
    n === 1 ? { status: 429, headers: { 'retry-after': '0.2' } } : taken(asked),
  );
  const client = createClient({ baseUrl: url, ...quick });
  client.track(view('a'));
  const started = performance.now();
  await client.flush();
  assert.ok(performance.now() - started >= 195);
});

test('an event tracked while a batch is under way is part of the next flush', async (t) => {
  const { url, seen } = await listen(t, taken);
  const client = createClient({ baseUrl: url, ...quick });
  client.track(view('a'));
  const first = client.flush();
  client.track(view('b'));
  await Promise.all([first, client.flush()]);
  assert.deepEqual(
    seen.flatMap(eventsOf).map(({ items }) => items[0]?.id),
    ['a', 'b'],
  );
  assert.equal(client.pending, 0);
});

test('a full queue drops its oldest and says so; no event is without an outcome', async (t) => {
  const { url } = await listen(t, taken);
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 8 }),
      fc.integer({ min: 0, max: 20 }),
      async (queueLimit, n) => {
        const receipts: Receipt[] = [];
        const client = createClient({
          baseUrl: url,
          ...quick,
          batchSize: 100,
          queueLimit,
          onReceipt: (r) => receipts.push(r),
        });
        const ids = Array.from({ length: n }, (_, i) => client.track(view(`i${i}`)).id);
        assert.ok(client.pending <= queueLimit);
        await client.flush();
        const idsOf = (status: string) => receipts.filter((r) => r.status === status).map((r) => r.event.id);
        assert.deepEqual(idsOf('dropped'), ids.slice(0, Math.max(0, n - queueLimit)));
        assert.deepEqual(idsOf('accepted'), ids.slice(Math.max(0, n - queueLimit)));
      },
    ),
    { numRuns: 25, seed: 7 },
  );
});

test('a refused event gets the server’s reason and does not block the others', async (t) => {
  const { url } = await listen(t, (asked) => ({
    status: 207,
    body: {
      events: eventsOf(asked).map(({ id }, i) =>
        i === 0
          ? { id, status: 'rejected', error: { field: 'time', message: 'in the future' } }
          : { id, status: 'accepted' },
      ),
    },
  }));
  const receipts: Receipt[] = [];
  const client = createClient({ baseUrl: url, ...quick, onReceipt: (r) => receipts.push(r) });
  client.track(view('a'));
  client.track(view('b'));
  await client.flush();
  assert.deepEqual(
    receipts.map(({ status }) => status),
    ['rejected', 'accepted'],
  );
  assert.deepEqual(receipts[0]?.error, { field: 'time', message: 'in the future' });
});

test('a batch refused for good is reported, not tried again', async (t) => {
  const { url, seen } = await listen(t, () => ({ status: 403, body: { title: 'Forbidden', status: 403 } }));
  const receipts: Receipt[] = [];
  const client = createClient({ baseUrl: url, ...quick, onReceipt: (r) => receipts.push(r) });
  client.track(view('a'));
  await client.flush();
  assert.equal(seen.length, 1);
  assert.equal(receipts[0]?.status, 'rejected');
  assert.ok(receipts[0]?.error instanceof EndcapApiError && receipts[0].error.status === 403);
});

test('a problem+json answer becomes an EndcapApiError with its fields; other text does not confuse it', async (t) => {
  const problem = {
    title: 'Unknown item',
    status: 404,
    detail: 'There is no item x',
    code: 'unknown_item',
    errors: [{ field: 'item', message: 'unknown' }],
  };
  const { url } = await listen(t, ({ path }) =>
    path === '/v1/items/x' ? { status: 404, body: problem } : { status: 400, body: 'oops' },
  );
  const client = createClient({ baseUrl: url, ...quick });
  await assert.rejects(client.item('x'), (error) => {
    assert.ok(error instanceof EndcapApiError);
    assert.deepEqual([error.status, error.message, error.transient], [404, 'There is no item x', false]);
    assert.deepEqual(error.problem, problem);
    return true;
  });
  await assert.rejects(client.profile(), (error) => error instanceof EndcapApiError && error.status === 400);
});

test('what follows a recommendation is credited to it; a mixed order is credited to none', async (t) => {
  const shelf = (n: number, ids: string[]) => ({
    recommendationId: `rec${n}`,
    items: ids.map((id) => ({ id, score: 1 })),
  });
  const { url, seen } = await listen(t, (asked, n) =>
    asked.path === '/v1/recommend'
      ? { status: 200, body: shelf(n, n === 1 ? ['a', 'b'] : ['b', 'c']) }
      : taken(asked),
  );
  const client = createClient({ baseUrl: url, ...quick, key: 'secret' });
  await client.recommend({ scenario: 'home' });
  await client.recommend({ scenario: 'similar', item: 'a', count: 2 });
  assert.deepEqual(seen[1]?.body, { user: 'u', scenario: 'similar', item: 'a', count: 2 });
  assert.equal(seen[1]?.headers.authorization, 'Bearer secret');
  const buy = (...ids: string[]) =>
    client.track({ type: 'purchase', items: ids.map((id) => ({ id })) }).attribution;
  assert.deepEqual(
    [buy('a'), buy('b'), buy('b', 'c'), buy('a', 'b'), buy('z')],
    ['rec1', 'rec2', 'rec2', undefined, undefined],
  );
  assert.equal(client.track({ ...view('a'), attribution: 'mine' }).attribution, 'mine');
  await client.flush();
});

test('an event without a user is an error where it is made', () => {
  assert.throws(() => createClient({ baseUrl: 'http://127.0.0.1:9' }).track(view('a')), TypeError);
});
