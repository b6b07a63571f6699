import type { Taste } from './taste.js';

/** How much each counts beside a standard deviation of the words' score. */
export const rankWeights = {
  meaning: 0.5,
  attraction: 0.6,
  intent: 0.5,
  popularity: 0.25,
  /** In place of it where nothing is known of the shopper, or their taste is not to count. */
  popularityAlone: 0.5,
  taste: 2,
  price: 3,
};
/** Standard deviations beyond which a part of a score is cut: one odd item must not flatten the others. */
const furthest = 4;
/** Scores by words that lie nearer than this share of the best are as good as equal: few finds would else lie far apart. */
const leastSpread = 0.3;

/** Parts of the score of candidates, in their order; absent ones count nothing. */
export interface Parts {
  words: Float32Array;
  /** Cosines with the query. */
  meaning?: Float32Array;
  /** Clicks beyond what their places explain, −1 and up. */
  attraction?: Float32Array;
  popularity?: Float32Array;
  /** Shares of what the query was learned to mean that the item is of. */
  intent?: Float32Array;
  /** 1 where the price is as the words ask. */
  price?: Float32Array;
}

/** Relevance for everybody: a weighted sum of z-scores (fusion by ranks is worse: .834 beside .842). */
export function relevance(
  parts: Parts,
  gate: number,
  { meaning, popularity }: Pick<typeof rankWeights, 'meaning' | 'popularity'> = rankWeights,
): Float32Array {
  const total = zScores(parts.words, leastSpread);
  const add = (values: Float32Array | undefined, weight: number): void => {
    if (!values) return;
    for (let at = 0; at < total.length; at++) total[at]! += weight * values[at]!;
  };
  add(parts.meaning && zScores(parts.meaning), meaning);
  add(
    parts.attraction?.map((value) => Math.log1p(Math.max(-0.9, value))),
    rankWeights.attraction,
  );
  add(parts.popularity && zScores(parts.popularity), popularity * gate);
  add(parts.intent, rankWeights.intent);
  add(parts.price, rankWeights.price);
  return total;
}

/**
 * How much a query leaves open, 0 to 1: one that only a few items answer, one of many words, or one after which
 * everybody chooses the same is specific, and taste has no say in it.
 */
export function openness(matches: number, words: number, choices: ReadonlyMap<string, number>): number {
  const many = Math.min(1, Math.log1p(matches) / Math.log1p(30));
  const brief = 1 / (1 + 0.25 * Math.max(0, words - 2));
  return many * brief * spreadOf(choices);
}

/** Entropy of what was chosen, over the most it could be; 1 where too little is known. */
function spreadOf(choices: ReadonlyMap<string, number>): number {
  let total = 0;
  for (const weight of choices.values()) total += weight;
  if (total < 20) return 1;
  let entropy = 0;
  for (const weight of choices.values())
    if (weight > 0) entropy -= (weight / total) * Math.log(weight / total);
  return Math.min(1, entropy / Math.log(8));
}

/** Relevance and taste together; `strength` is from 0 to 1. */
export function personalise(
  relevant: Float32Array,
  candidates: readonly number[],
  taste: Taste,
  strength: (at: number) => number,
  weight = rankWeights.taste,
): Float32Array {
  return relevant.map((score, at) => score + weight * strength(at) * taste.fit(candidates[at]!));
}

/**
 * Values less their mean over their deviation; zeros where all are the same. The deviation counts as at least `floor`
 * times the highest value.
 */
export function zScores(values: Float32Array, floor = 0): Float32Array {
  let highest = 0;
  let sum = 0;
  let squares = 0;
  for (const value of values) {
    sum += value;
    squares += value * value;
    if (value > highest) highest = value;
  }
  const mean = sum / values.length;
  const deviation = Math.max(floor * highest, Math.sqrt(Math.max(0, squares / values.length - mean * mean)));
  if (!(deviation > 1e-6)) return new Float32Array(values.length);
  return values.map((value) => Math.max(-furthest, Math.min(furthest, (value - mean) / deviation)));
}

/** Places of `scores` from the best down, those before `first` ahead of the others; ties go to the earlier. */
export function order(scores: Float32Array, first: number): Uint32Array {
  const late = (at: number): number => (at < first ? 0 : 1);
  return Uint32Array.from(scores, (_, at) => at).sort(
    (a, b) => late(a) - late(b) || scores[b]! - scores[a]! || a - b,
  );
}
