import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { defaultEventTable, EndcapError, type Event, type Item, silent } from '../../src/core/index.js';
import { itemKnn, type Model, type Shelf } from '../../src/models/index.js';
import type { EngineContext } from '../../src/recommend/context.js';
import { type Engine, type EngineOptions, learnShelf, openEngine } from '../../src/recommend/index.js';
import { learnWeights, stillGaining, withinVisits } from '../../src/recommend/learnShelf.js';
import { ScoreAccumulator } from '../../src/recommend/scores.js';
import { fusedShelf, untaught } from '../../src/recommend/shelf.js';
import { openStore } from '../../src/storage/index.js';
import { datasetFromEvents, temporalSplit } from '../../src/train/index.js';
import { day, event, scratch, start } from '../support/events.js';

async function open(
  t: TestContext,
  items: readonly Item[],
  options: Partial<EngineOptions> = {},
): Promise<Engine> {
  const engine = await openEngine({
    store: options.store ?? openStore(scratch(t)),
    clock: () => start,
    ...options,
  });
  t.after(() => engine.close().catch(() => {}));
  await engine.catalogue.put(items);
  return engine;
}

const shelfIds = async (engine: Engine, user: string, count = 10): Promise<string[]> =>
  (await engine.recommend({ user, scenario: 'home', count })).items.map(({ id }) => id);

test('what was touched stays out of home beyond the events remembered, after a restart and a merge too', async (t) => {
  const catalogue = Array.from({ length: 400 }, (_, at) => ({ id: `i${at}`, title: `thing ${at}` }));
  const dir = scratch(t);
  const engine = await open(t, catalogue, { store: openStore(dir) });
  const views = Array.from({ length: 390 }, (_, at) =>
    event({ id: `v${at}`, user: 'anon', time: start - (400 - at) * 60_000, items: [{ id: `i${at}` }] }),
  );
  await engine.ingest(views);
  await engine.ingest([
    event({
      id: 'me',
      type: 'identify',
      user: 'known',
      items: [],
      context: { anonymous: 'anon' },
      time: start,
    }),
  ]);
  const fresh = Array.from({ length: 10 }, (_, at) => `i${390 + at}`);
  assert.deepEqual((await shelfIds(engine, 'known')).toSorted(), fresh);
  await engine.close();
  const again = await openEngine({ store: openStore(dir), clock: () => start });
  assert.deepEqual((await shelfIds(again, 'known')).toSorted(), fresh);
  await again.close();
});

test('before anything is trained a shopper who comes back a day later sees what is like their items, and why', async (t) => {
  const engine = await open(t, [
    { id: 'other', title: 'Garden chair' },
    { id: 'mug', title: 'Red ceramic mug' },
    { id: 'hat', title: 'Woollen hat' },
    { id: 'mug2', title: 'Blue ceramic mugs' },
    { id: 'none' },
  ]);
  for (const type of ['view', 'purchase']) {
    await engine.ingest([event({ id: type, type, user: type, time: start - day, items: [{ id: 'mug' }] })]);
    const { items } = await engine.recommend({ user: type, scenario: 'home', count: 1, explain: true });
    assert.equal(items[0]!.id, 'mug2', type);
    assert.match(items[0]!.reason!.text, /^Because you (viewed|bought) Red ceramic mug$/);
  }
  await engine.catalogue.put([{ id: 'late', title: 'Red ceramic mug' }]);
  assert.deepEqual(await shelfIds(engine, 'view', 1), ['late'], 'from the request after it was put');
  await engine.catalogue.put([{ id: 'late', title: 'Something else' }]);
  assert.deepEqual(await shelfIds(engine, 'view', 1), ['mug2']);
});

test('a shop of three items serves them', async (t) => {
  const engine = await open(t, [{ id: 'a', title: 'tea 🫖' }, { id: 'b', title: '绿茶 tea' }, { id: 'c' }]);
  await engine.ingest([event({ id: '1', user: 'u', time: start - day, items: [{ id: 'a' }] })]);
  assert.deepEqual((await shelfIds(engine, 'u')).toSorted(), ['a', 'b', 'c'], 'what was touched last of all');
});

