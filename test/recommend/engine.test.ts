import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { type Event, type RecommendRequest, Vocabulary } from '../../src/core/index.js';
import type { Model, Shelf } from '../../src/models/index.js';
import { eventsInState } from '../../src/projections/index.js';
import { DeployedModel } from '../../src/recommend/deployed.js';
import { type Engine, type EngineOptions, openEngine } from '../../src/recommend/index.js';
import { openStore } from '../../src/storage/index.js';
import { event, scratch, start } from '../support/events.js';

const minute = 60_000;
const items = [
  { id: 'phone', title: 'Phone X', category: 'phones', price: 500 },
  { id: 'phone2', title: 'Phone Y', category: 'phones', price: 400 },
  { id: 'case', title: 'Leather case', price: 20 },
  { id: 'charger', title: 'Fast charger', price: 30 },
  { id: 'lamp', title: 'Desk lamp', price: 40 },
  { id: 'bulb', title: 'Light bulb', price: 4 },
];

async function shop(t: TestContext, options: Partial<EngineOptions> = {}): Promise<Engine> {
  const engine = await openEngine({ store: openStore(scratch(t)), clock: () => start, ...options });
  t.after(() => engine.close().catch(() => {}));
  await engine.catalogue.put(items);
  const orders = [
    ['phone', 'case', 'charger'],
    ['phone', 'case'],
    ['phone2', 'charger'],
    ['lamp', 'bulb'],
    ['lamp', 'bulb'],
  ];
  await engine.ingest(
    orders.map((ids, at) =>
      event({
        id: `o${at}`,
        type: 'purchase',
        user: `buyer${at}`,
        time: start - (10 + at) * 60 * minute,
        items: ids.map((id) => ({ id })),
      }),
    ),
  );
  return engine;
}

async function ids(engine: Engine, request: Partial<RecommendRequest>): Promise<string[]> {
  const { items } = await engine.recommend({ user: 'u1', scenario: 'home', ...request });
  return items.map(({ id }) => id);
}

test('similar stands in for the item, complement goes with it', async (t) => {
  const engine = await shop(t);
  assert.deepEqual(await ids(engine, { scenario: 'similar', item: 'phone', count: 1 }), ['phone2']);
  const goes = await ids(engine, { scenario: 'complement', item: 'phone' });
  assert.deepEqual(goes, ['case', 'charger']);
  const { items } = await engine.recommend({
    user: 'u1',
    scenario: 'complement',
    item: 'lamp',
    explain: true,
  });
  assert.equal(items[0]!.id, 'bulb');
  assert.equal(items[0]!.reason!.kind, 'bought_together');
  assert.deepEqual(items[0]!.reason!.items, [{ id: 'lamp', title: 'Desk lamp', share: 1 }]);
});

test('an item nobody bought borrows what goes with items like it', async (t) => {
  const engine = await shop(t);
  await engine.catalogue.put([{ id: 'phone3', title: 'Phone Z', category: 'phones' }]);
  assert.ok((await ids(engine, { scenario: 'complement', item: 'phone3' })).includes('case'));
});

test('what is remembered of an item gives way at once to a purchase, a visit and a title', async (t) => {
  const engine = await shop(t);
  const shelves = async (item: string): Promise<string[][]> => [
    await ids(engine, { scenario: 'complement', item }),
    await ids(engine, { scenario: 'similar', item }),
  ];
  assert.deepEqual(await shelves('lamp'), [['bulb'], []]);
  await engine.ingest([event({ id: 'p', type: 'purchase', items: [{ id: 'lamp' }, { id: 'charger' }] })]);
  assert.deepEqual((await shelves('lamp'))[0]!.sort(), ['bulb', 'charger']);
  await engine.ingest([
    event({ id: 'v1', user: 'u2', items: [{ id: 'lamp' }] }),
    event({ id: 'v2', user: 'u2', items: [{ id: 'case' }] }),
  ]);
  assert.deepEqual((await shelves('lamp'))[1], ['case']);
  await engine.catalogue.put([{ id: 'lamp2', title: 'Floor lamp' }]);
  assert.deepEqual((await shelves('lamp'))[1]!.sort(), ['case', 'lamp2']);
});

test('home moves with the event just sent and says why', async (t) => {
  const engine = await shop(t);
  await engine.ingest([event({ id: 'v1', items: [{ id: 'lamp' }] })]);
  const first = await engine.recommend({ user: 'u1', scenario: 'home', explain: true });
  assert.equal(first.items[0]!.id, 'bulb');
  assert.equal(first.items[0]!.reason!.text, 'Because you viewed Desk lamp');
  await engine.ingest([event({ id: 'v2', time: start + 1, items: [{ id: 'phone' }] })]);
  const second = await engine.recommend({ user: 'u1', scenario: 'home', explain: true });
  assert.ok(['phone2', 'case'].includes(second.items[0]!.id));
  assert.equal(second.items[0]!.reason!.items[0]!.id, 'phone');
  assert.equal(second.offset, first.offset + 1);
});

