import type { Recommender } from '../models/index.js';
import type { Figures } from './evaluate.js';
import { keyOf } from './places.js';

export type Options = Record<string, number | string | boolean>;

/** Mean loss and held-out quality by epoch, of families that learn in epochs. */
export interface Curve {
  loss: number[];
  heldOut: number[];
}

/** One fit and what it was worth on validation. */
export interface Trial {
  /** Family, options and seed in one: the key under which it is remembered. */
  key: string;
  family: string;
  options: Options;
  /** Share of the full number of epochs; 1 for families without epochs. */
  effort: number;
  seconds: number;
  /** The clock ended it before its epochs were done. */
  cut: boolean;
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

/** A family with options, epochs in full. */
export interface Config {
  family: Recommender;
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

export function trialKey(family: string, options: Options, seed: number): string {
  return keyOf({ family, options, seed, part: 'train' });
}

/** Every combination of the values in the grid, over the defaults, which come along; defaults of all families first. */
export function configsOf(families: readonly Recommender[]): Config[] {
  const all = families.flatMap((family) =>
    gridOf(family).map((options): Config => {
      const isDefault = Object.entries(family.defaults).every(([name, value]) => options[name] === value);
      return { family, options, isDefault };
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
