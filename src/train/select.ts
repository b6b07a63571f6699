import type { Event, EventWeights, Item, Progress } from '../core/index.js';
import { type Interval, pairedDifference } from '../math/index.js';
import type { Dataset, Recommender } from '../models/index.js';
import { datasetFromEvents } from './dataset.js';
import { type Evaluation, evaluate } from './evaluate.js';
import { halve, halvingEfforts, type Options, type Trial } from './halving.js';
import { type Split, temporalSplit } from './split.js';

/** A family at its best: the options chosen on validation, and its figures on validation and on test. */
export interface Candidate {
  recommender: Recommender;
  options: Options;
  tried: number;
  seconds: number;
  validation: Evaluation;
  test: Evaluation;
}

export interface Selection {
  /** Best by validation NDCG first. */
  candidates: Candidate[];
  /** Everything that was tried, best first. */
  trials: Trial[];
  split: Split;
  /** NDCG of the winner minus the runner-up on the test cases. */
  lead: { over: string; difference: Interval } | undefined;
}

export interface SelectOptions {
  recommenders: readonly Recommender[];
  weights: EventWeights;
  catalogue: ReadonlyMap<string, Item>;
  /** Length of the validation and of the test window, days. */
  days: number;
  k: number;
  seed: number;
  /** Try each family's grid; otherwise its defaults only. */
  tune: boolean;
  /** Time to search, s; unlimited by default. */
  budget?: number;
  /** Families measured on test at the end; all by default. */
  finalists?: number;
  /** Trials of a search that was stopped, and where to keep those of this one. */
  memory?: { known: readonly Trial[]; remember: (trials: readonly Trial[]) => Promise<void> };
  progress: Progress;
}

/**
 * Searches families and options on validation, then measures the best of each leading family once on test, fitted on
 * train and validation. The order of the result is by validation: test decides nothing.
 */
export async function select(events: readonly Event[], options: SelectOptions): Promise<Selection> {
  const { recommenders, seed, k, progress } = options;
  const split = temporalSplit(events, options.weights, options.days);
  const train = datasetFromEvents(split.train, options.weights, options.catalogue);
  const both = datasetFromEvents(split.trainAndValidation, options.weights, options.catalogue);
  const trials = await halve({
    families: options.tune ? recommenders : recommenders.map((family) => ({ ...family, grid: {} })),
    seed,
    // One configuration a family needs no heats: each is trained in full.
    efforts: options.tune ? halvingEfforts : [1],
    run: async (family, chosen, report) => {
      const model = await family.fit(train, { ...chosen, seed }, report);
      return (await evaluate(model, split.validation, k, seed)).metrics.ndcg;
    },
    budget: options.budget ?? Number.POSITIVE_INFINITY,
    known: options.memory?.known ?? [],
    remember: options.memory?.remember ?? (async () => {}),
    progress,
  });
  const leading = bestOfEach(trials, options.finalists ?? recommenders.length);
  const candidates: Candidate[] = [];
  for (const [at, trial] of leading.entries()) {
    progress({ phase: 'measuring the best on test', done: at, total: leading.length, note: trial.family });
    const recommender = recommenders.find(({ name }) => name === trial.family)!;
    candidates.push(await final(recommender, trial, trials, { train, both, split, seed, k }));
  }
  candidates.sort((a, b) => b.validation.metrics.ndcg.mean - a.validation.metrics.ndcg.mean);
  return { candidates, trials, split, lead: leadOf(candidates, seed) };
}

/** The best trial of each family, the `count` best families first. */
function bestOfEach(trials: readonly Trial[], count: number): Trial[] {
  const best = new Map<string, Trial>();
  for (const trial of trials) if (!best.has(trial.family)) best.set(trial.family, trial);
  return [...best.values()].slice(0, count);
}

async function final(
  recommender: Recommender,
  trial: Trial,
  trials: readonly Trial[],
  { train, both, split, seed, k }: { train: Dataset; both: Dataset; split: Split; seed: number; k: number },
): Promise<Candidate> {
  const started = performance.now();
  const early = await recommender.fit(train, { ...trial.options, seed }, () => {});
  const validation = await evaluate(early, split.validation, k, seed);
  const test = await measureOnTest(recommender, trial.options, { both, split, seed, k });
  const own = trials.filter(({ family }) => family === recommender.name);
  const searched = own.reduce((sum, { seconds }) => sum + seconds, 0);
  const seconds = searched + (performance.now() - started) / 1000;
  return { recommender, options: trial.options, tried: own.length, seconds, validation, test };
}

async function measureOnTest(
  recommender: Recommender,
  options: Options,
  { both, split, seed, k }: { both: Dataset; split: Split; seed: number; k: number },
): Promise<Evaluation> {
  const model = await recommender.fit(both, { ...options, seed }, () => {});
  return evaluate(model, split.test, k, seed);
}

/**
 * Winner minus incumbent in NDCG on the same test cases, both fitted on the same data before them: what decides
 * whether the winner may take the incumbent's place.
 */
export async function challenge(
  selection: Selection,
  incumbent: { recommender: Recommender; options: Options },
  options: Pick<SelectOptions, 'weights' | 'catalogue' | 'seed' | 'k'>,
): Promise<Interval> {
  const { split, candidates } = selection;
  const both = datasetFromEvents(split.trainAndValidation, options.weights, options.catalogue);
  const test = await measureOnTest(incumbent.recommender, incumbent.options, { both, split, ...options });
  return pairedDifference(candidates[0]!.test.ndcgByCase, test.ndcgByCase, options.seed);
}

function leadOf([first, second]: Candidate[], seed: number): Selection['lead'] {
  if (!first || !second) return undefined;
  const difference = pairedDifference(first.test.ndcgByCase, second.test.ndcgByCase, seed);
  return { over: second.recommender.name, difference };
}
