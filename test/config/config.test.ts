import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseConfig } from '../../src/config/index.js';
import { EndcapError } from '../../src/core/index.js';
import { parseExperiments } from '../../src/experiments/index.js';
import { parseMappingText } from '../../src/prepare/index.js';
import { PolicySource, parsePolicy } from '../../src/recommend/policy/index.js';
import { scratch } from '../support/events.js';

const fault = (source: string): string => {
  try {
    parseConfig(source);
  } catch (error) {
    assert.ok(error instanceof EndcapError);
    assert.equal(error.code, 'invalid_config');
    assert.ok(error.remedy);
    return error.message;
  }
  return 'none';
};

test('a configuration is read, comments and trailing commas are no faults', () => {
  const config = parseConfig(`{
    // how we call things
    "currency": "GBP",
    "events": { "list_view": { "weight": 0 } },
    "server": { "port": 8080, "origins": ["https://shop.example"] },
  }`);
  assert.equal(config.currency, 'GBP');
  assert.deepEqual(config.events, { list_view: { weight: 0 } });
  assert.deepEqual(config.server, { port: 8080, origins: ['https://shop.example'] });
  assert.deepEqual(parseConfig('{}'), {});
});

test('files that people write may begin with the mark of their encoding, as editors on Windows leave it', (t) => {
  const mark = '\ufeff';
  assert.equal(parseConfig(`${mark}{"currency": "GBP"}`).currency, 'GBP');
  assert.match(fault(`${mark}{"currency": 5}`), /line 1/);
  assert.equal(parsePolicy(`${mark}{"perBrand": 2}`).perBrand, 2);
  assert.deepEqual(parseExperiments(`${mark}{"experiments": []}`).experiments, []);
  assert.equal(parseMappingText(`${mark}{"columns": {"item": "sku"}}`, 'm.json').columns?.item, 'sku');
  const path = join(scratch(t), 'policy.json');
  writeFileSync(path, `${mark}{"perBrand": 2}`);
  assert.deepEqual(new PolicySource(path).status.policy, { perBrand: 2 });
});

test('an unknown field, a wrong type and two keys of one name are told by line and field', () => {
  assert.equal(fault('{\n  "curency": "GBP"\n}'), 'endcap.json, line 2: curency is not a known field');
  assert.match(fault('{\n  "server": {\n    "port": "8080"\n  }\n}'), /line 3: server\.port must be integer/);
  assert.match(
    fault('{\n  "server": {\n    "prot": 8080\n  }\n}'),
    /line 3: server\.prot is not a known field/,
  );
  assert.match(
    fault('{\n  "limits": { "items": 5,\n    "items": 6 }\n}'),
    /line 3: limits\.items is there twice/,
  );
  assert.match(fault('{ "events": { "view": { "weight": 1e9 } } }'), /events\.view\.weight must be <= 100/);
});

test('what is not JSON is told with its line', () => {
  assert.match(fault('{\n  "currency": \n}'), /line 3: the file is not JSON: ValueExpected/);
  assert.match(fault(''), /line 1: the file is not JSON/);
  assert.match(fault('[1, 2]'), /line 1: the file must be object/);
  assert.match(fault('{ "__proto__": { "polluted": 1 } }'), /not a known field|__proto__/);
});
