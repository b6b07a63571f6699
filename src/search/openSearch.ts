import { isDeepStrictEqual } from 'node:util';
import { undoAll } from '../core/index.js';
import { packedWhole } from '../projections/index.js';
import type { Engine } from '../recommend/index.js';
import { subwordEmbedder, trainWordVectorsAside, vectorizer, type WordVectorOptions } from '../text/index.js';
import { SearchMemory } from './memory.js';
import { Search, type SearchOptions } from './search.js';
import type { SearchSettings } from './settings.js';
import type { FusionByKind } from './weights.js';

const fusionKey = 'search/fusions.json';

/** What was learned, and beside which usual weights: beside others it means nothing. */
interface KeptFusions {
  usual: FusionByKind;
  fusions: FusionByKind;
}
/** Pause between two lessons from clicks. */
const learnEveryMs = 30 * 60_000;

/** Titles that vectors of words are learned from, and how many are worth it. */
const titlesLearned = 20_000;
const worthLearning = 200;
/**
 * Titles that are looked at in all, each several times where there are few; times at least and at most. On CrowdFlower's
 * even queries, where words alone have .837: a thousand titles looked at 5 times make it .820, 50 times .849; ten thousand
 * looked at 5 times .849, 10 times .855.
 */
const looks = { all: 100_000, least: 5, most: 50 };
/** Titles from which on vectors count half: those of 320 are best at a third of the weight, of 1,000 at two thirds or all. */
const halfTrusted = 1_000;

/** How vectors of words are learned from so many titles, and how far what they say of the order is then trusted. */
export function vectorLearning(titles: number): { options: WordVectorOptions; trust: number } {
  const epochs = Math.min(looks.most, Math.max(looks.least, Math.round(looks.all / titles)));
  return { options: { dimension: 48, epochs, seed: 1 }, trust: titles / (titles + halfTrusted) };
}

/** Search over an open engine: it learns from the engine's log, follows its catalogue, and tells home of interests. */
export interface OpenSearch {
  search: Search;
  /** Writes what was learned and lets go of the engine, which stays open. */
  close(): Promise<void>;
}

type Options = SearchSettings & Pick<SearchOptions, 'warn'>;

/** Indexes the catalogue, and goes on from what was learned from the log before. */
export async function openSearch(engine: Engine, options: Options = {}): Promise<OpenSearch> {
  const undo: (() => unknown)[] = [];
  try {
    return { search: await begin(engine, options, undo), close: () => undoAll(undo) };
  } catch (error) {
    await undoAll(undo);
    throw error;
  }
}

/** `undo`: how to end what was begun, latest last. */
async function begin(engine: Engine, options: Options, undo: (() => unknown)[]): Promise<Search> {
  const memory = new SearchMemory(engine.state.table);
  undo.push(await engine.follow(packedWhole(memory)));
  const search = new Search(engine.catalogue, {
    ...options,
    memory,
    filters: engine.filters,
    profile: (user) => engine.profile(user),
    signals: engine.signals,
    clock: () => engine.now,
  });
  undo.push(() => search.close());
  await restoreFusions(engine, search);
  let learnedFrom = memory.changes;
  const takeOutLearning = engine.jobs.add({
    name: 'search weights',
    everyMs: learnEveryMs,
    run: async () => {
      if (memory.changes === learnedFrom) return;
      learnedFrom = memory.changes;
      const learned: KeptFusions = { usual: search.usualFusions, fusions: await search.learnFusions() };
      await engine.store.objects.put(fusionKey, Buffer.from(JSON.stringify(learned)));
    },
  });
  engine.useInterests((user, now) => search.interests(user, now));
  undo.push(() => engine.useInterests(() => new Map()));
  const learning = options.embedder ? undefined : learnVectors(engine, search, options.warn);
  undo.push(
    () => learning?.stop(),
    takeOutLearning,
    () => search.stopLearning(),
  );
  return search;
}

/** Learns what words mean from the shop's own titles, aside; search goes by words alone until then. */
function learnVectors(
  { catalogue }: Engine,
  search: Search,
  warn: SearchOptions['warn'],
): { stop(): Promise<void> } | undefined {
  const titles: string[] = [];
  for (const { title } of catalogue.all()) {
    if (title) titles.push(title);
    if (titles.length === titlesLearned) break;
  }
  if (titles.length < worthLearning) return undefined;
  const { options, trust } = vectorLearning(titles.length);
  const { answer, stop } = trainWordVectorsAside(titles, options);
  answer.then(
    (model) => model && search.useEmbedder(subwordEmbedder(vectorizer(model)), trust),
    (error) => warn?.(error, 'the vectors of words were not learned'),
  );
  return { stop };
}

/** What was learned from clicks counts from the first search after a start. */
async function restoreFusions({ store }: Engine, search: Search): Promise<void> {
  const kept = await store.objects.get(fusionKey);
  if (!kept) return;
  const { usual, fusions } = JSON.parse(Buffer.from(kept).toString()) as KeptFusions;
  if (isDeepStrictEqual(usual, search.usualFusions)) search.fusions = fusions;
}
