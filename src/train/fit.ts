import { EndcapError, type Progress } from '../core/index.js';
import type { Dataset, Former, Model, Recommender } from '../models/index.js';
import type { CheckpointStore } from './checkpointStore.js';
import { type Clock, type Limits, timed, wallClock } from './clock.js';
import { type Evaluation, evaluate } from './evaluate.js';
import type { Split } from './split.js';
import type { Watch } from './trainingEvent.js';
import { type Options, ran } from './trial.js';

/** An algorithm with the options that were chosen for it. */
export interface Chosen {
  recommender: Recommender;
  options: Options;
  /** A fit of it on earlier data to go on from; without it it begins anew. */
  former?: Former | undefined;
}

/** What all fits of a training share. */
export interface Shared {
  k: number;
  seed: number;
  /** Where fits under way keep their place; without it a killed fit is lost. */
  places?: CheckpointStore;
  watch: Watch;
  /** What its budget counts; the wall's clock by default. */
  clock?: Clock;
}

/**
 * What the clock had ended goes on: where a fit found no time to learn all that it could, the next one, which has newer
 * events, does not learn the older ones again.
 */
export function formerOf(
  recommender: Recommender,
  model: Model | undefined,
  { cut, until }: { cut: boolean; until: number },
): Former | undefined {
  return cut && model && recommender.goesOn ? { files: model.save(), until } : undefined;
}

/** What is special about one. */
export interface Fit {
  limits: Limits;
  phase: string;
  /** Its number in the phase. */
  place: { done: number; total: number };
}

/** Figures on test, and the model that has them. */
export interface OnTest {
  evaluation: Evaluation;
  model: Model;
  /** Epochs that it learned in whole, where it learns in epochs. */
  epochs?: number;
}

/** Fits on all that lies before the test window and measures on it; undefined when time runs out. */
export async function measureOnTest(
  split: Split,
  chosen: Chosen,
  shared: Shared,
  fit: Fit,
): Promise<OnTest | undefined> {
  const { k, seed } = shared;
  try {
    const how = { ...shared, ...fit, part: 'test' };
    return await fitWatched(chosen, split.test.past, how, async (model, progress, epochs) => ({
      evaluation: await evaluate(model, split.test, { k, seed, progress }),
      model,
      ...ran(epochs),
    }));
  } catch (error) {
    if (error instanceof EndcapError && error.code === 'out_of_time') return undefined;
    throw error;
  }
}

/** Fits a chosen configuration under the eyes of the watcher, and keeps its place until `use` is done with it. */
export async function fitWatched<Result>(
  { recommender, options, former }: Chosen,
  data: Dataset,
  how: Shared & Fit & { part: string },
  use: (model: Model, progress: Progress, epochs: number | undefined) => Promise<Result>,
): Promise<Result> {
  const { seed, places, watch, clock = wallClock, phase, place, part, limits } = how;
  const name = { algorithm: recommender.name, options, seed, part };
  const running = { kind: 'running', phase, algorithm: recommender.name, options, ...place } as const;
  const started = clock();
  const { progress, epochs } = timed(
    ({ note, warning }) => {
      if (warning) watch({ kind: 'note', text: warning });
      watch({ ...running, note, seconds: (clock() - started) / 1000 });
    },
    clock,
    limits,
    places?.of(name, data),
  );
  watch({ ...running, seconds: 0 });
  const model = await recommender.fit(data, { ...options, seed }, progress, former);
  const result = await use(model, progress, epochs());
  places?.forget(name);
  return result;
}
