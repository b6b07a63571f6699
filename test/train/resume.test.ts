import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import type { Event, Progress } from '../../src/core/index.js';
import { defaultEventTable } from '../../src/core/index.js';
import { type Recommender, sasrec } from '../../src/models/index.js';
import { openStore, type Store } from '../../src/storage/index.js';
import {
  CheckpointStore,
  compare,
  datasetFromEvents,
  type TrainingEvent,
  type Trial,
  TrialStore,
} from '../../src/train/index.js';
import { event, scratch, start } from '../support/events.js';
import { splitOf, walks } from './support.js';

/** A killed process throws nothing; here it must, to be caught by the test. */
const killed = new Error('killed');

const tiny = { width: 8, length: 8, batch: 32, learningRate: 0.001, epochs: 8, patience: 8 };
const small = { ...sasrec, defaults: { ...sasrec.defaults, ...tiny }, grid: { learningRate: [0.001, 0.01] } };

/** The algorithm, killed at its `at`-th report of step; counts the steps made. */
function counted(at = Number.POSITIVE_INFINITY): { algorithm: Recommender; steps: () => number } {
  let steps = 0;
  const algorithm: Recommender = {
    ...small,
    fit(data, options, progress) {
      const watched: Progress = Object.assign((step: Parameters<Progress>[0]) => {
        if (step.note && ++steps === at) throw killed;
        progress(step);
      }, progress);
      return small.fit(data, options, watched);
    },
  };
  return { algorithm, steps: () => steps };
}

function search(dir: string, algorithm: Recommender, events: readonly Event[], known: readonly Trial[] = []) {
  const told: TrainingEvent[] = [];
  const kept: { trials: readonly Trial[] } = { trials: known };
  const result = compare(splitOf(events, 15), {
    recommenders: [algorithm],
    k: 5,
    seed: 1,
    tune: true,
    places: new CheckpointStore(dir, '1', 0),
    memory: {
      known,
      remember: async (trials) => {
        kept.trials = trials;
      },
    },
    watch: (happening) => told.push(happening),
  }).then(({ selection }) => selection);
  return { result, told, kept };
}

const notes = (told: readonly TrainingEvent[]): string[] =>
  told.flatMap((happening) => (happening.kind === 'note' ? [happening.text] : []));

/** What was measured, without the time it took. */
const measured = (trials: readonly Trial[]) =>
  trials.map(({ key, options, validation, curve }) => ({ key, options, validation, curve }));

test('a rung goes on where the one before ended: no epoch is learned twice', async (t) => {
  const dir = scratch(t);
  const whole = counted();
  const { candidates, trials } = await search(dir, whole.algorithm, walks(24)).result;
  // Two options learn 1 epoch, the better one goes on to 4 and to 8: 9 in all, and 8 for test.
  const one = counted();
  await compare(splitOf(walks(24), 15), {
    recommenders: [{ ...one.algorithm, grid: {} }],
    k: 5,
    seed: 1,
    tune: false,
    watch: () => {},
  });
  const perEpoch = one.steps() / 16;
  assert.ok(whole.steps() <= 18 * perEpoch, `${whole.steps()} steps of ${perEpoch} an epoch`);
  assert.equal(trials.length, 4);
  assert.equal(candidates.length, 1);
  assert.deepEqual(readdirSync(dir), [], 'no place is kept for what is settled');
});

test('killed in the middle of a search and of a fit, it ends as if it never was', async (t) => {
  const whole = counted();
  const expected = await search(scratch(t), whole.algorithm, walks(24)).result;
  for (const share of [0.1, 0.5, 0.9]) {
    const dir = scratch(t);
    const at = Math.floor(share * whole.steps());
    const first = counted(at);
    const broken = search(dir, first.algorithm, walks(24));
    await assert.rejects(broken.result, killed);
    const second = counted();
    const resumed = search(dir, second.algorithm, walks(24), broken.kept.trials);
    const { trials, candidates } = await resumed.result;
    assert.deepEqual(measured(trials), measured(expected.trials), `killed at ${share}`);
    assert.deepEqual(candidates[0]!.test, expected.candidates[0]!.test);
    // A fit whose end a rung kept is the start of the next; the rest is made once, but for the step of the kill.
    assert.ok(first.steps() + second.steps() <= whole.steps() + 2, `${first.steps()} + ${second.steps()}`);
    assert.deepEqual(notes(resumed.told), []);
  }
});

