import { EndcapError } from '../core/index.js';
import type { Model, Recommender } from '../models/index.js';
import { type Limits, unlimited, wallClock } from './clock.js';
import type { Evaluation, Figures } from './evaluate.js';
import { type Fit, fitWatched, formerOf, measureOnTest, type Shared } from './fit.js';
import { type RatingErrors, ratedBy, ratingErrors } from './ratings.js';
import type { Split } from './split.js';
import { bestOfEach, type Options, ran, type Trial } from './trial.js';

/** An algorithm at its best: the options chosen on validation, and its figures on validation and on test. */
export interface Candidate {
  algorithm: string;
  options: Options;
  /** Epochs that the fit measured on test learned in whole, where it learns in epochs. */
  epochs?: number;
  tried: number;
  /** Of all its fits and of the last one, on test: processor time where the training has a budget. */
  seconds: number;
  validation: Figures;
  test: Evaluation;
  /** Its error on the ratings of the test window, where it learns ratings. */
  rating?: RatingErrors;
}

/** The best by validation, and the model of it that was measured on test: it learned all that lies before. */
export interface Winner {
  candidate: Candidate;
  model: Model;
  /** What the fit and its measuring took, ms of the training's clock. */
  tookMs: number;
  /** Whether the clock ended its fit in the search: then each fit goes on from the one before where it can. */
  cut: boolean;
}

interface FinalOptions extends Shared {
  recommenders: readonly Recommender[];
  /** When all must be done, ms of the clock; never by default. */
  end?: number;
}

/** Algorithms measured on test beside the winner when there is a budget. */
const others = 2;

/**
 * The best trial by validation, fitted on all before the test window and measured there. Nothing that was measured worse
 * takes its place because time is short: its fit is told when it is enough, and took less than its share in the search.
 * `searched` is the model that was measured on validation. Throws `nothing_trained` with the reasons when no trial was.
 */
export async function measureWinner(
  split: Split,
  trials: readonly Trial[],
  options: FinalOptions,
  searched?: Model,
): Promise<Winner> {
  const { end = Number.POSITIVE_INFINITY, clock = wallClock } = options;
  const [best] = bestOfEach(trials);
  if (!best) throw nothingTrained(trials);
  const now = clock();
  const soft = now + Math.max(0, end - now) / 3;
  const place = { done: 0, total: 1 };
  const how = { limits: { ...unlimited, soft }, place };
  return (await measureTrial(split, best, trials, options, how, searched))!;
}

/** The best trials of the algorithms after the winner, as long as there is time well enough for another. */
export async function measureOthers(
  split: Split,
  trials: readonly Trial[],
  winner: Candidate,
  options: FinalOptions,
): Promise<Candidate[]> {
  const { end = Number.POSITIVE_INFINITY, clock = wallClock } = options;
  const all = bestOfEach(trials);
  const rest = all.slice(1 + all.findIndex(({ algorithm }) => algorithm === winner.algorithm));
  const leading = end === Number.POSITIVE_INFINITY ? rest : rest.slice(0, others);
  const candidates: Candidate[] = [];
  for (const [at, trial] of leading.entries()) {
    const now = clock();
    if (end - now < 2000 * trial.seconds) continue;
    const limits: Limits = { soft: now + (end - now) / 2, hard: end };
    const place = { done: at, total: leading.length };
    const measured = await measureTrial(split, trial, trials, options, { limits, place });
    if (measured) candidates.push(measured.candidate);
  }
  return candidates;
}

async function measureTrial(
  split: Split,
  trial: Trial,
  trials: readonly Trial[],
  options: FinalOptions,
  how: Pick<Fit, 'limits' | 'place'>,
  searched?: Model,
): Promise<Winner | undefined> {
  const { clock = wallClock } = options;
  const recommender = options.recommenders.find(({ name }) => name === trial.algorithm)!;
  const started = clock();
  const { cut } = trial;
  const former = formerOf(recommender, searched, { cut, until: split.validation.past.until });
  const chosen = { recommender, options: trial.options, former };
  const test = await measureOnTest(split, chosen, options, { ...how, phase: 'measuring the best on test' });
  if (!test) return undefined;
  const own = trials.filter(({ algorithm }) => algorithm === trial.algorithm);
  const tookMs = clock() - started;
  const seconds = own.reduce((sum, each) => sum + each.seconds, tookMs / 1000);
  const { algorithm, options: best, validation } = trial;
  const figures = { validation: validation!, test: test.evaluation };
  return {
    candidate: { algorithm, options: best, ...ran(test.epochs), tried: own.length, seconds, ...figures },
    model: test.model,
    tookMs,
    cut,
  };
}

/** Adds the errors on the ratings of the test window for the algorithms that learn ratings, while there is time. */
export async function measureRatings(
  split: Split,
  candidates: readonly Candidate[],
  options: FinalOptions,
): Promise<Candidate[]> {
  const { recommenders, seed, end = Number.POSITIVE_INFINITY, clock = wallClock } = options;
  const { past, ratings } = split.test;
  const rated: Candidate[] = [];
  for (const candidate of candidates) {
    const recommender = recommenders.find(({ name }) => name === candidate.algorithm)!;
    const late = clock() >= end;
    if (ratings.length === 0 || !recommender.ratings || late) {
      rated.push(candidate);
      continue;
    }
    const chosen = { ...recommender.defaults, ...(recommender.ratings as Options) };
    const fit = { phase: 'measuring ratings', place: { done: 0, total: 1 }, part: 'ratings' };
    const limits: Limits = { ...unlimited, soft: clock() + (end - clock()) / 2 };
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

function nothingTrained(trials: readonly Trial[]): EndcapError {
  const faults = trials.map(({ algorithm, failed }) => `${algorithm}: ${failed}`);
  return new EndcapError('nothing_trained', `No model could be trained: ${[...new Set(faults)].join('; ')}`);
}
