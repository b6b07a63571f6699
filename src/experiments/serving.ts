import { randomInt } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type RecommendRequest, type RecommendResponse, random } from '../core/index.js';
import { inMemory, type Projection } from '../projections/index.js';
import { type Engine, type Policy, parsePolicy, type Treatment } from '../recommend/index.js';
import { type Assignment, assign } from './assign.js';
import { type ExperimentsConfig, parseExperiments } from './config.js';
import { Exploration, exploredKey, poolSize } from './exploration.js';
import { exposureKey, Ledger, propensityKey } from './ledger.js';
import { type ExperimentReport, harmful, reportOf } from './report.js';

export const experimentsFile = 'experiments.json';
const stoppedKey = 'experiments/stopped.json';
const reloadMs = 1_000;
const guardMs = 60_000;
const noExperiments: ExperimentsConfig = { experiments: [] };
const none = async (): Promise<void> => {};

/** What `experiments.json` of a shop says; no experiments where there is no such file. */
export function readExperiments(dir: string): ExperimentsConfig {
  const path = join(dir, experimentsFile);
  return existsSync(path) ? parseExperiments(readFileSync(path, 'utf8')) : noExperiments;
}

/**
 * Experiments on a running shop: who sees which variant, that they saw it, what came of it, and an end for what does harm.
 * The file is read again when it changes; one with a fault is told of and the one before goes on.
 */
export class Experiments {
  #config: ExperimentsConfig = noExperiments;
  #ledger = new Ledger(noExperiments);
  #exploration = new Exploration();
  /** Exploration is chance by intent: what was drawn is logged, so nothing has to be drawn again. */
  readonly #rng = random(randomInt(2 ** 32));
  #leave = none;
  readonly #jobs: (() => void)[] = [];
  #stamp = '';
  /** Files whose changes count: the experiments, and the policies of their variants. */
  #watched: readonly string[] = [experimentsFile];
  #fault: string | undefined;
  #stopped = new Set<string>();
  #policies = new Map<string, Policy>();
  readonly #exposures = new Set<Promise<unknown>>();

  private constructor(
    private readonly engine: Engine,
    /** Folder of the shop, where its files lie. */
    private readonly dir: string,
    private readonly warn: (error: unknown, what: string) => void,
  ) {}

  /** Throws `invalid_experiments` or `invalid_policy`: a shop does not start with a fault in them. */
  static async open(
    engine: Engine,
    dir: string,
    warn: (error: unknown, what: string) => void = () => {},
  ): Promise<Experiments> {
    const opened = new Experiments(engine, dir, warn);
    const bytes = await engine.store.objects.get(stoppedKey);
    if (bytes) opened.#stopped = new Set(JSON.parse(Buffer.from(bytes).toString()) as string[]);
    await opened.#load();
    try {
      for (const [name, everyMs, run] of [
        ['experiments', reloadMs, () => opened.reload()],
        ['experiment guards', guardMs, () => opened.checkGuards()],
      ] as const)
        opened.#jobs.push(engine.jobs.add({ name, everyMs, run }));
      return opened;
    } catch (error) {
      await opened.close();
      throw error;
    }
  }

