import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { textTable } from '../src/report/index.js';
import type { BenchRow, BenchRun } from './support/row.js';
import { windowPlots } from './support/windowPlots.js';

/** `npm run bench -- NAME… [--smoke]`: runs benches, prints their tables, writes `bench/results/NAME.json`. */
const names = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const smoke = process.argv.includes('--smoke');
const here = new URL('.', import.meta.url);
const known = readdirSync(here)
  .filter((file) => file.endsWith('.js') && file !== 'run.js')
  .map((file) => file.slice(0, -3));

const unknown = names.filter((name) => name !== 'all' && !known.includes(name));
if (names.length === 0 || unknown.length > 0) {
  console.error(
    `Say which bench: ${known.join(', ')}, or all${unknown.length ? ` (not ${unknown.join(', ')})` : ''}`,
  );
  process.exit(2);
}
const data = resolve(process.env.ENDCAP_DATA ?? '../shared/data');
if (!existsSync(data)) console.log(`ENDCAP_DATA (${data}) is absent: benches that need its sets say so.`);

const machine = `${cpus()[0]?.model.trim()} × ${cpus().length}, Node ${process.version}`;
const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
const asked = names.includes('all') ? known : names;
if (smoke && asked.length > 1) {
  await besideEachOther(asked);
  process.exit(0);
}
for (const name of asked) {
  const started = performance.now();
  const { run } = (await import(new URL(`${name}.js`, here).href)) as { run: BenchRun };
  const rows = await run({ smoke, data });
  print(`${name}${smoke ? ' (smoke)' : ''}, ${((performance.now() - started) / 1000).toFixed(1)} s`, rows);
  if (smoke) continue;
  mkdirSync('bench/results', { recursive: true });
  const path = `bench/results/${name}.json`;
  const full = rows.map((row) => ({ ...row, machine, commit }));
  const all: BenchRow[] = [...keptRows(path, rows), ...full];
  writeFileSync(path, `${JSON.stringify(all, null, 2)}\n`);
  const plots = windowPlots(name, all);
  if (plots) writeFileSync(`bench/results/${name}.html`, plots);
}
process.exit(0);

/** What is run only to see that it runs need not be alone: each in a process of its own, one a core. */
async function besideEachOther(waiting: readonly string[]): Promise<void> {
  const left = [...waiting];
  const lane = async (): Promise<void> => {
    for (let name = left.shift(); name !== undefined; name = left.shift()) {
      const args = [...process.execArgv, fileURLToPath(import.meta.url), name, '--smoke'];
      const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { maxBuffer: 2 ** 28 });
      process.stdout.write(stdout);
      process.stderr.write(stderr);
    }
  };
  await Promise.all(cpus().map(lane));
}

/** Rows of earlier runs that this one did not measure anew: a long bench may be run in parts. */
function keptRows(path: string, rows: readonly BenchRow[]): BenchRow[] {
  if (!existsSync(path)) return [];
  const fresh = new Set(rows.map(({ data, metric }) => `${data}\0${metric}`));
  const old = JSON.parse(readFileSync(path, 'utf8')) as BenchRow[];
  return old.filter(({ data, metric }) => !fresh.has(`${data}\0${metric}`));
}

function print(title: string, rows: BenchRow[]): void {
  const table = textTable({ head: ['data', 'metric', 'value', '± sd', 'seeds', 'reference', 'source'] });
  for (const row of rows) {
    const cells = [
      row.data,
      row.metric,
      figure(row.value),
      figure(row.sd),
      row.seeds,
      figure(row.reference),
      row.source,
    ];
    table.push(cells.map((cell) => String(cell ?? '')));
  }
  console.log(`\n${title}\n${table.toString()}`);
}

function figure(value: number | string | undefined): string {
  if (typeof value !== 'number') return value ?? '';
  return Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(4);
}
