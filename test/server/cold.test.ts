import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { defaultEventTable, type Event, type Item, silent } from '../../src/core/index.js';
import { twoTower } from '../../src/models/index.js';
import { prepareFiles } from '../../src/prepare/index.js';
import { openEngine } from '../../src/recommend/index.js';
import { createServer } from '../../src/server/index.js';
import { openStore } from '../../src/storage/index.js';
import { datasetFromEvents } from '../../src/train/index.js';
import { scratch } from '../support/events.js';

const file = fileURLToPath(new URL('../../../data/online-retail/online-retail.parquet', import.meta.url));
const day = 86_400_000;
/** Parts of the shop whose things are bought together. */
const groups = [/lunch b(ag|ox)/i, /christmas/i, /t-?light/i, /cake ?case|baking/i];

/** What was sold of the groups in the first half year, and the entries of those things. */
async function smallShop(): Promise<{ items: Item[]; events: Event[]; last: number }> {
  const prepared = await prepareFiles([file], { now: Date.UTC(2012, 0, 1), progress: silent });
  try {
    const items = prepared.items.filter(({ title = '' }) => groups.some((group) => group.test(title)));
    const ids = new Set(items.map(({ id }) => id));
    const events: Event[] = [];
    for await (const batch of prepared.batches(5_000))
      for (const event of batch) {
        const own = event.items.filter(({ id }) => ids.has(id));
        if (own.length > 0 && event.time < Date.UTC(2011, 5, 1)) events.push({ ...event, items: own });
      }
    return { items, events, last: Math.max(...events.map(({ time }) => time)) };
  } finally {
    prepared.close();
  }
}

async function open(t: TestContext) {
  const { items, events, last } = await smallShop();
  const catalogue = new Map(items.map((item) => [item.id, item]));
  const options = {
    ...twoTower.defaults,
    width: 32,
    length: 20,
    epochs: 6,
    learningRate: 0.004,
    negatives: 128,
    heldOut: 0,
  };
  const data = datasetFromEvents(events, defaultEventTable, catalogue);
  const files = (await twoTower.fit(data, { ...options, seed: 1 }, silent)).save();
  let version: string | undefined = 'v1';
  const engine = await openEngine({
    store: openStore(scratch(t)),
    clock: () => last + 2 * day,
    models: { history: async () => (version ? [version] : []), load: () => twoTower.load(files) },
  });
  const app = await createServer(engine, {});
  t.after(async () => {
    await app.close();
    await engine.close();
  });
  await engine.catalogue.put(items);
  const named = (group: RegExp): Item[] =>
    items.filter(({ id, title = '' }) => group.test(title) && data.items.row(id) >= 0);
  return {
    named,
    now: last + 2 * day,
    redeploy: async (next: string) => {
      version = next;
      await engine.reload();
    },
    async call(method: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE', url: string, body?: object) {
      const answer = await app.inject({ method, url, ...(body ? { payload: body } : {}) });
      assert.ok(answer.statusCode < 300, `${method} ${url}: ${answer.statusCode} ${answer.body}`);
      return answer.body === '' ? undefined : JSON.parse(answer.body);
    },
    /** Yesterday, so that the statistics of this sitting have no say: what is shown is the model's. */
    views: (user: string, seen: readonly Item[]): Event[] =>
      seen.map(({ id }, at) => ({
        id: `${user}${at}`,
        type: 'view',
        user,
        items: [{ id }],
        time: last + day + at,
      })),
  };
}

