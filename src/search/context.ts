import type { Catalogue, FilterSets } from '../catalogue/index.js';
import type { Clock, Profile, Turnstile } from '../core/index.js';
import type { Matches } from '../index/index.js';
import type { SearchMemory } from './memory.js';
import type { ProductIndex } from './productIndex.js';
import type { SemanticIndex } from './semantic.js';
import type { Synonyms } from './synonyms.js';
import type { ItemScores } from './taste.js';

/** What other parts of the shop tell search; each may be absent. */
export interface SearchSignals {
  /** Works out in slices what `related` needs. */
  prepare?: (profile: Profile, now: number) => Promise<void>;
  /** Items that go with what the shopper looked at, each with how strongly: 0 to 1 for each thing it goes with. */
  related?: (profile: Profile, now: number) => ItemScores;
  /** What the deployed model says of these items. */
  model?: (profile: Profile, items: readonly number[], now: number) => ItemScores | Promise<ItemScores>;
  /** How much an item is in demand, 0 and up. */
  popularity?: (item: number, now: number) => number;
}

/** What the parts of search share. */
export interface SearchContext {
  readonly catalogue: Catalogue;
  readonly filters: FilterSets;
  readonly products: ProductIndex;
  readonly synonyms: Synonyms;
  readonly memory: SearchMemory;
  /** What matches are written to: of a search that is done at once, and of a large one, of which there is one at a time. */
  readonly scratch: { readonly small: Matches; readonly large: Matches; readonly turnstile: Turnstile };
  readonly signals: SearchSignals;
  readonly profile: (user: string, now: number) => Profile;
  /** Shoppers from which on what they did is shown to others. */
  readonly anonymity: number;
  readonly clock: Clock;
  /** Absent until titles are embedded. */
  semantic: SemanticIndex | undefined;
}
