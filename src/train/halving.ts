import { EndcapError, type Progress, type Step } from '../core/index.js';
import { type Clock, type Limits, timed, wallClock } from './clock.js';
import type { Figures } from './evaluate.js';
import type { Watch } from './trainingEvent.js';
import {
  type Config,
  type Curve,
  configsOf,
  learnsInEpochs,
  type Options,
  ran,
  scoreOf,
  shorten,
  type Trial,
  trialKey,
} from './trial.js';

export interface Search {
  algorithms: readonly Parameters<typeof configsOf>[0][number][];
  seed: number;
  /** Fits `config` with `options` (its own, epochs shortened) and measures on validation. */
  run: (config: Config, options: Options, progress: Progress) => Promise<Figures>;
  /** Share of the epochs spent in each rung, rising to 1. */
  efforts: readonly number[];
  /** When searching ends, ms of `clock`: the wall's by default. */
  until: number;
  clock?: Clock;
  /** What an earlier, killed search already measured, and where to remember. */
  known: readonly Trial[];
  remember: (trials: readonly Trial[]) => Promise<void>;
  /** Told of a configuration that is not trained any further. */
  settled: (config: Config) => void;
  watch: Watch;
}

/** Share of the epochs spent in each rung; after a rung the better half goes on. */
export const halvingEfforts = [0.125, 0.5, 1];
/** Share of a fit's time that is for learning; the rest is for measuring. */
const learning = 0.75;
/** What may go wrong with one configuration without ending the search. */
const expected = ['runtime_missing', 'too_little_data', 'training_diverged', 'not_finite', 'out_of_time'];

/**
 * Successive halving (Jamieson & Talwalkar 2016): every configuration gets a little training, the better half gets
 * more, until few are trained in full. All by validation, best first. Only what learns in epochs contests a place,
 * since places are to be given at equal effort; other algorithms are measured once, in full, and stand by. Each rung has
 * an equal share of the time, each fit in it an equal share of the rung's: a budget holds whatever a fit would take.
 */
export async function halve(search: Search): Promise<Trial[]> {
  const { until, clock = wallClock } = search;
  let running = configsOf(search.algorithms);
  // Where nothing learns in epochs there is nothing to halve, and one rung has all the time.
  const efforts = running.some(learnsInEpochs) ? search.efforts : [1];
  const race = new Race(search, unitsOf(running, efforts), efforts.length);
  for (const [rung, effort] of efforts.entries()) {
    const now = clock();
    const end = now + (until - now) / (efforts.length - rung);
    const measured = await race.rung(running, { rung, effort, end });
    const contest = measured.filter(({ config }) => learnsInEpochs(config));
    contest.sort((a, b) => scoreOf(b.trial) - scoreOf(a.trial));
    const places = rung + 1 < efforts.length ? Math.ceil(contest.length / 2) : 0;
    const winners = contest.slice(0, places).filter(({ trial }) => trial.validation);
    running = winners.map(({ config }) => config);
    for (const { config } of measured) if (!running.includes(config)) search.settled(config);
  }
  return race.trials();
}

/** Work of a whole search: 1 is a full training. A rung goes on where the one before ended. */
function unitsOf(configs: readonly Config[], efforts: readonly number[]): number {
  let contest = configs.filter(learnsInEpochs).length;
  let units = configs.length - contest;
  for (const [rung, effort] of efforts.entries()) {
    units += contest * (effort - (efforts[rung - 1] ?? 0));
    contest = Math.ceil(contest / 2);
  }
  return units;
}

interface Rung {
  rung: number;
  effort: number;
  /** When the rung ends, ms of the clock. */
  end: number;
}

/** The trials of one search. */
class Race {
  readonly #memory: Map<string, Trial>;
  readonly #clock: Clock;
  readonly #started: number;
  readonly #found = new Map<string, Trial>();
  #units = 0;
  /** Units and s of what was measured now. */
  readonly #pace = { units: 0, seconds: 0 };

  constructor(
    private readonly search: Search,
    private readonly work: number,
    private readonly rungs: number,
  ) {
    this.#clock = search.clock ?? wallClock;
    this.#started = this.#clock();
    this.#memory = new Map(search.known.map((trial) => [trial.key, trial]));
  }

  /** Whether there is a model to fall back on: until then no fit is given up. */
  get #measured(): boolean {
    return [...this.#found.values()].some(({ validation }) => validation);
  }

