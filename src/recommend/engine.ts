import { type Catalogue, FilterSets, openCatalogue, TitleIndex } from '../catalogue/index.js';
import {
  type Clock,
  type Event,
  newId,
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
import type { EngineContext, RequestContext } from './context.js';
import { DeployedModel, type ModelSource } from './deployed.js';
import { eligibility } from './eligibility.js';
import { explain } from './explain.js';
import { LikeTitles } from './likeTitles.js';
import { Pages } from './pages.js';
import { Popular } from './popular.js';
import {
  type ErasureReceipt,
  eraseBefore,
  eraseShopper,
  exportShopper,
  type ShopperExport,
} from './privacy.js';
import { Relations } from './relations.js';
import { scenarios } from './scenarios/index.js';
import { ScoreAccumulator } from './scores.js';
import { WritePath } from './writePath.js';

export interface EngineOptions {
  /** What it works on, opened; the engine closes it. */
  store: Store;
  /** Where to look for the deployed model; without it, statistics alone serve. */
  models?: ModelSource;
  state?: StateOptions;
  /** What else is folded from the log, beside the projections every shop has. */
  projections?: readonly Projection[];
  clock?: Clock;
  progress?: Progress;
  /** Told of what goes wrong in the background (a model that cannot be loaded, a checkpoint that failed). */
  warn?: (error: unknown, what: string) => void;
}

type Listener = (offset: number, event: Event) => void;
/** How often the registry is asked for a newly deployed model, ms. */
const modelPollMs = 1_000;

/** Catches the state up with the log of the store, loads the deployed model. The store is closed where that fails. */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  const { store, projections = [], progress = silent } = options;
  try {
    const catalogue = openCatalogue(store.facts);
    const state = await openState(store, { ...options.state, projections }, progress, catalogue.dictionary);
    const engine = new Engine(store, state, catalogue, options);
    await engine.reload();
    return engine;
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** The write path and the read path of one shop. */
export class Engine {
  readonly #engine: EngineContext;
  /** What the filters asked for lately let through. */
  readonly filters: FilterSets;
  readonly #writes: WritePath;
  readonly #listeners = new Set<Listener>();
  readonly #pages = new Pages();
  readonly #clock: Clock;
  readonly #models: ModelSource | undefined;
  /** What happens by itself: rooms and servers add theirs. */
  readonly jobs: Scheduler;
  #erasing: Promise<unknown> = Promise.resolve();
  #failed: string | undefined;
  #reloading: Promise<void> | undefined;

  constructor(
    readonly store: Store,
    readonly state: ShopState,
    readonly catalogue: Catalogue,
    private readonly options: EngineOptions,
  ) {
    this.#clock = options.clock ?? systemClock;
    this.filters = new FilterSets(catalogue);
    const relations = new Relations(state, new TitleIndex(catalogue));
    const popular = new Popular(catalogue, state);
    this.#engine = {
      catalogue,
      state,
      relations,
      likeTitles: new LikeTitles(catalogue),
      popular,
      model: undefined,
      accumulator: new ScoreAccumulator(),
    };
    this.#writes = new WritePath(store.log, state, (offset, event) => this.#applied(offset, event));
    this.#models = options.models;
    this.jobs = new Scheduler((error, what) => this.#warn(error, what));
    if (this.#models) this.jobs.add({ name: 'model', everyMs: modelPollMs, run: () => this.reload() });
  }

  get now(): number {
    return this.#clock();
  }

  /** Version and name of the model that serves, undefined before the first. */
  get model(): { version: string; name: string } | undefined {
    const { model } = this.#engine;
    return model && { version: model.version, name: model.model.name };
  }

  /**
   * Logs events and folds them into the state. When it resolves they are on disk and every later `recommend` and
   * `profile` reflects them. An id seen before is not applied again (`duplicate`). `disk_full` (507): none kept.
   */
  async ingest(events: readonly Event[]): Promise<Appended[]> {
    const appended = await this.#writes.append(events);
    this.state.checkpointIfDue().catch((error) => this.#warn(error, 'a checkpoint failed'));
    return appended;
  }

  /** Calls `listener` for each event once it is applied; returns how to stop. */
  onEvent(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  profile(user: string): Profile {
    return this.state.profile(user, this.now);
  }

  /** Answers a request from what is known now: no list is made ahead. Throws `unknown_item`, `invalid_filter`. */
  async recommend(request: RecommendRequest): Promise<RecommendResponse> {
    const now = this.now;
    if (request.filter !== undefined) await this.filters.prepare(request.filter);
    const engine = { ...this.#engine };
    await engine.model?.settle();
    const { offset } = this.state;
    const profile = this.state.profile(request.user, now);
    const { count = 10 } = request;
    const context: RequestContext = {
      request,
      now,
      profile,
      count: (request.offset ?? 0) + count,
      allowed: eligibility(this.catalogue, this.filters, request, profile, now),
    };
    const list = await scenarios[request.scenario](engine, context);
    const ranked = list.handles.filter(context.allowed);
    const shown = this.#pages.page(request, ranked, count, now).filter(context.allowed);
    const reasons = request.explain ? explain(engine, context, list, shown) : [];
    return {
      recommendationId: newId('rec', now),
      scenario: request.scenario,
      user: request.user,
      items: shown.map((handle, at) => {
        const item = this.catalogue.item(handle)!;
        const reason = reasons[at];
        return { id: item.id, score: list.score(handle), item, ...(reason && { reason }) };
      }),
      model: engine.model?.version ?? 'none',
      offset,
    };
  }

  /**
   * Loads the deployed model if it is another than the one that serves. If that fails the old one stays; where there
   * is none, as after a start, the versions deployed before are tried.
   */
  reload(): Promise<void> {
    this.#reloading ??= this.#reload().finally(() => {
      this.#reloading = undefined;
    });
    return this.#reloading;
  }

  async #reload(): Promise<void> {
    const versions = await this.#versions();
    const newest = versions[0];
    if (newest === undefined || newest === this.#failed) return;
    this.#failed = undefined;
    if (newest === this.#engine.model?.version) return;
    for (const version of versions) {
      if (await this.#serveWith(version)) return;
      this.#failed = newest;
      if (this.#engine.model) return;
    }
  }

  /** Those that were deployed, newest first. */
  async #versions(): Promise<readonly string[]> {
    try {
      return (await this.#models?.history())?.toReversed() ?? [];
    } catch (error) {
      this.#warn(error, 'the deployed model is not known');
      return [];
    }
  }

  async #serveWith(version: string): Promise<boolean> {
    try {
      const model = await this.#models!.load(version);
      const prepared = await DeployedModel.prepare(version, model, this.catalogue);
      this.#engine.model?.release();
      this.#engine.model = prepared;
      return true;
    } catch (error) {
      this.#warn(error, `model ${version} was not loaded`);
      return false;
    }
  }

  /** Everything kept of a shopper. */
  exportShopper(user: string): Promise<ShopperExport> {
    return exportShopper(this.store.log, this.state, user, this.now);
  }

  /** Removes a shopper, for good: see `docs/security.md`. One at a time. */
  erase(user: string): Promise<ErasureReceipt> {
    return this.#eraseNext(() => eraseShopper(this.store, this.state, user, this.now));
  }

  /** Erases every event before a time, ms; resolves to how many. */
  eraseBefore(before: number): Promise<number> {
    return this.#eraseNext(() => eraseBefore(this.store, this.state, before));
  }

  #eraseNext<T>(erase: () => Promise<T>): Promise<T> {
    const done = this.#erasing.then(erase);
    this.#erasing = done.catch(() => {});
    return done;
  }

  /** Writes a checkpoint and closes the store. */
  async close(): Promise<void> {
    await this.jobs.close();
    await this.#erasing;
    await this.state.checkpoint().catch((error) => this.#warn(error, 'the last checkpoint failed'));
    await this.store.close();
  }

  #applied(offset: number, event: Event): void {
    for (const listener of this.#listeners) listener(offset, event);
  }

  #warn(error: unknown, what: string): void {
    this.options.warn?.(error, what);
  }
}
