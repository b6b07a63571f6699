import { packedWhole } from '../projections/index.js';
import type { Engine } from '../recommend/index.js';
import { subwordEmbedder, trainWordVectorsAside, vectorizer } from '../text/index.js';
import { SearchMemory } from './memory.js';
import { Search, type SearchOptions } from './search.js';

/** Titles that vectors of words are learned from, and how many are worth it. */
const titlesLearned = 20_000;
const worthLearning = 200;

/** Search over an open engine: it learns from the engine's log, follows its catalogue, and tells home of interests. */
export interface OpenSearch {
  search: Search;
  /** Writes what was learned and lets go of the engine, which stays open. */
  close(): Promise<void>;
}

/** Indexes the catalogue, and goes on from what was learned from the log before. */
export async function openSearch(
  engine: Engine,
  options: Pick<SearchOptions, 'synonyms' | 'embedder' | 'anonymity' | 'warn'> = {},
): Promise<OpenSearch> {
  const memory = new SearchMemory();
  const leave = await engine.follow(packedWhole(memory));
  const search = new Search(engine.catalogue, {
    ...options,
    memory,
    profile: (user) => engine.profile(user),
    signals: engine.signals,
    clock: () => engine.now,
  });
  engine.useInterests((user, now) => search.interests(user, now));
  const learning = options.embedder ? undefined : learnVectors(engine, search, options.warn);
  return {
    search,
    async close() {
      await learning?.stop();
      engine.useInterests(() => new Map());
      await leave();
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
