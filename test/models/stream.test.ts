import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { defaultEventTable, type Event, random, silent } from '../../src/core/index.js';
import {
  gru4rec,
  ItemIds,
  logBilinear,
  type Model,
  type RowChanges,
  StreamLearner,
  stepsPerDay,
} from '../../src/models/index.js';
import { dataset, query } from './support.js';

const day = 86_400_000;
const start = Date.UTC(2026, 10, 1);
const lists = Array.from({ length: 60 }, (_, user) =>
  Array.from({ length: 6 }, (_, at) => `i${(user + at) % 20}`),
);
let model: Model;
before(async () => {
  model = await logBilinear.fit(
    dataset(lists),
    { ...logBilinear.defaults, dimension: 16, epochs: 20, seed: 1 },
    silent,
  );
});

let made = 0;
function view(user: string, item: string, time = start): Event {
  return { id: `e${made++}`, type: 'view', user, items: [{ id: item }], time };
}

/** Shoppers that look at `from` and then at `to`, among others that walk round the ring. */
function stream(from: string, to: string, shoppers: number): Event[] {
  return Array.from({ length: shoppers }, (_, at) => [
    view(`s${at}`, from, start + at),
    view(`s${at}`, to, start + at + 1),
    view(`r${at}`, `i${at % 20}`, start + at),
    view(`r${at}`, `i${(at + 1) % 20}`, start + at + 1),
  ]).flat();
}

async function learned(
  events: readonly Event[],
  learner = new StreamLearner(model.stream!(), defaultEventTable),
) {
  for (const event of events) await learner.apply(learner.offset, event);
  return learner;
}

/** Score of an item by rows that were published, after `seen`. */
function scoreOf(changes: RowChanges, seen: string, item: string): number {
  const width = changes.vectors.length / changes.ids.length;
  const contexts = changes.contexts!;
  const [a, b] = [changes.ids.indexOf(seen), changes.ids.indexOf(item)];
  let sum = changes.vectors[b * width + width - 1]!;
  for (let d = 0; d < width - 1; d++) sum += contexts[a * (width - 1) + d]! * changes.vectors[b * width + d]!;
  return sum;
}

test('a new item that follows an old one is learned from the stream, and rows move by id', async () => {
  const source = model.stream!();
  await learned(stream('i3', 'new', 300), new StreamLearner(source, defaultEventTable));
  const changes = source.changes();
  assert.ok(scoreOf(changes, 'i3', 'new') > scoreOf(changes, 'i3', 'i4'));
  assert.equal(source.changes().ids.length, 0, 'each change is told once');
});

test('what serves takes the rows over: contexts of old and of new items', async () => {
  const own = await logBilinear.load(model.save());
  const source = own.stream!();
  const before = await own.factors!.shopper(query(['i3']));
  await learned(stream('i3', 'new', 50), new StreamLearner(source, defaultEventTable));
  assert.ok((await own.factors!.shopper(query(['new']))).slice(0, -1).every((value) => value === 0));
  own.take!(source.changes());
  assert.notDeepEqual(await own.factors!.shopper(query(['i3'])), before);
  assert.ok((await own.factors!.shopper(query(['new']))).slice(0, -1).some((value) => value !== 0));
});

test('interrupted at any place and restored, the rows are the same, bit for bit', async () => {
  const events = stream('i3', 'new', 100);
  const whole = await learned(events);
  const rng = random(4);
  for (let run = 0; run < 5; run++) {
    const cut = rng.int(events.length);
    const first = await learned(events.slice(0, cut));
    const packed = structuredClone(first.pack());
    const second = new StreamLearner(model.stream!(), defaultEventTable);
    second.restore(packed);
    await learned(events.slice(cut), second);
    assert.deepEqual(second.pack(), whole.pack());
  }
});

test('10,000 fake clicks of one shopper count as three a day', async () => {
  const fake: Event[] = [];
  for (let at = 0; at < 5_000; at++)
    fake.push(view('robot', 'i3', start + at), view('robot', 'i11', start + at));
  const rank = async (events: readonly Event[]): Promise<number> => {
    const source = model.stream!();
    const learner = await learned(
      [...stream('i0', 'i1', 20), ...events],
      new StreamLearner(source, defaultEventTable),
    );
    if (events.length > 0) {
      assert.ok(learner.counters.steps <= 80 + 2 * stepsPerDay, `${learner.counters.steps}`);
      assert.ok(learner.counters.repeated >= 9_990);
    }
    source.restore(source.pack());
    const changes = source.changes();
    const own = scoreOf(changes, 'i3', 'i11');
    return model.items.ids.filter((id) => scoreOf(changes, 'i3', id) > own).length;
  };
  const [without, withFake] = [await rank([]), await rank(fake)];
  assert.ok(withFake >= 2, `rank ${without} before, ${withFake} after`);
});

test('many robots move an item as far as the cap on its share, and no further', async () => {
  const fake = Array.from({ length: 3_000 }, (_, at) => [
    view(`bot${at}`, 'i3', start + at),
    view(`bot${at}`, 'i11', start + at),
    view(`human${at}`, `i${at % 20}`, start + at),
    view(`human${at}`, `i${(at + 1) % 20}`, start + at),
  ]).flat();
  const learner = await learned(fake);
  assert.ok(learner.counters.capped > 500, `${learner.counters.capped}`);
});

test('a clock years ahead neither ends the day of influence nor stops the learner', async () => {
  const learner = await learned([
    view('a', 'i1'),
    view('a', 'i2', start + 4_000 * day),
    view('a', 'i3', start + 1),
  ]);
  assert.equal(learner.counters.ahead, 1);
  assert.equal(learner.counters.steps, 2);
});

test('rows of new items are bounded: the one seen longest ago gives up its own', () => {
  const ids = new ItemIds(['a', 'b'], 2);
  assert.deepEqual(ids.see('x'), { row: 2, made: true });
  assert.deepEqual(ids.see('y'), { row: 3, made: true });
  assert.deepEqual(ids.see('x'), { row: 2, made: false });
  assert.deepEqual(ids.see('z'), { row: 3, made: true, gaveUp: 'y' });
  assert.deepEqual([ids.row('a'), ids.row('y'), ids.row('z')], [0, -1, 3]);
});

test('what a shopper did before they were known goes on with them', async () => {
  const learner = await learned([view('anon', 'i5')]);
  await learner.apply(learner.offset, {
    ...view('known', 'i5'),
    type: 'identify',
    items: [],
    context: { anonymous: 'anon' },
  });
  await learner.apply(learner.offset, view('known', 'i6'));
  assert.equal(learner.counters.steps, 1);
});

test('a sequence model: its network stays, its item vectors learn', async () => {
  const options = { ...gru4rec.defaults, epochs: 3, width: 16, length: 8, batch: 64, heldOut: 0, seed: 1 };
  const network = await gru4rec.fit(dataset(lists), options, silent);
  const source = network.stream!();
  const shopper = await network.factors!.shopper(query(['i3']));
  await learned(stream('i3', 'i11', 60), new StreamLearner(source, defaultEventTable));
  const { ids, vectors } = source.changes();
  const product = (values: Float32Array, row: number): number =>
    shopper.reduce((sum, value, d) => sum + value * values[row * 16 + d]!, 0);
  const after = product(vectors, ids.indexOf('i11')) - product(vectors, ids.indexOf('i4'));
  const { items, factors } = network;
  const before = product(factors!.vectors, items.row('i11')) - product(factors!.vectors, items.row('i4'));
  assert.ok(after > before + 0.1, `${before} → ${after}`);
});
