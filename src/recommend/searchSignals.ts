import type { Catalogue } from '../catalogue/index.js';
import { type Profile, slicer } from '../core/index.js';
import type { EngineContext } from './context.js';
import type { Scores } from './scores.js';
import { sessionItems, sessionScores } from './session.js';

/** Items of either signal that search is told of. */
const told = 200;

/** Items of the past whose company counts, and how much each counts beside the one after it. */
const lookedBack = 10;
const fadePerItem = 0.8;

/** What is worked out at a time before others have a turn, ms. */
const sliceMs = 4;

/** Scores of items by handle, 0 and up. */
type ItemScores = ReadonlyMap<number, number>;

/** What the recommender knows that search can use: it ranks what is found by it. */
export interface EngineSignals {
  /** Works out what `related` needs of items that nobody asked about lately, in slices: ten of them take tens of ms. */
  prepare(profile: Profile, now: number): Promise<void>;
  /**
   * What goes with the last things the shopper did, by live statistics: in this session the best is 1; of older things
   * sums of strengths of 0 to 1, for company that is weak says little even where there is no other.
   */
  related(profile: Profile, now: number): ItemScores;
  /** The best items of the deployed model for the shopper; empty where it says nothing of them. */
  model(profile: Profile, items: readonly number[], now: number): Promise<ItemScores>;
  /** Decayed weight of what was done with an item. */
  popularity(item: number, now: number): number;
}

export function engineSignals(engine: () => EngineContext): EngineSignals {
  return {
    async prepare(profile, now) {
      const { catalogue, relations, model } = engine();
      const session = new Set(sessionItems(profile, now).map(({ event }) => event.item));
      const slice = slicer(sliceMs);
      for (const item of lastItems(profile, catalogue)) {
        const seed = catalogue.find(item);
        relations.complements(seed);
        if (session.has(item)) relations.substitutes(seed, model);
        const pause = slice();
        if (pause) await pause;
      }
    },
    related(profile, now) {
      const { handles, sums } = relatedTo(engine(), profile, now).best(told);
      return new Map(Array.from(handles, (handle, at) => [handle, sums[at]!]));
    },
    async model(profile, items, now) {
      const { model } = engine();
      if (!model?.knows(profile)) return new Map();
      const wanted = new Set(items);
      const ranked = await model.retrieve(profile, now, told, (handle) => wanted.has(handle));
      return new Map(ranked.map((handle, at) => [handle, 1 - at / ranked.length]));
    },
    popularity(item, now) {
      return engine().state.statistics.popularity(item, now);
    },
  };
}

/** Who searches comes back for more than the last half hour was about: older things count too, less and less. */
function relatedTo(engine: EngineContext, profile: Profile, now: number): Scores {
  const { catalogue, relations, accumulator } = engine;
  const session = sessionScores(engine, profile, now);
  if (session.size > 0) accumulator.addScaled(session, 1);
  for (const [at, item] of lastItems(profile, catalogue).entries())
    accumulator.addTimes(relations.complements(catalogue.find(item)), fadePerItem ** at);
  return accumulator.drain();
}

/** Items of the past whose company counts, the last one first. */
function lastItems({ events }: Profile, catalogue: Catalogue): string[] {
  const seen = new Set<string>();
  for (let at = events.length - 1; at >= 0 && seen.size < lookedBack; at--) {
    const { item, weight } = events[at]!;
    if (weight > 0 && catalogue.find(item) >= 0) seen.add(item);
  }
  return [...seen];
}
