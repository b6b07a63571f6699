import assert from 'node:assert/strict';
import { utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openCatalogue } from '../../src/catalogue/index.js';
import { EndcapError, type Item } from '../../src/core/index.js';
import {
  applyPolicy,
  Impressions,
  mootRules,
  type PolicyConfig,
  PolicySource,
  type PolicyView,
  parsePolicy,
} from '../../src/recommend/policy/index.js';
import { memoryStore } from '../../src/storage/index.js';
import { event, scratch, start } from '../support/events.js';

const brands = ['acme', 'acme', 'acme', 'bolt', 'bolt', 'cog', 'cog', 'dart', 'dart', 'edge'];
const items: Item[] = brands.map((brand, at) => ({
  id: `i${at}`,
  brand,
  category: at % 2 ? 'lamps' : 'chairs',
  stock: at === 0 ? 1 : 50,
  attributes: { margin: at === 4 ? 0.5 : 0.1 },
}));
const ranked = items.map((_, handle) => ({ handle, score: 1 - handle / 20 }));
const plain: PolicyView = {
  item: (handle) => items[handle]!,
  handleOf: (id) => items.findIndex((item) => item.id === id),
  similarity: (a, b) => (brands[a] === brands[b] ? 1 : 0),
  events: (handle) => (handle >= 8 ? 1 : 100),
  shown: () => 0,
  allowed: () => true,
};

function under(config: PolicyConfig, count = 5, view: Partial<PolicyView> = {}, scenario = 'home') {
  const policy = parsePolicy(JSON.stringify(config));
  const { handles, rules, left } = applyPolicy(policy, ranked, { count, scenario }, { ...plain, ...view });
  return { handles, rules: handles.map((handle) => rules.get(handle) ?? []), left: [...left] };
}

test('what names an attribute or an item that there is not is told with its place, and is no fault', async () => {
  const catalogue = openCatalogue(memoryStore().facts);
  await catalogue.put(items);
  const policy = parsePolicy(
    JSON.stringify({
      pin: [
        { item: 'i1', slot: 1 },
        { item: 'i99', slot: 2 },
      ],
      bury: [{ name: 'a', filter: 'brand = "none" and margin > 0' }],
      boost: [{ name: 'b', filter: 'colour = "red" or attributes.size > 3', factor: 2 }],
      margin: { attribute: 'Margin', weight: 1 },
    } satisfies PolicyConfig),
  );
  const told = (): string[] =>
    mootRules(policy, catalogue).map(({ field, message }) => `${field} ${message}`);
  assert.deepEqual(told(), [
    'boost.0.filter No item has an attribute "colour"',
    'boost.0.filter No item has an attribute "size"',
    'margin.attribute No item has an attribute "Margin"',
    'pin.1.item There is no item "i99"',
  ]);
  await catalogue.put([{ id: 'i99', attributes: { colour: 'red', size: 1, Margin: 0.1 } }]);
  assert.deepEqual(told(), []);
});

test('an empty policy changes nothing', () => {
  assert.deepEqual(under({}).handles, [0, 1, 2, 3, 4]);
  assert.deepEqual(under({}).left, []);
});

test('pins take their slot, in their scenario, where the item may be shown', () => {
  const pin = [{ item: 'i9', slot: 2, scenario: 'home' }];
  assert.deepEqual(under({ pin }).handles, [0, 9, 1, 2, 3]);
  assert.deepEqual(under({ pin }).rules[1], ['pinned']);
  assert.deepEqual(under({ pin }, 5, {}, 'basket').handles, [0, 1, 2, 3, 4]);
  assert.deepEqual(under({ pin }, 5, { allowed: (handle) => handle !== 9 }).handles, [0, 1, 2, 3, 4]);
  assert.deepEqual(under({ pin: [{ item: 'i0', slot: 3 }] }).handles, [1, 2, 0, 3, 4]);
  assert.deepEqual(under({ pin: [{ item: 'nothing', slot: 1 }] }).handles, [0, 1, 2, 3, 4]);
});

test('bury, boost, margin and low stock, each named', () => {
  assert.deepEqual(
    under({ bury: [{ name: 'no chairs', filter: 'category = "chairs"' }] }, 10).handles,
    [1, 3, 5, 7, 9, 0, 2, 4, 6, 8],
  );
  const boosted = under({ boost: [{ name: 'cogs week', filter: 'brand = "cog"', factor: 2 }] });
  assert.deepEqual(boosted.handles, [5, 6, 0, 1, 2]);
  assert.deepEqual(boosted.rules[0], ['cogs week']);
  assert.equal(under({ margin: { attribute: 'margin', weight: 1 } }).handles[0], 4);
  const both = under({
    boost: ['first', 'second'].map((name) => ({ name, filter: 'brand = "cog"', factor: 2 })),
  });
  assert.deepEqual(both.rules[0], ['first', 'second']);
  assert.deepEqual(under({ lowStock: 5 }, 10).handles.at(-1), 0);
});

