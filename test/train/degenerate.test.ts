import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultEventTable, EndcapError, silent } from '../../src/core/index.js';
import { algorithms, type Dataset, type Model, type Recommender, sasrec } from '../../src/models/index.js';
import { memoryStore } from '../../src/storage/index.js';
import { compare, type TrainingEvent, trainShop } from '../../src/train/index.js';
import { dataset, query } from '../models/support.js';
import { event, scratch, start } from '../support/events.js';
import { splitOf, walks } from './support.js';

/** Small and quick, whatever the algorithm. */
const tiny = { epochs: 1, width: 8, hidden: 8, latent: 4, factors: 4, batch: 4, length: 8, days: 2 };

const repeat = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);

const degenerate: Record<string, Dataset> = {
  'no shopper': dataset([]),
  'one shopper, one event': dataset([['a']]),
  'one shopper': dataset([['a', 'b', 'c', 'a']]),
  'one item, many shoppers': dataset(repeat(6, ['a'])),
  'all-identical events': dataset([repeat(12, 'a')]),
  'the same two items for all': dataset(repeat(6, ['a', 'b'])),
  'shoppers of one event each': dataset([['a'], ['b'], ['c'], ['d']]),
};

function tinyOptions({ defaults }: Recommender): Record<string, number | string | boolean> {
  const known = Object.entries(tiny).filter(([name]) => name in defaults);
  return { ...defaults, ...Object.fromEntries(known) };
}

async function scoresOf(model: Model): Promise<Float32Array> {
  const out = new Float32Array(2 * model.items.size).fill(Number.NaN);
  if (model.items.size > 0) await model.scoreAll([query(['a', 'b']), query([])], out);
  return out;
}

for (const algorithm of algorithms) {
  test(`${algorithm.name} on degenerate data gives scores that are numbers, or says what is missing`, async () => {
    for (const [what, data] of Object.entries(degenerate)) {
      let model: Model;
      try {
        model = await algorithm.fit(data, { ...tinyOptions(algorithm), seed: 1 }, silent);
      } catch (error) {
        assert.ok(error instanceof EndcapError, `${what}: ${error instanceof Error ? error.stack : error}`);
        assert.equal(error.code, 'too_little_data', what);
        continue;
      }
      const scores = await scoresOf(model);
      assert.ok(scores.every(Number.isFinite), `${what}: ${scores}`);
      assert.deepEqual(await scoresOf(await algorithm.load(model.save())), scores, what);
    }
  });
}

const searching = (recommenders: readonly Recommender[], told: TrainingEvent[] = []) =>
  compare(splitOf(walks(20), 15), {
    recommenders,
    k: 5,
    seed: 1,
    tune: false,
    watch: (happening) => told.push(happening),
  }).then(({ selection }) => selection);

test('a training that diverges says at which step, and nothing comes of it', async () => {
  const wild = {
    ...sasrec,
    defaults: { ...sasrec.defaults, ...tiny, epochs: 20, learningRate: 1e30 },
  };
  await assert.rejects(searching([wild]), (error) => {
    assert.ok(error instanceof EndcapError && error.code === 'nothing_trained');
    assert.match(error.message, /sasrec: (Training diverged at step \d+|.*scores that are no numbers)/);
    return true;
  });
  const popularity = algorithms.find(({ name }) => name === 'popularity')!;
  const told: TrainingEvent[] = [];
  const { candidates, trials } = await searching([wild, popularity], told);
  assert.deepEqual(
    candidates.map(({ algorithm: name }) => name),
    ['popularity'],
    'the others go on',
  );
  assert.ok(trials.some(({ failed }) => failed));
});

test('types of events that nobody gave a meaning are told with how many there are, the most frequent first', async (t) => {
  const events = ['nod', 'wink', 'wink', 'view', 'wink', 'nod'].map((type, at) =>
    event({ id: `${at}`, type }),
  );
  const told: string[] = [];
  const content = { dir: scratch(t), events, catalogue: new Map(), table: defaultEventTable };
  const training = trainShop(
    { ...content, objects: memoryStore().objects },
    { days: 1, seed: 1, tune: false, deploy: false },
    { code: '1', watch: (happening) => happening.kind === 'note' && told.push(happening.text) },
  );
  await assert.rejects(training, { code: 'too_little_data' });
  assert.deepEqual(
    told.map((text) => text.split(' weigh')[0]),
    ['3 events of the type wink', '2 events of the type nod'],
  );
});

test('a short training of a large shop to be read leaves out by design what takes long there, not by chance', async (t) => {
  const size = 6_100;
  const events = Array.from({ length: size * 2 }, (_, at) =>
    event({
      id: `e${at}`,
      type: 'purchase',
      user: `u${at % 200}`,
      items: [{ id: `i${(at * 7) % size}` }],
      time: start + at * 500_000,
    }),
  );
  const catalogue = new Map(
    Array.from({ length: size }, (_, at) => [`i${at}`, { id: `i${at}`, title: `n${at}` }]),
  );
  const shop = {
    dir: scratch(t),
    events,
    catalogue,
    objects: memoryStore().objects,
    table: defaultEventTable,
  };
  const request = { days: 10, seed: 1, tune: false, budget: 1, deploy: false };
  const { selection } = await trainShop(shop, request, { code: 'test', watch: () => {} });
  const why = selection.untried.find(({ algorithm }) => algorithm === 'ease')?.why;
  assert.equal(why, 'not asked for');
});