/** Shoppers who come back day after day along one ring of items. */
function ring(shoppers: number, size: number, days: number): Event[] {
  return Array.from({ length: days }, (_, at) =>
    Array.from({ length: shoppers }, (__, user) =>
      event({
        id: `${user}-${at}`,
        user: `u${user}`,
        time: start + at * day + user * 60_000,
        items: [{ id: `i${(user + at) % size}` }],
      }),
    ),
  ).flat();
}

test('the shelf learns to trust the model that knows and not the one that does not', async () => {
  const events = ring(40, 60, 20);
  const catalogue = new Map(
    Array.from({ length: 60 }, (_, at) => [`i${at}`, { id: `i${at}`, title: `n${at}` }]),
  );
  const from = start + 12 * day;
  const past = datasetFromEvents(
    events.filter(({ time }) => time < from),
    defaultEventTable,
    catalogue,
  );
  const knows: Model = await itemKnn.fit(past, { ...itemKnn.defaults, recencyHalfLife: 1, seed: 1 }, silent);
  const wrong: Model = {
    ...knows,
    // Its best is what a good model would put last.
    async retrieve(query, k, allowed) {
      const { rows, scores } = await knows.retrieve(query, 60, allowed);
      return { rows: rows.toReversed().subarray(0, k), scores: scores.subarray(0, k) };
    },
  };
  const lesson = {
    events,
    catalogue,
    window: { from, to: start + 20 * day },
    cases: temporalSplit(events, { table: defaultEventTable, days: 8, seed: 1 }).test.cases,
    seed: 1,
    table: defaultEventTable,
    progress: silent,
  };
  const share = ({ model, session, titles, popular }: Shelf): number =>
    model / (model + session + titles + popular);
  const { shelf: trusted } = await learnShelf({ ...lesson, model: knows });
  assert.ok(share(trusted) > 0.5, JSON.stringify(trusted));
  const { shelf: distrusted } = await learnShelf({ ...lesson, model: wrong });
  assert.ok(share(distrusted) < 0.3, JSON.stringify(distrusted));
  assert.deepEqual(
    (await learnShelf({ ...lesson, model: knows })).shelf,
    trusted,
    'the same log, the same shelf',
  );
  let askedLater = 0;
  const after: Model = {
    ...knows,
    retrieve(...asked) {
      askedLater++;
      return knows.retrieve(...asked);
    },
  };
  await learnShelf({ ...lesson, model: wrong, later: { ...lesson, model: after } });
  assert.ok(askedLater > 0, 'what statistics gained is looked at again in the window after');
  // A case at the very moment of its event: the state that is asked does not know it yet.
  const moments = events
    .filter(({ time }) => time >= from)
    .map(({ user, time, items }) => ({
      profile: { user, events: [], counters: {}, total: 0 },
      now: time,
      targets: new Set(items.map(({ id }) => id)),
      seen: new Set<string>(),
    }));
  const { shelf: asked } = await learnShelf({ ...lesson, cases: moments, model: knows });
  assert.ok(share(asked) > 0.5, JSON.stringify(asked));
  const bought = (again: boolean): Event[] =>
    events
      .filter(({ id }) => /-(9|19)$/.test(id))
      .map((each) => {
        const late = each.time >= from;
        const items = [{ id: late && !again ? 'i2' : 'i1' }];
        return { ...each, id: `b${each.id}`, type: 'purchase', items };
      });
  for (const again of [true, false]) {
    // What is bought as the window ends is not of it.
    const later = bought(true).map((each) => ({ ...each, id: `l${each.id}`, time: lesson.window.to }));
    const all = [...events, ...bought(again), ...later].sort((a, b) => a.time - b.time);
    const { shelf: learned } = await learnShelf({ ...lesson, events: all, model: knows });
    assert.equal(learned.again, again, 'whether they buy what they had bought');
  }
  const unasked = await learnShelf({ ...lesson, cases: [], model: knows });
  const alone = { model: 1, session: 1, titles: 0, popular: 0, variants: false, again: false };
  assert.deepEqual(unasked, { shelf: alone, late: false }, 'no case');
  let steps = 0;
  const counted = await learnShelf({ ...lesson, model: wrong, progress: () => void steps++ });
  assert.equal(counted.late, false);
  for (const last of [0, steps >> 1, steps - 1]) {
    let left = last;
    const progress = (): void => {
      if (left-- === 0) throw new EndcapError('out_of_time', 'over');
    };
    const late = await learnShelf({ ...lesson, model: wrong, progress });
    assert.deepEqual(late, { shelf: alone, late: true }, `out of time at step ${last} of ${steps}`);
  }
});

