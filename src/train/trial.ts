import type { Recommender } from '../models/index.js';
import { said } from '../report/index.js';
import { keyOf } from './checkpointStore.js';
import type { Figures } from './evaluate.js';
import { wordsIn } from './words.js';

export type Options = Record<string, number | string | boolean>;

/** Mean loss and held-out quality by epoch, of algorithms that learn in epochs. */
export interface Curve {
  loss: number[];
  heldOut: number[];
}

/** One fit and what it was worth on validation. */
export interface Trial {
  /** Algorithm, options and seed in one: the key under which it is remembered. */
  key: string;
  algorithm: string;
  options: Options;
  /** Share of the full number of epochs; 1 for algorithms without epochs. */
  effort: number;
  seconds: number;
  /** The clock ended it before its epochs were done. */
  cut: boolean;
  /** Epochs that it learned in whole, where it learns in epochs: those of `options` at most. */
  epochs?: number;
  /** Figures on validation; absent when the fit failed. */
  validation?: Figures;
  /** Why there are none. */
  failed?: string;
  curve: Curve;
}

/** Validation NDCG, the quality by which trials compete. */
export function scoreOf({ validation }: Trial): number {
  return validation?.metrics.ndcg.mean ?? Number.NEGATIVE_INFINITY;
}

/** How far a fit came that ended before its epochs were done, in words; empty for others. */
export function epochsRun(
  { options, epochs }: Pick<Trial, 'options' | 'epochs'>,
  words = wordsIn.en.epochs,
): string {
  return epochs !== undefined && epochs < Number(options.epochs)
    ? said(words, epochs, Number(options.epochs))
    : '';
}

/** As a field of what was fitted, where it learns in epochs. */
export function ran(epochs: number | undefined): { epochs?: number } {
  return epochs === undefined ? {} : { epochs };
}

/** The best trial of each algorithm, the best algorithm first. */
export function bestOfEach(trials: readonly Trial[]): Trial[] {
  const best = new Map<string, Trial>();
  for (const trial of trials)
    if (trial.validation && !best.has(trial.algorithm)) best.set(trial.algorithm, trial);
  return [...best.values()];
}

/** An algorithm with options, epochs in full. */
export interface Config {
  algorithm: Recommender;
  options: Options;
  isDefault: boolean;
}

export function learnsInEpochs({ options }: Config): boolean {
  return typeof options.epochs === 'number';
}

/** The options with a share of the epochs. */
export function shorten(options: Options, effort: number): Options {
  return typeof options.epochs === 'number'
    ? { ...options, epochs: Math.max(1, Math.round(effort * options.epochs)) }
    : options;
}

export function trialKey(algorithm: string, options: Options, seed: number): string {
  return keyOf({ algorithm, options, seed, part: 'train' });
}

/** Every combination of the values in the grid, over the defaults, which come along; defaults of all algorithms first. */
export function configsOf(algorithms: readonly Recommender[]): Config[] {
  const all = algorithms.flatMap((algorithm) =>
    gridOf(algorithm).map((options): Config => {
      const isDefault = Object.entries(algorithm.defaults).every(([name, value]) => options[name] === value);
      return { algorithm, options, isDefault };
    }),
  );
  return all.sort((a, b) => Number(b.isDefault) - Number(a.isDefault));
}

function gridOf({ defaults, grid = {} }: Recommender): Options[] {
  const all = Object.entries(grid).reduce<Options[]>(
    (some, [name, values]) =>
      some.flatMap((options) => (values ?? []).map((value) => ({ ...options, [name]: value }))),
    [defaults],
  );
  const known = new Set(all.map((options) => JSON.stringify(options)));
  return known.has(JSON.stringify(defaults)) ? all : [defaults, ...all];
}
