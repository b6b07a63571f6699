import assert from 'node:assert/strict';
import { utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { EndcapError, type Item } from '../../src/core/index.js';
import {
  applyPolicy,
  Impressions,
  type PolicyConfig,
  PolicySource,
  type PolicyView,
  parsePolicy,
} from '../../src/recommend/policy/index.js';
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
  const { handles, rules } = applyPolicy(policy, ranked, { count, scenario }, { ...plain, ...view });
  return { handles, rules: handles.map((handle) => rules.get(handle) ?? []) };
}

test('an empty policy changes nothing', () => {
  assert.deepEqual(under({}).handles, [0, 1, 2, 3, 4]);
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
  assert.deepEqual(under({ lowStock: 5 }, 10).handles.at(-1), 0);
});

test('caps a brand, and variety by MMR', () => {
  assert.deepEqual(under({ perBrand: 1 }).handles, [0, 3, 5, 7, 9]);
  assert.deepEqual(under({ diversity: 0.6 }).handles, [0, 3, 5, 7, 9]);
  assert.deepEqual(under({ perBrand: 1 }, 10).handles.length, 5);
});

test('what was shown too often is left out, unless nothing else is there', () => {
  const frequency = { shown: 3, hours: 24 };
  const shown = (handle: number): number => (handle < 2 ? 3 : 0);
  assert.deepEqual(under({ frequency }, 3, { shown }).handles, [2, 3, 4]);
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
  assert.equal(field('{"unknown": 1}') !== undefined, true);
});

test('the file is read again when it changes; a fault leaves the version before', (t) => {
  const path = join(scratch(t), 'policy.json');
  const source = new PolicySource(path);
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
  assert.throws(() => source.reload(), /perBrand/);
  assert.equal(perBrand(), 2);
  source.reload();
  write('{"perBrand": 3}', 3);
  source.reload();
  assert.equal(perBrand(), 3);
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
});
