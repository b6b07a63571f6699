import type { Catalogue } from '../catalogue/index.js';
import type { Profile, RecommendRequest } from '../core/index.js';
import type { ShopState } from '../projections/index.js';
import type { DeployedModel } from './deployed.js';
import type { LikeTitles } from './likeTitles.js';
import type { Newest } from './newest.js';
import type { Popular } from './popular.js';
import type { Relations } from './relations.js';
import type { ScoreAccumulator } from './scores.js';
import type { SourceWeights } from './sources.js';

/** Everything a scenario looks at. Nothing in here changes while a request is answered, but the state itself. */
export interface EngineContext {
  catalogue: Catalogue;
  state: ShopState;
  relations: Relations;
  likeTitles: LikeTitles;
  popular: Popular;
  newest: Newest;
  model: DeployedModel | undefined;
  /** Items that a shopper's searches ask for, by handle, 0 to 1: told by search, where there is one. */
  interests: (user: string, now: number) => ReadonlyMap<number, number>;
  /** What the sources of `home` weigh, where that was learned or is tried out; alike otherwise. */
  weights?: Partial<SourceWeights> | undefined;
  /** To add up in; empty between synchronous steps. */
  accumulator: ScoreAccumulator;
}

export interface RequestContext {
  request: RecommendRequest;
  profile: Profile;
  now: number;
  count: number;
  allowed: (handle: number) => boolean;
}

/** Candidates, best first, with the score that ranked them. */
export interface RankedList {
  handles: number[];
  score: (handle: number) => number;
  /** The item the list is about, for its reasons. */
  seeds?: number[];
  /** What is here because it is time to buy it again. */
  due?: ReadonlySet<number>;
  /** What is here because it is new, as a guest among what is popular or personal. */
  fresh?: ReadonlySet<number>;
}
