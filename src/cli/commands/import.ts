import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { readConfig } from '../../config/index.js';
import { EndcapError, type Progress } from '../../core/index.js';
import { dialects, formatReport, type Mapping, parseMapping, reportHtml } from '../../prepare/index.js';
import type { Language } from '../../report/index.js';
import { type Imported, importInto, mappingBeside } from '../importFiles.js';
import { formatItems, importItems } from '../importItems.js';
import { engineTarget, type ImportTarget, serverTarget } from '../importTarget.js';
import { pageLanguage } from '../pageLanguage.js';
import { progressLine } from '../progress.js';
import { holderOf } from '../serverAddress.js';
import { openShop, readMapping } from '../shop.js';

const importExamples = `
Examples:
  endcap import orders.csv
  endcap import orders_export.csv --from shopify --dir ./shop
  endcap import order_items.csv orders.csv --dir ./shop     lines and orders, joined by their key
  endcap import --items products.xml --dir ./shop           a catalogue (CSV, TSV, JSON, Parquet, Merchant XML)
  endcap import events.jsonl.gz --dir ./shop --mapping mapping.json --dates dmy --zone Europe/Berlin
  endcap import orders.csv --server http://localhost:7700   into a running server
  endcap import ./shop/quarantine-….jsonl --dir ./shop      after correcting \`data\`

docs/import.md explains mapping files, with an example of each kind of export.`;

interface Options {
  dir: string;
  mapping?: string;
  from?: string;
  items?: string[];
  encoding?: string;
  dates?: 'dmy' | 'mdy';
  zone?: string;
  currency?: string;
  server?: string;
  key?: string;
  json?: boolean;
  language: Language;
}

export function registerImport(program: Command): void {
  program
    .command('import')
    .description('Clean behaviour data or a catalogue and put it into a shop')
    .argument('[files...]', 'events and orders: CSV, TSV, JSON, JSON lines, Parquet, each also .gz')
    .option('--items <files...>', 'catalogues: the same formats, and Google Merchant XML')
    .option('--dir <dir>', 'folder of the shop', '.endcap')
    .option(
      '--from <kind>',
      `kind of export: ${dialects()
        .map(({ name }) => name)
        .join(', ')}`,
    )
    .option('--mapping <file>', 'JSON that says which column is what')
    .option('--encoding <name>', 'encoding of the files, such as gb18030; told from the bytes when absent')
    .addOption(new Option('--dates <order>', 'order of day and month').choices(['dmy', 'mdy']))
    .option('--zone <name>', 'time zone of times without one, such as Europe/Berlin (default UTC)')
    .option('--currency <code>', 'currency of prices without one, such as EUR')
    .option('--server <url>', 'send it to a running server instead of opening the folder')
    .option('--key <key>', 'API key for --server (or ENDCAP_KEY)')
    .option('--json', 'print the report as JSON')
    .addOption(pageLanguage())
    .addHelpText('after', importExamples)
    .action(runImport);
}

async function runImport(files: string[], options: Options): Promise<void> {
  if (files.length === 0 && !options.items) {
    throw new EndcapError('invalid_option', 'No file is named', {
      remedy: 'endcap import FILE, or endcap import --items FILE; --help has examples',
    });
  }
  mkdirSync(options.dir, { recursive: true });
  const line = progressLine();
  const mapping = mappingOf(options, [...files, ...(options.items ?? [])]);
  const target = await openTarget(options, line.report);
  try {
    if (options.items) {
      const done = await importItems(target, options.items, {
        mapping,
        from: options.from,
        dir: options.dir,
        quarantine: join(options.dir, `quarantine-items-${Date.now()}.jsonl`),
        progress: line.report,
      });
      line.stop();
      console.log(options.json ? JSON.stringify(done) : formatItems(done));
    }
    if (files.length > 0) await importEvents(target, files, options, mapping, line);
  } finally {
    line.stop();
    await target.close();
  }
}

async function importEvents(
  target: ImportTarget,
  files: string[],
  options: Options,
  mapping: Mapping | undefined,
  line: ReturnType<typeof progressLine>,
): Promise<void> {
  const quarantine = join(options.dir, `quarantine-${Date.now()}.jsonl`);
  const { from, dir } = options;
  const done = await importInto(target, files, { mapping, from, quarantine, dir, progress: line.report });
  line.stop();
  const report = join(dir, 'import-report');
  writeFileSync(`${report}.json`, `${JSON.stringify(done.report, null, 2)}\n`);
  writeFileSync(`${report}.html`, reportHtml(done.report, options.language));
  if (options.json) console.log(JSON.stringify({ ...done, quarantine }));
  else console.log(summary(done, `${report}.html`, quarantine));
}

function summary({ report, stored, duplicates, edits }: Imported, page: string, quarantine: string): string {
  const parts = [
    formatReport(report),
    `${stored} events logged, ${duplicates} were there already. Report: ${page}`,
  ];
  if (edits.orders > 0)
    parts.push(
      `${edits.orders} orders changed since they were logged (${edits.examples.join(', ')}${edits.orders > edits.examples.length ? ', …' : ''}): ${edits.unitsAdded} units added, ${edits.unitsTaken} taken back`,
    );
  if (report.rowsQuarantined > 0)
    parts.push(`Rejected rows: ${quarantine}. Correct \`data\` and import that file.`);
  return parts.join('\n');
}

/** The folder itself, or the server that has it open. */
async function openTarget(options: Options, progress: Progress): Promise<ImportTarget> {
  const key = options.key ?? process.env.ENDCAP_KEY;
  if (options.server !== undefined) return serverTarget(options.server, key, options.dir);
  try {
    return engineTarget(await openShop(options.dir, progress));
  } catch (error) {
    const url = holderOf(options.dir, error);
    if (url === undefined) throw error;
    return serverTarget(url, key, options.dir);
  }
}

/** What a mapping file says, and on top what the options say. */
function mappingOf(options: Options, files: readonly string[]): Mapping | undefined {
  const mapping = readMapping(options.mapping ?? files.map(mappingBeside).find((path) => existsSync(path)));
  const { encoding, dates, zone, currency } = options;
  const given = (from: object) => Object.entries(from).filter(([, value]) => value !== undefined);
  const said = given({ encoding, dates, zone, currency });
  // What the shop says of itself comes last: a file knows better, and who imports it best.
  const { currency: own, timeZone } = readConfig(options.dir);
  const usual = given({ currency: own, zone: timeZone });
  if (said.length + usual.length === 0) return mapping;
  return parseMapping({ ...Object.fromEntries(usual), ...mapping, ...Object.fromEntries(said) });
}
