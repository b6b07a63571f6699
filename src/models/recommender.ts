import type { Item, Profile, Progress, Vocabulary } from '../core/index.js';
import type { RowChanges, StreamModel } from './online/streamModel.js';

/**
 * Training interactions, one row each, grouped by user and in time order inside a user.
 * `start[u] … start[u+1]` are user u's rows. No validation or test interaction is in here.
 */
export interface Dataset {
  users: Vocabulary;
  items: Vocabulary;
  /** [users + 1] */
  start: Uint32Array;
  /** [n] item row */
  item: Uint32Array;
  /** [n] ms since 1970 (or an increasing counter for data without times) */
  time: Float64Array;
  /** [n] event weight (> 0) */
  weight: Float32Array;
  /** [n] rating; NaN where the event carries none */
  rating: Float32Array;
  /** Catalogue entry by item row, where known: text and attributes. */
  catalogue?: readonly (Item | undefined)[];
  /** Time of the split: the newest training interaction, ms. */
  until: number;
}

/** Rows of the model's vocabulary with their scores, best first. */
export interface Ranked {
  rows: Uint32Array;
  scores: Float32Array;
}

/** Files of a saved model, by name; the registry writes them beside the manifest. */
export type ModelFiles = Record<string, Uint8Array>;

/** What a request asks of a model: the shopper's profile as it is now. `now` in ms, for decay. */
export interface Query {
  profile: Profile;
  now: number;
}

/**
 * A trained model. It holds no shopper: a shopper is what the profile of the request says.
 * *factor*: shopper vector · item vectors; *neighbour*: sparse item–item; *scorer*: features of both.
 */
export interface Model {
  readonly name: string;
  readonly kind: 'factor' | 'neighbour' | 'scorer';
  /** Set where everyone gets the same list: it must not be explained by what a shopper did. */
  readonly impersonal?: true;
  readonly items: Vocabulary;
  /** Score of every item for each query: `out` is [queries × items.size], row-major. */
  scoreAll(queries: readonly Query[], out: Float32Array): Promise<void>;
  /** The k best rows that `allowed` lets through. */
  retrieve(query: Query, k: number, allowed: (row: number) => boolean): Promise<Ranked>;
  /** Share of each profile event in the score of `row` (same order and length as profile.events), for "why". */
  attribute?(query: Query, row: number): Float32Array;
  /** Items nearest to `row` (item–item), where the algorithm has such a notion. */
  neighbours?(row: number, k: number): Ranked;
  /**
   * Where the score is an inner product: item vectors [items × dimension] and the shopper's [dimension]. A large
   * catalogue is then searched by an index instead of item by item.
   */
  readonly factors?: Factors;
  /** Predicted rating of `row`, where the model was trained on ratings. */
  predictRating?(query: Query, row: number): number;
  /** The part that learns from the stream, beginning where training ended; for a model that can. */
  stream?(): StreamModel;
  /** Takes over what the stream taught, beside the item vectors that the index holds. */
  take?(changes: RowChanges): void;
  save(): ModelFiles;
}

export interface Factors {
  vectors: Float32Array;
  dimension: number;
  shopper(query: Query): Float32Array | Promise<Float32Array>;
  /**
   * Vectors of items the model was not trained on, from what their entries say; undefined where one says nothing. Where
   * a model has this, the product of two item vectors says how alike the items are.
   */
  place?(items: readonly Item[]): Promise<(Float32Array | undefined)[]>;
}

/** A model algorithm: hyper-parameters in, trained model out. Same seed and data, same model. */
export interface Recommender<Options = Record<string, number | string | boolean>> {
  readonly name: string;
  /** Paper or source of the idea. */
  readonly source: string;
  readonly defaults: Options;
  /** Hyper-parameter grid for selection: lists of values to try by option name. */
  readonly grid?: Partial<Record<keyof Options, readonly (number | string | boolean)[]>>;
  /** Options with which it learns to predict ratings instead of a ranking, where it can. */
  readonly ratings?: Partial<Options>;
  fit(data: Dataset, options: Options & { seed: number }, progress: Progress): Promise<Model>;
  load(files: ModelFiles): Promise<Model>;
}
