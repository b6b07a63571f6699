import { Packr } from 'msgpackr';
import type { Event } from '../core/index.js';
import type { Engine } from '../recommend/index.js';
import { subwordEmbedder, trainWordVectorsAside, vectorizer } from '../text/index.js';
import { SearchMemory } from './memory.js';
import { Search, type SearchOptions } from './search.js';
import type { SearchSettings } from './settings.js';
import { defaultFusions, type FusionByKind } from './weights.js';

const space = 'search';
const key = 'memory';
const fusionKey = 'fusion';
const packr = new Packr({ useRecords: false });
/** Pause between two lessons from clicks. */
const learnEveryMs = 30 * 60_000;
/** Events between two checkpoints of what was learned. */
const checkpointEvents = 10_000;
const checkpointEveryMs = 60_000;

/** Titles that vectors of words are learned from, and how many are worth it. */
const titlesLearned = 20_000;
const worthLearning = 200;

/** Search over an open engine: it learns from the engine's log, follows its catalogue, and tells home of interests. */
export interface OpenSearch {
  search: Search;
  /** Writes what was learned and lets go of the engine, which stays open. */
  close(): Promise<void>;
}

/** Indexes the catalogue, takes back what was learned up to the last checkpoint and reads the log on from there. */
export async function openSearch(
  engine: Engine,
  options: SearchSettings & Pick<SearchOptions, 'warn'> = {},
): Promise<OpenSearch> {
  const { store } = engine;
  const memory = restored(engine);
  // What comes while the log is read waits for its turn.
  let waiting: { offset: number; event: Event }[] | undefined = [];
  const stop = engine.onEvent((offset, event) => {
    if (waiting) waiting.push({ offset, event });
    else memory.apply(offset, event);
  });
  try {
    for await (const { offset, event } of store.log.read(memory.offset, engine.state.offset))
      memory.apply(offset, event);
  } catch (error) {
    stop();
    throw error;
  }
  for (const { offset, event } of waiting) memory.apply(offset, event);
  waiting = undefined;
  let written = memory.offset;
  const checkpoint = async (changed = false): Promise<void> => {
    const { offset } = memory;
    if (offset === written && !changed) return;
    await store.state.write([{ space, key, value: memory.pack() }]);
    written = offset;
  };
  const stopForgetting = engine.onErase(async (user) => {
    memory.forget(user);
    await checkpoint(true);
  });
  const takeOut = engine.jobs.add({
    name: 'search memory',
    everyMs: checkpointEveryMs,
    run: async () => {
      if (memory.offset - written >= checkpointEvents) await checkpoint();
    },
  });
  const search = new Search(engine.catalogue, {
    ...options,
    memory,
    profile: (user) => engine.profile(user),
    signals: engine.signals,
    clock: () => engine.now,
  });
  restoreFusions(engine, search);
  let learnedFrom = memory.version;
  const takeOutLearning = engine.jobs.add({
    name: 'search weights',
    everyMs: learnEveryMs,
    run: async () => {
      if (memory.version === learnedFrom) return;
      learnedFrom = memory.version;
      const fusions = await search.learnFusions();
      await store.state.write([{ space, key: fusionKey, value: packr.pack(fusions) }]);
    },
  });
  engine.useInterests((user, now) => search.interests(user, now));
  const learning = options.embedder ? undefined : learnVectors(engine, search, options.warn);
  return {
    search,
    async close() {
      stop();
      takeOut();
      takeOutLearning();
      stopForgetting();
      await learning?.stop();
      engine.useInterests(() => new Map());
      // What is not written is read from the log at the next start.
      await checkpoint().catch((error) => options.warn?.(error, 'what search learned was not written'));
      await search.close();
    },
  };
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
  const { trained, stop } = trainWordVectorsAside(titles, { dimension: 48, epochs: 5, seed: 1 });
  trained.then(
    (model) => model && search.useEmbedder(subwordEmbedder(vectorizer(model))),
    (error) => warn?.(error, 'the vectors of words were not learned'),
  );
  return { stop };
}

/** What was learned from clicks counts from the first search after a start. */
function restoreFusions({ store }: Engine, search: Search): void {
  const packed = store.state.get(space, fusionKey);
  if (packed) search.fusions = { ...defaultFusions, ...(packr.unpack(packed as Buffer) as FusionByKind) };
}

function restored(engine: Engine): SearchMemory {
  const { store } = engine;
  const memory = new SearchMemory(engine.state.table);
  const packed = store.state.get(space, key);
  const sound = packed !== undefined && memory.restore(packed) && memory.offset <= engine.state.offset;
  return sound || packed === undefined ? memory : new SearchMemory(engine.state.table);
}
