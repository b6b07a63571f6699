import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { openCatalogue } from '../../catalogue/index.js';
import { readConfig } from '../../config/index.js';
import { EndcapError, type Item } from '../../core/index.js';
import {
  type Advised,
  adviceRows,
  bySales,
  csv,
  faultRows,
  forecastPage,
  forecastRows,
  InventoryDesk,
  type Rows,
  reorderPage,
  type StockSettings,
  stockOf,
  stockSettings,
} from '../../inventory/index.js';
import { demandOf } from '../../projections/index.js';
import { type Language, textTable } from '../../report/index.js';
import { openStoreToRead } from '../../storage/index.js';
import { pageLanguage } from '../pageLanguage.js';
import { progressLine } from '../progress.js';
import { wholeNumber } from '../shop.js';

interface Options {
  dir: string;
  weeks: string;
  item?: string;
  leadTime?: string;
  review?: string;
  service?: string;
  fill?: string;
  orderCost?: string;
  rows: string;
  json?: boolean;
  csv?: string;
  html?: string;
  language: Language;
}

export function registerInventory(program: Command): void {
  shared(program.command('forecast').description('What will sell: quantiles by item, from the log'))
    .option('--item <id>', 'one item alone')
    .addHelpText(
      'after',
      '\nExamples:\n  endcap forecast --dir ./shop --weeks 4\n  endcap forecast --dir ./shop --html forecast.html --csv forecast.csv',
    )
    .action((options: Options) => run(options, sayForecast));
  shared(
    program
      .command('reorder')
      .description('What to order now, from the forecast and the stock of the catalogue'),
  )
    .option('--lead-time <days>', 'days from order to shelf; 14 where endcap.json says nothing')
    .option('--review <days>', 'days between two looks; 7 where endcap.json says nothing')
    .option('--fill <share>', 'share of demand met from the shelf; .95 where endcap.json says nothing')
    .option('--service <share>', 'share of cycles without a stock-out, instead of --fill')
    .option('--order-cost <money>', 'what an order costs: orders become as large as pays')
    .addHelpText(
      'after',
      '\nExamples:\n  endcap reorder --dir ./shop --lead-time 21 --fill .97\n  endcap reorder --dir ./shop --csv orders.csv --html reorder.html\n  endcap reorder --dir ./shop --html 订货.html --language zh',
    )
    .action((options: Options) => run(options, sayReorder));
}

function shared(command: Command): Command {
  return command
    .option('--dir <dir>', 'folder of the shop', '.endcap')
    .option('--weeks <n>', 'weeks ahead', '8')
    .option('--rows <n>', 'lines printed', '25')
    .option('--json', 'print JSON')
    .option('--csv <file>', 'write all lines as CSV')
    .option('--html <file>', 'write a page with fan charts')
    .addOption(pageLanguage());
}

type Say = (desk: InventoryDesk, advised: Advised, options: Options) => void;

async function run(options: Options, say: Say): Promise<void> {
  const settings = { ...stockSettings(readConfig(options.dir).inventory ?? {}), ...settingsOf(options) };
  const weeks = wholeNumber('--weeks', options.weeks);
  if (weeks < 1 || weeks > 26) throw outside('--weeks', options.weeks, 'Give 1 to 26 weeks');
  const line = progressLine();
  const store = openStoreToRead(options.dir);
  try {
    const catalogue = openCatalogue(store.facts);
    // Before a minute of forecasting.
    if (say === sayReorder) requireStock(catalogue.all());
    const demand = await demandOf(store.log);
    if (options.item !== undefined && !demand.some(({ id }) => id === options.item))
      throw neverSold(options.item);
    const desk = new InventoryDesk(
      { demand: () => demand, items: () => catalogue.all(), now: Date.now },
      settings,
    );
    await desk.refresh(line.report, weeks, say === sayReorder);
    line.stop();
    say(desk, desk.advice(), options);
  } finally {
    line.stop();
    await store.close();
  }
}