test('where items live for a day the shelf is learned at the events of the window, and is not the model that knows none', async () => {
  const days = 20;
  const ids = Array.from({ length: days * 8 }, (_, at) => `d${at >> 3}-${at % 8}`);
  const catalogue = new Map(ids.map((id) => [id, { id }]));
  const events = Array.from({ length: days }, (_, at) =>
    Array.from({ length: 30 }, (_, user) =>
      [0, 1, 2].map((step): Event => {
        const items = [{ id: `d${at}-${(user % 2) + 2 * ((user + step) % 4)}` }];
        const time = start + at * day + step * 3_600_000 + user * 1_000;
        return event({ id: `e${at}-${user}-${step}`, user: `u${user}`, items, time });
      }),
    ),
  )
    .flat(2)
    .sort((a, b) => a.time - b.time);
  const {
    validation,
    test: later,
    boundaries,
  } = temporalSplit(events, { table: defaultEventTable, days: 4, seed: 1 });
  const modelOf = ({ past }: typeof later): Promise<Model> =>
    itemKnn.fit(past, { ...itemKnn.defaults, seed: 1 }, silent);
  const lesson = {
    events,
    catalogue,
    window: { from: boundaries.validation, to: boundaries.test },
    cases: validation.cases,
    model: await modelOf(validation),
    later: {
      window: { from: boundaries.test, to: boundaries.end },
      cases: later.cases,
      model: await modelOf(later),
    },
    seed: 1,
    table: defaultEventTable,
    progress: silent,
  };
  const { shelf } = await learnShelf(lesson);
  assert.equal(shelf.model, 0, JSON.stringify(shelf));
  assert.ok(shelf.session + shelf.popular > 0, JSON.stringify(shelf));
  const progress = (): never => {
    throw new EndcapError('out_of_time', 'over');
  };
  const late = await learnShelf({ ...lesson, progress });
  assert.deepEqual(late, { shelf: { ...untaught, model: 0, again: false }, late: true });
});

test('of two ingredients that are equal but for chance neither shuts the other out; what is surely better alone leads', () => {
  // By case, whether the model and the session are right alone, and whether both together are.
  const learned = (cases: readonly (readonly [number, number, number])[]): number[] =>
    learnWeights(([model = 0, session = 0]) =>
      Float64Array.from(cases, ([one, other, both]) =>
        model && session ? both : model ? one : session ? other : 0,
      ),
    );
  const of = (count: number, one: readonly [number, number, number]) =>
    Array.from({ length: count }, () => one);
  // The session leads by 5 cases of 100, not surely; both gain surely on the model, and on the session not so.
  const equal = [...of(45, [1, 1, 1]), ...of(22, [1, 0, 1]), ...of(20, [0, 1, 1])];
  equal.push(...of(3, [1, 0, 0]), ...of(10, [0, 1, 0]));
  const [model = 0, session = 0, ...others] = learned(equal);
  assert.ok(model > 0 && session > 0, `${model} and ${session}`);
  assert.deepEqual(others, [0, 0]);
  const surely = Array.from({ length: 200 }, (_, at) => [Number(at % 4 === 0), 1, 1] as const);
  assert.deepEqual(learned(surely), [0, 1, 0, 0]);
});

test('what gained in one season and not in the next has no say; the model stays', () => {
  // Of each ingredient what it adds, or takes, in the later window.
  const after =
    (...adds: readonly number[]) =>
    (weights: readonly number[]): Float64Array =>
      Float64Array.of(weights.reduce((sum, weight, at) => sum + (weight > 0 ? adds[at]! : 0), 1));
  const learned = [1, 0.75, 0, 0.5];
  assert.deepEqual(stillGaining(learned, after(0.1, 0.1, 0, -0.01)), [1, 0.75, 0, 0]);
  assert.deepEqual(stillGaining(learned, after(0.1, 0.1, 0, 0.01)), learned);
  assert.deepEqual(stillGaining(learned, after(-0.1, -0.1, 0, -0.1)), [1, 0, 0, 0]);
  assert.deepEqual(stillGaining([0, 0, 0, 1], after(0, 0, 0, -0.1)), [0, 0, 0, 1], 'it is alone');
});

