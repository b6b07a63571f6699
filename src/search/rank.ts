import type { Taste } from './taste.js';

/**
 * How much each part counts. The words' score is a sum of logarithms of odds (BM25F), and so are the others: a part
 * that says nothing adds nothing, however the other candidates are. Chosen on even queries of CrowdFlower (meaning),
 * on splits of Amazon's training purchases and even cases of Beauty (popularity, taste).
 */
export const rankWeights = {
  /** Of a standard deviation of the cosines: vectors learned from the shop's own titles, and those of a text model. */
  meaning: 3,
  meaningOfModel: 4,
  /** Of the logarithm of clicks over expected clicks. */
  attraction: 1.8,
  intent: 1.5,
  /** Of the logarithm of the demand. */
  popularity: 0.7,
  taste: 4,
  price: 9,
};
/** Standard deviations beyond which a cosine is cut: one odd item must not flatten the others. */
const furthest = 4;

/** Parts of the score of candidates, in their order; absent ones count nothing. */
export interface Parts {
  /** BM25F. */
  words: Float32Array;
  /** As `meaningPart` makes it. */
  meaning?: Float32Array;
  /** Clicks beyond what their places explain, −1 and up. */
  attraction?: Float32Array;
  /** Logarithm of one more than the demand. */
  popularity?: Float32Array;
  /** Shares of what the query was learned to mean that the item is of. */
  intent?: Float32Array;
  /** 1 where the price is as the words ask. */
  price?: Float32Array;
}

/**
 * Cosines with the query as a part; NaN, where an item has none, says nothing for it or against it. What a word means that stands alone orders little, and that little counts as much at
 * a third of the weight (CrowdFlower's even queries of one word: .821 beside .823, and .765 without): more would only
 * leave taste no say. `trust`: see `Search.useEmbedder`.
 */
export function meaningPart(cosines: Float32Array, words: number, trust = 1): Float32Array {
  const share = words > 1 ? trust : trust / 3;
  return zScores(cosines).map((value) => share * value);
}

/** Relevance for everybody: a weighted sum (fusion by ranks is worse: .834 beside .842 on CrowdFlower). */
export function relevance(parts: Parts, meaning = rankWeights.meaning): Float32Array {
  const total = parts.words.slice();
  const add = (values: Float32Array | undefined, weight: number): void => {
    if (!values) return;
    for (let at = 0; at < total.length; at++) total[at]! += weight * values[at]!;
  };
  add(parts.meaning, meaning);
  add(
    parts.attraction?.map((value) => Math.log1p(Math.max(-0.9, value))),
    rankWeights.attraction,
  );
  add(parts.popularity, rankWeights.popularity);
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
  return relevant.map((score, at) => {
    const strong = strength(at);
    return strong === 0 ? score : score + weight * strong * taste.fit(candidates[at]!);
  });
}

/** Values less their mean over their deviation; 0 for NaN, and for all where all are the same. */
function zScores(values: Float32Array): Float32Array {
  let known = 0;
  let sum = 0;
  let squares = 0;
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    known++;
    sum += value;
    squares += value * value;
  }
  const mean = sum / known;
  const deviation = Math.sqrt(Math.max(0, squares / known - mean * mean));
  if (!(deviation > 1e-6)) return new Float32Array(values.length);
  return values.map((value) =>
    Number.isNaN(value) ? 0 : Math.max(-furthest, Math.min(furthest, (value - mean) / deviation)),
  );
}

/** Candidates there may be: 20 bits, beside 32 of the score and one of the half. */
const placesMost = 2 ** 20;

/** Places of `scores` from the best down, those before `first` ahead of the others; ties go to the earlier. */
export function order(scores: Float32Array, first: number): Uint32Array {
  // Half, score and place as one whole number of 53 bits: numbers are sorted without a call for each comparison.
  const keys = new Float64Array(scores.length);
  const real = new Float32Array(1);
  const asBits = new Uint32Array(real.buffer);
  for (let at = 0; at < keys.length; at++) {
    const score = scores[at]!;
    // −0 is 0, and what is no number comes last.
    real[0] = Number.isNaN(score) ? Number.NEGATIVE_INFINITY : score + 0;
    const bits = asBits[0]!;
    // Bits of a real number rise with it where it is positive, and fall where it is negative.
    const falling = bits >= 2 ** 31 ? bits : 2 ** 31 - 1 - bits;
    keys[at] = ((at < first ? 0 : 2 ** 32) + falling) * placesMost + at;
  }
  keys.sort();
  const places = new Uint32Array(keys.length);
  for (let at = 0; at < keys.length; at++) places[at] = keys[at]! % placesMost;
  return places;
}
