import type { Progress, Step } from '../core/index.js';
import { type Interval, pairedDifference } from '../math/index.js';
import type { Recommender } from '../models/index.js';
import { evaluate } from './evaluate.js';
import { type Candidate, measureOthers, measureRatings, measureWinner } from './finalists.js';
import type { Shared } from './fit.js';
import { halve, halvingEfforts } from './halving.js';
import { meanRating, type RatingErrors, ratingErrors } from './ratings.js';
import type { Split } from './split.js';
import type { Options, Trial } from './trial.js';

/** The outcome of a search: plain data. */
export interface Selection {
  /** Best by validation NDCG first. */
  candidates: Candidate[];
  /** Everything that was tried, best first. */
  trials: Trial[];
  split: { days: number; cases: { validation: number; test: number } } & Split['boundaries'];
  /** NDCG of the winner minus the runner-up on the test cases. */
  lead: { over: string; difference: Interval } | undefined;
  /** Error of predicting the mean of the past ratings for everything. */
  meanRating?: RatingErrors;
}

export interface SelectOptions extends Shared {
  recommenders: readonly Recommender[];
  /** Try each algorithm's grid; otherwise its defaults only. */
  tune: boolean;
  /**
   * When all must be done, ms of `performance.now()`; never by default. Half of the time from now on is for the
   * search; of what is left then the winner has a third to be measured on test, the other algorithms what is left last.
   */
  end?: number;
  /** Trials of a search that was stopped, and where to keep those of this one. */
  memory?: { known: readonly Trial[]; remember: (trials: readonly Trial[]) => Promise<void> };
}

/** Searches algorithms and options on validation. Best first. */
export function search(split: Split, options: SelectOptions): Promise<Trial[]> {
  const { recommenders, seed, k, watch, places, end = Number.POSITIVE_INFINITY } = options;
  const now = performance.now();
  const name = (algorithm: string, chosen: Options) => ({ algorithm, options: chosen, seed, part: 'train' });
  return halve({
    algorithms: options.tune ? recommenders : recommenders.map((algorithm) => ({ ...algorithm, grid: {} })),
    seed,
    // One configuration an algorithm needs no heats: each is trained in full.
    efforts: options.tune ? halvingEfforts : [1],
    async run({ algorithm, options: full }, chosen, report) {
      // The place of a configuration is the same in all rungs: each goes on where the one before ended.
      const checkpoint = places?.of(name(algorithm.name, full), split.validation.past);
      const progress: Progress = checkpoint
        ? Object.assign((step: Step) => report(step), { enough: report.enough!, checkpoint })
        : report;
      const model = await algorithm.fit(split.validation.past, { ...chosen, seed }, progress);
      const { ndcgByCase: _, ...figures } = await evaluate(model, split.validation, { k, seed, progress });
      return figures;
    },
    until: now + (end - now) / 2,
    known: options.memory?.known ?? [],
    remember: options.memory?.remember ?? (async () => {}),
    settled: ({ algorithm, options: full }) => places?.forget(name(algorithm.name, full)),
    watch,
  });
}

/**
 * Searches, then measures the best of each leading algorithm once on test, fitted on train and validation. The order of
 * the result is by validation: test decides nothing. Throws the first faults when no algorithm could be trained.
 */
export async function select(split: Split, options: SelectOptions): Promise<Selection> {
  const trials = await search(split, options);
  const winner = await measureWinner(split, trials, options);
  const others = await measureOthers(split, trials, winner, options);
  return selectionOf(split, trials, await measureRatings(split, [winner, ...others], options), options.seed);
}

/** The outcome of a search whose `candidates` were measured, best by validation first. */
export function selectionOf(
  split: Split,
  trials: Trial[],
  candidates: readonly Candidate[],
  seed: number,
): Selection {
  const { validation, test, days, boundaries } = split;
  const sorted = [...candidates].sort(
    (a, b) => b.validation.metrics.ndcg.mean - a.validation.metrics.ndcg.mean,
  );
  return {
    candidates: sorted,
    trials,
    split: { days, ...boundaries, cases: { validation: validation.cases.length, test: test.cases.length } },
    lead: leadOf(sorted, seed),
    ...(test.ratings.length > 0 ? { meanRating: ratingErrors(test.ratings, meanRating(test), seed) } : {}),
  };
}

function leadOf([first, second]: Candidate[], seed: number): Selection['lead'] {
  if (!first || !second) return undefined;
  const difference = pairedDifference(first.test.ndcgByCase, second.test.ndcgByCase, seed);
  return { over: second.algorithm, difference };
}