test('basket completes the cart, given or remembered', async (t) => {
  const engine = await shop(t);
  assert.equal((await ids(engine, { scenario: 'basket', items: ['lamp'] }))[0], 'bulb');
  await engine.ingest([event({ id: 'c', type: 'add_to_cart', items: [{ id: 'phone' }] })]);
  const goes = await ids(engine, { scenario: 'basket', count: 2 });
  assert.deepEqual(goes.sort(), ['case', 'charger']);
});

test('what may not be shown never is', async (t) => {
  const engine = await shop(t);
  const scenarios = ['home', 'similar', 'complement', 'basket', 'trending'] as const;
  const everywhere = async (request: Partial<RecommendRequest> = {}): Promise<Set<string>> => {
    const shelves = scenarios.map((scenario) =>
      ids(engine, { scenario, item: 'phone', count: 100, ...request }),
    );
    return new Set((await Promise.all(shelves)).flat());
  };
  assert.ok((await everywhere()).has('case'));
  assert.ok(!(await everywhere({ exclude: ['case'] })).has('case'));
  const cheap = await everywhere({ filter: 'price < 25' });
  assert.deepEqual([...cheap].sort(), ['bulb', 'case']);
  await engine.catalogue.patch('case', { stock: 0 });
  assert.ok(!(await everywhere()).has('case'));
  await engine.catalogue.patch('case', { stock: 1 });
  assert.ok((await everywhere()).has('case'));
  await engine.catalogue.remove('case');
  assert.ok(!(await everywhere()).has('case'));
  await assert.rejects(ids(engine, { scenario: 'similar', item: 'none' }), {
    code: 'unknown_item',
    status: 404,
  });
  await assert.rejects(ids(engine, { scenario: 'similar' }), { code: 'invalid_request' });
});

test('whoever keeps more of a shopper is told of an erasure; of a stranger nothing was known', async (t) => {
  const engine = await shop(t);
  const told: string[] = [];
  const stop = engine.onErase(async (users) => void told.push(...users));
  const { receipt: nobody } = await engine.erase('nobody');
  assert.deepEqual([nobody.profile, nobody.events], [false, 0]);
  const { receipt: buyer } = await engine.erase('buyer0');
  assert.deepEqual([buyer.profile, buyer.events], [true, 1]);
  stop();
  await engine.erase('buyer1');
  assert.deepEqual(told, ['nobody', 'buyer0']);
});

test('an advert may be of what could be shown itself, of nothing else', async (t) => {
  const engine = await shop(t);
  await engine.catalogue.patch('case', { stock: 0 });
  const may: Record<string, boolean> = {};
  engine.useAdverts(({ mayShow }) => {
    for (const id of ['phone', 'case', 'bulb', 'nothing']) may[id] = mayShow(id);
    return [];
  });
  await ids(engine, { exclude: ['bulb'] });
  assert.deepEqual(may, { phone: true, case: false, bulb: false, nothing: false });
});

test('an empty catalogue is warned of once something happened', async (t) => {
  const engine = await openEngine({ store: openStore(scratch(t)), clock: () => start });
  t.after(() => engine.close());
  assert.deepEqual(engine.warnings, [], 'a shop of which nothing is known yet');
  await engine.ingest([event({ id: 'v' })]);
  assert.match(engine.warnings.join(), /catalogue is empty/);
  await engine.catalogue.put(items);
  assert.deepEqual(engine.warnings, []);
});

test('items of events that are not in the catalogue count but are not shown', async (t) => {
  const engine = await shop(t);
  const order = ['ghost', 'lamp'].map((id) => ({ id }));
  await engine.ingest([event({ id: 'g', type: 'purchase', user: 'g', items: order })]);
  assert.ok(!(await ids(engine, { scenario: 'complement', item: 'lamp' })).includes('ghost'));
  await engine.catalogue.put([{ id: 'ghost', title: 'Ghost' }]);
  assert.ok((await ids(engine, { scenario: 'complement', item: 'lamp' })).includes('ghost'));
});

