import { biasedMf } from './biasedMf.js';
import { ease } from './ease.js';
import { itemKnn } from './itemKnn.js';
import { popularity } from './popularity.js';
import type { Recommender } from './recommender.js';

export { biasedMf, type MfOptions } from './biasedMf.js';
export { ease } from './ease.js';
export { itemKnn } from './itemKnn.js';
export { popularity } from './popularity.js';
export type * from './recommender.js';
export { retrieveByScore } from './support.js';

/** The zoo: every family that training may choose from. */
export const zoo: readonly Recommender[] = [
  popularity,
  itemKnn,
  ease,
  biasedMf,
] as unknown as readonly Recommender[];
