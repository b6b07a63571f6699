import { factorize, solveLower, solveUpper } from '../math/index.js';

/** Choices among what was shown, flat, for they are gone through a hundred times. */
export interface Choices {
  /** Features of an item. */
  size: number;
  /** [items of all choices × size] */
  x: Float64Array;
  /** First item of each choice, and the end of the last. */
  start: Uint32Array;
  /** The item that was chosen, among those of its choice. */
  chosen: Uint32Array;
}

/** Draws the weights 2, 3 … to these shares of weight 1, with the strength of so many clicks. */
export interface Prior {
  shares: readonly number[];
  strength: number;
}

/** Keeps weights finite where clicks do not bound them. */
const ridge = 1e-3;
const mostSteps = 20;

/** Most likely weights of a conditional logit (McFadden 1974), by Newton's method from nothing. */
export function fitLogit(choices: Choices, prior?: Prior): Float64Array {
  const { size } = choices;
  let weights = new Float64Array(size);
  let value = likelihood(choices, weights, prior);
  for (let step = 0; step < mostSteps; step++) {
    const gradient = new Float64Array(size);
    const hessian = new Float64Array(size * size);
    addDerivatives(choices, weights, gradient, hessian);
    for (let f = 0; f < size; f++) {
      gradient[f]! -= ridge * weights[f]!;
      hessian[f * size + f]! += ridge;
    }
    if (prior) addPrior(prior, weights, gradient, hessian);
    factorize(hessian, size);
    solveLower(hessian, size, gradient);
    solveUpper(hessian, size, gradient);
    // Halved until it is no step back: far from the end, the curve is not what it is here.
    let taken = weights;
    for (let share = 1; share > 1e-3; share /= 2) {
      const tried = weights.map((weight, f) => weight + share * gradient[f]!);
      const reached = likelihood(choices, tried, prior);
      if (reached < value) continue;
      taken = tried;
      value = reached;
      break;
    }
    const moved = taken.reduce((most, weight, f) => Math.max(most, Math.abs(weight - weights[f]!)), 0);
    weights = taken;
    if (moved < 1e-5) break;
  }
  return weights;
}

/** Logarithm of the chance that what was chosen is chosen. */
export function logChance(choices: Choices, choice: number, weights: Float64Array): number {
  const { start, chosen } = choices;
  const odds = new Float64Array(start[choice + 1]! - start[choice]!);
  const total = oddsOf(choices, choice, weights, odds);
  return Math.log(odds[chosen[choice]!]! / total + 1e-12);
}

/** What `fitLogit` makes most of: the logarithm of the chance of all that was chosen, less what doubt costs. */
function likelihood(choices: Choices, weights: Float64Array, prior: Prior | undefined): number {
  let value = 0;
  for (let choice = 0; choice < choices.chosen.length; choice++) value += logChance(choices, choice, weights);
  for (const weight of weights) value -= 0.5 * ridge * weight * weight;
  if (!prior) return value;
  for (const [at, share] of prior.shares.entries())
    value -= 0.5 * prior.strength * (weights[at + 2]! - share * weights[1]!) ** 2;
  return value;
}

/** Of −strength/2 · Σ (weight − share · weight 1)². */
function addPrior(
  { shares, strength }: Prior,
  weights: Float64Array,
  gradient: Float64Array,
  hessian: Float64Array,
): void {
  const size = weights.length;
  shares.forEach((share, at) => {
    const f = at + 2;
    const off = weights[f]! - share * weights[1]!;
    gradient[f]! -= strength * off;
    gradient[1]! += strength * share * off;
    hessian[f * size + f]! += strength;
    hessian[f * size + 1]! -= strength * share;
    hessian[size + f]! -= strength * share;
    hessian[size + 1]! += strength * share * share;
  });
}

/** Of the logarithm of the chance of all that was chosen. */
function addDerivatives(
  choices: Choices,
  weights: Float64Array,
  gradient: Float64Array,
  hessian: Float64Array,
): void {
  const { size, x, start, chosen } = choices;
  const mean = new Float64Array(size);
  let odds = new Float64Array(64);
  for (let choice = 0; choice < chosen.length; choice++) {
    const [from, to] = [start[choice]!, start[choice + 1]!];
    if (odds.length < to - from) odds = new Float64Array(to - from);
    const total = oddsOf(choices, choice, weights, odds);
    mean.fill(0);
    for (let item = from; item < to; item++) {
      const share = odds[item - from]! / total;
      for (let f = 0; f < size; f++) {
        const part = share * x[item * size + f]!;
        mean[f]! += part;
        for (let g = 0; g < size; g++) hessian[f * size + g]! += part * x[item * size + g]!;
      }
    }
    const taken = (from + chosen[choice]!) * size;
    for (let f = 0; f < size; f++) {
      gradient[f]! += x[taken + f]! - mean[f]!;
      for (let g = 0; g < size; g++) hessian[f * size + g]! -= mean[f]! * mean[g]!;
    }
  }
}

/** Writes the odds of each item of a choice to be the chosen one, the best of them 1; returns their sum. */
function oddsOf(
  { size, x, start }: Choices,
  choice: number,
  weights: Float64Array,
  odds: Float64Array,
): number {
  const [from, to] = [start[choice]!, start[choice + 1]!];
  let highest = Number.NEGATIVE_INFINITY;
  for (let item = from; item < to; item++) {
    let score = 0;
    for (let f = 0; f < size; f++) score += x[item * size + f]! * weights[f]!;
    odds[item - from] = score;
    if (score > highest) highest = score;
  }
  let total = 0;
  for (let at = 0; at < to - from; at++) {
    odds[at] = Math.exp(odds[at]! - highest);
    total += odds[at]!;
  }
  return total;
}
