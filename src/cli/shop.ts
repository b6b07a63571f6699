import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defaultEventWeights, EndcapError, type Progress, readConfig } from '../core/index.js';
import { type CleaningReport, type Mapping, parseMapping, prepareFiles } from '../prepare/index.js';
import { type Engine, openEngine } from '../recommend/index.js';
import { openStore } from '../storage/index.js';
import { Registry } from '../train/index.js';

/** Root of the package, from dist/src/cli. */
export const packageRoot = fileURLToPath(new URL('../../../', import.meta.url));
export const codeVersion = (
  JSON.parse(readFileSync(`${packageRoot}package.json`, 'utf8')) as { version: string }
).version;

/** Opens a shop. `serving`: under its policy, with a model that goes on learning. */
export function openShop(dir: string, progress: Progress, serving = false): Promise<Engine> {
  const { events = {}, limits = {} } = readConfig(dir);
  const weights = Object.fromEntries(Object.entries(events).map(([type, { weight }]) => [type, weight]));
  const store = openStore(dir);
  return openEngine({
    store,
    state: {
      weights: { ...defaultEventWeights, ...weights },
      recent: limits.shopperEvents,
      residentShoppers: limits.residentShoppers,
      maxItems: limits.items,
    },
    progress,
    models: new Registry(store.objects),
    ...(serving ? { online: true, policy: join(dir, 'policy.json') } : {}),
    warn,
  });
}

/** What goes wrong in the background, as a line. */
export function warn(error: unknown, what: string): void {
  process.stderr.write(`endcap: ${what}: ${error instanceof Error ? error.message : error}\n`);
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
