import { fnv1a } from '../core/index.js';
import { factorize, solveLower, solveUpper } from '../math/index.js';
import { rankWeights } from './rank.js';

/** Kinds of query, for words and meaning count differently in them: one with a number in it names a model or a size. */
export type QueryKind = 'brief' | 'long' | 'number';
export const queryKinds: readonly QueryKind[] = ['brief', 'long', 'number'];

export function kindOfQuery(words: readonly string[]): QueryKind {
  if (words.some((word) => /\p{Nd}/u.test(word))) return 'number';
  return words.length <= 2 ? 'brief' : 'long';
}

/** How much meaning and taste count beside the words. */
export interface Fusion {
  meaning: number;
  taste: number;
}
export type FusionByKind = Readonly<Record<QueryKind, Fusion>>;

/** The same for every kind of query. */
export function fusionsOf(fusion: Fusion): FusionByKind {
  return { brief: fusion, long: fusion, number: fusion };
}

/** What counts until clicks say otherwise, with vectors of the shop's own. */
export const defaultFusions: FusionByKind = fusionsOf({
  meaning: rankWeights.meaning,
  taste: rankWeights.taste,
});

/** A click after a search, among what was shown: parts of each item's score as they were then. */
export interface ClickExample {
  user: string;
  kind: QueryKind;
  /** Which of the items was chosen. */
  chosen: number;
  /** Place of each item, from 0. */
  places: ArrayLike<number>;
  /** By item: the words and all that counts by default weights; z-scores of the cosines; taste. */
  base: ArrayLike<number>;
  meaning: ArrayLike<number>;
  taste: ArrayLike<number>;
}

/** Fewer clicks, or of fewer shoppers, teach nothing. */
const enough = { clicks: 200, shoppers: 50 };
/** Clicks of a shopper that count: nobody sets the weights of all. */
const clicksOfShopper = 10;
/** Learned weights stay within this factor of the default. */
const furthest = 4;
/** Strength with which weights are drawn to the default, in clicks. */
const prior = 20;
/** Parts of the shoppers: the clicks of each are explained by weights learned from the others. */
const parts = 3;
/** One-sided 95 %: learned weights must explain the clicks of other shoppers better by so many standard errors. */
const certain = 1.645;

/**
 * Learns the weights by a conditional logit: among what was shown, an item is chosen by its place and its score, both
 * estimated together, so that what stands first is not taken for what is best (place as a covariate: Craswell et al.
 * 2008). Weights that do not explain the clicks of shoppers they were not learned from better than the default,
 * beyond chance, are not used: without clicks it is the default.
 */
export function learnFusion(
  examples: readonly ClickExample[],
  usual: FusionByKind = defaultFusions,
): FusionByKind {
  const kept = bounded(examples);
  const pooled = learned(kept, { known: usual.brief, usual: usual.brief, tasteToo: true });
  const byKind = queryKinds.map((kind): [QueryKind, Fusion] => {
    const own = kept.filter((example) => example.kind === kind);
    return [kind, learned(own, { known: pooled, usual: usual[kind], tasteToo: false })];
  });
  return Object.fromEntries(byKind) as Record<QueryKind, Fusion>;
}

/** The first clicks of each shopper. */
function bounded(examples: readonly ClickExample[]): ClickExample[] {
  const counts = new Map<string, number>();
  return examples.filter(({ user }) => {
    const count = (counts.get(user) ?? 0) + 1;
    counts.set(user, count);
    return count <= clicksOfShopper;
  });
}

/** What is learned: weights better than the known ones, not too far from the usual ones. */
interface Task {
  known: Fusion;
  usual: Fusion;
  tasteToo: boolean;
}

/** Better weights than the known ones, or these. */
function learned(examples: readonly ClickExample[], task: Task): Fusion {
  const { known } = task;
  if (examples.length < enough.clicks || new Set(examples.map(({ user }) => user)).size < enough.shoppers)
    return known;
  const found = fusionOf(examples, task);
  return isBetter(examples, task) ? found : known;
}

/** The weights that explain the clicks best, within bounds. */
function fusionOf(examples: readonly ClickExample[], { known, usual, tasteToo }: Task): Fusion {
  const [, base, meaning, taste] = fit(examples, partsOf, 4, known);
  // Clicks that go against the words are of no use.
  if (!(base! > 1e-3)) return known;
  return {
    meaning: clamp(meaning! / base!, usual.meaning),
    taste: tasteToo ? clamp(taste! / base!, usual.taste) : known.taste,
  };
}

function clamp(value: number, usual: number): number {
  return Math.min(usual * furthest, Math.max(usual / furthest, value));
}

/** A part of the shoppers, always the same. */
const partOf = (user: string): number => fnv1a(user) % parts;

/**
 * Whether weights that are learned from the other shoppers explain a shopper's clicks better than the known ones: in
 * the mean over all shoppers, and beyond chance.
 */
