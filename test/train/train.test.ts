import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { defaultEventWeights, EndcapError, type Event, silent, Vocabulary } from '../../src/core/index.js';
import { type Model, popularity, type Recommender } from '../../src/models/index.js';
import { openStore } from '../../src/storage/index.js';
import {
  datasetFromEvents,
  evaluate,
  evaluationHtml,
  fingerprint,
  formatSelection,
  halve,
  type Options,
  Registry,
  select,
  type Trial,
  temporalSplit,
} from '../../src/train/index.js';
import { dataset, query } from '../models/support.js';
import { day, event, scratch, start } from '../support/events.js';

const shopEvents = (count: number, shoppers = 20): Event[] =>
  Array.from({ length: count }, (_, at) =>
    event({
      id: `e${at}`,
      type: 'purchase',
      user: `u${(at * 7) % shoppers}`,
      items: [{ id: `i${(at * at) % 31}` }],
      time: start + (at * 100 * day) / count,
    }),
  );

test('a split by time leaks nothing, whatever the events', () => {
  const one = fc.record({
    user: fc.integer({ min: 0, max: 5 }),
    item: fc.integer({ min: 0, max: 9 }),
    at: fc.integer({ min: 0, max: 99 }),
  });
  fc.assert(
    fc.property(fc.array(one, { minLength: 30, maxLength: 120 }), (rows) => {
      const events = rows
        .concat({ user: 0, item: 0, at: 0 }, { user: 0, item: 0, at: 99 })
        .map(({ user, item, at }, n) =>
          event({ id: `e${n}`, user: `u${user}`, items: [{ id: `i${item}` }], time: start + at * day }),
        );
      const split = temporalSplit(events, defaultEventWeights, 20);
      const { validation, test } = split.boundaries;
      assert.equal(test - validation, 20 * day);
      assert.ok(split.train.every(({ time }) => time < validation));
      assert.ok(split.trainAndValidation.every(({ time }) => time < test));
      for (const [cases, from, to] of [
        [split.validation, validation, test],
        [split.test, test, Number.POSITIVE_INFINITY],
      ] as const) {
        for (const { profile, targets, seen, now } of cases) {
          assert.equal(now, from);
          assert.ok(profile.events.every(({ time }) => time < from));
          for (const id of targets) {
            assert.ok(!seen.has(id), 'a target is new to the shopper');
            assert.ok(
              events.some(
                (e) => e.user === profile.user && e.items[0]!.id === id && e.time >= from && e.time < to,
              ),
            );
          }
        }
      }
    }),
    { numRuns: 50 },
  );
  assert.throws(() => temporalSplit(shopEvents(30), defaultEventWeights, 60), EndcapError);
});

test('evaluation is what a hand computes', async () => {
  const ids = ['a', 'b', 'c', 'd'];
  const model = {
    name: 'fixed',
    items: new Vocabulary(ids),
    scoreAll: async (_: unknown, out: Float32Array) => out.set([4, 3, 2, 1, 4, 3, 2, 1]),
  } as unknown as Model;
  const make = (seen: string[], targets: string[]) => ({
    ...query(seen),
    targets: new Set(targets),
    seen: new Set(seen),
  });
  // First: a is hidden, so b, c are shown; c is right. Second: a, b are shown; both of a, z are wanted, z is unknown.
  const result = await evaluate(model, [make(['a'], ['c']), make(['d'], ['a', 'z'])], 2, 1);
  const ideal = 1 + 1 / Math.log2(3);
  const expected = {
    precision: 0.5,
    recall: (1 + 0.5) / 2,
    f1: (2 / 3 + 0.5) / 2,
    mrr: (0.5 + 1) / 2,
    hitRate: 1,
    ndcg: (1 / Math.log2(3) + 1 / ideal) / 2,
  };
  for (const [name, value] of Object.entries(expected)) {
    const { mean, low, high } = result.metrics[name as keyof typeof expected];
    assert.ok(Math.abs(mean - value) < 1e-9, `${name} ${mean}, not ${value}`);
    assert.ok(low <= mean && mean <= high);
  }
  assert.equal(result.coverage, 3 / 4);
});

test('an anonymous shopper counts as the one they turned out to be; the fingerprint tells data apart', () => {
  const events = [
    event({ id: '1', user: 'anon', items: [{ id: 'a' }] }),
    event({
      id: '2',
      type: 'identify',
      user: 'known',
      items: [],
      context: { anonymous: 'anon' },
      time: start + 1,
    }),
    event({ id: '3', user: 'known', items: [{ id: 'b' }], time: start + 2 }),
    event({ id: '4', type: 'refund', user: 'known', items: [{ id: 'c' }], time: start + 3 }),
  ];
  const data = datasetFromEvents(events, defaultEventWeights);
  assert.deepEqual([...data.users.ids], ['known']);
  assert.deepEqual([...data.items.ids], ['a', 'b']);
  assert.equal(fingerprint(data), fingerprint(datasetFromEvents(events, defaultEventWeights)));
  assert.notEqual(fingerprint(data), fingerprint(datasetFromEvents(events.slice(1), defaultEventWeights)));
});

