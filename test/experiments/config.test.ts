import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EndcapError } from '../../src/core/index.js';
import { parseExperiments } from '../../src/experiments/index.js';
import { configOf } from './support.js';

function faults(change: (config: ReturnType<typeof configOf>) => unknown): string[] {
  const config = configOf({});
  const value = change(config) ?? config;
  try {
    parseExperiments(typeof value === 'string' ? value : JSON.stringify(value));
  } catch (error) {
    assert.ok(error instanceof EndcapError);
    assert.equal(error.code, 'invalid_experiments');
    assert.ok(error.remedy, 'has a remedy');
    return error.errors.map(({ field }) => field);
  }
  return [];
}

test('a good file is read as it is', () => {
  assert.deepEqual(parseExperiments(JSON.stringify(configOf({}))), configOf({}));
});

test('what is wrong is named by field', () => {
  assert.deepEqual(
    faults(() => '{'),
    ['experiments.json'],
  );
  assert.deepEqual(
    faults(({ experiments }) => {
      experiments[0]!.traffic = 2;
    }),
    ['experiments.0.traffic'],
  );
  assert.deepEqual(
    faults(({ experiments }) => {
      experiments[0]!.variants[0]!.share = 0.6;
    }),
    ['experiments.0.variants'],
  );
  assert.deepEqual(
    faults(({ experiments }) => {
      experiments[0]!.to = '2026-10-01';
    }),
    ['experiments.0.to'],
  );
  assert.deepEqual(
    faults(({ experiments }) => {
      Object.assign(experiments[0]!.variants[1]!, { weights: { modle: 2 } });
    }),
    ['experiments.0.variants.1.weights.modle'],
  );
  assert.deepEqual(
    faults(({ experiments }) => {
      experiments[0]!.overrides = { u: 'nobody' };
    }),
    ['experiments.0.overrides.u'],
  );
  assert.deepEqual(
    faults(({ experiments }) => {
      experiments[0]!.from = '2026-13-45';
    }),
    ['experiments.0.from', 'experiments.0.to'],
  );
});

test('two experiments at a time may not change the same thing; one after the other they may', () => {
  const second = (from: string, to: string) => {
    const config = configOf({});
    const [trial] = config.experiments;
    return { ...config, experiments: [trial!, { ...trial!, name: 'second', from, to }] };
  };
  assert.deepEqual(
    faults(() => second('2026-11-15', '2026-12-15')),
    ['experiments.1'],
  );
  assert.deepEqual(
    faults(() => second('2026-12-01', '2026-12-15')),
    [],
  );
});
