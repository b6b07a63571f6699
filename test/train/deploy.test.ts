import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultEventTable, EndcapError, silent } from '../../src/core/index.js';
import { type Former, itemKnn, popularity } from '../../src/models/index.js';
import { deployBest } from '../../src/train/deploy.js';
import { evaluate } from '../../src/train/evaluate.js';
import type { Winner } from '../../src/train/finalists.js';
import { datasetFromEvents, type Registry } from '../../src/train/index.js';
import { splitOf, walks } from './support.js';

const events = walks(60, 60);
const split = splitOf(events, 15);
const data = datasetFromEvents(events, defaultEventTable);
const shared = { k: 5, seed: 1, watch: () => {} };
const whole = { data, fingerprint: 'now', logOffset: events.length, code: 'test' };
const fitted = popularity.fit(split.test.past, { ...popularity.defaults, seed: 1 }, silent);
const evaluation = fitted.then((model) => evaluate(model, split.test, shared));

/** A registry in which popularity serves as version 1, or something that cannot. */
function registry(more: { version?: string; fingerprint?: string; damaged?: boolean } = {}) {
  const deployed: string[] = [];
  const { version = '1', fingerprint = 'before', damaged = false } = more;
  const of = {
    deployed: async () => deployed.at(-1) ?? (version || undefined),
    load: async () => {
      if (damaged) throw new EndcapError('model_corrupt', 'its file is short');
    },
    manifest: async () => ({ model: 'popularity', options: popularity.defaults, data: { fingerprint } }),
    save: async () => '2',
    deploy: async (wanted: string) => void deployed.push(wanted),
  };
  return { deployed, registry: of as unknown as Registry };
}

/** itemKnn as the winner, which on case `at` had so much more NDCG than popularity. */
async function winner(more: (at: number) => number): Promise<Winner> {
  const measured = await evaluation;
  const ndcg = measured.byCase.ndcg.map((value, at) => value + more(at));
  const test = { ...measured, byCase: { ...measured.byCase, ndcg } };
  const candidate = { algorithm: 'itemKnn', options: itemKnn.defaults, tried: 1, seconds: 1 };
  return { candidate: { ...candidate, validation: test, test }, model: await fitted, tookMs: 1, cut: false };
}

test('another algorithm is deployed where all of the interval of its lead is above 0, not by its mean', async () => {
  for (const [more, is] of [
    [() => 0.05, true],
    // Mostly as good as what serves, and sometimes by chance much better: a mean above 0 and an interval around it.
    [(at: number) => (at % 2 ? 0.31 : -0.29), false],
    [() => -0.05, false],
  ] as const) {
    const { registry: at, deployed } = registry();
    const decision = await deployBest(at, await winner(more), split, whole, shared);
    const { low, mean, high } = decision.against!.difference;
    assert.deepEqual([decision.deployed, deployed], [is, is ? ['2'] : []], decision.why);
    assert.match(decision.why, is ? /which is above 0$/ : /which is not above 0$/);
    if (more(0) < 0 && more(1) > 0)
      assert.ok(low < 0 && mean > 0 && high > 0, JSON.stringify(decision.against));
  }
});

test('what serves already is deployed anew from newer data only; what cannot serve gives way', async () => {
  const better = await winner(() => 0.05);
  const same = {
    ...better,
    candidate: { ...better.candidate, algorithm: 'popularity', options: popularity.defaults },
  };
  const decide = async (by: Winner, more: Parameters<typeof registry>[0]) =>
    deployBest(registry(more).registry, by, split, whole, shared);
  const [newer, again, first, broken] = [
    await decide(same, {}),
    await decide(same, { fingerprint: 'now' }),
    await decide(better, { version: '' }),
    await decide(better, { damaged: true }),
  ];
  assert.deepEqual(
    [newer, again, first, broken].map(({ deployed }) => deployed),
    [true, false, true, true],
  );
  assert.match(newer.why, /learned from newer data/);
  assert.equal(again.version, '1');
  assert.equal(first.why, 'nothing was deployed before');
  assert.match(broken.why, /cannot serve: its file is short/);
});

test('where the clock had ended the fit, the last one goes on from the one on test, within the budget; else it begins anew', async (t) => {
  const formers: (Former | undefined)[] = [];
  let told = 0;
  t.mock.method(
    itemKnn,
    'fit',
    async (...[data, options, progress, former]: Parameters<typeof itemKnn.fit>) => {
      formers.push(former);
      while (!progress.enough!()) told += 1;
      return popularity.fit(data, options, silent);
    },
  );
  Object.assign(itemKnn, { goesOn: true });
  t.after(() => delete (itemKnn as { goesOn?: true }).goesOn);
  const decide = async (cut: boolean, endMs: number) => {
    told = 0;
    const by = { ...(await winner(() => 0.05)), cut, tookMs: 1_000 };
    const clock = () => told;
    return deployBest(registry({ version: '' }).registry, by, split, whole, { ...shared, end: endMs, clock });
  };
  const short = await decide(true, 100);
  assert.match(short.why, /each fit went on from the one before/);
  assert.deepEqual(
    [formers.at(-1)?.until, told],
    [split.test.past.until, 70],
    'seven tenths of what is left',
  );
  assert.deepEqual(formers.at(-1)!.files, (await fitted).save());
  const long = await decide(false, 100);
  assert.deepEqual([long.why, formers.at(-1)], ['nothing was deployed before', undefined]);
  assert.equal(told, 1_050, 'what it took on test, and half as long, whatever is left');
});
