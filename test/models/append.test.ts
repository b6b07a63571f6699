import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  defaultEventTable,
  type Event,
  erasedEvent,
  eventWeight,
  random,
  silent,
} from '../../src/core/index.js';
import { blendAlgorithm } from '../../src/models/blend/algorithm.js';
import { holdOutLast } from '../../src/models/blend/holdOut.js';
import {
  Appender,
  ease,
  itemKnn,
  LiveSessions,
  type Model,
  popularity,
  type Recommender,
  sessionKnn,
  stepsPerDay,
} from '../../src/models/index.js';
import { packModel } from '../../src/models/support.js';
import { dataset, query } from './support.js';

const day = 86_400_000;
const start = 100 * day;
const ring = Array.from({ length: 60 }, (_, user) =>
  Array.from({ length: 6 }, (_, at) => `i${(user + at) % 20}`),
);

function fit(algorithm: Recommender, options = {}, lists: readonly (readonly string[])[] = ring) {
  return algorithm.fit(dataset(lists), { ...algorithm.defaults, ...options, seed: 1 }, silent);
}

let made = 0;
function view(user: string, item: string, time = start): Event {
  return { id: `e${made++}`, type: 'view', user, items: [{ id: item }], time };
}

/** Appends events, as the process that serves does. */
function append(model: Model, events: readonly Event[], known = (_id: string) => true): Appender {
  const appender = new Appender(model.appends!, defaultEventTable, 0, known);
  for (const event of events) appender.apply(appender.offset, event);
  return appender;
}

/** Shoppers that look at i3 and then at the new item, among others that walk round the ring. */
function stream(shoppers: number, to = 'new', from = 0): Event[] {
  return Array.from({ length: shoppers }, (_, at) => [
    view(`s${from + at}`, 'i3', start + at),
    view(`s${from + at}`, to, start + at + 1),
    view(`r${from + at}`, `i${at % 20}`, start + at),
    view(`r${from + at}`, `i${(at + 1) % 20}`, start + at + 1),
  ]).flat();
}

async function scoresOf(model: Model, ids: readonly string[], user = 'asker'): Promise<Float32Array> {
  const asked = query(ids);
  const out = new Float32Array(model.items.size);
  await model.scoreAll([{ ...asked, profile: { ...asked.profile, user } }], out);
  return out;
}

async function best(model: Model, ids: readonly string[], k = 3): Promise<string[]> {
  const seen = new Set(ids);
  const { rows } = await model.retrieve(query(ids), k, (row) => !seen.has(model.items.ids[row]!));
  return Array.from(rows, (row) => model.items.ids[row]!);
}

const blend = blendAlgorithm({
  name: 'test',
  source: '',
  defaults: {},
  members: [
    // One that grows, and one that does not.
    { name: 'sessionKnn', recommender: sessionKnn, options: { gap: 1e9 } },
    { name: 'ease', recommender: ease, options: { lambda: 5 } },
  ],
  holdOut: (data, { seed }) => holdOutLast(data, seed),
  refit: 'anew',
});

for (const algorithm of [sessionKnn, itemKnn, popularity, blend])
  test(`${algorithm.name}: what happens moves its lists, a new item among them, and is not in its file`, async () => {
    const model = await fit(algorithm);
    const { size } = model.items;
    const saved = model.save();
    const before = await scoresOf(model, ['i3']);
    append(model, stream(40));
    assert.equal(model.items.size, size + 1);
    const after = await scoresOf(model, ['i3']);
    assert.equal(after.length, size + 1);
    assert.ok(after[model.items.row('new')]! > after[model.items.row('i11')]!);
    assert.notDeepEqual(after.subarray(0, size), before);
    assert.ok((await best(model, ['i3'])).includes('new'), `${await best(model, ['i3'])}`);
    const moments = await model.moments?.(query(['i3']));
    if (moments)
      assert.ok(Math.abs(moments.mean - after.reduce((sum, each) => sum + each, 0) / (size + 1)) < 1e-3);
    assert.deepEqual(model.save(), saved, 'the log has it: a model is what was trained');
    const again = await algorithm.load(saved);
    assert.deepEqual(await scoresOf(again, ['i3']), before);
    append(again, stream(40));
    assert.deepEqual(await scoresOf(again, ['i3']), after, 'the same log gives the same lists');
  });

test('item–item weights that were appended are those of a training on everything', async () => {
  const [first, second] = [ring.slice(0, 30), ring.slice(30).map((list) => [...list, 'late'])];
  const all = { keep: 100, weighting: 'cosine' };
  const model = await fit(itemKnn, all, first);
  append(
    model,
    second.flatMap((list, user) => list.map((item, at) => view(`u${user}`, item, start + at))),
  );
  const whole = await fit(itemKnn, all, [...first, ...second]);
  for (const seen of [['i3'], ['late'], ['i0', 'i7']]) {
    const [own, trained] = [await scoresOf(model, seen), await scoresOf(whole, seen)];
    for (const id of whole.items.ids) {
      const difference = own[model.items.row(id)]! - trained[whole.items.row(id)]!;
      assert.ok(Math.abs(difference) < 1e-5, `${seen} ${id}: ${difference}`);
    }
  }
  const near = model.neighbours!(model.items.row('late'), 5);
  const trained = whole.neighbours!(whole.items.row('late'), 5);
  assert.deepEqual(
    [...near.scores].map((score) => score.toFixed(4)),
    [...trained.scores].map((score) => score.toFixed(4)),
  );
  const shares = model.attribute!(query(['i3', 'late']), Uint32Array.of(model.items.row('i4')));
  assert.ok(shares[0]![0]! > 0 && shares[0]![1]! > 0);
});

