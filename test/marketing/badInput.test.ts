import assert from 'node:assert/strict';
import { createServer as createHttp, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { openMarketing } from '../../src/marketing/index.js';
import { openEngine } from '../../src/recommend/index.js';
import { createServer } from '../../src/server/index.js';
import { openStore } from '../../src/storage/index.js';
import { day, scratch } from '../support/events.js';

interface Answer {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: a test says what it expects of an answer.
  body: any;
}

/** A server that listens, asked as a shop asks it. */
async function running(t: TestContext, allowed?: () => boolean) {
  const dir = scratch(t);
  const engine = await openEngine({ store: openStore(dir) });
  const marketing = await openMarketing(engine, { dir, ...(allowed ? { allowed } : {}) });
  const app = await createServer(engine, { marketing, dir });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  t.after(async () => {
    await app.close();
    await engine.close();
  });
  await engine.catalogue.put([{ id: 'phone', title: 'Phone', price: 100 }]);
  const call = async (method: string, path: string, body?: object): Promise<Answer> => {
    const answer = await fetch(url + path, {
      method,
      ...(body ? { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) } : {}),
    });
    return { status: answer.status, body: await answer.json() };
  };
  return { call };
}

const coupon = {
  name: 'Coupon',
  kind: 'coupon',
  items: ['phone'],
  discounts: [0.1],
  budget: 100,
  end: Date.now() + 9 * day,
};
const price = { name: 'Price', kind: 'price', items: ['phone'], price: 80, budget: 100, end: coupon.end };
const secret = 'sixteen characters at least';
const audience = { name: 'Keen', rule: 'view > 0' };
const hook = (url: string) => ({ ...audience, webhook: { url, secret } });

/** What is sent, the code of the error, and the field it must name. */
const refused: [what: string, path: string, body: object, code: string, field: string][] = [
  ['a negative budget', 'offers/x', { ...coupon, budget: -1 }, 'invalid_offer', 'budget'],
  ['a budget of nothing', 'offers/x', { ...coupon, budget: 0 }, 'invalid_offer', 'budget'],
  ['an offer that is over', 'offers/x', { ...coupon, end: 1_000 }, 'invalid_offer', 'end'],
  ['an end before the start', 'offers/x', { ...coupon, start: coupon.end + day }, 'invalid_offer', 'end'],
  [
    'a discount above the price',
    'offers/x',
    { ...coupon, discounts: [0.1, 1.5] },
    'invalid_offer',
    'discounts',
  ],
  ['a price above the price', 'offers/x', { ...price, price: 120 }, 'invalid_offer', 'price'],
  ['an item without a price', 'offers/x', { ...coupon, items: ['ghost'] }, 'invalid_offer', 'items'],
  ['an offer that overlaps', 'offers/x', { ...coupon, name: 'Second' }, 'invalid_offer', 'start'],
  ['all drawn at random', 'offers/x', { ...coupon, explore: 0.9 }, 'invalid_offer', 'explore'],
  ['an unknown field', 'offers/x', { ...coupon, percent: 5 }, 'invalid_request', 'percent'],
  [
    'a rule of a thousand terms',
    'audiences/x',
    { name: 'A', rule: Array(1_000).fill('view > 1').join(' and ') },
    'invalid_audience',
    'rule',
  ],
  ['a rule nobody can read', 'audiences/x', { name: 'A', rule: 'view >> 1' }, 'invalid_audience', 'rule'],
  ['a webhook to this machine', 'audiences/x', hook('http://127.0.0.1:1/'), 'invalid_webhook', 'webhook'],
  ['a webhook to the metadata', 'audiences/x', hook('http://169.254.169.254/'), 'invalid_webhook', 'webhook'],
  ['a webhook to a private net', 'audiences/x', hook('http://[fd00::1]/'), 'invalid_webhook', 'webhook'],
  ['a webhook that is none', 'audiences/x', hook('nonsense'), 'invalid_webhook', 'webhook'],
];

test('what is wrong is refused by field, in words and without a trace, and nothing of it is kept', async (t) => {
  const { call } = await running(t);
  assert.equal((await call('PUT', '/v1/offers/first', coupon)).status, 200);
  for (const [what, path, body, code, field] of refused) {
    const { status, body: answer } = await call('PUT', `/v1/${path}`, body);
    assert.equal(status, 400, `${what}: ${JSON.stringify(answer)}`);
    assert.equal(answer.code, code, what);
    assert.ok(answer.errors[0].field.includes(field), `${what}: ${answer.errors[0].field}`);
    assert.ok(answer.detail.length > 10 && !JSON.stringify(answer).includes('node_modules'), what);
    assert.equal((await call('GET', `/v1/${path}`)).status, 404, `${what} is kept`);
  }
  assert.deepEqual(
    (await call('GET', '/v1/offers')).body.offers.map(({ id }: { id: string }) => id),
    ['first'],
  );
});

test('receivers that hang, fail or lead elsewhere are told of and tried again; the others get theirs', async (t) => {
  const receiver = async (listener: RequestListener): Promise<string> => {
    const server = createHttp(listener).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    t.after(() => {
      server.closeAllConnections();
      server.close();
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  };
  let [arrived, inside] = [0, 0];
  const inner = await receiver((_request, response) => {
    inside++;
    response.end();
  });
  const { call } = await running(t, () => true);
  const receivers = {
    hangs: await receiver(() => {}),
    fails: await receiver((_request, response) => response.writeHead(500).end()),
    leads: await receiver((_request, response) => response.writeHead(307, { location: inner }).end()),
    works: await receiver((request, response) => {
      request.resume().on('end', () => response.end());
      arrived++;
    }),
  };
  for (const [id, url] of Object.entries(receivers))
    assert.equal((await call('PUT', `/v1/audiences/${id}`, hook(url))).status, 200);
  const users = Array.from({ length: 12 }, (_, at) => `u${at}`);
  for (const wave of [users.slice(0, 6), users]) {
    const events = wave.map((user) => ({ type: 'view', user, items: [{ id: 'phone' }] }));
    const accepted = await call('POST', '/v1/events', events);
    assert.equal(accepted.status, 200, JSON.stringify(accepted.body));
    for (let wait = 0; wait < 4_800 && arrived < wave.length; wait++)
      await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(arrived, wave.length, 'who hangs holds up nobody else');
  }
  assert.equal(inside, 0, 'a redirect is not followed');
  // What has arrived is sent once its answer is back and written down.
  const delivered = async () => (await call('GET', '/v1/deliveries')).body;
  for (let wait = 0; wait < 4_800 && (await delivered()).sent < users.length; wait++)
    await new Promise((resolve) => setTimeout(resolve, 50));
  const { sent, waiting, dead } = await delivered();
  assert.equal(sent, users.length);
  assert.equal(waiting + dead.length, 3 * users.length, 'nothing is lost');
  assert.equal((await call('POST', '/v1/intent', { user: 'u1' })).status, 200, 'the server goes on');
});
