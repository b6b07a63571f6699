// `npm run mutate [-- count seed first]`: small faults in the rooms that decide, one at a time; which does no test see?
// A run that was broken off goes on from its last number with `first`.
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { random } from '../src/core/index.js';
import { Coverage } from './coverage.js';
import { type Mutant, mutantsOf } from './mutants.js';
import { runTest } from './testRun.js';

/** Where a wrong decision is made rather than a wrong word written, and the tests that are about it. */
const places: Readonly<Record<string, readonly string[]>> = {
  'dist/src/recommend': ['recommend', 'server'],
  'dist/src/projections': ['projections', 'server', 'recommend'],
  'dist/src/storage': ['storage', 'projections', 'server'],
  'dist/src/train': ['train'],
  'dist/src/inventory': ['inventory', 'server'],
  'dist/src/server/access': ['server'],
};
const reachPercent = 15;
const usualMs = 300_000;
/** A test that a fault has slowed this much hangs. Less would take a busy machine for a fault that was seen. */
const slowFactor = 15;
const shortestMs = 60_000;

interface Target {
  file: string;
  tests: readonly string[];
  mutant: Mutant;
}
interface Reached {
  coverage: Coverage;
  copy: string;
  ms: number;
}

const [count = 200, seed = 1, first = 1] = process.argv.slice(2).map(Number);
const root = process.cwd();
const scratch = mkdtempSync(join(tmpdir(), 'endcap-mutate-'));
process.on('SIGINT', () => process.exit(130));
process.on('SIGTERM', () => process.exit(143));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));
const copies = Array.from({ length: availableParallelism() }, (_, at) => copyTo(join(scratch, String(at))));

const wanted = [...new Set(Object.values(places).flat())];
const tests = wanted.flatMap((room) =>
  filesIn(`dist/test/${room}`).filter((name) => name.endsWith('.test.js')),
);
const reached = new Map<string, Reached>();
console.log(`${tests.length} test files are run once, to see what each of them reaches …`);
await inEveryCopy(tests, async (copy, test) => {
  const folder = join(copy, 'coverage', test);
  const { result, ms } = await runTest(copy, test, usualMs, folder);
  if (result !== 'passed') console.log(`  ${test} ${result} as it is: left out`);
  else reached.set(test, { coverage: new Coverage(folder), copy, ms });
});

const all = Object.entries(places).flatMap(([place, rooms]) => {
  const related = tests.filter((test) => rooms.some((room) => test.startsWith(`dist/test/${room}/`)));
  return filesIn(place.endsWith('access') ? 'dist/src/server' : place)
    .filter((file) => file.endsWith('.js') && !file.endsWith('index.js') && file.startsWith(place))
    .flatMap((file) =>
      mutantsOf(readFileSync(join(root, file), 'utf8')).map((mutant) => ({ file, tests: related, mutant })),
    );
});
const chosen = random(seed)
  .shuffle(all)
  .slice(0, count)
  .map((target, at) => ({ ...target, number: at + 1 }))
  .filter(({ number }) => number >= first);
console.log(`${all.length} possible faults; ${chosen.length} of ${count} are tried (seed ${seed})`);

let survived = 0;
await inEveryCopy(chosen, async (copy, target) => {
  const started = performance.now();
  const end = await endOf(copy, target);
  if (end === 'survived') survived++;
  const source = readFileSync(join(copy, target.file), 'utf8');
  const line = source.slice(0, target.mutant.start).split('\n').length;
  const seconds = ((performance.now() - started) / 1_000).toFixed(1);
  console.log(
    `${target.number}/${count} ${target.file}:${line}  ${target.mutant.what}  ${end}, ${seconds} s`,
  );
});
const share = (100 * survived) / Math.max(1, chosen.length);
console.log(`${survived} of ${chosen.length} survived (${share.toFixed(1)} %)`);
process.exitCode = share > reachPercent ? 1 : 0;

/** What became of the fault: the tests that reach it are run until one fails, that of its file first, then the quickest. */
async function endOf(copy: string, { file, mutant, tests }: Target): Promise<string> {
  const path = join(copy, file);
  const source = readFileSync(path, 'utf8');
  const named = ({ test }: { test: string }): boolean => test.endsWith(`/${basename(file, '.js')}.test.js`);
  const reaching = tests
    .flatMap((test) => ({ test, ...reached.get(test)! }))
    .filter((of) => of.coverage?.covers(join(of.copy, file), mutant.reached))
    .sort((a, b) => Number(named(b)) - Number(named(a)) || a.ms - b.ms);
  writeFileSync(path, source.slice(0, mutant.start) + mutant.text + source.slice(mutant.end));
  try {
    for (const { test, ms } of reaching) {
      const { result } = await runTest(copy, test, Math.max(shortestMs, slowFactor * ms));
      if (result !== 'passed') return `killed by ${test.replace('dist/test/', '')} (${result})`;
    }
    return 'survived';
  } finally {
    writeFileSync(path, source);
  }
}

function copyTo(copy: string): string {
  const own = ['dist', 'data', 'examples', 'package.json', 'apps', 'packages', 'docs', 'README.md'];
  for (const part of [...own, 'test/support'])
    cpSync(join(root, part), join(copy, part), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

function filesIn(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map(
    (name) => `${folder}/${name}`,
  );
}

/** Each of the items in the next copy that is free. */
async function inEveryCopy<Item>(items: readonly Item[], work: (copy: string, item: Item) => Promise<void>) {
  const waiting = items[Symbol.iterator]();
  await Promise.all(
    copies.map(async (copy) => {
      for (const item of waiting) await work(copy, item);
    }),
  );
}
