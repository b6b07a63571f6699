import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { openCatalogue } from '../catalogue/index.js';
import { defaultEventWeights, EndcapError, type Event, type Item, type Progress } from '../core/index.js';
import { type Engine, openEngine } from '../engine/index.js';
import { classics, type Recommender, zoo } from '../models/index.js';
import { type CleaningReport, type Mapping, parseMapping, prepareFiles } from '../prepare/index.js';
import { openStoreToRead, type Store } from '../storage/index.js';
import {
  challenge,
  datasetFromEvents,
  fingerprint,
  type Manifest,
  Registry,
  type Selection,
  select,
  type Trial,
} from '../train/index.js';

/** Root of the package, from dist/src/cli. */
export const packageRoot = fileURLToPath(new URL('../../../', import.meta.url));
export const codeVersion = (
  JSON.parse(readFileSync(`${packageRoot}package.json`, 'utf8')) as { version: string }
).version;

export function openShop(dir: string, progress: Progress): Promise<Engine> {
  return openEngine({
    dir,
    progress,
    models: (store) => new Registry(store.objects),
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

export function chosenFamilies(names: string | undefined): readonly Recommender[] {
  if (!names) return classics;
  if (names === 'all') return zoo;
  return names.split(',').map((name) => {
    const found = zoo.find((recommender) => recommender.name === name);
    if (!found) {
      const known = zoo.map((recommender) => recommender.name).join(', ');
      throw new EndcapError('unknown_model', `No model family "${name}"`, {
        remedy: `Choose among ${known}, or all`,
      });
    }
    return found;
  });
}

export interface CompareOptions {
  families: readonly Recommender[];
  days: number;
  seed: number;
  tune: boolean;
  /** Time to search, s. */
  budget?: number | undefined;
  progress: Progress;
}

/** What training reads of a shop, and where its models go. */
export interface ShopContent {
  events: Event[];
  catalogue: Map<string, Item>;
  /** Log offset after the last of `events`. */
  head: number;
  fingerprint: string;
  objects: Store['objects'];
}

export async function compare(shop: ShopContent, options: CompareOptions): Promise<Selection> {
  const { families, budget, ...rest } = options;
  const key = `training/${shop.fingerprint}-${options.days}-${options.seed}.json`;
  const bytes = await shop.objects.get(key);
  const known = bytes ? (JSON.parse(Buffer.from(bytes).toString()) as Trial[]) : [];
  return select(shop.events, {
    recommenders: families,
    weights: defaultEventWeights,
    catalogue: shop.catalogue,
    k: 10,
    ...rest,
    ...(budget === undefined ? {} : { budget, finalists: 3 }),
    memory: { known, remember: (trials) => shop.objects.put(key, Buffer.from(JSON.stringify(trials))) },
  });
}

/**
 * Fits the winner on everything up to now and stores it with its manifest. It is deployed if nothing else is, if it
 * is what is deployed on newer data, or if it beats the deployed one by a 95 % interval on the same split.
 */
export async function deployBest(
  shop: ShopContent,
  selection: Selection,
  seed: number,
  progress: Progress,
): Promise<{ deployed: string | undefined; verdict: string }> {
  const best = selection.candidates[0]!;
  const registry = new Registry(shop.objects);
  const current = await registry.deployed();
  const incumbent = current === undefined ? undefined : await registry.manifest(current);
  const { deploy, why } = await judge(shop, selection, incumbent, seed);
  if (!deploy) return { deployed: current, verdict: `${current} stays deployed: ${why}` };
  const data = datasetFromEvents(shop.events, defaultEventWeights, shop.catalogue);
  const model = await best.recommender.fit(data, { ...best.options, seed }, progress);
  const means = (part: 'validation' | 'test'): Record<string, number> =>
    Object.fromEntries(Object.entries(best[part].metrics).map(([name, { mean }]) => [name, mean]));
  const version = await registry.save(model, {
    model: best.recommender.name,
    options: best.options,
    seed,
    data: {
      fingerprint: shop.fingerprint,
      logOffset: shop.head,
      until: new Date(data.until).toISOString(),
      interactions: data.item.length,
      items: data.items.size,
    },
    code: codeVersion,
    created: new Date().toISOString(),
    metrics: { validation: means('validation'), test: means('test') },
  });
  await registry.deploy(version);
  return {
    deployed: version,
    verdict: `Deployed ${version}: ${why}. A running server takes it within a second.`,
  };
}

async function judge(
  shop: ShopContent,
  selection: Selection,
  incumbent: Manifest | undefined,
  seed: number,
): Promise<{ deploy: boolean; why: string }> {
  if (!incumbent) return { deploy: true, why: 'nothing was deployed' };
  const best = selection.candidates[0]!;
  const same =
    incumbent.model === best.recommender.name &&
    JSON.stringify(incumbent.options) === JSON.stringify(best.options);
  if (same && incumbent.data.fingerprint === shop.fingerprint)
    return { deploy: false, why: 'the winner is the same model on the same data' };
  if (same) return { deploy: true, why: 'the same model, learned from newer data' };
  const recommender = zoo.find(({ name }) => name === incumbent.model);
  if (!recommender) return { deploy: true, why: `this code knows no model "${incumbent.model}"` };
  const options = { weights: defaultEventWeights, catalogue: shop.catalogue, seed, k: 10 };
  const { mean, low, high } = await challenge(
    selection,
    { recommender, options: incumbent.options },
    options,
  );
  const figures = `${best.recommender.name} minus ${incumbent.model} is ${mean.toFixed(4)} NDCG [${low.toFixed(4)}, ${high.toFixed(4)}] on test`;
  return { deploy: low > 0, why: figures };
}

/** Reads a shop's log and catalogue, whether or not a server has the shop open. */
export async function readShop(dir: string): Promise<ShopContent> {
  const store = openStoreToRead(dir);
  try {
    const events = Array.from(store.log.read(0), ({ event }) => event);
    if (events.length === 0) {
      throw new EndcapError('no_events', 'The log is empty: there is nothing to learn from', {
        remedy: 'Import data first: endcap import FILE',
      });
    }
    const catalogue = new Map([...openCatalogue(store.facts).all()].map((item) => [item.id, item]));
    const print = fingerprint(datasetFromEvents(events, defaultEventWeights));
    return { events, catalogue, head: events.length, fingerprint: print, objects: store.objects };
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