test('read your writes: whatever runs at the same time, an acknowledged event is in the next answer', async (t) => {
  const engine = await shop(t);
  let next = 0;
  const session = fc.record({
    user: fc.constantFrom('w1', 'w2', 'w3', 'w4'),
    views: fc.array(fc.constantFrom(...items.map(({ id }) => id)), { minLength: 1, maxLength: 5 }),
    repeated: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(session, { minLength: 2, maxLength: 12 }), async (sessions) => {
      const walk = async ({ user, views, repeated }: (typeof sessions)[number]): Promise<void> => {
        for (const id of views) {
          const one = event({ id: `w${next++}`, user, time: start + next, items: [{ id }] });
          const copies = repeated ? [one, one] : [one];
          const acks = await Promise.all(copies.map((copy) => engine.ingest([copy])));
          const { offset } = acks[0]![0]!;
          assert.ok(engine.profile(user).events.some(({ item, time }) => item === id && time === one.time));
          const answer = await engine.recommend({ user, scenario: 'home', explain: true });
          assert.ok(answer.offset > offset, 'the answer is from after the event');
          assert.equal(acks.flat().filter(({ duplicate }) => duplicate).length, copies.length - 1);
        }
      };
      await Promise.all(sessions.map(walk));
      assert.equal(engine.state.offset, engine.store.log.head);
    }),
    { numRuns: 15, seed: 4 },
  );
});

test('a restart answers as before', async (t) => {
  const dir = scratch(t);
  const engine = await openEngine({ store: openStore(dir), clock: () => start });
  await engine.catalogue.put(items);
  const order: Partial<Event> = { type: 'purchase', items: [{ id: 'lamp' }, { id: 'bulb' }] };
  await engine.ingest([event({ id: '1', ...order }), event({ id: '2', user: 'u2' })]);
  const before = await engine.recommend({ user: 'u2', scenario: 'complement', item: 'lamp' });
  await engine.close();
  const again = await openEngine({ store: openStore(dir), clock: () => start });
  const after = await again.recommend({ user: 'u2', scenario: 'complement', item: 'lamp' });
  assert.deepEqual({ ...after, recommendationId: '' }, { ...before, recommendationId: '' });
  await again.close();
});

test('equal scores come in the same order after a restart, byte for byte, whatever was changed meanwhile', async (t) => {
  const dir = scratch(t);
  const open = () => openEngine({ store: openStore(dir), clock: () => start });
  const engine = await open();
  const twins = Array.from({ length: 60 }, (_, at) => ({
    id: `t${(at * 37) % 60}`,
    title: `${['Red', 'Blue', 'Green'][at % 3]} owl ${['mug', 'lamp'][at % 2]}`,
    price: 3 + (at % 2),
  }));
  await engine.catalogue.put(twins.map((item) => ({ ...item, title: 'Draft', price: 1 })));
  for (const item of twins.toReversed()) await engine.catalogue.put([item]);
  const events = twins.map(({ id }, at) =>
    event({ id: `e${at}`, user: `u${at % 7}`, type: at % 2 ? 'purchase' : 'view', items: [{ id }] }),
  );
  await engine.ingest(events);
  const lists = async (of: Engine): Promise<string> => {
    const scenarios = ['home', 'similar', 'complement', 'basket', 'trending', 'new'] as const;
    const answers = [];
    for (const scenario of scenarios)
      for (const user of ['u1', 'nobody']) {
        const request = { user, scenario, item: 't3', count: 30, explain: true };
        answers.push({ ...(await of.recommend(request)), recommendationId: '' });
      }
    return JSON.stringify(answers);
  };
  const before = await lists(engine);
  await engine.close();
  const again = await open();
  assert.equal(await lists(again), before);
  await again.close();
});

/** Likes one item whatever the profile. */
function devoted(item: string, shelf?: Shelf): Model {
  const vocabulary = new Vocabulary(items.map(({ id }) => id));
  const row = vocabulary.row(item);
  return {
    name: `devoted to ${item}`,
    kind: 'scorer',
    items: vocabulary,
    scoreAll: async (_queries, out) => void out.fill(0),
    retrieve: async (_query, _k, allowed) => ({
      rows: Uint32Array.of(...(allowed(row) ? [row] : [])),
      scores: Float32Array.of(...(allowed(row) ? [1] : [])),
    }),
    score: async (_query, rows) => new Float32Array(rows.length),
    attribute: ({ profile }, rows) => Array.from(rows, () => new Float32Array(profile.events.length).fill(1)),
    save: () => ({}),
    ...(shelf && { shelf }),
  };
}

test('how much of the shelf is the model’s is learned with the model, and may be tried out', async (t) => {
  const nothing: Shelf = { model: 0, session: 0, titles: 0, popular: 0, variants: false };
  const first = async (shelf: Partial<Shelf>, weights = {}): Promise<string> => {
    const load = async (): Promise<Model> => devoted('charger', { ...nothing, ...shelf });
    const engine = await shop(t, { models: { history: async () => ['1'], load } });
    await engine.ingest([event({ id: 'v', items: [{ id: 'lamp' }] })]);
    return (await engine.recommend({ user: 'u1', scenario: 'home' }, weights)).items[0]!.id;
  };
  assert.equal(await first({ model: 1, session: 0.5 }), 'charger');
  assert.equal(await first({ model: 0.5, session: 1 }), 'bulb');
  const triedOut = { weights: { model: 0.1 } };
  assert.equal(await first({ model: 1, session: 0.5 }, triedOut), 'bulb');
});