function isBetter(examples: readonly ClickExample[], task: Task): boolean {
  const gains = new Map<string, { sum: number; count: number }>();
  for (let part = 0; part < parts; part++) {
    const taught = examples.filter(({ user }) => partOf(user) !== part);
    const found = fusionOf(taught, task);
    const [features, usual] = [fusedBy(found), fusedBy(task.known)];
    const [weights, usualWeights] = [fit(taught, features, 2), fit(taught, usual, 2)];
    for (const example of examples) {
      if (partOf(example.user) !== part) continue;
      const gain = gains.get(example.user) ?? { sum: 0, count: 0 };
      gain.sum += logLikelihood(example, features, weights) - logLikelihood(example, usual, usualWeights);
      gain.count++;
      gains.set(example.user, gain);
    }
  }
  const means = [...gains.values()].map(({ sum, count }) => sum / count);
  const mean = means.reduce((sum, value) => sum + value, 0) / means.length;
  const squares = means.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return mean > certain * Math.sqrt(squares / (means.length - 1) / means.length);
}

/** Writes the features of an item of an example. */
type Features = (example: ClickExample, item: number, into: Float64Array) => void;

const partsOf: Features = ({ places, base, meaning, taste }, item, into) => {
  into[0] = -Math.log1p(places[item]!);
  into[1] = base[item]!;
  into[2] = meaning[item]!;
  into[3] = taste[item]!;
};

const fusedBy =
  (fusion: Fusion): Features =>
  ({ places, base, meaning, taste }, item, into) => {
    into[0] = -Math.log1p(places[item]!);
    into[1] = base[item]! + fusion.meaning * meaning[item]! + fusion.taste * taste[item]!;
  };

/** Most likely weights, by Newton's method from nothing; with `towards`, meaning and taste are drawn to its share of the base. */
function fit(
  examples: readonly ClickExample[],
  features: Features,
  size: number,
  towards?: Fusion,
): Float64Array {
  let weights = new Float64Array(size);
  let value = likelihood(examples, features, weights, towards);
  for (let step = 0; step < 20; step++) {
    const gradient = new Float64Array(size);
    const hessian = new Float64Array(size * size);
    for (const example of examples) addDerivatives(example, features, weights, gradient, hessian);
    for (let f = 0; f < size; f++) {
      gradient[f]! -= 1e-3 * weights[f]!;
      hessian[f * size + f]! += 1e-3;
    }
    if (towards) addPrior([towards.meaning, towards.taste], weights, gradient, hessian);
    factorize(hessian, size);
    solveLower(hessian, size, gradient);
    solveUpper(hessian, size, gradient);
    // Halved until it is no step back: far from the end, the curve is not what it is here.
    let taken = weights;
    for (let share = 1; share > 1e-3; share /= 2) {
      const tried = weights.map((weight, f) => weight + share * gradient[f]!);
      const reached = likelihood(examples, features, tried, towards);
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

/** What `fit` makes most of: the logarithm of the chance of all that was chosen, less what doubt costs. */
function likelihood(
  examples: readonly ClickExample[],
  features: Features,
  weights: Float64Array,
  towards: Fusion | undefined,
): number {
  let value = 0;
  for (const example of examples) value += logLikelihood(example, features, weights);
  for (const weight of weights) value -= 0.5e-3 * weight * weight;
  if (!towards) return value;
  for (const [at, share] of [towards.meaning, towards.taste].entries())
    value -= 0.5 * prior * (weights[at + 2]! - share * weights[1]!) ** 2;
  return value;
}

/** Of −prior/2 · Σ (weight − share · weight of the base)². */
function addPrior(
  shares: readonly number[],
  weights: Float64Array,
  gradient: Float64Array,
  hessian: Float64Array,
): void {
  const size = weights.length;
  shares.forEach((share, at) => {
    const f = at + 2;
    const off = weights[f]! - share * weights[1]!;
    gradient[f]! -= prior * off;
    gradient[1]! += prior * share * off;
    hessian[f * size + f]! += prior;
    hessian[f * size + 1]! -= prior * share;
    hessian[size + f]! -= prior * share;
    hessian[size + 1]! += prior * share * share;
  });
}

/** Of the logarithm of the chance that the chosen item is chosen. */
function addDerivatives(
  example: ClickExample,
  features: Features,
  weights: Float64Array,
  gradient: Float64Array,
  hessian: Float64Array,
): void {
  const size = weights.length;
  const shares = chances(example, features, weights);
  const mean = new Float64Array(size);
  const x = new Float64Array(size);
  shares.forEach((share, item) => {
    features(example, item, x);
    for (let f = 0; f < size; f++) {
      mean[f]! += share * x[f]!;
      for (let g = 0; g < size; g++) hessian[f * size + g]! += share * x[f]! * x[g]!;
    }
  });
  features(example, example.chosen, x);
  for (let f = 0; f < size; f++) {
    gradient[f]! += x[f]! - mean[f]!;
    for (let g = 0; g < size; g++) hessian[f * size + g]! -= mean[f]! * mean[g]!;
  }
}

function logLikelihood(example: ClickExample, features: Features, weights: Float64Array): number {
  return Math.log(chances(example, features, weights)[example.chosen]! + 1e-12);
}

/** Chance of each item to be the chosen one. */
function chances(example: ClickExample, features: Features, weights: Float64Array): Float64Array {
  const x = new Float64Array(weights.length);
  const scores = Float64Array.from(example.base, (_, item) => {
    features(example, item, x);
    return x.reduce((sum, value, f) => sum + value * weights[f]!, 0);
  });
  const highest = Math.max(...scores);
  const odds = scores.map((score) => Math.exp(score - highest));
  const total = odds.reduce((sum, value) => sum + value, 0);
  return odds.map((value) => value / total);
}
