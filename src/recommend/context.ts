import type { Catalogue } from '../catalogue/index.js';
import type { Profile, RecommendRequest } from '../core/index.js';
import type { ShopState } from '../projections/index.js';
import type { DeployedModel } from './deployed.js';
import type { LikeTitles } from './likeTitles.js';
import type { Popular } from './popular.js';
import type { Relations } from './relations.js';
import type { ScoreAccumulator } from './scores.js';

/** Everything a scenario looks at. Nothing in here changes while a request is answered, but the state itself. */
export interface EngineContext {
  catalogue: Catalogue;
  state: ShopState;
  relations: Relations;
  likeTitles: LikeTitles;
  popular: Popular;
  model: DeployedModel | undefined;
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
}
