import { type Catalogue, FilterSets, openCatalogue, TitleIndex } from '../catalogue/index.js';
import {
  type Clock,
  defaultEventTable,
  type Event,
  type Profile,
  type Progress,
  type RecommendRequest,
  type RecommendResponse,
  silent,
  systemClock,
} from '../core/index.js';
import { Scheduler } from '../jobs/index.js';
import { openState, type Projection, type ShopState, type StateOptions } from '../projections/index.js';
import type { Appended, Store } from '../storage/index.js';
import type { AdvertSource } from './adverts.js';
import { answer } from './answer.js';
import type { EngineContext } from './context.js';
import type { ModelSource } from './deployed.js';
import { type EraseListener, Erasures } from './erasures.js';
import { LikeTitles } from './likeTitles.js';
import { Newest } from './newest.js';
import { OnlineServing, type OnlineStatus } from './online/index.js';
import { Pages } from './pages.js';
import { Impressions, type Policy, PolicySource, type PolicyStatus } from './policy/index.js';
import { Popular } from './popular.js';
import { type Aged, type Erasure, exportShopper, type ShopperExport } from './privacy.js';
import { Relations } from './relations.js';
import { ScoreAccumulator } from './scores.js';
import { type EngineSignals, engineSignals } from './searchSignals.js';
import { ServedModels } from './servedModels.js';
import type { SourceWeights } from './sources.js';
import { StoreHealth } from './storeHealth.js';
import { warmUp } from './warmUp.js';
import { WritePath } from './writePath.js';

export interface EngineOptions {
  /** What it works on, opened; the engine closes it. */
  store: Store;
  /** Where to look for the deployed model; without it, statistics alone serve. */
  models?: ModelSource;
  state?: StateOptions;
  /** Items that events name and nobody put, with a row of statistics each; further ones count nowhere. */
  unlistedItems?: number | undefined;
  /** What finds like items is made when the first question comes, not at the start: for imports and single questions. */
  onDemand?: boolean;
  /** Whether the deployed model goes on learning from the log; off by default. */
  online?: boolean;
  /** Path of the policy file; it is read again when it changes. */
  policy?: string;
  /** What else is folded from the log, beside the projections every shop has. */
  projections?: readonly Projection[];
  clock?: Clock;
  progress?: Progress;
  /** Told of what goes wrong in the background (a model that cannot be loaded, a checkpoint that failed). */
  warn?: (error: unknown, what: string) => void;
}

/** What an experiment changes for one request. */
export interface Treatment {
  /** Version of the model, made ready by `prepareModel` before. */
  model?: string;
  weights?: Partial<SourceWeights>;
  policy?: Policy;
  /** Of the list so many are shown; what follows is to be tried out instead of some. All where it is not said. */
  shown?: number;
}

type Listener = (offset: number, event: Event) => void;
/** Time for the checkpoint of a close, ms: a process that is told to end does so within 10 s. */
const lastCheckpointMs = 5_000;
/** And for the jobs under way: one that learns in a thread may take minutes, and is done again another time. */
const lastJobsMs = 2_000;
/** How often the registry is asked for a newly deployed model, ms. */
const modelPollMs = 1_000;
/** How often it is looked whether a checkpoint is due where no event comes, ms: what an import left is written then. */
const checkpointPollMs = 5_000;
/** Items that events name and nobody put, where the configuration says nothing: 3 kB each, named 60 an event. */
export const mostUnlisted = 100_000;
/** Events at the end of the log that frequency caps know after a start. */
const impressionsRecalled = 20_000;

/** Events of a shop from which on it pays to warm up. */
const warmUpFrom = 10_000;