for (const weighting of ['tfidf', 'bm25'])
  test(`item–item weights by ${weighting} go on counting, and stay numbers`, async () => {
    const model = await fit(itemKnn, { weighting });
    append(model, stream(40));
    const scores = await scoresOf(model, ['i3']);
    assert.ok(scores.every(Number.isFinite));
    assert.ok(scores[model.items.row('new')]! > scores[model.items.row('i11')]!);
  });

test('an item keeps a bounded number of partners that came after training, the strong ones', async () => {
  const model = await fit(itemKnn, { shrink: 0 });
  const strong = Array.from({ length: 9 }, (_, at) => [
    view(`t${at}`, 'i3'),
    view(`t${at}`, 'strong'),
  ]).flat();
  const faint = Array.from({ length: 400 }, (_, at) => [
    view(`f${at}`, 'i3'),
    view(`f${at}`, `x${at}`),
  ]).flat();
  append(model, [...strong, ...faint]);
  const { rows } = model.neighbours!(model.items.row('i3'), 1_000);
  const trained = (await fit(itemKnn, { shrink: 0 })).neighbours!(model.items.row('i3'), 1_000).rows.length;
  assert.equal(rows.length, trained + 64);
  assert.ok(rows.includes(model.items.row('strong')));
});

test('popularity that was appended is that of a training on everything, in the same proportions', async () => {
  const model = await fit(popularity, { halfLifeDays: 3 });
  const later = ring[0]!.map((item, at) => view(`u${at}`, item, (at + 4) * day));
  append(model, later);
  const scores = await scoresOf(model, []);
  // Until 5 days: an event 4 days after it weighs 2^(4 / 3).
  const trained = await scoresOf(await fit(popularity, { halfLifeDays: 3 }), []);
  const row = model.items.row(ring[0]![5]!);
  const usual = eventWeight(defaultEventTable, 'view');
  assert.ok(Math.abs(scores[row]! - trained[row]! - usual * 2 ** (4 / 3)) < 1e-4);
});

test('the session that a shopper is in does not vote for itself, also after they sign in', async () => {
  const model = await fit(sessionKnn);
  const others = await scoresOf(model, ['i3']);
  const appender = append(model, [view('anon', 'i3'), view('anon', 'odd', start + 1)]);
  const odd = model.items.row('odd');
  assert.ok((await scoresOf(model, ['i3'], 'somebody'))[odd]! > 0);
  assert.equal((await scoresOf(model, ['i3'], 'anon'))[odd], 0);
  appender.apply(appender.offset, {
    ...view('known', ''),
    type: 'identify',
    items: [],
    context: { anonymous: 'anon' },
  });
  assert.equal((await scoresOf(model, ['i3'], 'known'))[odd], 0);
  assert.ok((await scoresOf(model, ['i3'], 'anon'))[odd]! > 0);
  assert.ok(others.length < model.items.size);
  appender.apply(appender.offset, view('known', 'i9', start + 2));
  assert.ok((await scoresOf(model, ['i9'], 'somebody'))[odd]! > 0, 'the session goes on');
});

test('a pause ends a session, and a session of one event says nothing', async () => {
  const model = await fit(sessionKnn, { gap: 60 });
  append(model, [view('a', 'i3'), view('a', 'odd', start + 61 * 60_000)]);
  assert.equal((await scoresOf(model, ['i3']))[model.items.row('odd')], 0);
  append(model, [view('b', 'i3'), view('b', 'odd', start + 59 * 60_000)]);
  assert.ok((await scoresOf(model, ['i3']))[model.items.row('odd')]! > 0);
});

test('sessions in the ring are those of a plain list, through thousands of events', () => {
  const [most, gap] = [50, 1_000];
  const live = new LiveSessions(gap, most);
  const rng = random(3);
  const plain: { first: number; rows: number[] }[] = [];
  const open = new Map<string, { session: (typeof plain)[number]; time: number }>();
  const alive = (event: number): { first: number; rows: number[] }[] =>
    plain.filter(({ first, rows }) => first > event - most && rows.length >= 2);
  const out = new Uint32Array(live.longest);
  const steps: { row: number; holds: boolean }[] = [];
  for (let event = 0; event < 5_000; event++) {
    const [user, row, time] = [`u${rng.int(6)}`, rng.int(12), event * 60];
    const known = open.get(user);
    const goesOn =
      known !== undefined &&
      time - known.time <= gap &&
      known.session.first > event - most &&
      known.session.rows.length < 200;
    const session = goesOn ? known.session : { first: event, rows: [] };
    if (!goesOn) plain.push(session);
    steps.push({ row, holds: !session.rows.includes(row) });
    session.rows.push(row);
    open.set(user, { session, time });
    live.append({ user, time }, row);
    if (event % 7 !== 0) continue;
    assert.equal(live.count, alive(event).length, `event ${event}`);
    const held = steps.slice(-most).filter((step) => step.row === row && step.holds).length;
    assert.equal(live.holders(row), held);
    const found: string[] = [];
    for (let at = live.newest(row); at >= 0; at = live.older(at)) {
      const place = live.placeOf(at);
      if (place >= 0) found.push([...out.subarray(0, live.rows(place, out))].reverse().join());
    }
    const holders = alive(event).filter(({ rows }) => rows.includes(row));
    assert.deepEqual(found.sort(), holders.map(({ rows }) => rows.join()).sort());
  }
  assert.ok(live.places <= most);
});

