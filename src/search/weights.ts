import { fnv1a } from '../core/index.js';
import { type Choices, fitLogit, logChance } from './conditionalLogit.js';
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
  const shares = [known.meaning, known.taste];
  const [, base, meaning, taste] = fitLogit(choicesOf(examples, partsOf, 4), { shares, strength: prior });
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
    const others = examples.filter(({ user }) => partOf(user) === part);
    const [better, usual] = [found, task.known].map((fusion): ((choice: number) => number) => {
      const weights = fitLogit(choicesOf(taught, fusedBy(fusion), 2));
      const asked = choicesOf(others, fusedBy(fusion), 2);
      return (choice) => logChance(asked, choice, weights);
    });
    others.forEach(({ user }, choice) => {
      const gain = gains.get(user) ?? { sum: 0, count: 0 };
      gain.sum += better!(choice) - usual!(choice);
      gain.count++;
      gains.set(user, gain);
    });
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

/** The features of what was shown. */
function choicesOf(examples: readonly ClickExample[], features: Features, size: number): Choices {
  const start = new Uint32Array(examples.length + 1);
  examples.forEach(({ base }, at) => {
    start[at + 1] = start[at]! + base.length;
  });
  const x = new Float64Array(size * start[examples.length]!);
  examples.forEach((example, at) => {
    for (let item = 0; item < example.base.length; item++) {
      const from = size * (start[at]! + item);
      features(example, item, x.subarray(from, from + size));
    }
  });
  return { size, x, start, chosen: Uint32Array.from(examples, ({ chosen }) => chosen) };
}
