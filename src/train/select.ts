import { EndcapError, type Progress } from '../core/index.js';
import { type Interval, pairedDifference } from '../math/index.js';
import type { Recommender } from '../models/index.js';
import { type Limits, unlimited } from './clock.js';
import { type Evaluation, evaluate, type Figures } from './evaluate.js';
import { type Fit, fitWatched, measureOnTest, type Shared } from './fit.js';
import { halve, halvingEfforts } from './halving.js';
import { meanRating, type RatingErrors, ratedBy, ratingErrors } from './ratings.js';
import type { Split } from './split.js';
import type { Options, Trial } from './trial.js';

/** A family at its best: the options chosen on validation, and its figures on validation and on test. */
export interface Candidate {
  family: string;
  options: Options;
  tried: number;
  /** Of all its fits and of the last one, on test. */
  seconds: number;
  testSeconds: number;
  validation: Figures;
  test: Evaluation;
  /** Its error on the ratings of the test window, where it learns ratings. */
  rating?: RatingErrors;
}

/** The outcome of a search: plain data. */
export interface Selection {
  /** Best by validation NDCG first. */
  candidates: Candidate[];
  /** Everything that was tried, best first. */
  trials: Trial[];
  split: { days: number; validation: number; test: number; cases: { validation: number; test: number } };
  /** NDCG of the winner minus the runner-up on the test cases. */
  lead: { over: string; difference: Interval } | undefined;
  /** Error of predicting the mean of the past ratings for everything. */
  meanRating?: RatingErrors;
}

export interface SelectOptions extends Shared {
  recommenders: readonly Recommender[];
  /** Try each family's grid; otherwise its defaults only. */
  tune: boolean;
  /**
   * When all must be done, ms of `performance.now()`; never by default. Half of the time from now on is for the
   * search; in the other half the winner is measured on test, then (by the caller) the deployed model beside it and
   * the winner on all data.
   */
  end?: number;
  /** Trials of a search that was stopped, and where to keep those of this one. */
  memory?: { known: readonly Trial[]; remember: (trials: readonly Trial[]) => Promise<void> };
}

/** Families measured on test when there is a budget. */
const finalists = 3;
/** Share of the time left that a fit with others to come after it may take. */
const share = { winner: 1 / 3, learning: 0.75 };
/** Time kept for the winner after its measurement on test, in times of that. */
const ownNeed = 2.5;

/**
 * Searches families and options on validation, then measures the best of each leading family once on test, fitted on
 * train and validation. The order of the result is by validation: test decides nothing. Throws the first fault when
 * no family could be trained.
 */
export async function select(split: Split, options: SelectOptions): Promise<Selection> {
  const { recommenders, seed, k, watch, places, end = Number.POSITIVE_INFINITY } = options;
  const now = performance.now();
  const name = (family: string, chosen: Options) => ({ family, options: chosen, seed, part: 'train' });
  const trials = await halve({
    families: options.tune ? recommenders : recommenders.map((family) => ({ ...family, grid: {} })),
    seed,
    // One configuration a family needs no heats: each is trained in full.
    efforts: options.tune ? halvingEfforts : [1],
    async run({ family, options: full }, chosen, report) {
      // The place of a configuration is the same in all rungs: each goes on where the one before ended.
      const checkpoint = places?.of(name(family.name, full), split.validation.past);
      const progress: Progress = checkpoint
        ? Object.assign((step: Parameters<Progress>[0]) => report(step), {
            enough: report.enough!,
            checkpoint,
          })
        : report;
      const model = await family.fit(split.validation.past, { ...chosen, seed }, progress);
      const { ndcgByCase: _, ...figures } = await evaluate(model, split.validation, { k, seed, progress });
      return figures;
    },
    until: now + (end - now) / 2,
    known: options.memory?.known ?? [],
    remember: options.memory?.remember ?? (async () => {}),
    settled: ({ family, options: full }) => places?.forget(name(family.name, full)),
    watch,
  });
  const candidates = await measureLeaders(split, trials, options);
  const rated = await rate(split, candidates, options);
  const { validation, test } = split;
  const facts = { days: split.days, validation: split.boundaries.validation, test: split.boundaries.test };
  return {
    candidates: rated,
    trials,
    split: { ...facts, cases: { validation: validation.cases.length, test: test.cases.length } },
    lead: leadOf(rated, seed),
    ...(test.ratings.length > 0 ? { meanRating: ratingErrors(test.ratings, meanRating(test), seed) } : {}),
  };
}

/**
 * The best trial of each leading family, measured on test as long as there is time; best by validation first. When
 * there was time for none, the one that learns fastest is measured all the same: a search ends with a model.
 */
