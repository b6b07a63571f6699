import { isDeepStrictEqual } from 'node:util';
import { undoAll } from '../core/index.js';
import { packedWhole } from '../projections/index.js';
import type { Engine } from '../recommend/index.js';
import { subwordEmbedder, vectorizer, type WordVectors } from '../text/index.js';
import { SearchMemory } from './memory.js';
import { Search, type SearchOptions } from './search.js';
import type { SearchSettings } from './settings.js';
import { titleVectors } from './titleVectors.js';
import type { FusionByKind } from './weights.js';

const fusionKey = 'search/fusions.json';

/** What was learned, and beside which usual weights: beside others it means nothing. */
interface KeptFusions {
  usual: FusionByKind;
  fusions: FusionByKind;
}
/** Pause between two lessons from clicks. */
const learnEveryMs = 30 * 60_000;

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
  undo.push(takeOutLearning, () => search.stopLearning());
  if (!options.embedder) {
    const use = (model: WordVectors, trust: number): void =>
      void search.useEmbedder(subwordEmbedder(vectorizer(model)), trust);
    undo.push(await titleVectors(engine, use, options.warn));
  }
  return search;
}

/** What was learned from clicks counts from the first search after a start. */
async function restoreFusions({ store }: Engine, search: Search): Promise<void> {
  const kept = await store.objects.get(fusionKey);
  if (!kept) return;
  const { usual, fusions } = JSON.parse(Buffer.from(kept).toString()) as KeptFusions;
  if (isDeepStrictEqual(usual, search.usualFusions)) search.fusions = fusions;
}
