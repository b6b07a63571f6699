import { EndcapError } from '../core/index.js';
import { bayesianMf } from './bayesian/bayesianMf.js';
import { biasedMf } from './biasedMf.js';
import {
  blend,
  deepBlend,
  nextBlend,
  readable,
  sessionBlend,
  tasteBlend,
  titleBlend,
} from './blend/index.js';
import { gru4rec, item2Vec, mlp, multVae, neuMf, nextItNet, sasrec, twoTower } from './deep/index.js';
import { ease } from './ease.js';
import { ials } from './ials.js';
import { itemKnn } from './itemKnn.js';
import { logBilinear } from './online/index.js';
import { popularity } from './popularity.js';
import type { Dataset, Recommender } from './recommender.js';
import { sessionKnn } from './sessionKnn.js';
import { titles } from './titles.js';

export { type BayesianOptions, bayesianMf } from './bayesian/bayesianMf.js';
export { biasedMf, type MfOptions } from './biasedMf.js';
export { blend, deepBlend, nextBlend, sessionBlend, tasteBlend, titleBlend } from './blend/index.js';
export * from './deep/index.js';
export { ease } from './ease.js';
export { ials } from './ials.js';
export { itemKnn } from './itemKnn.js';
export * from './online/index.js';
export { popularity } from './popularity.js';
export * from './recommender.js';
export { sessionKnn } from './sessionKnn.js';
export { packModel, retrieveByScore, unpackModel } from './support.js';
export { TextVectors, titleFade, titles } from './titles.js';

/**
 * What a training tries unless it is told what: together they are fitted in a minute of processor time on a small shop.
 * What is cheap however large the shop comes first, and what it makes together, since a budget may end before the rest.
 */
export const defaultAlgorithms: readonly Recommender[] = [
  popularity,
  itemKnn,
  sessionKnn,
  titles,
  blend,
  ease,
  ials,
];

/** The same for a shop of many titled items with few events each: one network is worth the time that EASE would take. */
const readingAlgorithms: readonly Recommender[] = [
  popularity,
  itemKnn,
  sessionKnn,
  titles,
  blend,
  titleBlend,
];

/** Processor time from which on a training tries the other families beside it, s. */
const roomForAll = 600;

/** What a training on such data tries unless it is told what, with a budget of so many seconds; without one, of any. */
export function defaultAlgorithmsFor(
  data: Dataset,
  budget = Number.POSITIVE_INFINITY,
): readonly Recommender[] {
  if (!readable(data)) return defaultAlgorithms;
  return budget < roomForAll ? readingAlgorithms : [...new Set([...readingAlgorithms, ...defaultAlgorithms])];
}

/** The algorithms: every algorithm that training may choose from. */
export const algorithms: readonly Recommender[] = [
  ...defaultAlgorithms,
  biasedMf,
  bayesianMf,
  item2Vec,
  neuMf,
  mlp,
  multVae,
  gru4rec,
  nextItNet,
  sasrec,
  logBilinear,
  twoTower,
  deepBlend,
  sessionBlend,
  nextBlend,
  titleBlend,
  tasteBlend,
];

/** Whether it is made of several models, which single ones do not compare with. */
export function isEnsemble(algorithm: string): boolean {
  return algorithms.some((one) => one.name === algorithm && 'members' in one);
}

/** The algorithms of these names, separated by commas, or `all`; without names the defaults. Throws `unknown_model`. */
export function chosenAlgorithms(names: string | undefined): readonly Recommender[] {
  if (!names) return defaultAlgorithms;
  if (names === 'all') return algorithms;
  return names.split(',').map((name) => {
    const found = algorithms.find((recommender) => recommender.name === name);
    if (found) return found;
    const known = algorithms.map((recommender) => recommender.name).join(', ');
    throw new EndcapError('unknown_model', `No model algorithm "${name}"`, {
      remedy: `Choose among ${known}, or all`,
    });
  });
}
