import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { formatReport, reportHtml } from '../../prepare/index.js';
import { replay } from '../../projections/index.js';
import { openStore } from '../../storage/index.js';
import { progressLine } from '../progress.js';
import { importInto, openShop, readMapping } from '../shop.js';

const importExamples = `
Examples:
  endcap import orders.csv
  endcap import events-1.jsonl.gz events-2.jsonl.gz --dir ./shop --mapping examples/mapping.json
  endcap import ./shop/quarantine.jsonl --dir ./shop      after correcting \`data\`

Mapping file: columns by role (user, item, time, type, order, session, quantity, price, currency, title, value, query,
attribution, context, id), defaultType, types, currency, missingUser (quarantine or anonymous), nonProducts.`;

export function registerImport(program: Command): void {
  program
    .command('import')
    .description('Clean behaviour data (CSV, TSV, Parquet, JSONL, each also .gz) and log it')
    .argument('<files...>')
    .option('--dir <dir>', 'folder of the shop', '.endcap')
    .option('--mapping <file>', 'JSON that says which column is what')
    .option('--json', 'print the report as JSON')
    .addHelpText('after', importExamples)
    .action(runImport);
  program
    .command('replay')
    .description('Rebuild every derived thing (profiles, statistics, demand) from the log')
    .option('--dir <dir>', 'folder of the shop', '.endcap')
    .addHelpText('after', '\nExample:\n  endcap replay --dir ./shop')
    .action(runReplay);
}

async function runImport(
  files: string[],
  options: { dir: string; mapping?: string; json?: boolean },
): Promise<void> {
  mkdirSync(options.dir, { recursive: true });
  const line = progressLine();
  const engine = await openShop(options.dir, line.report);
  try {
    const quarantine = join(options.dir, `quarantine-${Date.now()}.jsonl`);
    const mapping = readMapping(options.mapping ?? mappingBeside(files));
    const done = await importInto(engine, files, { mapping, quarantine, progress: line.report });
    line.stop();
    const report = join(options.dir, 'import-report');
    writeFileSync(`${report}.json`, `${JSON.stringify(done.report, null, 2)}\n`);
    writeFileSync(`${report}.html`, reportHtml(done.report));
    if (mapping && done.report.rowsQuarantined > 0)
      writeFileSync(besideQuarantine(quarantine), `${JSON.stringify(mapping, null, 2)}\n`);
    if (options.json) console.log(JSON.stringify({ ...done, quarantine }));
    else {
      console.log(formatReport(done.report));
      console.log(
        `${done.stored} events logged, ${done.duplicates} were there already. Report: ${report}.html`,
      );
      if (done.report.rowsQuarantined > 0)
        console.log(`Rejected rows: ${quarantine}. Correct \`data\` and import that file.`);
    }
  } finally {
    line.stop();
    await engine.close();
  }
}

const besideQuarantine = (file: string): string => `${file}.mapping.json`;

/** A quarantine file keeps the mapping of its import beside it, so that it is read again in the same way. */
function mappingBeside(files: readonly string[]): string | undefined {
  return files.map(besideQuarantine).find((path) => existsSync(path));
}

async function runReplay(options: { dir: string }): Promise<void> {
  const line = progressLine();
  const store = openStore(options.dir);
  try {
    const started = performance.now();
    const state = await replay(store, {}, line.report);
    await state.checkpoint();
    line.stop();
    const seconds = (performance.now() - started) / 1000;
    console.log(`${state.offset} events replayed in ${seconds.toFixed(1)} s; digest ${await state.digest()}`);
  } finally {
    line.stop();
    await store.close();
  }
}
