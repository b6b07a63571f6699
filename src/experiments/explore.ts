import type { Random } from '../core/index.js';
import { gamma } from '../math/index.js';

/** What is known of an item's appeal: how often it was shown by exploration, and clicked. */
export interface Evidence {
  shown: number;
  clicked: number;
}

export interface Explored {
  /** Index among the candidates. */
  choice: number;
  /** Chance it was chosen with, exact for the draw that was made. */
  propensity: number;
}

/** Thompson draws that make the distribution of a choice. */
const draws = 64;
/** Share of the choice that is uniform: no item's chance is so small that one click of it weighs like hundreds. */
const uniform = 0.2;

/**
 * Thompson sampling (1933) with a propensity that can be logged: the choice is made from the distribution of `draws`
 * draws from the posteriors, mixed with a uniform one. That distribution is known, so the propensity is exact.
 */
export function thompson(candidates: readonly Evidence[], prior: Evidence, rng: Random): Explored {
  const wins = new Float64Array(candidates.length);
  for (let draw = 0; draw < draws; draw++) wins[bestDraw(candidates, prior, rng)]!++;
  const chance = (at: number): number => ((1 - uniform) * wins[at]!) / draws + uniform / candidates.length;
  let left = rng.float();
  for (let at = 0; at < candidates.length; at++) {
    left -= chance(at);
    if (left < 0) return { choice: at, propensity: chance(at) };
  }
  const last = candidates.length - 1;
  return { choice: last, propensity: chance(last) };
}

/**
 * Puts explored items on at most `share` of the slots of a list (the last one of each stretch of 1 / share), the rest
 * stays. `pool`: candidates not in the list. Returns the list and, by slot, the propensities; 1 where it did not explore.
 */
export function exploreSlots<T>(
  list: readonly T[],
  pool: readonly T[],
  evidence: (item: T) => Evidence,
  { share, prior, rng }: { share: number; prior: Evidence; rng: Random },
): { items: T[]; propensities: number[] } {
  const items = [...list];
  const propensities = items.map(() => 1);
  const left = [...pool];
  const slots = Math.floor(items.length * share);
  for (let slot = 1; slot <= slots && left.length > 0; slot++) {
    const at = Math.round((slot * items.length) / slots) - 1;
    const { choice, propensity } = thompson(left.map(evidence), prior, rng);
    items[at] = left[choice]!;
    propensities[at] = propensity;
    left.splice(choice, 1);
  }
  return { items, propensities };
}

function bestDraw(candidates: readonly Evidence[], prior: Evidence, rng: Random): number {
  let best = -1;
  let largest = -1;
  candidates.forEach(({ shown, clicked }, at) => {
    const value = beta(prior.clicked + clicked, prior.shown - prior.clicked + shown - clicked, rng);
    if (value > largest) {
      largest = value;
      best = at;
    }
  });
  return best;
}

/** A draw of the beta distribution, from two of the gamma distribution. */
function beta(a: number, b: number, rng: Random): number {
  const x = gammaDraw(Math.max(a, 1e-3), rng);
  const y = gammaDraw(Math.max(b, 1e-3), rng);
  return x / (x + y);
}

const gammaDraw = (shape: number, rng: Random): number => gamma(shape, 1, rng);