function requireStock(catalogue: Iterable<Item>): void {
  const { items, faults } = stockOf(catalogue);
  if (items.length > 0 || faults.length > 0) return;
  throw new EndcapError('invalid_stock', 'No item of the catalogue has a stock level', {
    remedy: 'Send stock with PUT /v1/items, or PATCH /v1/items/:id {"stock": 12}',
  });
}

function neverSold(item: string): EndcapError {
  const message = `The item "${item}" was never sold: there is nothing to forecast from`;
  return new EndcapError('unknown_item', message, { remedy: 'Check the id' });
}

function sayForecast(desk: InventoryDesk, { items: advice }: Advised, options: Options): void {
  const outlook = desk.outlook!;
  const rows = bySales(outlook).filter(
    (row) => options.item === undefined || outlook.forecast.ids[row] === options.item,
  );
  if (rows.length === 0 && options.item !== undefined) throw neverSold(options.item);
  const table = forecastRows(outlook, rows);
  if (options.html) write('--html', options.html, forecastPage(outlook, advice, options.language));
  print(table, options);
}

function sayReorder(desk: InventoryDesk, advised: Advised, options: Options): void {
  const { items, faults, rule } = advised;
  if (options.html) write('--html', options.html, reorderPage(desk.outlook!, advised, options.language));
  const table = adviceRows(items, faults);
  if (options.json) {
    if (options.csv) write('--csv', options.csv, csv(table));
    console.log(JSON.stringify({ items, faults, ...(rule && { rule }) }));
    return;
  }
  print({ ...table, rows: table.rows.slice(0, items.length) }, options, table);
  if (rule) {
    const [wanted, past] = [rule.fill, rule.pastFill].map((share) => `${(100 * share).toFixed(1)} %`);
    console.log(`Ordered to meet ${wanted} of demand; the rule would have met ${past} in the last 12 weeks.`);
  }
  if (faults.length > 0) {
    console.log(`${faults.length} items cannot be advised on:`);
    print(faultRows(faults), { rows: options.rows });
  }
}

/** Prints the first lines, and writes `all` where a file is named. */
function print(table: Rows, options: Pick<Options, 'rows' | 'csv' | 'json'>, all = table): void {
  if (options.csv) write('--csv', options.csv, csv(all));
  if (options.json) {
    const items = table.rows.map((row) =>
      Object.fromEntries(row.map((value, at) => [table.head[at]!, value])),
    );
    console.log(JSON.stringify({ items }));
    return;
  }
  const shown = wholeNumber('--rows', options.rows);
  const printed = textTable({ head: table.head });
  for (const row of table.rows.slice(0, shown)) printed.push(row.map((value) => shortened(value)));
  console.log(printed.toString());
  if (table.rows.length > shown) console.log(`${shown} of ${table.rows.length} lines; --csv writes all.`);
}

const shortened = (text: string): string => (text.length > 34 ? `${text.slice(0, 33)}…` : text);

function settingsOf({ leadTime, review, service, fill, orderCost }: Options): StockSettings {
  const given: Parameters<typeof stockSettings>[0] = {};
  if (leadTime !== undefined) given.leadTimeDays = number('--lead-time', leadTime);
  if (review !== undefined) given.reviewDays = number('--review', review);
  if (orderCost !== undefined) given.orderCost = number('--order-cost', orderCost);
  if (service !== undefined) given.service = share('--service', service);
  if (fill !== undefined) given.fill = share('--fill', fill);
  return stockSettings(given);
}

function share(name: string, text: string): number {
  const value = Number(text);
  if (value > 0 && value < 1) return value;
  throw outside(name, text, 'Give a share between 0 and 1, such as .95');
}

function number(name: string, text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value >= 0) return value;
  throw outside(name, text, 'Give a number, 0 or more');
}

function outside(name: string, text: string, remedy: string): EndcapError {
  return new EndcapError('invalid_option', `${name} is "${text}"`, { remedy });
}

function write(name: string, path: string, content: string): void {
  try {
    writeFileSync(path, content);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : cause;
    throw new EndcapError('unwritable', `${path} cannot be written: ${why}`, {
      remedy: `Give another ${name} file`,
      cause,
    });
  }
}
