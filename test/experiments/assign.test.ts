import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { assign, type ExperimentsConfig, hashUnit, Identities } from '../../src/experiments/index.js';
import { configOf } from './support.js';

const now = Date.parse('2026-11-10');

function shares(config: ExperimentsConfig, shoppers = 20_000): Map<string, number> {
  const counts = new Map<string, number>();
  for (let at = 0; at < shoppers; at++) {
    const [assigned] = assign(config, `u${at}`, `u${at}`, now);
    const name = assigned?.variant.name ?? 'none';
    counts.set(name, (counts.get(name) ?? 0) + 1 / shoppers);
  }
  return counts;
}

test('traffic, holdout and shares are kept within chance', () => {
  const config = configOf({ traffic: 0.5, shares: [0.8, 0.2] }, 0.1);
  const found = shares(config);
  assert.ok(Math.abs(found.get('control')! - 0.9 * 0.5 * 0.8) < 0.012, `${found.get('control')}`);
  assert.ok(Math.abs(found.get('new')! - 0.9 * 0.5 * 0.2) < 0.008, `${found.get('new')}`);
  assert.ok(Math.abs(found.get('none')! - 0.55) < 0.012);
});

test('two experiments split the shoppers independently of each other', () => {
  let both = 0;
  for (let at = 0; at < 20_000; at++)
    if (hashUnit(`variant\0one\0u${at}`) < 0.5 && hashUnit(`variant\0two\0u${at}`) < 0.5) both++;
  assert.ok(Math.abs(both / 20_000 - 0.25) < 0.012, `${both}`);
});

test('before and after its days nobody takes part', () => {
  const config = configOf({});
  assert.equal(assign(config, 'u', 'u', Date.parse('2026-10-31')).length, 0);
  assert.equal(assign(config, 'u', 'u', Date.parse('2026-12-01')).length, 0);
  assert.equal(assign(config, 'u', 'u', Date.parse('2026-11-30T23:59:59Z')).length, 1);
});

test('an override sees its variant, uncounted', () => {
  const config = configOf({ overrides: { tester: 'new' } });
  const [assigned] = assign(config, 'tester', 'tester', now);
  assert.deepEqual([assigned!.variant.name, assigned!.override], ['new', true]);
});

test('who was in a stopped variant sees the control, uncounted', () => {
  const config = configOf({});
  for (let at = 0; at < 100; at++) {
    const [assigned] = assign(config, `u${at}`, `u${at}`, now, new Set(['trial:new']));
    assert.equal(assigned!.variant.name, 'control');
    assert.equal(assigned!.override, hashUnit(`variant\0trial\0u${at}`) >= 0.5);
  }
});

test('identify moves nobody to another variant, and two devices see what the known shopper sees', () => {
  const config = configOf({});
  for (let at = 0; at < 200; at++) {
    const identities = new Identities();
    const variant = (user: string): string =>
      assign(config, user, identities.key(user), now)[0]!.variant.name;
    const before = variant(`anon${at}`);
    identities.identify(`anon${at}`, `known${at}`, false);
    assert.equal(variant(`known${at}`), before);
    assert.equal(variant(`anon${at}`), before);
    identities.identify(`phone${at}`, `known${at}`, true);
    assert.equal(variant(`known${at}`), before);
    assert.equal(variant(`phone${at}`), before);
  }
});

test('a known shopper who had seen an experiment keeps its variant when a device joins', () => {
  const identities = new Identities();
  identities.identify('device', 'known', true);
  assert.equal(identities.key('known'), 'known');
  assert.equal(identities.key('device'), 'known');
});

test('identities are bounded', () => {
  const identities = new Identities(10);
  for (let at = 0; at < 100; at++) identities.identify(`a${at}`, `k${at}`, false);
  assert.equal(identities.key('k0'), 'k0');
  assert.equal(identities.key('k99'), 'a99');
});

test('a million ids that are joined take less than 50 MB, and a device of its own key takes nothing', () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const heap = (): number => {
    collect();
    return process.memoryUsage().heapUsed / 2 ** 20;
  };
  const before = heap();
  const identities = new Identities();
  const made = (n: number): string => Buffer.from(`anon_${n.toString(16).padStart(32, '0')}`).toString();
  for (let n = 0; n < 1_000_000; n++) identities.identify(made(n), 'somebody', true);
  const grown = heap() - before;
  assert.ok(grown > 5 && grown < 50, `${grown}`);
  assert.equal(identities.key(made(999_999)), 'somebody');
  assert.equal(identities.key(made(0)), made(0));
  const small = new Identities(10);
  for (let at = 0; at < 9; at++) small.identify(`a${at}`, `k${at}`, false);
  assert.equal(small.key('k0'), 'a0', 'one entry a join');
});
