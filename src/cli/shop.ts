import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openCatalogue } from '../catalogue/index.js';
import {
  defaultEventWeights,
  EndcapError,
  type Event,
  type Item,
  type Progress,
  readConfig,
} from '../core/index.js';
import { algorithms, classics, type Recommender } from '../models/index.js';
import { type CleaningReport, type Mapping, parseMapping, prepareFiles } from '../prepare/index.js';
import { type Engine, openEngine } from '../recommend/index.js';
import { openStore, openStoreToRead, type Store } from '../storage/index.js';
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

/** Where a server keeps the events that it refused. */
export const quarantineFile = (dir: string): string => join(dir, 'quarantine', 'events.jsonl');

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

export function chosenAlgorithms(names: string | undefined): readonly Recommender[] {
  if (!names) return classics;
  if (names === 'all') return algorithms;
  return names.split(',').map((name) => {
    const found = algorithms.find((recommender) => recommender.name === name);
    if (!found) {
      const known = algorithms.map((recommender) => recommender.name).join(', ');
      throw new EndcapError('unknown_model', `No model algorithm "${name}"`, {
        remedy: `Choose among ${known}, or all`,
      });
    }
    return found;
  });
}

/** What training reads of a shop, and where its models go. */
export interface ShopContent {
  /** The whole log: the place of an event is its offset. */
  events: Event[];
  catalogue: Map<string, Item>;
  objects: Store['objects'];
}

/** Reads a shop's log and catalogue, whether or not a server has the shop open. */
export async function readShop(dir: string): Promise<ShopContent> {
  const store = openStoreToRead(dir);
  try {
    const events: Event[] = [];
    for await (const block of store.log.blocks()) events.push(...block.events);
    if (events.length === 0) {
      throw new EndcapError('no_events', 'The log is empty: there is nothing to learn from', {
        remedy: 'Import data first: endcap import FILE',
      });
    }
    const catalogue = new Map([...openCatalogue(store.facts).all()].map((item) => [item.id, item]));
    if (catalogue.size === 0) {
      throw new EndcapError('empty_catalogue', 'The catalogue is empty: no model could recommend anything', {
        remedy: 'Import data with items, or send them with PUT /v1/items',
      });
    }
    return { events, catalogue, objects: store.objects };
  } finally {
    await store.close();
  }
}

/** An option that must be a whole number, 0 or more. */
export function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0) return value;
  throw new EndcapError('invalid_option', `${name} is "${text}"`, { remedy: 'Give a whole number' });
}