test('families are compared on validation, and the report says so', async () => {
  const selection = await select(shopEvents(600), {
    recommenders: [popularity] as unknown as Recommender[],
    weights: defaultEventWeights,
    catalogue: new Map(),
    days: 15,
    k: 10,
    seed: 1,
    tune: true,
    progress: silent,
  });
  const [best] = selection.candidates;
  assert.equal(best!.tried, 3);
  assert.match(formatSelection(selection), /popularity/);
  const page = evaluationHtml(selection, { fingerprint: 'f00', events: 600 });
  assert.match(page, /<svg role="img"/);
  assert.ok(page.includes(best!.test.metrics.ndcg.mean.toFixed(4)));
});

test('halving gives every family a chance, the better half more, remembers, and stops on time', async () => {
  const family = (name: string, quality: number): Recommender =>
    ({ name, defaults: { epochs: 80, size: 1 }, grid: { size: [1, 2] }, quality }) as unknown as Recommender;
  const families = [family('good', 0.5), family('fair', 0.3), family('poor', 0.1)];
  const runs: string[] = [];
  let remembered: readonly Trial[] = [];
  const search = {
    families,
    seed: 1,
    efforts: [0.125, 0.5, 1],
    budget: 60,
    known: [],
    remember: async (trials: readonly Trial[]) => {
      remembered = trials;
    },
    progress: silent,
    run: async ({ name, quality }: Recommender & { quality?: number }, options: Options) => {
      runs.push(`${name} ${options.size} ${options.epochs}`);
      const mean = quality! + 0.001 * Number(options.epochs) + 0.01 * Number(options.size);
      return { mean, low: mean, high: mean };
    },
  };
  const [best] = await halve(search);
  assert.deepEqual([best!.family, best!.options, best!.effort], ['good', { epochs: 80, size: 2 }, 1]);
  assert.deepEqual(runs.slice(0, 3).sort(), ['fair 1 10', 'good 1 10', 'poor 1 10'], 'defaults first');
  assert.deepEqual(runs.slice(6), ['good 2 40', 'good 1 40', 'fair 2 40', 'good 2 80', 'good 1 80']);
  runs.length = 0;
  assert.equal((await halve({ ...search, known: remembered }))[0]!.key, best!.key);
  assert.deepEqual(runs, [], 'nothing is measured twice');
  await halve({ ...search, budget: 0 });
  assert.deepEqual(runs.sort(), ['fair 1 10', 'good 1 10', 'poor 1 10']);
});

test('the registry deploys atomically, goes back, and refuses what is damaged', async (t) => {
  const dir = scratch(t);
  const store = openStore(dir);
  t.after(() => store.close());
  const registry = new Registry(store.objects);
  const manifest = (created: string) => ({
    model: 'popularity',
    options: {},
    seed: 1,
    data: { fingerprint: 'f', logOffset: 3, until: created, interactions: 3, items: 2 },
    code: '0',
    created,
    metrics: { validation: {}, test: {} },
  });
  const save = async (created: string, lists: string[][]) => {
    const model = await popularity.fit(dataset(lists), { ...popularity.defaults, seed: 1 }, silent);
    return registry.save(model, manifest(created));
  };
  assert.equal(await registry.deployed(), undefined);
  await assert.rejects(registry.rollback(), /before this one/);
  const first = await save('2026-01-01T00:00:00.000Z', [['a', 'b', 'a']]);
  const second = await save('2026-01-02T00:00:00.000Z', [['a', 'b', 'b']]);
  await registry.deploy(first);
  await registry.deploy(second);
  assert.equal(await registry.deployed(), second);
  assert.equal(await registry.rollback(), first);
  assert.equal(await registry.deployed(), first);
  assert.deepEqual((await registry.list()).map(({ version }) => version).sort(), [first, second].sort());
  const folder = join(dir, 'objects', 'models', second);
  const file = readdirSync(folder).find((name) => name.endsWith('.bin'))!;
  writeFileSync(join(folder, file), 'damaged');
  const refused = (error: unknown): boolean => error instanceof EndcapError && error.code === 'model_corrupt';
  await assert.rejects(registry.deploy(second), refused);
  assert.equal(await registry.deployed(), first, 'what served still serves');
  writeFileSync(join(folder, 'manifest.json'), '{');
  await assert.rejects(registry.load(second), refused);
  await assert.rejects(registry.deploy('none'), /No model none/);
});
