import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultEventTable, type Event, random, silent, Vocabulary } from '../../src/core/index.js';
import {
  Admission,
  Guard,
  ItemVectors,
  itemKnn,
  LiveSessions,
  logBilinear,
  type Model,
  mostNewItems,
  mostShoppers,
  Negatives,
  popularity,
  SoftmaxStep,
  sessionKnn,
} from '../../src/models/index.js';
import { factorStream } from '../../src/models/online/factorStream.js';
import { LivePairs } from '../../src/models/online/livePairs.js';
import { dataset, query } from './support.js';

const day = 86_400_000;
const start = 100 * day;
const ring = Array.from({ length: 60 }, (_, user) =>
  Array.from({ length: 6 }, (_, at) => `i${(user + at) % 20}`),
);

let made = 0;
function view(user: string, item: string, time = start): Event {
  return { id: `e${made++}`, type: 'view', user, items: [{ id: item }], time };
}

function admitted(admission: Admission, events: readonly Event[]): { item: string; history: string[] }[] {
  return events.flatMap((event) =>
    Array.from(
      admission.steps(event, () => 0),
      ({ item, history }) => ({ item, history: [...history] }),
    ),
  );
}

const step = (user: string, item: string, time = start) => ({ user, item, time, weight: 1, history: [] });

async function scoreOf(model: Model, seen: string, item: string, asked = query([seen])): Promise<number> {
  return (await model.score(asked, Uint32Array.of(model.items.row(item))))[0]!;
}

test('a shopper teaches at most 200 items a day, and as many again the next', () => {
  const admission = new Admission(defaultEventTable);
  const visit = (time: number): Event[] => Array.from({ length: 300 }, (_, at) => view('u', `i${at}`, time));
  assert.equal(admitted(admission, visit(start)).length, 200);
  assert.equal(admitted(admission, visit(start + 1)).length, 200, 'those 200 have steps left');
  assert.equal(admitted(admission, visit(start + 2)).length, 200);
  assert.equal(admitted(admission, visit(start + 3)).length, 0);
  assert.equal(admitted(admission, visit(start + day)).length, 200);
});

test('shoppers that are remembered are bounded: the one seen longest ago is forgotten', () => {
  const admission = new Admission(defaultEventTable);
  admitted(
    admission,
    Array.from({ length: mostShoppers + 5 }, (_, at) => view(`u${at}`, 'i')),
  );
  const { shoppers } = admission.pack();
  assert.ok(shoppers.length <= mostShoppers && shoppers.length > 0.98 * mostShoppers);
  assert.equal(shoppers[0]![0], `u${mostShoppers + 5 - shoppers.length}`);
});

test('what a step came from: the last eight, the newest first, none twice in a row', () => {
  const admission = new Admission(defaultEventTable);
  const events = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'i', 'j'].map((item, at) =>
    view('u', item, start + at),
  );
  assert.deepEqual(admitted(admission, events).at(-1)!.history, ['i', 'h', 'g', 'f', 'e', 'd', 'c', 'b']);
});

test('nobody teaches twice by signing in', () => {
  const admission = new Admission(defaultEventTable);
  const three = (user: string): Event[] => [0, 1, 2].map((at) => view(user, 'i1', start + at));
  assert.equal(admitted(admission, three('anon')).length, 3);
  admitted(admission, [
    { ...view('known', ''), type: 'identify', items: [], context: { anonymous: 'anon' } },
  ]);
  assert.equal(admitted(admission, three('known')).length, 0);
});

test('a session of more than 200 events is another one', () => {
  const live = new LiveSessions(1_000);
  for (let at = 0; at < 250; at++) live.append({ user: 'u', time: start }, at);
  assert.equal(live.count, 2);
  assert.equal(live.length(0), 200);
  assert.equal(live.length(live.placeOfShopper('u')), 50);
});

test('sessions that may go on are bounded, and a shopper who signs in stays in their later one', () => {
  const live = new LiveSessions(1_000);
  for (let at = 0; at <= mostShoppers; at++) live.append({ user: `u${at}`, time: start }, 1);
  assert.equal(live.placeOfShopper('u0'), -1);
  assert.ok(live.placeOfShopper('u1000') >= 0);
  live.append({ user: 'anon', time: start }, 2);
  live.append({ user: 'known', time: start + 1 }, 3);
  const own = live.placeOfShopper('known');
  live.identify('anon', 'known');
  assert.equal(live.placeOfShopper('known'), own);
});

const none = { start: new Uint32Array(41), row: new Uint32Array(0), weight: new Float32Array(0) };
function pairs(weighting = 'cosine'): LivePairs {
  return new LivePairs(none, { weighting, shrink: 0, sums: new Float32Array(40).fill(2), k1: 100, b: 0.8 });
}

test('an item is paired with the last 30 of its shopper, once each', () => {
  const live = pairs();
  for (let row = 0; row < 31; row++) live.append({ user: 'u' }, row);
  live.append({ user: 'u' }, 35);
  const partners = [...live.line(35).rows].sort((a, b) => a - b);
  assert.deepEqual(
    partners,
    Array.from({ length: 30 }, (_, at) => at + 1),
  );
  const [once, again] = [pairs(), pairs()];
  for (const row of [1, 2]) once.append({ user: 'u' }, row);
  for (const row of [1, 2, 1, 2, 2]) again.append({ user: 'u' }, row);
  assert.deepEqual(again.line(1), once.line(1));
});