test('scores below 0 are boosted too, and what is not boosted keeps its order', () => {
  const below = [-1, -2, -3].map((score, handle) => ({ handle, score }));
  const boost = [{ name: 'second', filter: 'id = "i1"', factor: 3 }];
  const of = (config: PolicyConfig): number[] =>
    applyPolicy(parsePolicy(JSON.stringify(config)), below, { count: 3, scenario: 'home' }, plain).handles;
  assert.deepEqual(of({ boost }), [1, 0, 2]);
});

test('a list that is too short is filled up with new items to their share', () => {
  const policy = parsePolicy('{"newItems": {"share": 0.4, "events": 10}}');
  const short = ranked.slice(0, 2);
  const { handles } = applyPolicy(policy, short, { count: 5, scenario: 'home', fresh: [8, 9] }, plain);
  assert.deepEqual(handles, [0, 1, 8, 9]);
});

test('what filled the list up without a score keeps its order', () => {
  const unscored = items.map((_, handle) => ({ handle, score: 0 }));
  const of = (config: PolicyConfig): number[] =>
    applyPolicy(parsePolicy(JSON.stringify(config)), unscored, { count: 4, scenario: 'home' }, plain).handles;
  assert.deepEqual(of({ boost: [{ name: 'none', filter: 'brand = "none"', factor: 2 }] }), [0, 1, 2, 3]);
  assert.deepEqual(of({ diversity: 0.4 }), [0, 3, 5, 7]);
});

test('what is unlike is worth what the policy says, beside a score that is a share of the best', () => {
  const scores = [2, 1.9, 1.2, 0.8];
  const list = scores.map((score, at) => ({ handle: [0, 1, 3, 5][at]!, score }));
  const of = (diversity: number): number[] =>
    applyPolicy(parsePolicy(JSON.stringify({ diversity })), list, { count: 3, scenario: 'home' }, plain)
      .handles;
  // Half of the second's .95, less half of its likeness 1, is less than half of the third's .6; at .2 it is more.
  assert.deepEqual(of(0.5), [0, 3, 5]);
  assert.deepEqual(of(0.2), [0, 1, 3]);
  const led = [10, 1, 0.5].map((score, at) => ({ handle: [0, 1, 3][at]!, score }));
  const policy = parsePolicy('{"diversity": 0.1}');
  assert.deepEqual(applyPolicy(policy, led, { count: 3, scenario: 'home' }, plain).handles, [0, 3, 1]);
});

test('a pin beyond the end of the list is none', () => {
  assert.deepEqual(under({ pin: [{ item: 'i9', slot: 6 }] }).handles, [0, 1, 2, 3, 4]);
  assert.deepEqual(under({ pin: [{ item: 'i9', slot: 5 }] }).handles, [0, 1, 2, 3, 9]);
});

test('caps a brand, and variety by MMR', () => {
  assert.deepEqual(under({ perBrand: 1 }).handles, [0, 3, 5, 7, 9]);
  assert.deepEqual(under({ perBrand: 1 }).left, [['one brand', 5]]);
  assert.deepEqual(under({ diversity: 0.6 }).handles, [0, 3, 5, 7, 9]);
  assert.deepEqual(under({ perBrand: 1 }, 10).handles.length, 5);
});

test('what was shown too often is left out, unless nothing else is there', () => {
  const frequency = { shown: 3, hours: 24 };
  const shown = (handle: number): number => (handle < 2 ? 3 : 0);
  assert.deepEqual(under({ frequency }, 3, { shown }).handles, [2, 3, 4]);
  assert.deepEqual(under({ frequency }, 3, { shown }).left, [['shown often', 2]]);
  assert.deepEqual(under({ frequency }, 3, { shown: () => 9 }).handles, [0, 1, 2]);
});

test('a floor for new items, which takes the last places', () => {
  const { handles, rules } = under({ newItems: { share: 0.4, events: 10 } });
  assert.deepEqual(handles, [0, 1, 2, 9, 8]);
  assert.deepEqual(rules[4], ['new here']);
});

