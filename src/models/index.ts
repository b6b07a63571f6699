import { bayesianMf } from './bayesian/bayesianMf.js';
import { biasedMf } from './biasedMf.js';
import { blend } from './blend.js';
import { gru4rec, mlp, multVae, neuMf, nextItNet, sasrec } from './deep/index.js';
import { ease } from './ease.js';
import { itemKnn } from './itemKnn.js';
import { popularity } from './popularity.js';
import type { Recommender } from './recommender.js';

export { type BayesianOptions, bayesianMf } from './bayesian/bayesianMf.js';
export { biasedMf, type MfOptions } from './biasedMf.js';
export { blend } from './blend.js';
export * from './deep/index.js';
export { ease } from './ease.js';
export { itemKnn } from './itemKnn.js';
export { popularity } from './popularity.js';
export type * from './recommender.js';
export { retrieveByScore } from './support.js';

/** The families that are fitted in seconds on a small shop. */
export const classics = [popularity, itemKnn, ease, biasedMf] as unknown as readonly Recommender[];

/** The zoo: every family that training may choose from. */
export const zoo = [
  ...classics,
  bayesianMf,
  neuMf,
  mlp,
  multVae,
  gru4rec,
  nextItNet,
  sasrec,
  blend,
] as unknown as readonly Recommender[];
