// `npm run mutate [-- count seed first beside]`: small faults in the rooms that decide; which does no test see?
// A run that was broken off goes on from its last number with `first`; `beside` are tried beside each other.
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Coverage } from './coverage.js';
import { type Mutant, mutantsOf } from './mutants.js';
import { runTest } from './testRun.js';

/**
 * Where a wrong decision is made rather than a wrong word written, and the tests that are about it. Those of the server
 * start whole shops: of 193 faults tried with them they saw none but their own room's.
 */
const places: Readonly<Record<string, readonly string[]>> = {
  'dist/src/recommend': ['recommend/'],
  'dist/src/projections': ['projections/', 'recommend/'],
  'dist/src/storage': ['storage/', 'projections/'],
  'dist/src/train': ['train/'],
  'dist/src/inventory': ['inventory/'],
  'dist/src/server/access': ['server/access', 'server/keys'],
};
const reachPercent = 15;
const usualMs = 900_000;
/** A test that a fault has slowed this much hangs. Less would take a busy machine for a fault that was seen. */
const slowFactor = 15;
const shortestMs = 60_000;
/** A busy machine hangs a test as a fault does: those that took too long are tried again, alone, with so much more patience. */
const patienceAlone = 4;

interface Target {
  file: string;
  tests: readonly string[];
  mutant: Mutant;
  /** Where in the sample it comes: drawn by what the fault is, so that other code can change without another sample. */
  lot: string;
}
interface Numbered extends Target {
  number: number;
}
interface Reached {
  coverage: Coverage;
  copy: string;
  ms: number;
}

const [count = 200, seed = 1, first = 1, beside = availableParallelism()] = process.argv.slice(2).map(Number);
const root = process.cwd();
const scratch = mkdtempSync(join(tmpdir(), 'endcap-mutate-'));
process.on('SIGINT', () => process.exit(130));
process.on('SIGTERM', () => process.exit(143));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));
const copies = Array.from({ length: beside }, (_, at) => copyTo(join(scratch, String(at))));

const tests = testsOf([...new Set(Object.values(places).flat())]);
const reached = new Map<string, Reached>();
console.log(`${tests.length} test files are run once, to see what each of them reaches …`);
await inEveryCopy(tests, async (copy, test) => {
  const folder = join(copy, 'coverage', test);
  const { result, ms } = await runTest(copy, test, usualMs, folder);
  if (result !== 'passed') console.log(`  ${test} ${result} as it is: left out`);
  else reached.set(test, { coverage: new Coverage(folder), copy, ms });
});

const all = Object.entries(places).flatMap(([place, about]) => {
  const related = testsOf(about);
  return filesIn(place.endsWith('access') ? 'dist/src/server' : place)
    .filter((file) => file.endsWith('.js') && !file.endsWith('index.js') && file.startsWith(place))
    .flatMap((file) => targetsIn(file, related));
});
const chosen = all
  .sort((a, b) => (a.lot < b.lot ? -1 : 1))
  .slice(0, count)
  .map((target, at) => ({ ...target, number: at + 1 }))
  .filter(({ number }) => number >= first);
console.log(`${all.length} possible faults; ${chosen.length} of ${count} are tried (seed ${seed})`);

const survivors: Numbered[] = [];
const slow: Numbered[] = [];
await inEveryCopy(chosen, async (copy, target) => {
  const end = await tell(copy, target, 1);
  if (end === 'survived') survivors.push(target);
  if (end.endsWith('(timed out)')) slow.push(target);
});
let hung = 0;
if (slow.length > 0) console.log(`${slow.length} took too long, and are tried again alone`);
for (const target of slow) {
  const end = await tell(copies[0]!, target, patienceAlone);
  if (end === 'survived') survivors.push(target);
  if (end.endsWith('(timed out)')) hung++;
}
const share = (100 * survivors.length) / Math.max(1, chosen.length);
const numbers = survivors.map(({ number }) => number).sort((a, b) => a - b);
console.log(
  `${survivors.length} of ${chosen.length} survived (${share.toFixed(1)} %): ${numbers.join(', ')}`,
);
if (hung > 0) console.log(`${hung} of those killed hang even alone`);
process.exitCode = share > reachPercent ? 1 : 0;

async function tell(copy: string, target: Numbered, patience: number): Promise<string> {
  const started = performance.now();
  const end = await endOf(copy, target, patience);
  const source = readFileSync(join(copy, target.file), 'utf8');
  const line = source.slice(0, target.mutant.start).split('\n').length;
  const seconds = ((performance.now() - started) / 1_000).toFixed(1);
  console.log(
    `${target.number}/${count} ${target.file}:${line}  ${target.mutant.what}  ${end}, ${seconds} s`,
  );
  return end;
}

/** What became of the fault: the tests that reach it are run until one fails, that of its file first, then the quickest. */
async function endOf(copy: string, { file, mutant, tests }: Target, patience: number): Promise<string> {
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
      const { result } = await runTest(copy, test, patience * Math.max(shortestMs, slowFactor * ms));
      if (result !== 'passed') return `killed by ${test.replace('dist/test/', '')} (${result})`;
    }
    return 'survived';
  } finally {
    writeFileSync(path, source);
  }
}

/** The faults of a file, each with its lot: by its line's text and which of the same it is, not by where it stands. */
function targetsIn(file: string, tests: readonly string[]): Target[] {
  const source = readFileSync(join(root, file), 'utf8');
  const met = new Map<string, number>();
  return mutantsOf(source).map((mutant) => {
    const from = source.lastIndexOf('\n', mutant.start) + 1;
    const fault = `${seed} ${file} ${source.slice(from).split('\n', 1)[0]!.trim()} ${mutant.what}`;
    const times = met.get(fault) ?? 0;
    met.set(fault, times + 1);
    return { file, tests, mutant, lot: createHash('sha1').update(`${fault} ${times}`).digest('hex') };
  });
}

function copyTo(copy: string): string {
  const own = ['dist', 'data', 'examples', 'package.json', 'apps', 'packages', 'docs', 'README.md'];
  for (const part of [...own, 'test/support'])
    cpSync(join(root, part), join(copy, part), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

function testsOf(about: readonly string[]): string[] {
  return filesIn('dist/test').filter(
    (name) => name.endsWith('.test.js') && about.some((start) => name.startsWith(`dist/test/${start}`)),
  );
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