async function measureLeaders(
  split: Split,
  trials: readonly Trial[],
  options: SelectOptions,
): Promise<Candidate[]> {
  const { end = Number.POSITIVE_INFINITY } = options;
  const leading = bestOfEach(trials);
  if (leading.length === 0) throw nothingTrained(trials);
  const count = Number.isFinite(end) ? finalists : leading.length;
  const candidates: Candidate[] = [];
  for (const [at, trial] of leading.entries()) {
    if (candidates.length >= count) break;
    const limits = limitsOf(trial, candidates[0], end);
    const place = { done: at, total: Math.min(count, leading.length) };
    const candidate = limits && (await measureTrial(split, trial, trials, options, { limits, place }));
    if (candidate) candidates.push(candidate);
  }
  if (candidates.length > 0) return candidates;
  const fastest = leading.reduce((a, b) => (b.seconds < a.seconds ? b : a));
  const place = { done: 0, total: 1 };
  return [(await measureTrial(split, fastest, trials, options, { limits: unlimited, place }))!];
}

/** The time for one fit on test; none for another than the winner when that would take what the winner needs. */
function limitsOf(trial: Trial, winner: Candidate | undefined, end: number): Limits | undefined {
  if (end === Number.POSITIVE_INFINITY) return unlimited;
  const now = performance.now();
  // The winner's next fits: the deployed model beside it, and itself on everything.
  const reserved = winner ? Math.max(1000 * ownNeed * winner.testSeconds, (end - now) * share.winner) : 0;
  const left = winner ? end - now - reserved : (end - now) * share.winner;
  if (winner && left < 1500 * trial.seconds) return undefined;
  return { soft: now + share.learning * left, hard: winner ? end - reserved : now + 2 * left };
}

async function measureTrial(
  split: Split,
  trial: Trial,
  trials: readonly Trial[],
  options: SelectOptions,
  how: Pick<Fit, 'limits' | 'place'>,
): Promise<Candidate | undefined> {
  const recommender = options.recommenders.find(({ name }) => name === trial.family)!;
  const started = performance.now();
  const chosen = { recommender, options: trial.options };
  const test = await measureOnTest(split, chosen, options, { ...how, phase: 'measuring the best on test' });
  if (!test) return undefined;
  const testSeconds = (performance.now() - started) / 1000;
  const own = trials.filter(({ family }) => family === trial.family);
  const seconds = own.reduce((sum, each) => sum + each.seconds, testSeconds);
  const { family, options: best, validation } = trial;
  return { family, options: best, tried: own.length, seconds, testSeconds, validation: validation!, test };
}

/** Adds the errors on the ratings of the test window for the families that learn ratings, while there is time. */
async function rate(split: Split, candidates: Candidate[], options: SelectOptions): Promise<Candidate[]> {
  const { recommenders, seed, end = Number.POSITIVE_INFINITY } = options;
  const { past, ratings } = split.test;
  const rated: Candidate[] = [];
  for (const candidate of candidates) {
    const recommender = recommenders.find(({ name }) => name === candidate.family)!;
    const spare = end - performance.now() > 5000 * candidate.testSeconds;
    if (ratings.length === 0 || !recommender.ratings || !spare) {
      rated.push(candidate);
      continue;
    }
    const chosen = { ...recommender.defaults, ...(recommender.ratings as Options) };
    const how = {
      limits: unlimited,
      phase: 'measuring ratings',
      place: { done: 0, total: 1 },
      part: 'ratings',
    };
    const rating = await fitWatched(
      { recommender, options: chosen },
      past,
      { ...options, ...how },
      async (model) => ratingErrors(ratings, ratedBy(model), seed),
    );
    rated.push({ ...candidate, rating });
  }
  return rated;
}

/** The best trial of each family, the best family first. */
function bestOfEach(trials: readonly Trial[]): Trial[] {
  const best = new Map<string, Trial>();
  for (const trial of trials) if (trial.validation && !best.has(trial.family)) best.set(trial.family, trial);
  return [...best.values()];
}

function nothingTrained(trials: readonly Trial[]): EndcapError {
  const faults = trials.map(({ family, failed }) => `${family}: ${failed}`);
  return new EndcapError('nothing_trained', `No model could be trained: ${[...new Set(faults)].join('; ')}`);
}

function leadOf([first, second]: Candidate[], seed: number): Selection['lead'] {
  if (!first || !second) return undefined;
  const difference = pairedDifference(first.test.ndcgByCase, second.test.ndcgByCase, seed);
  return { over: second.family, difference };
}
