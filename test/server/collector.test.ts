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

/** Objects of one line of code that stay, and then as many that do not. Tells by how many bytes the latter made the old heap grow. */
const keptThenLost = `
import { getHeapSpaceStatistics } from 'node:v8';
import { favourLatency } from ${JSON.stringify(collector)};
const old = () => getHeapSpaceStatistics().find((space) => space.space_name === 'old_space').space_used_size;
const record = (made) => ({ made, next: made + 1, weight: 1, text: 'x' });
const lately = new Array(100).fill(undefined);
const make = async (count, one) => {
  for (let n = 0; n < count; n++) {
    one(n);
    if (n % 1000 === 0) await new Promise(setImmediate);
  }
};
favourLatency();
const kept = [];
await make(1_500_000, (n) => kept.push(record(n)));
// What is young of these grows old.
await make(200_000, (n) => (lately[n % 100] = new Array(50).fill(n)));
const before = old();
await make(400_000, (n) => (lately[n % 100] = record(n)));
console.log(old() - before);
`;

test('what soon is garbage is not made old because others of the same line of code live long', (t) => {
  const args = ['-c', '0', process.execPath, '--input-type=module', '-e', keptThenLost];
  const { stdout, stderr, error } = spawnSync('taskset', args, { encoding: 'utf8' });
  if ((error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') return t.skip('no taskset here');
  assert.match(stdout, /^-?\d+\n$/, stderr);
  assert.ok(Number(stdout) < 2 ** 20, stdout);
});

test('a small heap has room between full collections, a large one follows what lives', () => {
  const mib = 2 ** 20;
  assert.deepEqual(
    [16, 32, 64, 80, 600].map((size) => growthOf(size * mib)),
    [100, 100, 88, 70, 40],
  );
});
