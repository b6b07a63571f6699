import { type Event, type EventTable, eventWeight } from '../../core/index.js';
import type { ObjectStore, Store } from '../../storage/index.js';
import type { EngineContext } from '../context.js';
import { DeployedModel, type ModelSource } from '../deployed.js';
import type { SourceWeights } from '../sources.js';
import { OnlineLearner } from './onlineLearner.js';
import { Watcher } from './watcher.js';

export interface OnlineStatus {
  version: string;
  /** Events of the log that are not learned yet. */
  lag: number;
  /** Events before this offset are in the rows that serve. */
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

/** Everything that goes on learning while a model serves: its rows, the weights of `home`, and who watches over both. */
export class OnlineServing {
  #version = '';
  #learner: OnlineLearner | undefined;
  #watcher: Watcher | undefined;
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
    if (!model.stream || this.#rolledBack) return;
    // A second copy, for what serves takes the rows over in place.
    const frozen = await models.load(version);
    this.#watcher = new Watcher(engine, frozen, () => void this.#rollBack(store.objects, frozen));
    const weighed = await store.objects.get(weightsKey(version));
    if (weighed) this.#watcher.fusion.weights.set(JSON.parse(Buffer.from(weighed).toString()) as number[]);
    this.#learner = await OnlineLearner.start({
      version,
      model: frozen,
      log: store.log,
      objects: store.objects,
      weights,
      trainedTo: (await models.trainedTo?.(version)) ?? store.log.head,
      publish: (changes) => deployed.take(changes),
      warn,
    });
    this.#learner.feed();
  }

  /** An event that is in the state. */
  saw(event: Event): void {
    this.#learner?.feed();
    this.#watcher?.saw(event, eventWeight(this.options.weights, event.type));
    if (performance.now() - this.#saved > weightsMs) void this.#saveWeights();
  }

  /** Undefined where nothing was learned: `home` weighs its sources alike. */
  get weights(): SourceWeights | undefined {
    return this.#watcher?.weights;
  }

  get status(): OnlineStatus | undefined {
    if (!this.#watcher) return undefined;
    const { counters, lag, published } = this.#learner ?? { counters: undefined, lag: 0, published: 0 };
    const none = { steps: 0, dropped: 0, repeated: 0, capped: 0, ahead: 0 };
    return {
      version: this.#version,
      lag,
      published,
      ...(counters ?? none),
      rolledBack: this.#rolledBack,
      weights: this.#watcher.weights,
    };
  }

  /** Writes down what was learned and ends the thread. */
  async close(): Promise<void> {
    await this.#learner?.close();
    await this.#saveWeights();
    this.#learner = this.#watcher = undefined;
  }

  /** A shopper was erased: what goes on is learned anew from the log, which does not have them any more. */
  async forget(): Promise<void> {
    const { engine, store } = this.options;
    await this.close();
    const kept = await store.objects.list('online/');
    for (const key of kept) if (key.endsWith('.bin')) await store.objects.delete(key);
    if (engine.model) await this.begin(engine.model);
  }

  async #saveWeights(): Promise<void> {
    this.#saved = performance.now();
    if (!this.#watcher) return;
    const text = JSON.stringify([...this.#watcher.fusion.weights]);
    await this.options.store.objects
      .put(weightsKey(this.#version), Buffer.from(text))
      .catch((error) => this.options.warn(error, 'the weights of home were not written down'));
  }

  async #rollBack(objects: ObjectStore, frozen: DeployedModel['model']): Promise<void> {
    const { engine, warn } = this.options;
    this.#rolledBack = true;
    const learner = this.#learner;
    this.#learner = undefined;
    warn(new Error('it ranked what came worse than the model as trained'), 'online learning was rolled back');
    const prepared = await DeployedModel.prepare(this.#version, frozen, engine.catalogue);
    if (engine.model?.version === this.#version) {
      engine.model.release();
      engine.model = prepared;
    }
    await learner?.close();
    // A restart does not begin again what was found to do harm; the next training does.
    await objects.put(offKey(this.#version), Buffer.from('{}'));
  }
}

/** The weights of `home` are written down so often, ms. */
const weightsMs = 30_000;
const weightsKey = (version: string): string => `online/${version}.weights.json`;
const offKey = (version: string): string => `online/${version}.off`;
