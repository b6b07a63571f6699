// `npm run assertions [-- part …]`: which assertions of the tests never run, or are not waited for? With parts of paths,
// such as `search/`, only those of the tests that have one of them in theirs.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Node, parse } from 'acorn';
import { ancestor } from 'acorn-walk';
import { Coverage } from './coverage.js';

const timeoutMs = 900_000;

interface Assertion {
  start: number;
  /** Its promise goes nowhere: it fails without the test. */
  floating: boolean;
}

const files = readdirSync('dist/test', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.js'))
  .map((name) => join('dist/test', name));
const wanted = process.argv.slice(2);
const tests = files.filter(
  (name) => name.endsWith('.test.js') && (wanted.length === 0 || wanted.some((part) => name.includes(part))),
);
const folder = mkdtempSync(join(tmpdir(), 'endcap-assertions-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
for (const test of tests) {
  const env = { ...process.env, NODE_V8_COVERAGE: folder };
  const { status } = spawnSync(process.execPath, ['--test', test], {
    env,
    timeout: timeoutMs,
    stdio: 'ignore',
  });
  if (status !== 0) console.log(`${test} does not pass`);
}
const coverage = new Coverage(folder);
let found = 0;
for (const file of wanted.length > 0 ? tests : files) {
  const source = readFileSync(file, 'utf8');
  const path = join(process.cwd(), file);
  for (const { start, floating } of assertionsOf(source)) {
    const runs = coverage.covers(path, start);
    if (runs && !floating) continue;
    console.log(`${placeOf(file, source, start)} ${runs ? 'is not waited for' : 'never runs'}`);
    found++;
  }
}
console.log(`${found} assertions never run, or are not waited for`);
process.exitCode = found > 0 ? 1 : 0;

function assertionsOf(source: string): Assertion[] {
  const assertions: Assertion[] = [];
  ancestor(parse(source, { ecmaVersion: 'latest', sourceType: 'module' }), {
    CallExpression(node, _state, ancestors) {
      const { callee } = node as Node & {
        callee: { type: string; object?: Node; property?: { name?: string } };
      };
      const named = callee.type === 'MemberExpression' ? callee.object! : (callee as unknown as Node);
      if ((named as Node & { name?: string }).name !== 'assert') return;
      // Says of a place that nothing comes there.
      if (callee.property?.name === 'fail') return;
      const asks = callee.property?.name === 'rejects' || callee.property?.name === 'doesNotReject';
      assertions.push({
        start: node.start,
        floating: asks && ancestors.at(-2)?.type === 'ExpressionStatement',
      });
    },
  });
  return assertions;
}

/** File and line of the TypeScript that the place was made from. */
function placeOf(file: string, source: string, at: number): string {
  const before = source.slice(0, at).split('\n');
  const map = new SourceMap(JSON.parse(readFileSync(`${file}.map`, 'utf8')));
  const { originalLine } = map.findEntry(before.length - 1, before.at(-1)!.length) as {
    originalLine: number;
  };
  return `${file.replace(/^dist\//, '').replace(/js$/, 'ts')}:${originalLine + 1}`;
}
