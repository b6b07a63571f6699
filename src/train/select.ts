import type { Event, EventWeights, Item, Progress } from '../core/index.js';
import { pairedDifference } from '../math/index.js';
import type { Dataset, Recommender } from '../models/index.js';
import { datasetFromEvents } from './dataset.js';
import { type Evaluation, evaluate } from './evaluate.js';
import { type Split, temporalSplit } from './split.js';

type Options = Record<string, number | string | boolean>;

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
  split: Split;
  /** NDCG of the winner minus the runner-up on the test cases. */
  lead: { over: string; difference: { mean: number; low: number; high: number } } | undefined;
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
  progress: Progress;
}

/**
 * Chooses options of each family on validation, then measures each family once on test, fitted on train and
 * validation. The order of the result is by validation: test decides nothing.
 */
export async function select(events: readonly Event[], options: SelectOptions): Promise<Selection> {
  const split = temporalSplit(events, options.weights, options.days);
  const train = datasetFromEvents(split.train, options.weights, options.catalogue);
  const both = datasetFromEvents(split.trainAndValidation, options.weights, options.catalogue);
  const candidates: Candidate[] = [];
  for (const [at, recommender] of options.recommenders.entries()) {
    options.progress({
      phase: 'comparing models',
      done: at,
      total: options.recommenders.length,
      note: recommender.name,
    });
    candidates.push(await tune(recommender, train, both, split, options));
  }
  candidates.sort((a, b) => b.validation.metrics.ndcg.mean - a.validation.metrics.ndcg.mean);
  return { candidates, split, lead: leadOf(candidates, options.seed) };
}

async function tune(
  recommender: Recommender,
  train: Dataset,
  both: Dataset,
  split: Split,
  options: SelectOptions,
): Promise<Candidate> {
  const started = performance.now();
  const tries = options.tune ? gridOf(recommender) : [recommender.defaults];
  let best: { options: Options; validation: Evaluation } | undefined;
  for (const tried of tries) {
    const model = await recommender.fit(train, { ...tried, seed: options.seed }, () => {});
    const validation = await evaluate(model, split.validation, options.k, options.seed);
    if (!best || validation.metrics.ndcg.mean > best.validation.metrics.ndcg.mean)
      best = { options: tried, validation };
  }
  const model = await recommender.fit(both, { ...best!.options, seed: options.seed }, () => {});
  const test = await evaluate(model, split.test, options.k, options.seed);
  return { recommender, ...best!, tried: tries.length, test, seconds: (performance.now() - started) / 1000 };
}

/** Every combination of the values in the grid, over the defaults. */
function gridOf({ defaults, grid = {} }: Recommender): Options[] {
  return Object.entries(grid).reduce<Options[]>(
    (all, [name, values]) =>
      all.flatMap((options) => (values ?? []).map((value) => ({ ...options, [name]: value }))),
    [defaults],
  );
}

function leadOf([first, second]: Candidate[], seed: number): Selection['lead'] {
  if (!first || !second) return undefined;
  const difference = pairedDifference(first.test.ndcgByCase, second.test.ndcgByCase, seed);
  return { over: second.recommender.name, difference };
}
