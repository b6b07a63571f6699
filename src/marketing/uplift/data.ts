import type { Numbers } from '../../trees/index.js';

/** A trial to learn an effect from, by column: who was treated and what came of it. */
export interface UpliftData {
  names: readonly string[];
  columns: readonly Numbers[];
  categories?: readonly string[];
  /** 1 treated, 0 not. */
  treatment: Float64Array;
  outcome: Float64Array;
  /** Chance of each row to be treated: known where the trial was drawn at random, estimated else. */
  propensity: Float64Array;
}