/** Catches the state up with the log of the store, loads the deployed model. The store is closed where that fails. */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  const { store, projections = [], progress = silent } = options;
  try {
    const catalogue = openCatalogue(store.facts);
    const state = await openState(store, { ...options.state, projections }, progress, catalogue.dictionary);
    const engine = new Engine(store, state, catalogue, options);
    await engine.recallImpressions();
    await engine.reload();
    engine.health.start();
    return engine;
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** The write path and the read path of one shop. */
export class Engine {
  /** The check of the store in the background. */
  readonly health: StoreHealth;
  readonly #engine: EngineContext;
  /** What the filters asked for lately let through. */
  readonly filters: FilterSets;
  readonly #writes: WritePath;
  readonly #listeners = new Set<Listener>();
  readonly #erasures: Erasures;
  readonly #pages = new Pages();
  #adverts: AdvertSource = () => [];
  readonly #clock: Clock;
  readonly #models: ServedModels | undefined;
  readonly #policy: PolicySource | undefined;
  readonly #impressions = new Impressions();
  readonly #online: OnlineServing | undefined;
  /** What happens by itself: rooms and servers add theirs. */
  readonly jobs: Scheduler;
  /** What a recommendation of an item weighs for the sake of its stock, by id; 1 for those that are not here. */
  shelfWeights: ReadonlyMap<string, number> = new Map();

  constructor(
    readonly store: Store,
    readonly state: ShopState,
    readonly catalogue: Catalogue,
    private readonly options: EngineOptions,
  ) {
    this.#clock = options.clock ?? systemClock;
    this.health = new StoreHealth(store, (error, what) => this.#warn(error, what));
    this.filters = new FilterSets(catalogue);
    const titles = new TitleIndex(catalogue);
    const likeTitles = new LikeTitles(catalogue);
    if (!options.onDemand) for (const index of [titles, likeTitles]) index.follow();
    const relations = new Relations(state, titles);
    const popular = new Popular(catalogue, state);
    this.#engine = {
      catalogue,
      state,
      relations,
      likeTitles,
      popular,
      newest: new Newest(catalogue),
      model: undefined,
      interests: () => new Map(),
      accumulator: new ScoreAccumulator(),
    };
    this.#writes = new WritePath(
      store.log,
      state,
      (event) => this.#online?.ask(event),
      (offset, event) => this.#applied(offset, event),
    );
    this.#erasures = new Erasures(store, state);
    const warn = (error: unknown, what: string): void => this.#warn(error, what);
    if (options.models)
      this.#models = new ServedModels(options.models, this.#engine, warn, (model) =>
        this.#online?.begin(model),
      );
    this.jobs = new Scheduler(warn);
    this.jobs.add({ name: 'checkpoint', everyMs: checkpointPollMs, run: () => this.#checkpoint() });
    if (this.#models) this.jobs.add({ name: 'model', everyMs: modelPollMs, run: () => this.reload() });
    this.#policy = options.policy === undefined ? undefined : new PolicySource(options.policy, this.#clock);
    if (this.#policy)
      this.jobs.add({ name: 'policy', everyMs: modelPollMs, run: () => this.#policy!.reload() });
    if (options.online && options.models) {
      const online = new OnlineServing({
        store,
        engine: this.#engine,
        models: options.models,
        weights: options.state?.table ?? defaultEventTable,
        warn,
      });
      this.#online = online;
      this.onErase(() => online.forget());
    }
  }

  get now(): number {
    return this.#clock();
  }

  /** Version and name of the model that serves, undefined before the first. */
  get model(): { version: string; name: string } | undefined {
    const { model } = this.#engine;
    return model && { version: model.version, name: model.model.name };
  }

  /** The shop's own policy and what it did; undefined where none is looked for. */
  get policyStatus(): PolicyStatus | undefined {
    return this.#policy?.status;
  }

  /** What was shown lately, for the frequency caps of a policy; before the first request. */
  async recallImpressions(): Promise<void> {
    if (!this.#policy) return;
    const from = Math.max(0, this.store.log.head - impressionsRecalled);
    for await (const { event } of this.store.log.read(from)) this.#impressions.apply(event);
  }

  /** How the online learner stands; undefined where none is at work. */
  get online(): OnlineStatus | undefined {
    return this.#online?.status;
  }

  /** Loads a version beside the one that serves, for an experiment. */
  async prepareModel(version: string): Promise<void> {
    await this.#models?.prepare(version);
  }

  /** Whether an event that is to be logged may name an item so that it counts: it is known, or there is room for it. */
  admits(item: string): boolean {
    return this.catalogue.admit(item, this.#unlistedItems);
  }

  get #unlistedItems(): number {
    return this.options.unlistedItems ?? mostUnlisted;
  }

  /**
   * Logs events and folds them into the state. When it resolves they are on disk and every later `recommend` and
   * `profile` reflects them. An id seen before is not applied again (`duplicate`). `disk_full` (507): none kept.
   */
  async ingest(events: readonly Event[]): Promise<Appended[]> {
    const appended = await this.#writes.append(events);
    this.#checkpoint();
    return appended;
  }

  /** Nobody waits for it: a close gives it up, and the next start folds what it has not. */
  #checkpoint(): void {
    this.state.checkpointIfDue().catch((error) => this.#warn(error, 'a checkpoint failed'));
  }

  /** Calls `listener` for each event once it is applied; returns how to stop. */
  onEvent(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Takes in a further fold of the log, caught up with it: from then on it is part of the state, as every projection
   * is. Returns how to let it go: what is not written then is read from the log when it comes again.
   */
  async follow(projection: Projection): Promise<() => Promise<void>> {
    const leave = await this.state.join(projection, this.store.log);
    return () => leave().catch((error) => this.#warn(error, `${projection.name} was not written`));
  }

  /** What search may know of the recommender. */
  get signals(): EngineSignals {
    return engineSignals(() => this.#engine);
  }

  /** From now on home shows what a shopper's searches ask for. */
  useInterests(interests: EngineContext['interests']): void {
    this.#engine.interests = interests;
  }

  /** From now on lists have the adverts that this source gives them. */
  useAdverts(adverts: AdvertSource): void {
    this.#adverts = adverts;
  }

  profile(user: string): Profile {
    return this.state.profile(user, this.now);
  }

  /** Answers a request from what is known now: no list is made ahead. Throws `unknown_item`, `invalid_filter`. */
  recommend(request: RecommendRequest, treatment: Treatment = {}): Promise<RecommendResponse> {
    return this.#answer(request, treatment, this.#adverts, this.#pages);
  }

  /**
   * Makes the first requests as quick as the later ones: see `warmUp`. Nobody is shown anything, so no advert is placed
   * and no list remembered. A shop of fewer events than `least` is left; resolves to the lists made.
   */
  async warmUp(least = warmUpFrom): Promise<number> {
    if (this.store.log.head < least) return 0;
    const pages = new Pages();
    const made = await warmUp(
      this.store.log,
      (id) => this.catalogue.get(id) !== undefined,
      (request) => this.#answer(request, {}, () => [], pages),
    );
    this.#policy?.countAnew();
    return made;
  }

  async #answer(
    request: RecommendRequest,
    treatment: Treatment,
    adverts: AdvertSource,
    pages: Pages,
  ): Promise<RecommendResponse> {
    const { now } = this;
    if (request.filter !== undefined) await this.filters.prepare(request.filter);
    const engine = this.#contextOf(treatment);
    await engine.model?.whenReady();
    return answer(request, {
      engine,
      now,
      filters: this.filters,
      policy: treatment.policy ?? this.policy,
      own: treatment.policy ? undefined : this.#policy,
      impressions: this.#impressions,
      shelfWeights: this.shelfWeights,
      adverts,
      pages,
      shown: treatment.shown,
    });
  }

  /** Looks whether another model was deployed, and serves with it. */
  async reload(): Promise<void> {
    await this.#models?.reload();
  }

  /**
   * What is wrong with the shop and does not keep it from serving; the first is said by `/ready` and to whoever
   * watches over it.
   */
  get warnings(): readonly string[] {
    const { damaged } = this.health.report;
    const { size, unlisted } = this.catalogue;
    const warnings = [...damaged];
    if (size === 0 && this.store.log.head > 0)
      warnings.push('The catalogue is empty: nothing can be recommended. Put the items');
    if (unlisted >= this.#unlistedItems)
      warnings.push(
        `Events named ${unlisted} items that are in no catalogue: further ones count nowhere. Put the items before their events, or raise limits.unlistedItems of endcap.json`,
      );
    return warnings;
  }

  /** The policy of the shop as it is now; undefined where it has none. */
  get policy(): Policy | undefined {
    return this.#policy?.policy;
  }

  /** Everything kept of a shopper. */
  exportShopper(user: string): Promise<ShopperExport> {
    return exportShopper(this.store.log, this.state, user, this.now);
  }

  /** Removes a shopper, for good: see `docs/security.md`. One at a time. */
  erase(user: string): Promise<Erasure> {
    return this.#erasures.shopper(user, this.now);
  }

  /** Erases every event before a time, ms, and who did nothing since. */
  eraseBefore(before: number): Promise<Aged> {
    return this.#erasures.before(before);
  }

  /** Calls `listener` after shoppers were erased, for what keeps more of them than the state; returns how to stop. */
  onErase(listener: EraseListener): () => void {
    return this.#erasures.onErase(listener);
  }

  /** Writes a checkpoint, as far as there is time, and closes the store. */
  async close(): Promise<void> {
    await this.jobs.close(lastJobsMs);
    await this.#online?.close();
    await this.#erasures.settled();
    await this.health.close();
    await this.state
      .finish(lastCheckpointMs)
      .catch((error) => this.#warn(error, 'the last checkpoint failed'));
    await this.store.close();
  }

  #applied(offset: number, event: Event): void {
    this.#impressions.apply(event);
    this.#online?.saw(offset, event);
    for (const listener of this.#listeners) listener(offset, event);
  }

  #contextOf({ model, weights }: Treatment): EngineContext {
    const learned = this.#online?.weights;
    const engine: EngineContext = { ...this.#engine, weights: learned };
    if (weights)
      engine.weights = { model: 1, session: 1, today: 0, hours: 0, popular: 0, ...learned, ...weights };
    const other = model === undefined ? undefined : this.#models?.prepared(model);
    if (other) engine.model = other;
    return engine;
  }

  #warn(error: unknown, what: string): void {
    this.options.warn?.(error, what);
  }
}
