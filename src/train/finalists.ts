import { EndcapError } from '../core/index.js';
import type { Recommender } from '../models/index.js';
import { type Limits, unlimited } from './clock.js';
import type { Evaluation, Figures } from './evaluate.js';
import { type Fit, fitWatched, measureOnTest, type Shared } from './fit.js';
import { type RatingErrors, ratedBy, ratingErrors } from './ratings.js';
import type { Split } from './split.js';
import type { Options, Trial } from './trial.js';

/** An algorithm at its best: the options chosen on validation, and its figures on validation and on test. */
export interface Candidate {
  algorithm: string;
  options: Options;
  tried: number;
  /** Of all its fits and of the last one, on test. */
  seconds: number;
  validation: Figures;
  test: Evaluation;
  /** Its error on the ratings of the test window, where it learns ratings. */
  rating?: RatingErrors;
}

interface FinalOptions extends Shared {
  recommenders: readonly Recommender[];
  /** When all must be done, ms of `performance.now()`; never by default. */
  end?: number;
}

/** Algorithms measured on test beside the winner when there is a budget. */
const others = 2;

/**
 * The best trial by validation, measured on test in a third of the time left. When that is not enough, the next best
 * algorithm is tried; when there was time for none, the one that learns fastest is measured all the same: a search ends
 * with a model. Throws `nothing_trained` with the reasons when no trial was measured.
 */
export async function measureWinner(
  split: Split,
  trials: readonly Trial[],
  options: FinalOptions,
): Promise<Candidate> {
  const { end = Number.POSITIVE_INFINITY } = options;
  const leading = bestOfEach(trials);
  if (leading.length === 0) throw nothingTrained(trials);
  for (const trial of leading) {
    const now = performance.now();
    const left = Math.max(0, end - now) / 3;
    const limits = { soft: now + 0.75 * left, hard: now + 1.5 * left };
    const candidate = await measureTrial(split, trial, trials, options, {
      limits,
      place: { done: 0, total: 1 },
    });
    if (candidate) return candidate;
  }
  const fastest = leading.reduce((a, b) => (b.seconds < a.seconds ? b : a));
  const limits: Limits = { ...unlimited, soft: performance.now() };
  return (await measureTrial(split, fastest, trials, options, { limits, place: { done: 0, total: 1 } }))!;
}

/** The best trials of the algorithms after the winner, as long as there is time well enough for another. */
export async function measureOthers(
  split: Split,
  trials: readonly Trial[],
  winner: Candidate,
  options: FinalOptions,
): Promise<Candidate[]> {
  const { end = Number.POSITIVE_INFINITY } = options;
  const all = bestOfEach(trials);
  const rest = all.slice(1 + all.findIndex(({ algorithm }) => algorithm === winner.algorithm));
  const leading = end === Number.POSITIVE_INFINITY ? rest : rest.slice(0, others);
  const candidates: Candidate[] = [];
  for (const [at, trial] of leading.entries()) {
    const now = performance.now();
    if (end - now < 2000 * trial.seconds) continue;
    const limits: Limits = { soft: now + (end - now) / 2, hard: end };
    const place = { done: at, total: leading.length };
    const candidate = await measureTrial(split, trial, trials, options, { limits, place });
    if (candidate) candidates.push(candidate);
  }
  return candidates;
}

async function measureTrial(
  split: Split,
  trial: Trial,
  trials: readonly Trial[],
  options: FinalOptions,
  how: Pick<Fit, 'limits' | 'place'>,
): Promise<Candidate | undefined> {
  const recommender = options.recommenders.find(({ name }) => name === trial.algorithm)!;
  const started = performance.now();
  const chosen = { recommender, options: trial.options };
  const test = await measureOnTest(split, chosen, options, { ...how, phase: 'measuring the best on test' });
  if (!test) return undefined;
  const own = trials.filter(({ algorithm }) => algorithm === trial.algorithm);
  const onTest = (performance.now() - started) / 1000;
  const seconds = own.reduce((sum, each) => sum + each.seconds, onTest);
  const { algorithm, options: best, validation } = trial;
  return { algorithm, options: best, tried: own.length, seconds, validation: validation!, test };
}

/** Adds the errors on the ratings of the test window for the algorithms that learn ratings, while there is time. */
export async function measureRatings(
  split: Split,
  candidates: readonly Candidate[],
  options: FinalOptions,
): Promise<Candidate[]> {
  const { recommenders, seed, end = Number.POSITIVE_INFINITY } = options;
  const { past, ratings } = split.test;
  const rated: Candidate[] = [];
  for (const candidate of candidates) {
    const recommender = recommenders.find(({ name }) => name === candidate.algorithm)!;
    const late = performance.now() >= end;
    if (ratings.length === 0 || !recommender.ratings || late) {
      rated.push(candidate);
      continue;
    }
    const chosen = { ...recommender.defaults, ...(recommender.ratings as Options) };
    const fit = { phase: 'measuring ratings', place: { done: 0, total: 1 }, part: 'ratings' };
    const limits: Limits = { ...unlimited, soft: performance.now() + (end - performance.now()) / 2 };
    const rating = await fitWatched(
      { recommender, options: chosen },
      past,
      { ...options, ...fit, limits },
      async (model) => ratingErrors(ratings, ratedBy(model), seed),
    );
    rated.push({ ...candidate, rating });
  }
  return rated;
}

/** The best trial of each algorithm, the best algorithm first. */
function bestOfEach(trials: readonly Trial[]): Trial[] {
  const best = new Map<string, Trial>();
  for (const trial of trials)
    if (trial.validation && !best.has(trial.algorithm)) best.set(trial.algorithm, trial);
  return [...best.values()];
}

function nothingTrained(trials: readonly Trial[]): EndcapError {
  const faults = trials.map(({ algorithm, failed }) => `${algorithm}: ${failed}`);
  return new EndcapError('nothing_trained', `No model could be trained: ${[...new Set(faults)].join('; ')}`);
}
