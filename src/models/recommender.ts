import type { Item, Profile, Progress, Vocabulary } from '../core/index.js';
import type { Appends } from './online/appender.js';
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
  /** Entries with a title of items that are in none of the interactions, for what can tell an item by its entry alone. */
  untouched?: readonly Item[];
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
  /** What the `home` shelf is made of beside the model, where that was learned with it. */
  readonly shelf?: Shelf;
  /** Score of every item for each query: `out` is [queries × items.size], row-major. */
  scoreAll(queries: readonly Query[], out: Float32Array): Promise<void>;
  /**
   * Scores of `rows`, in their order: the numbers that `scoreAll` gives them, without asking for the others. The array
   * is the caller's.
   */
  score(query: Query, rows: Uint32Array): Promise<Float32Array>;
  /** Mean and deviation of a query's scores over all items, where that costs less than `scoreAll`: a blend needs them. */
  moments?(query: Query): Promise<Moments>;
  /**
   * All scores of a query as they lie in memory, of models that have them at hand: to read, and good until the next query.
   * An impersonal model has the same for every query, and without one.
   */
  line?(query?: Query): Float32Array;
  /** Whether `retrieve` costs no more than reading a few lists: such members of a blend find its candidates. */
  readonly cheap?: true;
  /** Makes what `retrieve` searches, in slices, so that the first request does not wait for it. */
  prepare?(): Promise<void>;
  /** The k best rows that `allowed` lets through. */
  retrieve(query: Query, k: number, allowed: (row: number) => boolean): Promise<Ranked>;
  /**
   * Share of each profile event in the score of each of `rows` (a list a row, in the order of profile.events), for "why":
   * all items of a list at once.
   */
  attribute?(query: Query, rows: Uint32Array): Float32Array[];
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
  /** Where what happens can join the model as it serves. What was appended is not saved: the log has it. */
  readonly appends?: Appends;
  save(): ModelFiles;
}

/**
 * How much each ingredient of the `home` shelf counts in the fusion of their ranks, learned on held-out time: the model,
 * what relates to this session by live statistics, what is like the shopper's items by its titles, what is popular now.
 */
export interface Shelf {
  model: number;
  session: number;
  /** The same by statistics that halve in a day, and in three hours; these weights are learned from what happens. */
  today?: number;
  hours?: number;
  titles: number;
  popular: number;
  /** Whether variants of one thing may stand side by side. */
  variants: boolean;
  /**
   * Whether shoppers mostly buy what they bought before, as groceries: then what is due by their rhythm has places on the
   * shelf; elsewhere it is for what is new to them. True where nobody learned it.
   */
  again?: boolean;
}

export interface Moments {
  mean: number;
  deviation: number;
}

export interface Factors {
  vectors: Float32Array;
  dimension: number;
  shopper(query: Query): Float32Array | Promise<Float32Array>;
  /**
   * Vectors of items the model was not trained on, from what their entries say; undefined where one says nothing. Where
   * a model has this, the product of two item vectors says how alike the items are.
   */
  embedNewItems?(items: readonly Item[]): Promise<(Float32Array | undefined)[]>;
}

/** An earlier fit of the same algorithm with the same options: what it learned, and the newest event that it saw, ms. */
export interface Former {
  files: ModelFiles;
  until: number;
}

export type OptionValues = Record<string, number | string | boolean>;

/** A model algorithm: hyper-parameters in, trained model out. Same seed and data, same model. */
export interface Recommender<Options = OptionValues> {
  readonly name: string;
  /** Paper or source of the idea. */
  readonly source: string;
  readonly defaults: Options;
  /** Hyper-parameter grid for selection: lists of values to try by option name. */
  readonly grid?: Partial<Record<keyof Options, readonly (number | string | boolean)[]>>;
  /** Options with which it learns to predict ratings instead of a ranking, where it can. */
  readonly ratings?: Partial<Options>;
  /** Whether `fit` can go on from a former fit on data that is all in `data`, too; others begin anew. */
  readonly goesOn?: true;
  fit(
    data: Dataset,
    options: Options & { seed: number },
    progress: Progress,
    former?: Former,
  ): Promise<Model>;
  load(files: ModelFiles): Promise<Model>;
}

/**
 * An algorithm whose options have names of their own, as one among others: its options come from its `defaults` and
 * `grid`, so whoever holds a list of algorithms need not know their types.
 */
export function defineRecommender<Options extends object, More extends object = object>(
  algorithm: Recommender<Options> & More,
): Recommender & More {
  return algorithm as unknown as Recommender & More;
}
