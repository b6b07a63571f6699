import assert from 'node:assert/strict';
import { createServer as createHttp } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { type Event, random } from '../../src/core/index.js';
import { marketingShop } from './support.js';

async function shop(t: TestContext, dir?: string) {
  const items = [
    { id: 'phone', title: 'Phone', price: 500 },
    { id: 'case', title: 'Case', price: 20 },
  ];
  const opened = await marketingShop(t, items, dir === undefined ? {} : { dir });
  const view = (user: string, item: string, type = 'view') =>
    opened.call('POST', '/v1/events', { type, user, items: [{ id: item, price: 20 }] });
  return { ...opened, view };
}

test('intent rises with each event and says of which items', async (t) => {
  const { call, view } = await shop(t);
  assert.equal((await call('POST', '/v1/intent', { user: 'ann' })).body.probability, null);
  await view('ann', 'phone');
  const first = (await call('POST', '/v1/intent', { user: 'ann' })).body;
  await view('ann', 'case', 'add_to_cart');
  const second = (await call('POST', '/v1/intent', { user: 'ann', explain: true })).body;
  assert.ok(second.probability > first.probability);
  assert.equal(second.items[0].id, 'case');
  assert.equal((await call('GET', '/v1/intent/current')).body.visits[0].user, 'ann');
  const bad = await call('POST', '/v1/intent', { shopper: 'ann' });
  assert.equal(bad.status, 400);
  assert.equal((await call('POST', '/v1/intent/train')).body.code, 'too_little_data');
});

test('an audience is entered within a second of the event, told by webhook, listed, exported and kept over a restart', async (t) => {
  const told: string[] = [];
  const server = createHttp((request, response) => {
    request.on('data', (part) => told.push(String(part)));
    request.on('end', () => response.end());
  }).listen(0, '127.0.0.1');
  t.after(() => server.close());
  const { call, view, close, dir } = await shop(t);
  const webhook = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    secret: 'sixteen characters at least',
  };
  const rule = 'view("phone") >= 2 and purchase = 0 and intent > 0.01';
  const saved = await call('PUT', '/v1/audiences/keen', { name: 'Keen', rule, webhook });
  assert.equal(saved.status, 200);
  assert.ok(!saved.text.includes(webhook.secret), 'the secret is shown to nobody');
  await view('ann', 'phone');
  await view('ann', 'phone');
  const members = (await call('GET', '/v1/audiences/keen/members')).body.members;
  assert.deepEqual(
    members.map(({ user }: { user: string }) => user),
    ['ann'],
  );
  assert.match((await call('GET', '/v1/audiences/keen/members.csv')).text, /^user,since\r\nann,/);
  for (let wait = 0; wait < 4_800 && told.length === 0; wait++)
    await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(JSON.parse(told[0]!).change, 'entered');
  await close();
  const again = await shop(t, dir);
  assert.equal((await again.call('GET', '/v1/audiences/keen')).body.members, 1);
  await again.view('ann', 'phone', 'purchase');
  assert.equal((await again.call('GET', '/v1/audiences/keen')).body.members, 0);
  assert.equal((await again.call('DELETE', '/v1/audiences/keen')).status, 200);
  assert.equal((await again.call('GET', '/v1/audiences/keen')).status, 404);
});

const day = 86_400_000;
const start = Date.now() - 60 * day;
const coupon = {
  name: 'Come back',
  kind: 'coupon',
  items: 'viewed',
  discounts: [0.1, 0.2],
  budget: 1_000,
  holdout: 0,
  explore: 0,
  end: Date.now() + 10 * day,
};

test('a viewed product has its offer, its cost is counted, and a restart forgets none of it', async (t) => {
  const { call, view, close, dir } = await shop(t);
  assert.equal((await call('PUT', '/v1/offers/back', coupon)).status, 200);
  assert.deepEqual((await call('POST', '/v1/offers/decide', { user: 'ann' })).body.offers, []);
  await view('ann', 'phone');
  const { offers } = (await call('POST', '/v1/offers/decide', { user: 'ann' })).body;
  assert.equal(offers[0].item, 'phone');
  assert.ok(offers[0].price < 500 && offers[0].price > 300);
  assert.deepEqual((await call('POST', '/v1/offers/decide', { user: 'ann' })).body.offers, offers);
  const before = (await call('GET', '/v1/offers/back')).body;
  assert.equal(before.given, 1);
  await close();
  const again = await shop(t, dir);
  assert.deepEqual((await again.call('POST', '/v1/offers/decide', { user: 'ann' })).body.offers, offers);
  await again.view('ann', 'phone', 'purchase');
  const after = (await again.call('GET', '/v1/offers/back')).body;
  assert.ok(Math.abs(after.spent - 500 * offers[0].discount) < 1e-6 && after.promised === 0);
});

test('wrong offers, rules and webhooks are refused with the field at fault', async (t) => {
  const { call } = await shop(t);
  const field = async (path: string, body: object): Promise<string> => {
    const { status, body: answer } = await call('PUT', path, body);
    assert.equal(status, 400, JSON.stringify(answer));
    return answer.errors[0].field;
  };
  assert.equal(await field('/v1/offers/a', { ...coupon, budget: 0 }), 'budget');
  assert.equal(await field('/v1/offers/a', { ...coupon, budget: -1 }), 'budget');
  assert.equal(await field('/v1/offers/a', { ...coupon, discounts: [1.5] }), 'discounts');
  assert.equal(await field('/v1/offers/a', { ...coupon, end: 5 }), 'end');
  assert.equal(
    await field('/v1/offers/a', { ...coupon, kind: 'price', items: ['case'], price: 30 }),
    'price',
  );
  await call('PUT', '/v1/offers/a', coupon);
  assert.equal(await field('/v1/offers/b', coupon), 'start');
  const thousand = Array(1_000).fill('view > 1').join(' and ');
  assert.equal(await field('/v1/audiences/a', { name: 'A', rule: thousand }), 'rule');
  const { status, body } = await call('PUT', '/v1/audiences/a', {
    name: 'A',
    rule: 'view > 1',
    webhook: { url: 'nonsense', secret: 'sixteen characters at least' },
  });
  assert.equal(status, 400);
  assert.equal(body.code, 'invalid_webhook');
});