test('an item put after training is recommended and found similar at once, and never when it is gone', async (t) => {
  const { call, named, views, redeploy } = await open(t);
  const [lunch, christmas] = [named(groups[0]!), named(groups[1]!)];
  await call('POST', '/v1/events', views('luncher', lunch.slice(0, 4)));
  await call('POST', '/v1/events', views('decorator', christmas.slice(0, 4)));
  // Like the lunch bags, but not so much that the shelf would call it one more of the same.
  const title = 'Insulated lunch bag with zip and shoulder strap';
  const shelf = async (request: object): Promise<string[]> => {
    const { items } = await call('POST', '/v1/recommend', { count: 24, ...request });
    return items.map(({ id }: Item) => id);
  };
  const home = (user: string): Promise<string[]> => shelf({ user, scenario: 'home' });
  const similar = (item: string): Promise<string[]> =>
    shelf({ user: 'luncher', scenario: 'similar', item, count: 60 });
  assert.ok(!(await home('luncher')).includes('new'));

  await call('PUT', '/v1/items', [{ id: 'new', title, price: 1.65, stock: 5 }]);
  assert.ok((await home('luncher')).includes('new'), `home shows ${await home('luncher')}`);
  assert.ok(!(await home('decorator')).includes('new'), 'not to those of another taste');
  assert.ok((await similar(lunch[0]!.id)).includes('new'));
  assert.ok((await similar('new')).some((id) => lunch.some((item) => item.id === id)));

  await redeploy('v2');
  assert.ok((await home('luncher')).includes('new'), 'a newly deployed model places what it does not know');

  const gone = async (): Promise<boolean> =>
    !(await home('luncher')).includes('new') && !(await similar(lunch[0]!.id)).includes('new');
  await call('PATCH', '/v1/items/new', { stock: 0 });
  assert.ok(await gone(), 'out of stock');
  await call('PATCH', '/v1/items/new', { stock: 3 });
  assert.ok((await home('luncher')).includes('new'), 'back in stock');
  await call('PATCH', '/v1/items/new', { title: 'Set of 6 Christmas tree baubles' });
  assert.ok(!(await home('luncher')).includes('new'), 'what its entry says now counts');
  await call('PATCH', '/v1/items/new', { title });
  await call('DELETE', '/v1/items/new');
  assert.ok(await gone(), 'withdrawn');
  await redeploy('v3');
  assert.ok(await gone(), 'withdrawn before a model was deployed');
});

test('in a trained shop what left the cart is no reason any more, and a late add changes nothing', async (t) => {
  const { call, named, views, now, redeploy } = await open(t);
  const [first, second] = named(groups[0]!).map(({ id }) => id) as [string, string];
  let sent = 0;
  const send = (type: string, item: string, ago: number): Promise<unknown> =>
    call('POST', '/v1/events', [
      { id: `c${sent++}`, type, user: 'carter', items: [{ id: item, quantity: 1 }], time: now - ago },
    ]);
  const cart = async (): Promise<object> => (await call('GET', '/v1/users/carter/profile')).cart;
  /** How each item that a reason names got there, by the event named; '' where none is. */
  const reasons = async (): Promise<Map<string, Set<string>>> => {
    const ask = { user: 'carter', scenario: 'home', count: 24, explain: true };
    const { items } = await call('POST', '/v1/recommend', ask);
    const by = new Map<string, Set<string>>();
    for (const { reason } of items)
      for (const { id, event = '' } of reason.items) by.set(id, (by.get(id) ?? new Set()).add(event));
    return by;
  };
  await call('POST', '/v1/events', views('carter', named(groups[1]!).slice(0, 3)));
  const before = await reasons();
  assert.ok(!before.has(first) && before.size > 0);

  await send('add_to_cart', first, 9_000);
  assert.deepEqual((await reasons()).get(first), new Set(['add_to_cart']));
  await send('remove_from_cart', first, 8_000);
  assert.deepEqual(await cart(), {});
  assert.ok(!(await reasons()).has(first), 'gone at once');
  await redeploy('v2');
  assert.ok(!(await reasons()).has(first), 'and with the next model');

  await send('add_to_cart', second, 7_000);
  await send('add_to_cart', first, 6_500);
  assert.deepEqual(new Set(Object.keys(await cart())), new Set([first, second]));
  await send('purchase', second, 6_000);
  assert.deepEqual((await reasons()).get(second), new Set(['purchase']));
  assert.deepEqual((await reasons()).get(first), new Set(['add_to_cart']), 'still in the cart');
  await send('remove_from_cart', first, 5_000);
  await send('add_to_cart', second, 6_100);
  assert.deepEqual(await cart(), {}, 'it came late: it was before the order');
  const after = await reasons();
  assert.deepEqual([after.get(second), after.has(first)], [new Set(['purchase']), false]);
});