test('what is wrong with a file is named by field', () => {
  const field = (text: string): string | undefined => {
    try {
      parsePolicy(text);
    } catch (error) {
      assert.ok(error instanceof EndcapError && error.code === 'invalid_policy' && error.remedy);
      return error.errors[0]!.field;
    }
    return undefined;
  };
  assert.equal(field('{'), 'policy.json');
  assert.equal(field('{"perBrand": 0}'), 'perBrand');
  assert.equal(field('{"boost": [{"name": "x", "filter": "price <", "factor": 2}]}'), 'boost.0.filter');
  assert.equal(field('{"boost": [{"name": "x", "filter": "price < 3", "factor": 99}]}'), 'boost.0.factor');
  assert.equal(field('{"pin": [{"item": "a", "slot": 1, "scenario": "hme"}]}'), 'pin.0.scenario');
  const boost = (factor: number): string =>
    JSON.stringify({ boost: [{ name: 'x', filter: 'price < 3', factor }] });
  assert.deepEqual(
    [field(boost(0.1)), field(boost(0.09)), field(boost(10))],
    [undefined, 'boost.0.factor', undefined],
  );
  const frequency = (hours: number): string => JSON.stringify({ frequency: { shown: 1, hours } });
  assert.deepEqual(
    [1, 0.9, 720, 721].map((hours) => field(frequency(hours))),
    [undefined, 'frequency.hours', undefined, 'frequency.hours'],
  );
  const rules = (name: string, count: number, rule: object): string =>
    JSON.stringify({ [name]: Array.from({ length: count }, (_, at) => ({ ...rule, name: `r${at}` })) });
  const bury = (count: number): string => rules('bury', count, { filter: 'price < 3' });
  const boosts = (count: number): string => rules('boost', count, { filter: 'price < 3', factor: 2 });
  assert.deepEqual([bury(100), bury(101), boosts(100), boosts(101)].map(field), [
    undefined,
    'bury',
    undefined,
    'boost',
  ]);
  assert.equal(field('{"unknown": 1}') !== undefined, true);
});

test('the file is read again when it changes; a fault leaves the version before', (t) => {
  const path = join(scratch(t), 'policy.json');
  let now = 5;
  const source = new PolicySource(path, () => now);
  const perBrand = (): number | undefined => source.policy?.perBrand;
  assert.equal(perBrand(), undefined);
  const write = (text: string, second: number): void => {
    writeFileSync(path, text);
    utimesSync(path, second, second);
  };
  write('{"perBrand": 2}', 1);
  source.reload();
  assert.equal(perBrand(), 2);
  write('{"perBrand": "two"}', 2);
  now = 6;
  source.tally.add([1, 2, 1], new Map([[1, ['a', 'b']]]), new Map([['one brand', 4]]));
  assert.throws(() => source.reload(), /perBrand/);
  assert.equal(perBrand(), 2);
  const { fault, ...status } = source.status;
  assert.match(fault!, /perBrand/);
  const rules = [
    { rule: 'a', shown: 2, leftOut: 0 },
    { rule: 'b', shown: 2, leftOut: 0 },
    { rule: 'one brand', shown: 0, leftOut: 4 },
  ];
  assert.deepEqual(status, { policy: { perBrand: 2 }, since: 5, lists: 1, rules });
  source.reload();
  write('{"perBrand": 3}', 3);
  source.reload();
  assert.equal(perBrand(), 3);
  // What another version did is not this one's, and the fault is gone with its text.
  assert.deepEqual(source.status, { policy: { perBrand: 3 }, since: 6, lists: 0, rules: [] });
  assert.throws(() => {
    write('[]', 4);
    new PolicySource(path);
  }, /policy/);
});

test('impressions count since the shopper last did something with the item', () => {
  const shown = new Impressions();
  const show = (id: string, time: number): void => shown.apply(event({ id, type: 'impression', time }));
  for (let at = 0; at < 4; at++) show(`s${at}`, start + at);
  assert.equal(shown.count('u1', 'a', start), 4);
  assert.equal(shown.count('u1', 'a', start + 2), 2);
  assert.equal(shown.count('u2', 'a', start), 0);
  shown.apply(event({ id: 'v', type: 'view', time: start + 5 }));
  assert.equal(shown.count('u1', 'a', start), 0);
  show('again', start + 6);
  for (let at = 0; at < 50_000; at++)
    shown.apply(event({ id: `o${at}`, user: `other${at}`, type: 'impression', time: start + 7 }));
  assert.equal(shown.count('u1', 'a', start), 0, 'who was shown something longest ago is forgotten');
  assert.equal(shown.count('other0', 'a', start), 1);
});