test('the newest sessions vote before the trained ones where the sample is short', async () => {
  const model = await fit(sessionKnn, { sample: 4, gap: 1e9 });
  append(model, Array.from({ length: 4 }, (_, at) => [view(`s${at}`, 'i3'), view(`s${at}`, 'new')]).flat());
  const scores = await scoresOf(model, ['i3']);
  assert.ok(scores[model.items.row('new')]! > 0);
  assert.equal(scores[model.items.row('i4')], 0, 'no trained session is left in the sample');
});

const robot = Array.from({ length: 5_000 }, (_, at) => [
  view('robot', 'i3', start + at),
  view('robot', 'i11', start + at),
]).flat();
const army = Array.from({ length: 3_000 }, (_, at) => [
  view(`bot${at}`, 'i3', start + at),
  view(`bot${at}`, 'i11', start + at),
  view(`human${at}`, `i${at % 20}`, start + at),
  view(`human${at}`, `i${(at + 1) % 20}`, start + at),
]).flat();

for (const algorithm of [sessionKnn, itemKnn, popularity])
  test(`${algorithm.name}: 10,000 fake clicks of one shopper count as three a day; of many, as a share allows`, async () => {
    const rank = async (events: readonly Event[]): Promise<{ rank: number; appender: Appender }> => {
      const model = await fit(algorithm, algorithm === popularity ? { halfLifeDays: 90 } : {});
      const appender = append(model, [...stream(20, 'i4'), ...events]);
      const scores = await scoresOf(model, ['i3']);
      const own = scores[model.items.row('i11')]!;
      return { rank: scores.filter((score) => score > own).length, appender };
    };
    const [without, withRobot, withArmy] = [await rank([]), await rank(robot), await rank(army)];
    assert.ok(withRobot.appender.counters.steps <= 80 + 2 * stepsPerDay);
    assert.ok(withRobot.appender.counters.repeated >= 9_990);
    assert.ok(
      withRobot.rank >= 1 && withRobot.rank >= without.rank - 15,
      `rank ${without.rank} before, ${withRobot.rank} after`,
    );
    assert.ok(withArmy.appender.counters.capped > 500, `${withArmy.appender.counters.capped}`);
  });

test('bad input: wrong clocks, erased places, unknown items, wrong order', async () => {
  const model = await fit(sessionKnn);
  const appender = append(
    model,
    [
      view('a', 'i1'),
      view('a', 'i2', start + 4_000 * day),
      erasedEvent(),
      view('a', 'nowhere', start + 2),
      { ...view('a', 'i5'), type: 'never heard of' },
      { ...view('a', 'i5'), type: 'remove_from_cart' },
    ],
    (id) => id !== 'nowhere',
  );
  assert.equal(appender.counters.ahead, 1);
  assert.equal(appender.counters.steps, 2);
  assert.equal(model.items.row('nowhere'), -1);
  assert.throws(() => appender.apply(3, view('a', 'i1')), /Event 3 appended where 6 is next/);
});

test('a blend of members that grow and members that do not scores all rows alike, whole or in part', async () => {
  const members = { ease: await fit(ease), sessionKnn: await fit(sessionKnn) };
  const terms = [
    { member: 0, rare: false, weight: 1 },
    { member: 1, rare: false, weight: 0.7 },
    { member: 1, rare: true, weight: 0.5 },
  ];
  const rarity = Float32Array.from({ length: 20 }, (_, at) => at / 20);
  const files = packModel({ members: Object.keys(members), terms, rarity });
  for (const [name, member] of Object.entries(members))
    for (const [file, bytes] of Object.entries(member.save())) files[`${name}.${file}`] = bytes;
  const model = await blend.load(files);
  append(model, stream(30));
  const whole = await scoresOf(model, ['i3', 'i5']);
  const rows = Uint32Array.of(model.items.row('new'), 0, 5);
  const asked = query(['i3', 'i5']);
  const part = await model.score({ ...asked, profile: { ...asked.profile, user: 'asker' } }, rows);
  rows.forEach((row, at) => {
    assert.ok(Math.abs(part[at]! - whole[row]!) < 1e-4, `${row}: ${part[at]} and ${whole[row]}`);
  });
});
