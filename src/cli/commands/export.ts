import { resolve } from 'node:path';
import { Argument, type Command, Option } from 'commander';
import { EndcapError, type Progress, plainProfile } from '../../core/index.js';
import { openMarketing } from '../../marketing/index.js';
import { openStoreToRead } from '../../storage/index.js';
import { type ExportFormat, type ExportSource, exportFile, exportFormats } from '../exportFile.js';
import {
  eventSource,
  itemSource,
  predictionSource,
  profileSource,
  recommendationSource,
  type ShopperAnswers,
  serverAnswers,
  shoppersOf,
} from '../exportSources.js';
import { progressLine } from '../progress.js';
import { holderOf } from '../serverAddress.js';
import { openShop, wholeNumber } from '../shop.js';

const examples = `
Examples:
  endcap export events --to events.parquet --dir ./shop
  endcap export items --to items.csv --dir ./shop
  endcap export recommendations --to home.jsonl --count 20 --dir ./shop
  endcap export predictions --to intent.parquet --dir ./shop      what each shopper is about to buy

An export that was interrupted goes on where it was when the same command runs again. Events and items are read beside a
running server; profiles, recommendations and predictions are asked of it (--server, or the one that has the folder open).`;

const kinds = ['events', 'items', 'profiles', 'recommendations', 'predictions'] as const;

interface Options {
  to: string;
  dir: string;
  format?: ExportFormat;
  count: string;
  server?: string;
  key?: string;
  json?: boolean;
}

export function registerExport(program: Command): void {
  program
    .command('export')
    .description(
      'Write events, items, profiles, recommendations or predictions as CSV, JSON lines or Parquet',
    )
    .addArgument(new Argument('<what>', 'which table').choices([...kinds]))
    .requiredOption('--to <file>', 'file to write; its ending says the format')
    .option('--dir <dir>', 'folder of the shop', '.endcap')
    .addOption(new Option('--format <format>', 'where the ending does not say').choices([...exportFormats]))
    .option('--count <n>', 'recommendations a shopper', '10')
    .option('--server <url>', 'running server to ask for what is no table')
    .option('--key <key>', 'API key for it (or ENDCAP_KEY)')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', examples)
    .action(runExport);
}

async function runExport(what: (typeof kinds)[number], options: Options): Promise<void> {
  const format = options.format ?? formatOfEnding(options.to);
  const line = progressLine();
  const store = openStoreToRead(options.dir);
  let reading = true;
  let close: (() => Promise<void>) | undefined;
  try {
    const shop = `${resolve(options.dir)} ${options.server ?? ''}`;
    const write = <R>(source: ExportSource<R>) => exportFile(source, options.to, format, line.report);
    const run = async () => {
      if (what === 'events') return write(eventSource(store, shop));
      if (what === 'items') return write(itemSource(store, shop));
      const count = wholeNumber('--count', options.count);
      const users = await shoppersOf(store);
      // One process reads a store through one door: what answers opens it anew.
      reading = false;
      await store.close();
      const { answers, close: done } = await answersOf(options, line.report);
      close = done;
      if (what === 'profiles') return write(profileSource(users, answers, shop));
      if (what === 'predictions') return write(predictionSource(users, answers, shop));
      return write(recommendationSource(users, answers, shop, count));
    };
    const { records, resumedAt } = await run();
    line.stop();
    if (options.json) console.log(JSON.stringify({ what, file: options.to, format, records, resumedAt }));
    else
      console.log(
        `${records.toLocaleString('en')} ${what} in ${options.to}${resumedAt > 0 ? `, gone on with at ${resumedAt.toLocaleString('en')}` : ''}`,
      );
  } finally {
    line.stop();
    await close?.();
    if (reading) await store.close();
  }
}

function formatOfEnding(file: string): ExportFormat {
  const ending = file.split('.').at(-1)?.toLowerCase();
  if (ending === 'ndjson') return 'jsonl';
  const found = exportFormats.find((format) => format === ending);
  if (found) return found;
  throw new EndcapError('unknown_format', `Cannot tell the format of ${file}`, {
    remedy: `End its name with .${exportFormats.join(', .')}, or give --format`,
  });
}

/** The shop itself, or the server that has it open. */
async function answersOf(
  { server, key = process.env.ENDCAP_KEY, dir }: Options,
  progress: Progress,
): Promise<{ answers: ShopperAnswers; close?: () => Promise<void> }> {
  if (server !== undefined) return { answers: serverAnswers(server, key) };
  try {
    const engine = await openShop(dir, progress);
    const marketing = await openMarketing(engine, { dir });
    const answers: ShopperAnswers = {
      profile: async (user) => ({ ...plainProfile(engine.profile(user)), cart: engine.state.cart(user) }),
      recommend: (user, count) => engine.recommend({ user, scenario: 'home', count }),
      predict: async (user) => marketing.intent(user),
    };
    return { answers, close: () => engine.close() };
  } catch (error) {
    const url = holderOf(dir, error);
    if (url === undefined) throw error;
    return { answers: serverAnswers(url, key) };
  }
}
