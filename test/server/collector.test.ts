import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { growthOf } from '../../src/server/collector.js';

const collector = new URL('../../src/server/collector.js', import.meta.url).href;
/** Set amid marking, as on a real start; then the heap turns over several times, however busy the machine is. */
const program = `
import { favourLatency } from ${JSON.stringify(collector)};
const kept = new Map();
let made = 0;
const churn = async (objects) => {
  for (const end = made + objects; made < end; await new Promise(setImmediate))
    for (let n = 0; n < 1000; n++) kept.set(made % 100_000, { made: made++, text: ['x' + made] });
};
await churn(300_000);
favourLatency();
await churn(3_000_000);
console.log('whole', [...kept.values()].every(({ made, text }) => text[0] === 'x' + (made + 1)));
`;

test('a process keeps its objects when its collector is told to favour latency, on one core as on all', (t) => {
  const node = [process.execPath, '--trace-gc', '--input-type=module', '-e', program];
  const commands = [node, ['taskset', '-c', '0', ...node]];
  for (const [command, ...args] of commands) {
    const { stdout, status, error } = spawnSync(command!, args, { encoding: 'utf8' });
    if ((error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') return t.skip('no taskset here');
    assert.equal(status, 0);
    assert.match(stdout, /whole true/);
    assert.ok((stdout.match(/Mark-Compact/g) ?? []).length >= 3, stdout);
  }
});

test('a small heap has room between full collections, a large one follows what lives', () => {
  const mib = 2 ** 20;
  assert.deepEqual(
    [16, 32, 64, 80, 600].map((size) => growthOf(size * mib)),
    [100, 100, 50, 40, 40],
  );
});
