import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Item, type Random, random } from '../../src/core/index.js';
import { type ClickExample, defaultFusions, type Fusion, learnFusion } from '../../src/search/weights.js';
import type { TextEmbedder } from '../../src/text/index.js';
import { now, Shop } from './support.js';

interface Simulation {
  truth: Fusion;
  /** How steeply attention falls with the place: it is looked at with chance 1 / place^steepness. */
  steepness: number;
  searches: number;
  kind?: ClickExample['kind'];
  seed?: number;
  /** Whether clicks have nothing to do with the items. */
  blind?: boolean;
}

/**
 * Shoppers who look down a list that is ranked by the default weights, and click what they look at and like, by the true ones
 * (position-based model, Richardson et al. 2007).
 */
function simulate({
  truth,
  steepness,
  searches,
  kind = 'brief',
  seed = 1,
  blind = false,
}: Simulation): ClickExample[] {
  const chance = random(seed);
  const usual = defaultFusions[kind];
  const examples: ClickExample[] = [];
  for (let at = 0; examples.length < searches && at < 100 * searches; at++) {
    const items = Array.from({ length: 15 }, () => drawn(chance));
    const shown = items.sort((a, b) => scoreOf(b, usual) - scoreOf(a, usual));
    const liked = shown.map((item) => (blind ? 0.3 : 1 / (1 + Math.exp(2.5 - scoreOf(item, truth) / nats))));
    const chosen = liked.findIndex((like, place) => chance.float() < like * (1 / (place + 1) ** steepness));
    if (chosen < 0) continue;
    const part = (name: keyof (typeof shown)[0]): number[] => shown.map((item) => item[name]);
    examples.push({
      user: `u${examples.length % 400}`,
      kind,
      chosen,
      places: shown.map((_, place) => place),
      base: part('base'),
      meaning: part('meaning'),
      taste: part('taste'),
    });
  }
  return examples;
}

/** Deviation of the words' scores among what is shown. */
const nats = 6;
const drawn = (chance: Random) => ({
  base: nats * chance.normal(),
  meaning: chance.normal(),
  taste: Math.max(0, 1.5 * chance.normal()),
});
/** So many times the default weights. */
const timesUsual = (meaning: number, taste: number): Fusion => ({
  meaning: meaning * defaultFusions.brief.meaning,
  taste: taste * defaultFusions.brief.taste,
});
const scoreOf = ({ base, meaning, taste }: ReturnType<typeof drawn>, fusion: Fusion): number =>
  base + fusion.meaning * meaning + fusion.taste * taste;

/** Share of pairs of items that the weights order as the truth does. */
function agreement(fusion: Fusion, truth: Fusion): number {
  const chance = random(99);
  let right = 0;
  for (let pair = 0; pair < 4_000; pair++) {
    const [a, b] = [drawn(chance), drawn(chance)];
    right += Number(scoreOf(a, fusion) > scoreOf(b, fusion) === scoreOf(a, truth) > scoreOf(b, truth));
  }
  return right / 4_000;
}

test('the true weights are found from clicks, however steeply attention falls with the place', () => {
  for (const steepness of [0.5, 1, 1.5])
    for (const truth of [timesUsual(3, 1), timesUsual(0.3, 1), timesUsual(1, 0.3), timesUsual(2, 2.5)]) {
      const { brief } = learnFusion(simulate({ truth, steepness, searches: 3_000 }));
      const wrong = [brief, defaultFusions.brief].map((fusion) => 1 - agreement(fusion, truth));
      const told = `${JSON.stringify(truth)} at ${steepness}: ${JSON.stringify(brief)}, ${wrong}`;
      assert.ok(wrong[0]! < 0.6 * wrong[1]!, told);
    }
});

test('without enough clicks, or with clicks that say nothing, the default stays', () => {
  assert.deepEqual(learnFusion([]), defaultFusions);
  const truth = timesUsual(3.6, 3.5);
  assert.deepEqual(learnFusion(simulate({ truth, steepness: 1, searches: 199 })), defaultFusions);
  const few = simulate({ truth, steepness: 1, searches: 3_000 }).map((example, at) => ({
    ...example,
    user: `u${at % 49}`,
  }));
  assert.deepEqual(learnFusion(few), defaultFusions);
});

test('where the default is the truth or clicks are blind, it gets hardly worse: the guard', () => {
  let changed = 0;
  for (let seed = 1; seed <= 20; seed++) {
    const truth = defaultFusions.brief;
    const { brief } = learnFusion(simulate({ truth, steepness: 1, searches: 600, seed }));
    assert.ok(agreement(brief, truth) > 0.93, `seed ${seed}: ${JSON.stringify(brief)}`);
    const blind = learnFusion(simulate({ truth, steepness: 1, searches: 600, seed, blind: true })).brief;
    changed += Number(blind !== defaultFusions.brief);
  }
  // Each is a test at 5 %, of the pooled weights and of the kind's.
  assert.ok(changed <= 5, `${changed} of 20 moved by blind clicks`);
});

