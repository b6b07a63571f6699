import { type Catalogue, openCatalogue, TitleIndex } from '../catalogue/index.js';
import {
  type Clock,
  type Event,
  newId,
  type Profile,
  type Progress,
  type RecommendedItem,
  type RecommendRequest,
  type RecommendResponse,
  silent,
  systemClock,
} from '../core/index.js';
import { Scheduler } from '../jobs/index.js';
import { openState, type ShopState, type StateOptions } from '../projections/index.js';
import { type Appended, openStore, type Store } from '../storage/index.js';
import type { EngineContext, RankedList, RequestContext } from './context.js';
import { DeployedModel, type ModelSource } from './deployed.js';
import { eligibility } from './eligibility.js';
import { explain } from './explain.js';
import { Popular } from './popular.js';
import { Relations } from './relations.js';
import { scenarios } from './scenarios/index.js';
import { ScoreAccumulator } from './scores.js';
import { WritePath } from './writePath.js';

export interface EngineOptions {
  /** Folder of the store; made when absent. One process at a time. */
  dir: string;
  /** Where to look for the deployed model, given the opened store; without it, statistics alone serve. */
  models?: (store: Store) => ModelSource;
  state?: StateOptions;
  clock?: Clock;
  progress?: Progress;
  /** Told of what goes wrong in the background (a model that cannot be loaded, a checkpoint that failed). */
  warn?: (error: unknown, what: string) => void;
}

type Listener = (offset: number, event: Event) => void;
/** How often the registry is asked for a newly deployed model, ms. */
const modelPollMs = 1_000;

/** Opens the store, catches the state up with the log, loads the deployed model. */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  const store = openStore(options.dir);
  try {
    const state = await openState(store, options.state ?? {}, options.progress ?? silent);
    const engine = new Engine(store, state, openCatalogue(store.facts), options);
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
  readonly #writes: WritePath;
  readonly #listeners = new Set<Listener>();
  readonly #clock: Clock;
  readonly #models: ModelSource | undefined;
  /** What happens by itself: rooms and servers add theirs. */
  readonly jobs: Scheduler;
  #failed: string | undefined;
  #reloading: Promise<void> | undefined;

  constructor(
    readonly store: Store,
    readonly state: ShopState,
    readonly catalogue: Catalogue,
    private readonly options: EngineOptions,
  ) {
    this.#clock = options.clock ?? systemClock;
    const relations = new Relations(catalogue, state, new TitleIndex(catalogue));
    const popular = new Popular(catalogue, state);
    this.#engine = {
      catalogue,
      state,
      relations,
      popular,
      model: undefined,
      accumulator: new ScoreAccumulator(),
    };
    this.#writes = new WritePath(store.log, state, (offset, event) => this.#applied(offset, event));
    this.#models = options.models?.(store);
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
    const engine = { ...this.#engine };
    await engine.model?.settle();
    const { offset } = this.state;
    const context: RequestContext = {
      request,
      now,
      profile: this.state.profile(request.user, now),
      count: request.count ?? 10,
      allowed: eligibility(this.catalogue, request),
    };
    const list = await scenarios[request.scenario](engine, context);
    return {
      recommendationId: newId('rec', now),
      scenario: request.scenario,
      user: request.user,
      items: list.handles
        .filter(context.allowed)
        .slice(0, context.count)
        .map((handle) => recommended(engine, context, list, handle)),
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

  /** Writes a checkpoint and closes the store. */
  async close(): Promise<void> {
    await this.jobs.close();
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

function recommended(
  engine: EngineContext,
  context: RequestContext,
  list: RankedList,
  handle: number,
): RecommendedItem {
  const item = engine.catalogue.item(handle)!;
  const shown = { id: item.id, score: list.score(handle), item };
  return context.request.explain ? { ...shown, reason: explain(engine, context, list, handle) } : shown;
}
