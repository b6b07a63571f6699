import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { EndcapError, eventTable, type Progress, readConfig } from '../core/index.js';
import { type CleaningReport, type Mapping, parseMapping, prepareFiles } from '../prepare/index.js';
import { type Engine, openEngine } from '../recommend/index.js';
import { openStore } from '../storage/index.js';
import { Registry } from '../train/index.js';

/** Root of the package, from dist/src/cli. */
export const packageRoot = fileURLToPath(new URL('../../../', import.meta.url));
export const codeVersion = (
  JSON.parse(readFileSync(`${packageRoot}package.json`, 'utf8')) as { version: string }
).version;

export function openShop(dir: string, progress: Progress): Promise<Engine> {
  const { events, limits = {} } = readConfig(dir);
  const store = openStore(dir);
  return openEngine({
    store,
    state: {
      table: eventTable(events),
      recent: limits.shopperEvents,
      boughtItems: limits.boughtItems,
      ...(limits.boughtDays !== undefined && { boughtMs: 86_400_000 * limits.boughtDays }),
      residentShoppers: limits.residentShoppers,
      maxItems: limits.items,
    },
    progress,
    models: new Registry(store.objects),
    warn: (error, what) =>
      process.stderr.write(`endcap: ${what}: ${error instanceof Error ? error.message : error}\n`),
  });
}

export function readMapping(path: string | undefined): Mapping | undefined {
  if (!path) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new EndcapError('invalid_mapping', `Cannot read the mapping ${path}`, {
      remedy: 'It is a JSON file',
      cause,
    });
  }
  return parseMapping(value);
}

/** Cleans files into the shop: the log, and a catalogue for what is new. */
export async function importInto(
  engine: Engine,
  files: readonly string[],
  options: { mapping?: Mapping | undefined; quarantine: string; progress: Progress },
): Promise<{ report: CleaningReport; stored: number; duplicates: number }> {
  const { mapping, quarantine, progress } = options;
  const prepared = await prepareFiles(files, {
    now: Date.now(),
    quarantine,
    progress,
    ...(mapping ? { mapping } : {}),
  });
  try {
    await engine.catalogue.put(prepared.items.filter(({ id }) => !engine.catalogue.get(id)));
    let stored = 0;
    let duplicates = 0;
    for await (const batch of prepared.batches(5_000)) {
      for (const { duplicate } of await engine.ingest(batch)) {
        if (duplicate) duplicates++;
        else stored++;
      }
      progress({ phase: 'logging events', done: stored + duplicates, total: prepared.report.events });
    }
    return { report: prepared.report, stored, duplicates };
  } finally {
    prepared.close();
  }
}

/** An option that must be a whole number, 0 or more. */
export function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0) return value;
  throw new EndcapError('invalid_option', `${name} is "${text}"`, { remedy: 'Give a whole number' });
}
