import { bayesianMf } from './bayesian/bayesianMf.js';
import { biasedMf } from './biasedMf.js';
import { blend, nextBlend, sessionBlend, tasteBlend } from './blend/index.js';
import { gru4rec, item2Vec, mlp, multVae, neuMf, nextItNet, sasrec, twoTower } from './deep/index.js';
import { ease } from './ease.js';
import { itemKnn } from './itemKnn.js';
import { logBilinear } from './online/index.js';
import { popularity } from './popularity.js';
import type { Recommender } from './recommender.js';
import { sessionKnn } from './sessionKnn.js';

export { type BayesianOptions, bayesianMf } from './bayesian/bayesianMf.js';
export { biasedMf, type MfOptions } from './biasedMf.js';
export { blend, nextBlend, sessionBlend, tasteBlend } from './blend/index.js';
export * from './deep/index.js';
export { ease } from './ease.js';
export { itemKnn } from './itemKnn.js';
export * from './online/index.js';
export { popularity } from './popularity.js';
export type * from './recommender.js';
export { sessionKnn } from './sessionKnn.js';
export { retrieveByScore } from './support.js';

/** The algorithms that are fitted in seconds on a small shop. */
export const classics = [popularity, itemKnn, ease, biasedMf] as unknown as readonly Recommender[];

/** The algorithms: every algorithm that training may choose from. */
export const algorithms = [
  ...classics,
  bayesianMf,
  item2Vec,
  neuMf,
  mlp,
  multVae,
  gru4rec,
  nextItNet,
  sasrec,
  sessionKnn,
  logBilinear,
  twoTower,
  blend,
  sessionBlend,
  nextBlend,
  tasteBlend,
] as unknown as readonly Recommender[];
