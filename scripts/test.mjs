// `npm test`: every test, then one line that counts them.
import { readdirSync } from 'node:fs';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { ensureChromium } from './chromium.mjs';

const chromium = ensureChromium();
if (chromium) process.env.CHROMIUM_PATH = chromium;
else console.log('No Chromium found and none could be installed: the browser tests are skipped.');

const wanted = process.argv.slice(2);
const files = readdirSync('dist/test', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.js'))
  .map((file) => `dist/test/${file}`)
  .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)));
const counts = { passed: 0, failed: 0, skipped: 0 };
const count = (kind) => (event) => {
  if (event.details?.type === 'suite') return;
  if (event.skip !== undefined) counts.skipped++;
  else counts[kind]++;
};
/** Where a time without a zone could be taken for the machine's own: run again far from UTC, with a quarter of an hour. */
const zoned = files.filter((file) =>
  /\/prepare\/|\/inventory\/demand\.|\/server\/(api|bad-input)\./.test(file),
);

await runFiles(files);
process.env.TZ = 'Pacific/Chatham';
await runFiles(zoned);
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exit(counts.failed > 0 || counts.passed === 0 ? 1 : 0);

function runFiles(list) {
  if (list.length === 0) return undefined;
  const stream = run({ files: list.sort(), concurrency: 2, timeout: 600_000 });
  stream.on('test:pass', count('passed'));
  stream.on('test:fail', count('failed'));
  stream.compose(new spec()).pipe(process.stdout);
  return new Promise((resolve) => stream.on('end', () => setTimeout(resolve, 100)));
}
