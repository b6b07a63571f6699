// `npm run mutate [-- count seed]`: small faults in the rooms that decide, one at a time; which of them no test sees?
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { random } from '../src/core/index.js';
import { Coverage } from './coverage.js';
import { type Mutant, mutantsOf } from './mutants.js';

/** Where a wrong decision is made rather than a wrong word written, and the tests that are about it. */
const places: Readonly<Record<string, readonly string[]>> = {
  'dist/src/recommend': ['recommend', 'server'],
  'dist/src/projections': ['projections', 'server', 'recommend'],
  'dist/src/storage': ['storage', 'projections', 'server'],
  'dist/src/train': ['train'],
  'dist/src/server/access': ['server'],
};
const timeoutMs = 120_000;

interface Target {
  file: string;
  tests: readonly string[];
}

const [count = 200, seed = 1] = process.argv.slice(2).map(Number);
const root = process.cwd();
const copy = mkdtempSync(join(tmpdir(), 'endcap-mutate-'));
for (const part of ['dist', 'data', 'examples', 'package.json', 'apps', 'packages', 'docs', 'README.md'])
  cpSync(join(root, part), join(copy, part), { recursive: true });
symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
process.on('SIGINT', () => process.exit(130));
process.on('exit', () => rmSync(copy, { recursive: true, force: true }));

const files = (folder: string): string[] =>
  readdirSync(join(copy, folder), { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`);

/** Runs one test file, gives whether it passed and how long it took. */
function passes(test: string, coverage?: string): { passed: boolean; ms: number } {
  const started = performance.now();
  const env = { ...process.env, TZ: 'Asia/Kolkata', ...(coverage ? { NODE_V8_COVERAGE: coverage } : {}) };
  const options = {
    cwd: copy,
    env,
    timeout: timeoutMs,
    killSignal: 'SIGKILL' as const,
    stdio: 'ignore' as const,
  };
  // Without `--test`, whose own child would go on for ever when a fault loops and only the runner is killed.
  const { status } = spawnSync(process.execPath, [test], options);
  return { passed: status === 0, ms: performance.now() - started };
}

const wanted = [...new Set(Object.values(places).flat())];
const tests = wanted.flatMap((room) =>
  files(`dist/test/${room}`).filter((name) => name.endsWith('.test.js')),
);
console.log(`${tests.length} test files are run once, to see what each of them reaches …`);
const reach = new Map<string, { coverage: Coverage; ms: number }>();
for (const test of tests) {
  const folder = join(copy, 'coverage', test);
  const { passed, ms } = passes(test, folder);
  if (!passed) console.log(`  ${test} does not pass as it is: left out`);
  else reach.set(test, { coverage: new Coverage(folder), ms });
}

const targets: Target[] = Object.entries(places).flatMap(([place, rooms]) => {
  const of = tests.filter((test) => rooms.some((room) => test.startsWith(`dist/test/${room}/`)));
  const own = place.endsWith('access') ? files('dist/src/server') : files(place);
  return own
    .filter((file) => file.endsWith('.js') && !file.endsWith('index.js') && file.startsWith(place))
    .map((file) => ({ file, tests: of }));
});
const all = targets.flatMap((target) =>
  mutantsOf(readFileSync(join(copy, target.file), 'utf8')).map((mutant) => ({ ...target, mutant })),
);
const chosen = random(seed).shuffle(all).slice(0, count);
console.log(`${all.length} possible faults; ${chosen.length} are tried (seed ${seed})`);

const survivors: string[] = [];
for (const [at, { file, mutant, tests: related }] of chosen.entries()) {
  const seen = killed(file, mutant, related);
  if (!seen) {
    const line = readFileSync(join(copy, file), 'utf8').slice(0, mutant.start).split('\n').length;
    survivors.push(`${file}:${line}  ${mutant.what}`);
    console.log(`survived: ${survivors.at(-1)}`);
  }
  if (process.stderr.isTTY) process.stderr.write(`\r${at + 1} of ${chosen.length}`);
}
const share = (100 * survivors.length) / Math.max(1, chosen.length);
console.log(`${survivors.length} of ${chosen.length} survived (${share.toFixed(1)} %)`);
process.exitCode = share > 15 ? 1 : 0;

/** Whether some test that reaches the fault fails with it, the quickest first. */
function killed(file: string, { start, end, text }: Mutant, related: readonly string[]): boolean {
  const path = join(copy, file);
  const source = readFileSync(path, 'utf8');
  const reaching = related
    .filter((test) => reach.get(test)?.coverage.covers(path, start))
    .sort((a, b) => reach.get(a)!.ms - reach.get(b)!.ms);
  writeFileSync(path, source.slice(0, start) + text + source.slice(end));
  try {
    return reaching.some((test) => !passes(test).passed);
  } finally {
    writeFileSync(path, source);
  }
}