test('before any training, of two things as like what was looked at the one that was visited more comes first', async (t) => {
  const engine = await open(t, [
    { id: 'seed', title: 'Garden chair' },
    { id: 'unseen', title: 'Garden table' },
    { id: 'visited', title: 'Garden bench' },
    ...Array.from({ length: 60 }, (_, at) => ({ id: `other${at}`, title: `thing ${at}` })),
  ]);
  const views = Array.from({ length: 9 }, (_, at) =>
    event({ id: `v${at}`, user: `u${at}`, time: start - day, items: [{ id: 'visited' }] }),
  );
  await engine.ingest([
    ...views,
    event({ id: 'mine', user: 'me', time: start - 60 * 60_000, items: [{ id: 'seed' }] }),
  ]);
  assert.deepEqual((await shelfIds(engine, 'me')).slice(0, 2), ['visited', 'unseen']);
});

test('before any training, what others looked at with an item of another day comes, and why', async (t) => {
  const engine = await open(t, [
    { id: 'tent', title: 'Tent' },
    { id: 'hit', title: 'Kettle' },
    { id: 'stove', title: 'Burner' },
    { id: 'mat', title: 'Mat' },
  ]);
  const view = (user: string, id: string, minutes: number): Event =>
    event({ id, user, time: start - day - minutes * 60_000, items: [{ id }] });
  const visits = Array.from({ length: 5 }, (_, at) => [
    view(`u${at}`, 'tent', 1),
    view(`u${at}`, 'stove', 0),
  ]);
  const hits = Array.from({ length: 20 }, (_, at) => view(`h${at}`, 'hit', 0));
  await engine.ingest([...visits.flat(), ...hits, view('me', 'tent', 0)]);
  const { items } = await engine.recommend({ user: 'me', scenario: 'home', count: 3, explain: true });
  assert.deepEqual([items[0]!.id, items[0]!.reason!.text], ['stove', 'Because you viewed Tent']);
});

test('lists become one by their ranks, each at its weight, and what is searched for counts whole', () => {
  const engine = { accumulator: new ScoreAccumulator() } as unknown as EngineContext;
  const lists = { model: [1, 2], session: [2, 3], titles: [4], popular: [5], today: [6] };
  const shelf = { model: 0.5, session: 0.25, titles: 0, popular: 0.125, today: 2, variants: false };
  const scores = fusedShelf(engine, lists, shelf, [3]);
  const share = (handle: number): number => Number((scores.get(handle) * 20).toFixed(4));
  assert.deepEqual([1, 2, 3, 4, 5, 6].map(share), [
    0.5,
    Number(((0.5 * 20) / 21 + 0.25).toFixed(4)),
    Number(((0.25 * 20) / 21 + 1).toFixed(4)),
    0,
    0.125,
    2,
  ]);
  // Before anything is learned a model is believed before titles, and titles before the session.
  const alone = fusedShelf(engine, { model: [1], session: [2], titles: [3], popular: [4] }, untaught);
  assert.deepEqual(alone.top(9), [1, 3, 2]);
});

test('what follows within half an hour is of the visit: not what comes with it, nor what says nothing', () => {
  const minute = 60_000;
  const at = (id: string, minutes: number, more: Partial<Event> = {}) =>
    event({ id, items: [{ id }], time: start + minutes * minute, ...more });
  const events = [
    at('before', -5),
    at('early', -1),
    at('first', 0),
    at('together', 0),
    at('other', 1, { user: 'u2' }),
    at('shown', 2, { type: 'impression' }),
    at('nothing', 3, { items: [] }),
    at('next', 30),
    at('late', 61),
    at('after', 62),
  ];
  const window = { from: start, to: start + 62 * minute };
  const found = withinVisits({ events, window, table: defaultEventTable });
  assert.deepEqual(
    found.map(({ user, now, targets }) => [user, (now - start) / minute, ...targets]),
    [
      ['u1', 0, 'first'],
      ['u1', 30, 'next'],
    ],
  );
});
