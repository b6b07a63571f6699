import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openEngine } from '../../src/recommend/index.js';
import { openStore } from '../../src/storage/index.js';
import { scratch } from '../support/events.js';
import { configOf, event, exposure } from './support.js';

const main = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));
const start = Date.parse('2026-11-10');

function endcap(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' });
}

test('endcap experiment and endcap policy: figures of the log, faults in a line with exit code 2', async (t) => {
  const dir = scratch(t);
  const engine = await openEngine({ store: openStore(dir) });
  await engine.catalogue.put([{ id: 'lamp', brand: 'Own' }, { id: 'vase' }]);
  const shown = { attribution: 'list', items: [{ id: 'vase' }, { id: 'lamp' }] };
  await engine.ingest([
    exposure('a', 'new', start),
    exposure('b', 'control', start),
    event('purchase', 'a', start + 1, { attribution: 'rec-a', items: [{ id: 'lamp', price: 7 }] }),
    event('impression', 'c', start, shown),
    event('click', 'c', start + 1, { attribution: 'list', items: [{ id: 'lamp' }] }),
  ]);
  await engine.close();

  writeFileSync(join(dir, 'experiments.json'), JSON.stringify(configOf({ metric: 'revenue' })));
  const { status, stdout } = endcap('experiment', '--dir', dir, '--json');
  assert.equal(status, 0);
  const [{ name, variants }] = JSON.parse(stdout).experiments;
  assert.equal(name, 'trial');
  assert.deepEqual(
    variants.map(({ shoppers, mean }: { shoppers: number; mean: number }) => [shoppers, mean]),
    [
      [1, 0],
      [1, 7],
    ],
  );
  assert.match(endcap('experiment', '--dir', dir).stdout, /trial[\s\S]*control[\s\S]*new/);

  writeFileSync(join(dir, 'experiments.json'), '{"experiments": [{"name": "x"}]}');
  const fault = endcap('experiment', '--dir', dir);
  assert.equal(fault.status, 2);
  assert.equal(fault.stderr.trim().split('\n').length, 1);
  assert.match(fault.stderr, /experiments\.0/);

  const policy = join(dir, 'own.json');
  writeFileSync(policy, '{"boost": [{"name": "own", "filter": "brand = \\"Own\\"", "factor": 5}]}');
  const estimate = JSON.parse(endcap('policy', '--dir', dir, '--file', policy, '--json').stdout);
  assert.equal(estimate.lists, 1);
  assert.equal(estimate.changed, 1);
  assert.equal(estimate.ndcg.after, 1);
  assert.deepEqual(estimate.warnings, []);
  writeFileSync(policy, '{"boost": [{"name": "own", "filter": "colour = \\"red\\"", "factor": 5}]}');
  assert.match(
    endcap('policy', '--dir', dir, '--file', policy).stdout,
    /^boost\.0\.filter: No item has an attribute "colour"\. /,
  );
  writeFileSync(policy, '{"boost": 5}');
  const wrong = endcap('policy', '--dir', dir, '--file', policy);
  assert.deepEqual([wrong.status, wrong.stderr.trim().split('\n').length], [2, 1]);
});