  /** Best first. */
  trials(): Trial[] {
    return [...this.#found.values()].sort((a, b) => scoreOf(b) - scoreOf(a));
  }

  async rung(configs: readonly Config[], rung: Rung): Promise<{ config: Config; trial: Trial }[]> {
    const measured: { config: Config; trial: Trial }[] = [];
    for (const [at, config] of configs.entries()) {
      const limits = this.#limits(configs, at, rung);
      if (!limits) continue;
      const trial = await this.#measure(config, rung, limits, { done: at, total: configs.length });
      measured.push({ config, trial });
    }
    return measured;
  }

  /** The time of one fit, or nothing when there is none left; the very first is made and measured in any case. */
  #limits(configs: readonly Config[], at: number, { rung, end }: Rung): Limits | undefined {
    const { until } = this.search;
    const now = this.#clock();
    const config = configs[at]!;
    if (this.#isBehindCut(config, rung)) return undefined;
    const untried = rung === 0 && config.isDefault;
    const left = untried ? Math.max(end - now, (until - now) / 2) : end - now;
    if (left <= this.#expectedTime(config, rung) && this.#found.size > 0) return undefined;
    // Every algorithm's defaults get their share of the first rung before any other option may take the time.
    const sharers = configs.slice(at).filter(({ isDefault }) => rung > 0 || isDefault === untried).length;
    // Whoever wins is fitted twice more, so no fit that begins anew may take more than the search leaves for that.
    // The first one may: without it there would be nothing.
    const most = config.algorithm.goesOn ? until : Math.min(until, now + (until - this.#started) / 2);
    const hard = this.#measured ? most : Number.POSITIVE_INFINITY;
    const share = Math.min(left / (untried || rung > 0 ? sharers : 1), hard - now);
    const soft = now + learning * share;
    return { soft, hard };
  }

  /**
   * Whether it is another option of an algorithm behind the best, which the clock ended before it had learned all that it
   * could: that one is to have the time.
   */
  #isBehindCut({ algorithm, isDefault }: Config, rung: number): boolean {
    if (rung > 0 || isDefault) return false;
    const [best] = this.trials();
    return best?.validation !== undefined && best.cut && best.algorithm !== algorithm.name;
  }

  /** Estimated time to the end of the search, s. */
  #left(): number | undefined {
    const { units, seconds } = this.#pace;
    const byPace = units > 0 ? ((this.work - this.#units) * seconds) / units : Number.POSITIVE_INFINITY;
    const left = Math.min(byPace, (this.search.until - this.#clock()) / 1000);
    return Number.isFinite(left) ? Math.max(0, left) : undefined;
  }

  /** ms that an option of the grid will take, from what the algorithm's defaults took; 0 where nothing is known. */
  #expectedTime({ algorithm, isDefault }: Config, rung: number): number {
    if (rung > 0 || isDefault) return 0;
    const own = [...this.#found.values()].find((trial) => trial.algorithm === algorithm.name);
    return 1000 * (own?.seconds ?? 0);
  }

  async #measure(
    config: Config,
    { rung, effort }: Rung,
    limits: Limits,
    place: { done: number; total: number },
  ): Promise<Trial> {
    const { search } = this;
    const clock = this.#clock;
    const { algorithm } = config;
    const options = shorten(config.options, effort);
    const key = trialKey(algorithm.name, options, search.seed);
    const phase = `rung ${rung + 1} of ${this.rungs}`;
    const started = clock();
    const units = learnsInEpochs(config) ? effort - (search.efforts[rung - 1] ?? 0) : 1;
    this.#units += units;
    const known = this.#found.get(key) ?? this.#memory.get(key);
    // A fit that the clock had ended is made again when there is more time for it now.
    if (known && !(known.cut && 1000 * known.seconds < limits.soft - started)) {
      const fresh = !this.#found.has(key);
      this.#found.set(key, known);
      if (fresh) search.watch({ kind: 'trial', trial: known, phase, known: true });
      return known;
    }
    const running = { kind: 'running', phase, algorithm: algorithm.name, options, ...place } as const;
    const tell = (note?: string): void => {
      const [seconds, heldOut] = [(clock() - started) / 1000, curve.heldOut.at(-1)];
      search.watch({ ...running, note, heldOut, seconds, left: this.#left() });
    };
    let curve: Curve = { loss: [], heldOut: [] };
    const { progress, cut, epochs } = timed(
      (step: Step) => {
        if (step.curve) curve = { loss: [...step.curve.loss], heldOut: [...step.curve.heldOut] };
        if (step.warning) search.watch({ kind: 'note', text: step.warning });
        const { note } = step;
        tell(note);
      },
      clock,
      limits,
    );
    tell();
    const outcome = await attempt(() => search.run(config, options, progress));
    const trial: Trial = {
      key,
      algorithm: algorithm.name,
      options,
      effort: learnsInEpochs(config) ? effort : 1,
      seconds: (clock() - started) / 1000,
      cut: cut() || outcome.late,
      ...ran(epochs()),
      ...outcome.result,
      curve,
    };
    this.#pace.units += units;
    this.#pace.seconds += trial.seconds;
    this.#found.set(key, trial);
    this.#memory.set(key, trial);
    await search.remember([...this.#memory.values()]);
    search.watch({ kind: 'trial', trial, phase, known: false });
    return trial;
  }
}

async function attempt(
  run: () => Promise<Figures>,
): Promise<{ result: { validation: Figures } | { failed: string }; late: boolean }> {
  try {
    return { result: { validation: await run() }, late: false };
  } catch (error) {
    if (!(error instanceof EndcapError) || !expected.includes(error.code)) throw error;
    return { result: { failed: error.message }, late: error.code === 'out_of_time' };
  }
}
