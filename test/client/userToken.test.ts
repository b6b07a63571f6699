import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClient } from '../../packages/client/src/index.js';
import { userToken } from '../../packages/client/src/server.js';
import { isTokenOf } from '../../src/server/userToken.js';
import { listen, taken } from './server.js';

const secret = 'eks_0123456789abcdef0123456789abcdef';
const now = Date.UTC(2026, 0, 1);
const minute = 60_000;

test('a token of the shop’s server is good for its shopper until it ends', () => {
  const token = userToken({ secret, user: 'anna\n手', validMs: minute, now });
  const good = (user: string, given: string, secrets = [secret], at = now): boolean =>
    isTokenOf(user, given, secrets, at);
  assert.ok(good('anna\n手', token));
  assert.ok(good('anna\n手', token, ['eks_another', secret]), 'one of several secrets, while they rotate');
  assert.ok(!good('anna', token), 'another shopper');
  assert.ok(!good('anna\n手', token, ['eks_another']), 'another shop');
  assert.ok(!good('anna\n手', token, []), 'no secret at all');
  assert.ok(good('anna\n手', token, [secret], now + minute - 1));
  assert.ok(!good('anna\n手', token, [secret], now + minute), 'its time is over');
  const [expiry, signature] = token.split('.') as [string, string];
  assert.ok(!good('anna\n手', `${Number(expiry) + 1}.${signature}`), 'a longer life than was signed');
  for (const wrong of [
    '',
    '.',
    expiry,
    `${expiry}.`,
    `${expiry}.${'A'.repeat(43)}`,
    `${token}A`,
    `${token}.x`,
  ])
    assert.ok(!good('anna\n手', wrong), wrong);
});

test('no token is made for longer than a server takes it, or with another kind of key', () => {
  const month = 31 * 86_400_000;
  assert.ok(isTokenOf('u', userToken({ secret, user: 'u', validMs: month, now }), [secret], now));
  assert.throws(() => userToken({ secret, user: 'u', validMs: month + 1, now }), RangeError);
  assert.throws(() => userToken({ secret: 'ek_x', user: 'u' }), TypeError);
  assert.ok(!isTokenOf('u', userToken({ secret, user: 'u', validMs: month, now: now + 1 }), [secret], now));
});

test('the client sends the token it has, or gets a fresh one for each request', async (t) => {
  const { url, seen } = await listen(t, (asked) =>
    asked.path === '/v1/events' ? taken(asked) : { status: 200, body: { items: [] } },
  );
  const header = 'x-endcap-user-token';
  const fixed = createClient({ baseUrl: url, user: 'u', token: 'one', storage: null });
  fixed.track({ type: 'view' });
  await fixed.flush();
  let made = 0;
  const fresh = createClient({ baseUrl: url, user: 'u', token: async () => `t${++made}`, storage: null });
  await fresh.recommend({ scenario: 'home' });
  fresh.track({ type: 'view' });
  await fresh.flush();
  assert.deepEqual(
    seen.map(({ headers }) => headers[header]),
    ['one', 't1', 't2'],
  );
});