test('trees are trained without being asked once there are visits enough, and not again for nothing', async (t) => {
  const { engine, marketing, close, dir } = await shop(t);
  const chance = random(5);
  const events: Event[] = [];
  for (let visit = 0; visit < 700; visit++) {
    const base = { user: `u${visit}`, items: [{ id: 'phone', price: 500 }] };
    const time = start + visit * 3_600_000;
    events.push({ ...base, id: `v${visit}`, type: 'view', time });
    const keen = chance.float() < 0.4;
    if (keen) events.push({ ...base, id: `c${visit}`, type: 'add_to_cart', time: time + 1_000 });
    if (chance.float() < (keen ? 0.7 : 0.1))
      events.push({ ...base, id: `p${visit}`, type: 'purchase', time: time + 2_000 });
  }
  await engine.ingest(events.slice(0, 300));
  await engine.jobs.runNow('intent');
  assert.equal(marketing.intentReport, undefined, 'too few visits');
  await engine.ingest(events.slice(300));
  await engine.jobs.runNow('intent');
  assert.equal(marketing.intentReport, undefined, 'not while a past is being sent');
  await engine.jobs.runNow('intent');
  const report = marketing.intentReport!;
  assert.ok(report.visitsLearned > 400 && report.roc > 0.6, JSON.stringify(report.roc));
  await engine.jobs.runNow('intent');
  assert.equal(marketing.intentReport, report, 'nothing is new');
  await close();
  const again = await shop(t, dir);
  await again.engine.jobs.runNow('intent');
  assert.deepEqual(again.marketing.intentReport, report, 'nor after a restart');
  await again.view('ann', 'phone');
  const answer = (await again.call('POST', '/v1/intent', { user: 'ann', explain: true })).body;
  assert.equal(answer.basis, 'trees');
  assert.equal(answer.items[0].id, 'phone');
  assert.ok(answer.reasons.length > 0);
  const regular = (await again.call('POST', '/v1/intent', { user: 'u1' })).body;
  const bought = events.some(({ type, user }) => type === 'purchase' && user === 'u1');
  assert.equal(regular.nextPurchase !== undefined, bought, 'who has ordered has a next order');
});

test('what discounts do is said to be assumed until enough was drawn at random', async (t) => {
  const { call } = await shop(t);
  await call('PUT', '/v1/offers/back', coupon);
  const { response } = (await call('GET', '/v1/offers')).body;
  assert.equal(response.basis, 'assumed');
  assert.deepEqual(response.needed, { assignments: 1_000, purchases: 100 });
  assert.match((await call('GET', '/v1/offers/page')).text, /assumed: 0 of 1000 randomised assignments/);
  const early = await call('POST', '/v1/offers/learn');
  assert.equal(early.status, 400);
  assert.equal(early.body.code, 'too_little_data');
});

test('pages speak the language that is asked for, else the one of the browser, and say what to do first', async (t) => {
  const { call } = await shop(t);
  const text = async (path: string, accepted: string) =>
    (await call('GET', path, undefined, { 'accept-language': accepted })).text;
  for (const page of ['/v1/audiences/page', '/v1/offers/page']) {
    const [english, chinese] = [
      await text(page, 'fr, en;q=0.8'),
      await text(page, 'zh-CN,zh;q=0.9,en;q=0.8'),
    ];
    assert.match(
      english,
      /<html lang="en">.*(No audience is saved yet|There is no offer yet): <code>endcap /s,
    );
    assert.match(chinese, /<html lang="zh-Hans">.*(还没有保存人群|还没有优惠)：<code>endcap /s);
    // But for what is typed into a terminal, no English is left.
    const words = chinese.replace(/<(style|code|title)>.*?<\/\1>/gs, '').replace(/<[^>]*>/g, ' ');
    assert.doesNotMatch(words, /[a-z]{3,}/);
    assert.equal(await text(`${page}?language=zh`, 'en'), chinese);
    assert.equal((await call('GET', `${page}?language=fr`)).status, 400);
  }
  await call('PUT', '/v1/offers/back', coupon);
  assert.match(await text('/v1/offers/page', 'zh'), /<td>进行中<\/td>.*假设：随机分配已结束 0 \/ 1000 次/s);
});

test('pages need no script and say so', async (t) => {
  const { call, view } = await shop(t);
  await call('PUT', '/v1/offers/back', coupon);
  await call('PUT', '/v1/audiences/a', { name: '<b>A</b>', rule: 'view > 0' });
  await view('ann<script>', 'phone');
  for (const path of ['/v1/audiences/page', '/v1/offers/page']) {
    const { status, text, headers } = await call('GET', path);
    assert.equal(status, 200);
    assert.ok(!/<script|<b>A/.test(text), path);
    assert.match(String(headers['content-security-policy']), /^default-src 'none'/);
  }
});