test('shoppers whose items are remembered are bounded', () => {
  const live = pairs();
  live.append({ user: 'first' }, 1);
  for (let at = 0; at < mostShoppers - 1; at++) {
    if (at === 1_000) live.append({ user: 'second' }, 1);
    live.append({ user: `u${at}` }, 2);
  }
  live.append({ user: 'second' }, 3);
  assert.deepEqual([...live.line(3).rows], [1]);
  live.append({ user: 'first' }, 4);
  assert.deepEqual([...live.line(4).rows], []);
});

test('after signing in, both the items of the device and those of the shopper are theirs', () => {
  const live = pairs();
  live.append({ user: 'anon' }, 1);
  live.append({ user: 'known' }, 2);
  live.identify('anon', 'known');
  live.append({ user: 'known' }, 3);
  assert.deepEqual([...live.line(3).rows].sort(), [1, 2]);
});

test('BM25: an item is as long as its shoppers are many, whatever they weigh', () => {
  const live = pairs('bm25');
  live.append({ user: 'u' }, 40);
  live.append({ user: 'u' }, 41);
  const norm = (items: number, total: number): number =>
    (100 * (1 - 0.8 + (0.8 * 1) / (total / items)) + 1) / 101;
  const expected = Math.log(42 / 3) ** 2 / (norm(41, 81) * norm(42, 82));
  assert.ok(Math.abs(live.line(40).scores[0]! - expected) < 1e-4, `${live.line(40).scores[0]} ${expected}`);
});

test('of the sessions that came after training only the newest of the sample vote', async () => {
  const model = await sessionKnn.fit(
    dataset(ring),
    { ...sessionKnn.defaults, sample: 4, gap: 1e9, seed: 1 },
    silent,
  );
  for (let at = 0; at < 8; at++) {
    model.appends!.append(step(`s${at}`, 'i3', start + at));
    model.appends!.append(step(`s${at}`, at < 4 ? 'older' : 'newer', start + at));
  }
  assert.ok((await scoreOf(model, 'i3', 'newer')) > 0);
  assert.equal(await scoreOf(model, 'i3', 'older'), 0);
});

for (const algorithm of [sessionKnn, itemKnn])
  test(`${algorithm.name}: what one profile was told is not what it is told after an event`, async () => {
    const model = await algorithm.fit(dataset(ring), { ...algorithm.defaults, seed: 1 }, silent);
    const asked = query(['i3']);
    const before = await scoreOf(model, 'i3', 'i11', asked);
    model.appends!.append(step('s', 'i3'));
    model.appends!.append(step('s', 'i11', start + 1));
    assert.ok((await scoreOf(model, 'i3', 'i11', asked)) > before);
  });

test('popularity stays a number years after the training', async () => {
  const model = await popularity.fit(dataset(ring), { halfLifeDays: 3, seed: 1 }, silent);
  model.appends!.append(step('u', 'i3', 5_000 * day));
  assert.ok(Number.isFinite(await scoreOf(model, 'i0', 'i3')));
});

test('guard: what was good last month does not excuse today', () => {
  const guard = new Guard();
  const rng = random(4);
  for (let at = 0; at < 5_000; at++)
    assert.equal(guard.add(rng.float() < 0.6 ? 1 : 0, rng.float() < 0.3 ? 1 : 0), false);
  let cases = 0;
  while (!guard.add(rng.float() < 0.1 ? 1 : 0, rng.float() < 0.3 ? 1 : 0)) cases++;
  assert.ok(cases < 2_000, `${cases}`);
});

test('guard: cases that are all alike are no proof by themselves', () => {
  const guard = new Guard();
  for (let at = 0; at < 200; at++) assert.equal(guard.add(0.3, at % 2 === 0 ? 0.301 : 0.3011), false);
});

test('guard: what is no number is passed over', () => {
  const guard = new Guard();
  for (let at = 0; at < 1_000; at++) assert.equal(guard.add(Number.NaN, 1), false);
});

test('a target is no negative of itself', () => {
  const items = new ItemVectors(2);
  items.grow(0);
  const options = { learningRate: 0.1, squareDecay: 1, negatives: 20, weightDecay: 0 };
  const loss = new SoftmaxStep(options).take(
    items,
    Float32Array.of(1, 1),
    0,
    new Negatives(10, 0),
    random(1),
    new Float32Array(2),
  );
  assert.ok(Math.abs(loss) < 1e-9, `${loss}`);
});

test('a new item of a factor model begins where the item before it stands', async () => {
  const items = new Vocabulary(['a', 'b', 'c']);
  const vectors = Float32Array.of(1, 0, 0, 1, -1, 0);
  // A shopper of whom nothing is known: no step follows, only the beginning.
  const stream = factorStream(items, vectors, 2, () => Float32Array.of(0, 0));
  await stream.learn(['b'], 'new');
  const { ids, vectors: rows } = stream.changes();
  const at = ids.indexOf('new');
  assert.deepEqual([...rows.subarray(2 * at, 2 * at + 2)], [0, 1]);
});

test('what serves keeps the contexts of a bounded number of new items', async () => {
  const options = { ...logBilinear.defaults, dimension: 2, epochs: 1, seed: 1 };
  const model = await logBilinear.fit(dataset(ring), options, silent);
  const ids = Array.from({ length: mostNewItems + 1 }, (_, at) => `new${at}`);
  model.take!({ ids, vectors: new Float32Array(0), contexts: new Float32Array(2 * ids.length).fill(1) });
  const says = async (id: string): Promise<number> => (await model.factors!.shopper(query([id])))[0]!;
  assert.equal(await says('new0'), 0);
  assert.equal(await says('new1'), 1);
});
