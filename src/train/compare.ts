import type { Progress, Step } from '../core/index.js';
import { type Interval, pairedDifference } from '../math/index.js';
import { algorithms, type Model, type Recommender } from '../models/index.js';
import { wallClock } from './clock.js';
import { evaluate } from './evaluate.js';
import { type Candidate, measureOthers, measureRatings, measureWinner, type Winner } from './finalists.js';
import type { Shared } from './fit.js';
import { halve, halvingEfforts } from './halving.js';
import { meanRating, type RatingErrors, ratingErrors } from './ratings.js';
import type { Split } from './split.js';
import { type Options, type Trial, trialKey } from './trial.js';
import { type Sentence, say } from './words.js';

/** An algorithm that was not measured, and why. */
export interface Untried {
  algorithm: string;
  /** Its own words where it failed. */
  why: string;
  reason?: Sentence['text'];
}

/** The outcome of a search: plain data. */
export interface Selection {
  /** Best by validation NDCG first. */
  candidates: Candidate[];
  /** Everything that was tried, best first. */
  trials: Trial[];
  split: { days: number; cases: { validation: number; test: number } } & Split['boundaries'];
  /** NDCG of the winner minus the runner-up on the test cases. */
  lead: { over: string; difference: Interval } | undefined;
  /** Every algorithm of which there is no figure, and why. */
  untried: Untried[];
  /** Error of predicting the mean of the past ratings for everything. */
  meanRating?: RatingErrors;
}

export interface SelectOptions extends Shared {
  recommenders: readonly Recommender[];
  /** Try each algorithm's grid; otherwise its defaults only. */
  tune: boolean;
  /**
   * When all must be done, ms of the clock; never by default. Half of the time from now on is for the
   * search; of what is left then the winner has a third to be measured on test, the other algorithms what is left last.
   */
  end?: number;
  /** Trials of a search that was stopped, and where to keep those of this one. */
  memory?: { known: readonly Trial[]; remember: (trials: readonly Trial[]) => Promise<void> };
}

/** What was searched: the trials, best first, and the model of the best one, which learned what lies before validation. */
export interface Searched {
  trials: Trial[];
  /** Absent where the best trial was known from a search that was stopped. */
  best: { key: string; model: Model } | undefined;
}

/** Searches algorithms and options on validation. */
export async function search(split: Split, options: SelectOptions): Promise<Searched> {
  const { recommenders, seed, k, watch, places, clock = wallClock, end = Number.POSITIVE_INFINITY } = options;
  const now = clock();
  const name = (algorithm: string, chosen: Options) => ({ algorithm, options: chosen, seed, part: 'train' });
  let best: { key: string; model: Model; ndcg: number } | undefined;
  const trials = await halve({
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
      const { byCase: _, ...figures } = await evaluate(model, split.validation, { k, seed, progress });
      const ndcg = figures.metrics.ndcg.mean;
      if (!best || ndcg > best.ndcg) best = { key: trialKey(algorithm.name, chosen, seed), model, ndcg };
      return figures;
    },
    // The winner is fitted twice more, and what it is served with is learned.
    until: now + (end - now) * searchShare,
    clock,
    known: options.memory?.known ?? [],
    remember: options.memory?.remember ?? (async () => {}),
    settled: ({ algorithm, options: full }) => places?.forget(name(algorithm.name, full)),
    watch,
  });
  return { trials, best: best && best.key === trials[0]?.key ? best : undefined };
}

/** Share of a budget that the search may take. */
const searchShare = 0.5;

/** What is made of the winner before the other algorithms are measured for the report. */
export type Decide<Decided> = (winner: Winner, searched: Searched) => Promise<Decided>;

/**
 * The one way from a split to a decision, whoever asks (CLI, server, demo, benches): searches on validation, measures the
 * best of each leading algorithm once on test, fitted on train and validation. The order of the result is by
 * validation: test decides nothing. Throws the first faults when no algorithm could be trained.
 */
export async function compare<Decided = undefined>(
  split: Split,
  options: SelectOptions,
  decide?: Decide<Decided>,
): Promise<{ selection: Selection; decided: Decided | undefined }> {
  const searched = await search(split, options);
  const { trials } = searched;
  const winner = await measureWinner(split, trials, options, searched.best?.model);
  const decided = await decide?.(winner, searched);
  const others = await measureOthers(split, trials, winner.candidate, options);
  const candidates = await measureRatings(split, [winner.candidate, ...others], options);
  return { selection: selectionOf(split, trials, candidates, options), decided };
}

/** The outcome of a search whose `candidates` were measured, best by validation first. */
function selectionOf(
  split: Split,
  trials: Trial[],
  candidates: Candidate[],
  { recommenders, seed }: SelectOptions,
): Selection {
  const { validation, test, days, boundaries } = split;
  return {
    candidates,
    trials,
    split: { days, ...boundaries, cases: { validation: validation.cases.length, test: test.cases.length } },
    lead: leadOf(candidates, seed),
    untried: untriedOf(recommenders, trials),
    ...(test.ratings.length > 0 ? { meanRating: ratingErrors(test.ratings, meanRating(test), seed) } : {}),
  };
}

function leadOf([first, second]: Candidate[], seed: number): Selection['lead'] {
  if (!first || !second) return undefined;
  const difference = pairedDifference(first.test.byCase.ndcg, second.test.byCase.ndcg, seed);
  return { over: second.algorithm, difference };
}

function untriedOf(recommenders: readonly Recommender[], trials: readonly Trial[]): Untried[] {
  const asked = new Set(recommenders.map(({ name }) => name));
  const measured = new Set(trials.filter(({ validation }) => validation).map(({ algorithm }) => algorithm));
  const names = new Set([...asked, ...algorithms.map(({ name }) => name)]);
  return [...names]
    .filter((name) => !measured.has(name))
    .map((algorithm) => {
      const failed = trials.find((trial) => trial.algorithm === algorithm)?.failed;
      if (failed) return { algorithm, why: failed };
      const reason = asked.has(algorithm) ? 'budgetEnded' : 'unasked';
      return { algorithm, why: say({ text: reason, figures: [] }), reason };
    });
}