test('each kind of query has its own weights, and one shopper does not set them', () => {
  const truth = timesUsual(3.2, 1);
  const usual = defaultFusions.long;
  const examples = [
    ...simulate({ truth, steepness: 1, searches: 2_000, kind: 'long' }),
    ...simulate({ truth: usual, steepness: 1, searches: 2_000, kind: 'number', seed: 2 }),
  ];
  const { long, number } = learnFusion(examples);
  const told = JSON.stringify({ long, number });
  assert.ok(long.meaning > 2.3 * usual.meaning && number.meaning < 1.8 * usual.meaning, told);
  const loud = simulate({
    truth: timesUsual(4, 0),
    steepness: 1,
    searches: 5_000,
    kind: 'number',
    seed: 3,
  });
  const shouted = learnFusion([...loud.map((example) => ({ ...example, user: 'loud' })), ...examples]);
  assert.ok(Math.abs(shouted.number.meaning - number.meaning) < 0.1 * usual.meaning);
});

test('whatever the clicks, weights are finite and within their bounds', () => {
  const numbers = fc.array(fc.double({ min: -4, max: 4, noNaN: true }), { minLength: 3, maxLength: 3 });
  const example = fc.record({
    user: fc.nat(200).map((user) => `u${user}`),
    kind: fc.constantFrom('brief', 'long', 'number'),
    chosen: fc.nat(2),
    places: fc.constant([0, 1, 2]),
    base: numbers,
    meaning: numbers,
    taste: numbers,
  });
  fc.assert(
    fc.property(fc.array(example, { minLength: 0, maxLength: 400, size: 'max' }), (examples) => {
      for (const { meaning, taste } of Object.values(learnFusion(examples as ClickExample[]))) {
        const usual = timesUsual(1, 1);
        assert.ok(meaning >= usual.meaning / 4 && meaning <= usual.meaning * 4);
        assert.ok(taste >= usual.taste / 4 && taste <= usual.taste * 4);
      }
    }),
    { numRuns: 30 },
  );
});

/** Says that what has "x" in it is the same thing. */
const embedder: TextEmbedder = {
  name: 'test',
  dimension: 2,
  embed: async (texts) => texts.map((text) => Float32Array.from(/x|^rain/.test(text) ? [1, 0] : [0, 1])),
  close: async () => {},
};

test('where shoppers choose by words, meaning counts less from the next search; without clicks nothing moves', async () => {
  const items = Array.from(
    { length: 40 },
    (_, at): Item => ({
      id: `i${at}`,
      title: `Rain coat lined hooded ${'plain '.repeat(2 * (at % 7))}${at % 4 === 0 ? 'x' : 'y'}`,
    }),
  );
  // Words that all items had would tell nothing.
  const others = Array.from({ length: 1_000 }, (_, at): Item => ({ id: `m${at}`, title: `Mug ${at}` }));
  const shop = await Shop.of([...items, ...others]);
  await shop.search.useEmbedder(embedder);
  const ask = async (): Promise<string[]> =>
    (await shop.ask('rain coat lined', { user: 'new', count: 40 })).items.map(({ id }) => id);
  assert.deepEqual(await shop.search.learnFusions(), defaultFusions);
  const before = await ask();
  const chance = random(5);
  for (let at = 0; at < 900; at++) {
    const user = `u${at % 300}`;
    const shown = chance.shuffle([...items]).slice(0, 10);
    // A query of their own: nothing is learned of "rain" itself.
    const more = { query: `rain coat lined hooded`, attribution: `s${at}`, time: now - 5_000 + at };
    shop.tell('search', user, { ...more, items: shown.map(({ id }) => ({ id })) });
    const liked = shown.find(({ title }) => title!.length < 32 && chance.float() < 0.8) ?? shown[0]!;
    shop.tell('click', user, { items: [{ id: liked.id }], attribution: `s${at}`, time: now - 4_000 + at });
  }
  assert.deepEqual(await ask(), before);
  const { brief } = await shop.search.learnFusions();
  assert.ok(brief.meaning < defaultFusions.brief.meaning, JSON.stringify(brief));
  // Places of the ten that have the meaning, among all forty.
  const sum = (ids: string[]): number =>
    ids.reduce((total, id, place) => total + (Number(id.slice(1)) % 4 === 0 ? place : 0), 0);
  assert.ok(sum(await ask()) > sum(before), `${sum(await ask())} ${sum(before)}`);
  await shop.search.stopLearning();
  shop.search.fusions = defaultFusions;
  assert.deepEqual(await shop.search.learnFusions(), defaultFusions, 'where it was ended nothing moves');
});