test('a deployed model takes over without a restart; one that fails leaves the old one', async (t) => {
  let version: string | undefined;
  const warnings: string[] = [];
  const load = async (wanted: string): Promise<Model> => {
    if (wanted === 'broken') throw new Error('no such file');
    return devoted(wanted);
  };
  const engine = await shop(t, {
    models: { history: async () => (version ? [version] : []), load },
    warn: (_error, what) => warnings.push(what),
  });
  await engine.ingest([event({ id: 'v', time: start - 60 * minute, items: [{ id: 'phone' }] })]);
  const released: string[] = [];
  t.mock.method(DeployedModel.prototype, 'release', function (this: DeployedModel) {
    released.push(this.version);
  });
  assert.equal((await engine.recommend({ user: 'u1', scenario: 'home' })).model, 'none');
  for (version of ['lamp', 'charger']) {
    await engine.reload();
    const answer = await engine.recommend({ user: 'u1', scenario: 'home', explain: true });
    assert.equal(answer.model, version);
    assert.equal(answer.items[0]!.id, version);
    assert.equal(answer.items[0]!.reason!.text, 'Because you viewed Phone X');
  }
  version = 'broken';
  await engine.reload();
  await engine.reload();
  assert.deepEqual(warnings, ['model broken was not loaded']);
  assert.equal(engine.model!.version, 'charger');
  assert.deepEqual(released, ['lamp'], 'the one before let go of the catalogue, what serves did not');
});

test('a start with a damaged model serves with the one deployed before it', async (t) => {
  const warnings: string[] = [];
  const load = async (version: string): Promise<Model> => {
    if (version !== 'lamp') throw new Error('altered');
    return devoted(version);
  };
  const engine = await shop(t, {
    models: { history: async () => ['charger', 'lamp', 'broken'], load },
    warn: (_error, what) => warnings.push(what),
  });
  assert.equal(engine.model!.version, 'lamp');
  await engine.reload();
  assert.deepEqual(warnings, ['model broken was not loaded'], 'tried once');
});

test('three clicks of one shopper do not lead what trends in a shop that has been quiet', async (t) => {
  const engine = await openEngine({ store: openStore(scratch(t)), clock: () => start });
  t.after(() => engine.close().catch(() => {}));
  await engine.catalogue.put(items);
  const year = 365 * 24 * 60 * minute;
  const sold = Array.from({ length: 90 }, (_, at) =>
    event({
      id: `s${at}`,
      type: 'purchase',
      user: `buyer${at}`,
      time: start - year,
      items: [{ id: ['lamp', 'lamp', 'bulb'][at % 3]! }],
    }),
  );
  const clicks = Array.from({ length: 3 }, (_, at) =>
    event({ id: `c${at}`, type: 'view', user: 'u9', time: start - at, items: [{ id: 'charger' }] }),
  );
  await engine.ingest([...sold, ...clicks]);
  assert.deepEqual((await ids(engine, { scenario: 'trending', count: 2, user: 'u2' })).slice(0, 2), [
    'lamp',
    'bulb',
  ]);
});

test('what was never bought with the item is not said to be', async (t) => {
  const engine = await shop(t);
  // Nobody bought it: what goes with it is what goes with phones like it.
  await engine.catalogue.put([{ id: 'phone3', title: 'Phone Z', category: 'phones' }]);
  const request = { user: 'u1', scenario: 'complement', item: 'phone3', count: 5, explain: true } as const;
  const { items: shelf } = await engine.recommend(request);
  assert.deepEqual(
    shelf.map(({ id, reason }) => [id, reason?.kind]),
    [
      ['case', 'popular'],
      ['charger', 'popular'],
    ],
  );
});

test('what an import leaves is written though no further event comes', async (t) => {
  const engine = await shop(t);
  const views = (first: number): Event[] =>
    Array.from({ length: 10_000 }, (_, at) =>
      event({ id: `v${first + at}`, type: 'view', user: `u${at % 50}`, items: [{ id: 'lamp' }] }),
    );
  // The first are written as they come; those after them come meanwhile, or while the checkpoint after it rests.
  for (let first = 0; first < 30_000; first += 10_000) await engine.ingest(views(first));
  const deadline = performance.now() + 60_000;
  while (eventsInState(engine.store.state) < 20_000 && performance.now() < deadline) {
    await engine.jobs.runNow('checkpoint');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.ok(eventsInState(engine.store.state) >= 20_000, `${eventsInState(engine.store.state)}`);
});
