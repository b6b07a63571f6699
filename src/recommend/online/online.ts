import { type Event, type EventTable, eventWeight } from '../../core/index.js';
import type { StreamCounters } from '../../models/index.js';
import type { ObjectStore, Store } from '../../storage/index.js';
import type { EngineContext } from '../context.js';
import { DeployedModel, type ModelSource } from '../deployed.js';
import type { SourceWeights } from '../sources.js';
import { Following } from './following.js';
import { OnlineLearner } from './onlineLearner.js';
import { Watcher } from './watcher.js';

export interface OnlineStatus {
  version: string;
  /** Events of the log that are not learned yet. */
  lag: number;
  /** Events before this offset are in the rows and the lists that serve. */
  published: number;
  steps: number;
  dropped: number;
  repeated: number;
  capped: number;
  ahead: number;
  /** The guard found that learning did harm: the model serves as it was trained. */
  rolledBack: boolean;
  /** Weights of the sources of `home`, learned from what happens. */
  weights: SourceWeights;
}

interface Options {
  store: Store;
  engine: EngineContext;
  models: ModelSource;
  weights: EventTable;
  warn: (error: unknown, what: string) => void;
}

/**
 * Everything that goes on learning while a model serves: its rows (in a thread), its statistics (at once), the weights of
 * `home`, and who watches over all of it.
 */
export class OnlineServing {
  #version = '';
  #learner: OnlineLearner | undefined;
  #following: Following | undefined;
  #watcher: Watcher | undefined;
  /** About the event that is being applied. */
  #question: Promise<void> | undefined;
  #rolledBack = false;
  #saved = performance.now();

  constructor(private readonly options: Options) {}

  /** Begins with a model that serves from now on; one that cannot learn is only served. */
  async begin(deployed: DeployedModel): Promise<void> {
    await this.close();
    const { engine, models, store, weights, warn } = this.options;
    const { version, model } = deployed;
    this.#version = version;
    this.#rolledBack = (await store.objects.get(offKey(version))) !== undefined;
    if (!(model.stream || model.appends) || this.#rolledBack) return;
    // A second copy: what serves takes over rows and events in place.
    const frozen = await models.load(version);
    this.#watcher = new Watcher(engine, frozen, () => void this.#rollBack(store.objects, frozen));
    const weighed = await store.objects.get(weightsKey(version));
    this.#watcher.restore(weighed);
    const trainedTo = (await models.trainedTo?.(version)) ?? store.log.head;
    if (model.stream) {
      this.#learner = await OnlineLearner.start({
        version,
        model: frozen,
        log: store.log,
        objects: store.objects,
        weights,
        trainedTo,
        publish: (changes) => deployed.take(changes),
        warn,
      });
      this.#learner.feed();
    }
    if (!model.appends) return;
    this.#following = new Following({ engine, deployed, log: store.log, weights, trainedTo, warn });
    // The same question gets the same answer before and after a restart: what happened since the training comes first.
    await this.#following.catchUp();
  }

  /** An event that the state takes next: what was known before it is asked now. */
  ask(event: Event): void {
    this.#question = this.#watcher?.ask(event, eventWeight(this.options.weights, event.type));
  }

  /** The event is in the state. */
  saw(offset: number, event: Event): void {
    this.#learner?.feed();
    this.#following?.saw(offset, event, this.#question);
    if (performance.now() - this.#saved > weightsMs) void this.#saveWeights();
  }

  /** Undefined where nothing was learned: `home` weighs its sources alike. */
  get weights(): SourceWeights | undefined {
    return this.#watcher?.weights;
  }

  get status(): OnlineStatus | undefined {
    if (!this.#watcher) return undefined;
    const parts = [this.#learner, this.#following].filter((part) => part !== undefined);
    const sum = (name: keyof StreamCounters): number =>
      parts.reduce((total, { counters }) => total + counters[name], 0);
    return {
      version: this.#version,
      lag: Math.max(0, ...parts.map(({ lag }) => lag)),
      published: this.#published,
      steps: sum('steps'),
      dropped: sum('dropped'),
      repeated: sum('repeated'),
      capped: sum('capped'),
      ahead: sum('ahead'),
      rolledBack: this.#rolledBack,
      weights: this.#watcher.weights,
    };
  }

  get #published(): number {
    const rows = this.#learner?.published;
    const lists = this.#following?.offset;
    return rows === undefined || lists === undefined ? (rows ?? lists ?? 0) : Math.min(rows, lists);
  }

  /** Writes down what was learned and ends the thread. */
  async close(): Promise<void> {
    await this.#learner?.close();
    this.#following?.close();
    await this.#saveWeights();
    this.#learner = this.#following = this.#watcher = undefined;
  }

  /**
   * A shopper was erased: what goes on is learned anew, by the model as it was trained, from the log, which does not have
   * them any more.
   */
  async forget(): Promise<void> {
    const { engine, models, store } = this.options;
    const learned = this.#learner !== undefined || this.#following !== undefined;
    await this.close();
    const kept = await store.objects.list('online/');
    for (const key of kept) if (key.endsWith('.bin')) await store.objects.delete(key);
    if (!engine.model) return;
    if (learned) this.#serve(await this.#prepared(await models.load(engine.model.version)));
    await this.begin(engine.model);
  }

  async #saveWeights(): Promise<void> {
    this.#saved = performance.now();
    if (!this.#watcher) return;
    await this.options.store.objects
      .put(weightsKey(this.#version), this.#watcher.pack())
      .catch((error) => this.options.warn(error, 'the weights of home were not written down'));
  }

  async #rollBack(objects: ObjectStore, frozen: DeployedModel['model']): Promise<void> {
    const { warn } = this.options;
    this.#rolledBack = true;
    const learner = this.#learner;
    this.#following?.close();
    this.#learner = this.#following = undefined;
    warn(new Error('it ranked what came worse than the model as trained'), 'online learning was rolled back');
    this.#serve(await this.#prepared(frozen));
    await learner?.close();
    // A restart does not begin again what was found to do harm; the next training does.
    await objects.put(offKey(this.#version), Buffer.from('{}'));
  }

  #prepared(model: DeployedModel['model']): Promise<DeployedModel> {
    return DeployedModel.prepare(this.#version, model, this.options.engine.catalogue);
  }

  /** In place of the one that serves, unless that is another version by now. */
  #serve(prepared: DeployedModel): void {
    const { engine } = this.options;
    const before = engine.model?.version === prepared.version ? engine.model : undefined;
    (before ?? prepared).release();
    if (before) engine.model = prepared;
  }
}

/** The weights of `home` are written down so often, ms. */
const weightsMs = 30_000;
const weightsKey = (version: string): string => `online/${version}.weights.json`;
const offKey = (version: string): string => `online/${version}.off`;