test('a vocabulary that changed since the checkpoint: the fit starts anew and says so', async (t) => {
  const dir = scratch(t);
  await assert.rejects(search(dir, counted(10).algorithm, walks(24)).result, killed);
  const more = [...walks(24), event({ id: 'new', user: 'u1', items: [{ id: 'novel' }], time: start + 1 })];
  const { result, told } = search(dir, counted().algorithm, more);
  const { trials } = await result;
  assert.match(
    notes(told)[0]!,
    /^sasrec starts anew: The checkpoint is of 12 items, data \w+, code 1, not of 13 items/,
  );
  const fresh = await search(scratch(t), counted().algorithm, more).result;
  assert.deepEqual(measured(trials), measured(fresh.trials));
});

const itemsOf = (events: readonly Event[]) => datasetFromEvents(events, defaultEventTable).items;
const name = { days: 15, seed: 1, code: '1' };

async function opened(t: TestContext): Promise<Store> {
  const store = openStore(scratch(t));
  t.after(() => store.close());
  return store;
}

test('a stopped search goes on with its own events while a shop sells, and anew when the data is another', async (t) => {
  const { objects } = await opened(t);
  const old = walks(24);
  const view = (id: string, item: string): Event => event({ id, items: [{ id: item }] });
  const trial = { key: 'k' } as unknown as Trial;
  const first = await TrialStore.open(objects, name, old, itemsOf);
  assert.deepEqual([first.head, first.note, first.memory.known], [old.length, undefined, []]);
  await first.memory.remember([trial]);

  const sold = await TrialStore.open(objects, name, [...old, view('a', 'i1'), view('b', 'i2')], itemsOf);
  assert.equal(sold.head, old.length);
  assert.match(sold.note!, /^Going on .* 1 fit is measured already. The 2 newer events wait/);
  assert.deepEqual(sold.memory.known, [trial]);

  const some = ['a', 'b', 'c'].map((id) => view(id, 'i1'));
  const more = await TrialStore.open(objects, name, [...old, ...some], itemsOf);
  assert.deepEqual([more.head, more.memory.known], [old.length + 3, []], '3 are more than 1 % of 240');

  const other = await TrialStore.open(objects, { ...name, seed: 2 }, old, itemsOf);
  assert.deepEqual(other.memory.known, [], 'another seed is another search');
  await other.memory.remember([trial]);
  const novel = await TrialStore.open(objects, { ...name, seed: 2 }, [...old, view('a', 'novel')], itemsOf);
  assert.deepEqual([novel.head, novel.memory.known], [old.length + 1, []]);
  assert.match(novel.note!, /starts anew: events of new items came since/);
  const much = [...old, view('a', 'novel'), ...walks(24).map((each) => ({ ...each, id: `m${each.id}` }))];
  assert.match(
    (await TrialStore.open(objects, { ...name, seed: 2 }, much, itemsOf)).note!,
    /anew: 240 events came/,
  );
});

test('a finished search is used again on the same events only; a damaged one is none', async (t) => {
  const { objects } = await opened(t);
  const events = walks(24);
  const { memory } = await TrialStore.open(objects, name, events, itemsOf);
  await memory.remember([{ key: 'k' } as unknown as Trial]);
  await memory.finish();
  const again = await TrialStore.open(objects, name, events, itemsOf);
  assert.deepEqual([again.memory.known.length, again.note], [1, undefined]);
  await again.memory.finish();
  const newer = await TrialStore.open(
    objects,
    name,
    [...events, event({ id: 'z', items: [{ id: 'i1' }] })],
    itemsOf,
  );
  assert.deepEqual([newer.head, newer.memory.known.length, newer.note], [events.length + 1, 0, undefined]);
  await objects.put('training/search.json', Buffer.from('{"half'));
  assert.deepEqual((await TrialStore.open(objects, name, events, itemsOf)).memory.known, []);
});
