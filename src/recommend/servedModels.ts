import type { EngineContext } from './context.js';
import { DeployedModel, type ModelSource } from './deployed.js';

/** Takes the models that are deployed into service while requests go on, and holds those of experiments beside. */
export class ServedModels {
  /** Models of experiments, by version. */
  readonly #others = new Map<string, DeployedModel>();
  #failed: string | undefined;
  #reloading: Promise<void> | undefined;

  constructor(
    readonly source: ModelSource,
    /** Where the one that serves stands. */
    private readonly engine: Pick<EngineContext, 'catalogue' | 'model'>,
    private readonly warn: (error: unknown, what: string) => void,
    /** Told of each that begins to serve. */
    private readonly began: (model: DeployedModel) => Promise<void> | undefined,
  ) {}

  /** Loads a version beside the one that serves, for an experiment. */
  async prepare(version: string): Promise<void> {
    if (!this.#others.has(version)) this.#others.set(version, await this.#load(version));
  }

  /** A version that was prepared. */
  prepared(version: string): DeployedModel | undefined {
    return this.#others.get(version);
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
    if (newest === this.engine.model?.version) return;
    for (const version of versions) {
      if (await this.#serveWith(version)) return;
      this.#failed = newest;
      if (this.engine.model) return;
    }
  }

  /** Those that were deployed, newest first. */
  async #versions(): Promise<readonly string[]> {
    try {
      return (await this.source.history()).toReversed();
    } catch (error) {
      this.warn(error, 'the deployed model is not known');
      return [];
    }
  }

  async #serveWith(version: string): Promise<boolean> {
    try {
      const model = await this.#load(version);
      this.engine.model?.release();
      this.engine.model = model;
      await this.began(model);
      return true;
    } catch (error) {
      this.warn(error, `model ${version} was not loaded`);
      return false;
    }
  }

  async #load(version: string): Promise<DeployedModel> {
    return DeployedModel.prepare(version, await this.source.load(version), this.engine.catalogue);
  }
}
