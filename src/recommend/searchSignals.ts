import type { Profile } from '../core/index.js';
import type { EngineContext } from './context.js';
import { sessionScores } from './session.js';

/** Items of either signal that search is told of. */
const told = 200;

/** Scores of items by handle, 0 to 1. */
type ItemScores = ReadonlyMap<number, number>;

/** What the recommender knows that search can use: it ranks what is found by it. */
export interface EngineSignals {
  /** What goes with the last things of this session, by live statistics. */
  related(profile: Profile, now: number): ItemScores;
  /** The best items of the deployed model for the shopper; empty where it says nothing of them. */
  model(profile: Profile, items: readonly number[], now: number): Promise<ItemScores>;
  /** Decayed weight of what was done with an item. */
  popularity(item: number, now: number): number;
}

export function engineSignals(engine: () => EngineContext): EngineSignals {
  return {
    related(profile, now) {
      const { handles, sums } = sessionScores(engine(), profile, now).best(told);
      const best = sums[0] ?? 1;
      return new Map(Array.from(handles, (handle, at) => [handle, sums[at]! / best]));
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