  /** Looks after no experiment any more; the engine stays open. */
  async close(): Promise<void> {
    for (const takeOut of this.#jobs.splice(0)) takeOut();
    await this.settled();
    const leave = this.#leave;
    this.#leave = none;
    await leave();
  }

  /** What to show, by the variants the shopper is in; that they saw them is logged. */
  async recommend(request: RecommendRequest): Promise<RecommendResponse> {
    if (this.#config.experiments.length === 0) return this.engine.recommend(request);
    const { now } = this.engine;
    const key = this.#ledger.identities.key(request.user);
    const assigned = assign(this.#config, request.user, key, now, this.#stopped);
    const { response, text } = await this.#answer(request, assigned);
    this.#expose(request.user, response.recommendationId, assigned, now, text);
    return response;
  }

  async #answer(
    request: RecommendRequest,
    assigned: readonly Assignment[],
  ): Promise<{ response: RecommendResponse; text: string }> {
    const treatment = this.#treatment(assigned);
    const share = Math.max(0, ...assigned.map(({ variant }) => variant.explore ?? 0));
    const count = request.count ?? 10;
    if (share === 0) return { response: await this.engine.recommend(request, treatment), text: '' };
    const more = { ...request, count: Math.min(100, count + poolSize) };
    return this.#exploration.explore(
      await this.engine.recommend(more, { ...treatment, shown: count }),
      count,
      share,
      this.#rng,
    );
  }

  /** What is wrong with the file as it is now: what it said before goes on. */
  get fault(): string | undefined {
    return this.#fault;
  }

  /** Share of all shoppers that takes part in nothing. */
  get holdout(): number {
    return this.#config.holdout ?? 0;
  }

  report(): ExperimentReport[] {
    return reportOf(this.#config, this.#ledger, this.engine.now, this.#stopped);
  }

  /** Resolves once what was shown so far is in the log. */
  async settled(): Promise<void> {
    await Promise.all(this.#exposures);
  }

  /** Policies of the variants, by file. */
  get policies(): ReadonlyMap<string, Policy> {
    return this.#policies;
  }

  /** Reads the file again if it changed. */
  async reload(): Promise<void> {
    if (this.#stampOf() === this.#stamp) return;
    this.#fault = undefined;
    try {
      await this.#load();
    } catch (error) {
      this.#fault = error instanceof Error ? error.message : String(error);
      throw error;
    }
  }

  /** Takes out the variants that a guard found worse. */
  async checkGuards(): Promise<void> {
    const found = harmful(this.report()).filter((variant) => !this.#stopped.has(variant));
    if (found.length === 0) return;
    for (const variant of found) {
      this.#stopped.add(variant);
      this.warn(new Error('a guard metric is worse beyond chance'), `the variant ${variant} was stopped`);
    }
    const text = JSON.stringify([...this.#stopped]);
    await this.engine.store.objects.put(stoppedKey, Buffer.from(text));
  }

  async #load(): Promise<void> {
    this.#stamp = this.#stampOf();
    const { dir } = this;
    const config = readExperiments(dir);
    const variants = config.experiments.flatMap((experiment) => experiment.variants);
    this.#watched = [experimentsFile, ...new Set(variants.flatMap(({ policy }) => policy ?? []))];
    this.#stamp = this.#stampOf();
    const policies = new Map<string, Policy>();
    for (const { policy, model } of variants) {
      if (policy !== undefined) policies.set(policy, parsePolicy(readFileSync(join(dir, policy), 'utf8')));
      if (model !== undefined) await this.engine.prepareModel(model);
    }
    const ledger = new Ledger(config);
    const exploration = new Exploration();
    const leave = this.#leave;
    this.#leave =
      config.experiments.length > 0 ? await this.engine.follow(foldOf(ledger, exploration)) : none;
    this.#config = config;
    this.#policies = policies;
    this.#ledger = ledger;
    this.#exploration = exploration;
    await leave();
  }

  #treatment(assigned: readonly Assignment[]): Treatment {
    const treatment: Treatment = {};
    for (const { variant } of assigned) {
      if (variant.model !== undefined) treatment.model = variant.model;
      if (variant.weights) treatment.weights = variant.weights;
      const policy = variant.policy === undefined ? undefined : this.#policies.get(variant.policy);
      if (policy) treatment.policy = policy;
    }
    return treatment;
  }

  #expose(
    user: string,
    recommendationId: string,
    assigned: readonly Assignment[],
    time: number,
    explored: string,
  ): void {
    const counted = assigned.filter(({ override }) => !override);
    if (counted.length === 0) return;
    const logged = this.engine
      .ingest([
        {
          id: `exposure_${recommendationId}`,
          type: 'impression',
          user,
          items: [],
          time,
          attribution: recommendationId,
          context: {
            [exposureKey]: counted
              .map(({ experiment, variant }) => `${experiment}:${variant.name}`)
              .join(' '),
            ...(explored === '' ? {} : { [exploredKey]: explored }),
            [propensityKey]: counted.reduce((product, { propensity }) => product * propensity, 1),
          },
        },
      ])
      .catch((error: unknown) => this.warn(error, 'an exposure was not logged'))
      .finally(() => this.#exposures.delete(logged));
    this.#exposures.add(logged);
  }

  #stampOf(): string {
    return this.#watched
      .map((name) => statSync(join(this.dir, name), { throwIfNoEntry: false }))
      .map((stat) => (stat ? `${stat.mtimeMs} ${stat.size}` : ''))
      .join();
  }
}

/** What was shown and what came of it is read anew at every start, and whenever the experiments change. */
function foldOf(ledger: Ledger, exploration: Exploration): Projection {
  return inMemory({
    name: 'experiments',
    apply(_offset, event) {
      ledger.apply(event);
      exploration.apply(event);
    },
  });
}
