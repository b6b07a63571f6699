import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createServer as createHttp } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import type { Event } from '../../src/core/index.js';
import { openMarketing } from '../../src/marketing/index.js';
import { openEngine } from '../../src/recommend/index.js';
import { createServer } from '../../src/server/index.js';
import { openStore } from '../../src/storage/index.js';
import { scratch } from '../support/events.js';

const main = join(import.meta.dirname, '../../src/cli/main.js');
const replay = async (dir: string): Promise<string> =>
  (await promisify(execFile)(process.execPath, [main, 'replay', '--dir', dir])).stdout;
const now = Date.now();

/** A shop with every use of its log at work. */
async function open(dir: string) {
  const engine = await openEngine({ store: openStore(dir), clock: () => now });
  const marketing = await openMarketing(engine, { dir, allowed: () => true });
  const app = await createServer(engine, { marketing, dir });
  const close = async (): Promise<void> => {
    await app.close();
    await engine.close();
  };
  return { engine, marketing, app, close };
}

/** What shoppers, search, marketing and stock advice are told of the log. */
async function views({ engine, marketing, app }: Awaited<ReturnType<typeof open>>) {
  const found = await app.inject({
    method: 'POST',
    url: '/v1/search',
    payload: { user: 'u1', query: 'lamp', count: 5 },
  });
  return {
    profile: engine.profile('u1'),
    found: found
      .json()
      .items.map(({ item, score }: { item: { id: string }; score: number }) => [item.id, score]),
    suggested: (
      await app.inject({ method: 'POST', url: '/v1/suggest', payload: { user: 'u1', prefix: 're' } })
    ).json().suggestions,
    intent: marketing.intent('u4').items,
    members: marketing.members('lookers'),
    offer: marketing.offer('back').spent,
    given: marketing.offer('back').given,
    clicks: marketing.clicks(),
    demand: [...engine.state.demand.all()],
  };
}

async function fill({ engine, marketing }: Awaited<ReturnType<typeof open>>, webhook?: object) {
  await engine.catalogue.put([
    { id: 'a', title: 'Red lamp', price: 50 },
    { id: 'b', title: 'Blue lamp', price: 60 },
    { id: 'c', title: 'Green lamp', price: 70 },
  ]);
  await marketing.putAudience({
    id: 'lookers',
    name: 'Looked twice',
    rule: 'view >= 2',
    ...(webhook as { webhook: { url: string; secret: string } }),
  });
  await marketing.putOffer({
    id: 'back',
    name: 'Back',
    kind: 'coupon',
    items: 'viewed',
    discounts: [0.1],
    budget: 1_000,
    end: now + 1e9,
    start: now - 1e9,
  });
  const events: Event[] = [];
  const add = (user: string, type: string, more: Partial<Event>): void =>
    void events.push({
      id: `${events.length}`,
      user,
      type,
      items: [],
      time: now - 100_000 + events.length * 1_000,
      ...more,
    });
  for (const user of ['u0', 'u1', 'u2', 'u3', 'u4']) {
    add(user, 'search', { query: 'red lamp', items: [{ id: 'a' }, { id: 'b' }], attribution: `s-${user}` });
    add(user, 'click', { items: [{ id: 'b' }], attribution: `s-${user}` });
    add(user, 'impression', { items: [{ id: 'c' }, { id: 'a' }], attribution: `r-${user}` });
    add(user, 'click', { items: [{ id: 'c' }], attribution: `r-${user}` });
    add(user, 'view', { items: [{ id: 'c' }] });
    add(user, 'view', { items: [{ id: 'b' }] });
    const offer = { offer: 'back', discount: 0.1, most: 6, expected: 3, until: now + 1e9 };
    add(user, 'impression', { items: [{ id: 'b' }], context: offer });
    if (user !== 'u4') add(user, 'purchase', { items: [{ id: 'b', price: 60 }] });
  }
  await engine.ingest(events);
}

test('replay makes search, marketing and demand again as they were, whatever became of them', async (t) => {
  const dir = scratch(t);
  const shop = await open(dir);
  await fill(shop);
  const before = await views(shop);
  assert.deepEqual(before.members.map(({ user }) => user).sort(), ['u0', 'u1', 'u2', 'u3', 'u4']);
  assert.equal(before.offer, 24);
  assert.ok(before.found.length === 3 && before.suggested.length > 0 && before.intent.length > 0);
  assert.ok(before.demand.length > 0);
  const digest = await shop.engine.state.digest();
  await shop.close();

  const spoil: Record<string, () => Promise<void> | void> = {
    nothing: () => {},
    'the state is deleted': () => rmSync(join(dir, 'state'), { recursive: true }),
    'what search and marketing learned is overwritten': async () => {
      const store = openStore(dir);
      const record = (space: string) => ({ space, key: 'all', value: Buffer.from('nonsense') });
      await store.state.write([record('search'), record('marketing')]);
      await store.close();
    },
  };
  for (const [what, how] of Object.entries(spoil)) {
    await how();
    assert.ok((await replay(dir)).includes(digest), `${what}: the same, bit for bit`);
    const again = await open(dir);
    assert.deepEqual(await views(again), before, what);
    await again.close();
  }
});

test('where nobody replays, what is missing or damaged is made again when the shop opens', async (t) => {
  const dir = scratch(t);
  const shop = await open(dir);
  await fill(shop);
  const before = await views(shop);
  await shop.close();
  for (const value of [undefined, Buffer.from('nonsense')]) {
    const store = openStore(dir);
    await store.state.write(['search', 'marketing'].map((space) => ({ space, key: 'all', value })));
    await store.close();
    const again = await open(dir);
    assert.deepEqual(
      new Set((await views(again)).members.map(({ user }) => user)),
      new Set(before.members.map(({ user }) => user)),
    );
    const { members: _, ...rest } = await views(again);
    const { members: __, ...expected } = before;
    assert.deepEqual(rest, expected);
    await again.close();
  }
});

test('a fold that is made anew tells nobody again of what was told', async (t) => {
  const dir = scratch(t);
  const told = await webhookOf(t);
  const shop = await open(dir);
  await fill(shop, { webhook: { url: told.url, secret: 'sixteen characters at least' } });
  // What has arrived is told once its answer is back and written down.
  await until(() => told.bodies.length === 5 && shop.marketing.deliveries().waiting === 0);
  await shop.close();
  assert.match(await replay(dir), /events replayed/);
  const again = await open(dir);
  assert.equal(again.marketing.deliveries().waiting, 0);
  await again.engine.ingest([
    { id: 'new1', type: 'view', user: 'new', items: [{ id: 'a' }], time: now },
    { id: 'new2', type: 'view', user: 'new', items: [{ id: 'b' }], time: now },
  ]);
  await until(() => told.bodies.length > 5);
  await again.close();
  assert.deepEqual(
    told.bodies.slice(5).map((body) => JSON.parse(body).user),
    ['new'],
  );
});

async function webhookOf(t: TestContext) {
  const bodies: string[] = [];
  const server = createHttp((request, response) => {
    request.on('data', (part) => bodies.push(String(part)));
    request.on('end', () => response.end());
  }).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  return { bodies, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
}

async function until(holds: () => boolean): Promise<void> {
  for (let wait = 0; wait < 4_800 && !holds(); wait++)
    await new Promise((resolve) => setTimeout(resolve, 50));
  assert.ok(holds(), 'it did not come to that within four minutes');
}
