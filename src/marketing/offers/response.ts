import {
  fitTrees,
  logit,
  type Numbers,
  sigmoid,
  type TreeContent,
  type TreeData,
  type TreeModel,
  type TreeOptions,
  treeModel,
} from '../../trees/index.js';

/** A trial of discounts: shoppers' columns, the discount each was given (0 … 1) and whether they bought (0 or 1). */
export interface DiscountTrial {
  names: readonly string[];
  columns: readonly Numbers[];
  discount: Float64Array;
  bought: Float64Array;
  /** 1 over the chance of the discount given, where it was not drawn evenly. */
  weight?: Float64Array;
}

/**
 * Chance to buy at each discount: `base` says it by trees over shopper and discount that may not fall as the discount rises;
 * `effect` says how strongly discounts act on whom, `reach` how much of that each discount has.
 */
export interface ResponseContent {
  base: TreeContent[];
  effect: TreeContent[];
  /** By discount, 0 first. */
  discounts: number[];
  reach: number[];
}

const shape: Partial<TreeOptions> = {
  trees: 150,
  leaves: 8,
  learningRate: 0.05,
  minLeafRows: 100,
  rowShare: 0.7,
  columnShare: 1,
  l2: 5,
};
const bags = 3;
/** Times that effect and reach are fitted in turn. */
const turns = 2;

/** Learns how shoppers answer discounts from a trial, or from a log whose chances are known (then by `weight`). */
export function fitResponse(trial: DiscountTrial): ResponseContent {
  const discounts = [...new Set([0, ...trial.discount])].sort((a, b) => a - b);
  const most = discounts[discounts.length - 1]!;
  let reach = discounts.map((discount) => discount / most);
  const base = fitBase(trial);
  const offset = marginsAt(base.map(treeModel), trial, 0);
  // Trees draw effects towards nothing: how far each discount reaches is read off rows that they have not seen.
  const seen = trial.discount.map((_, row) => (row % 3 === 2 ? 0 : 1));
  const unseen = seen.map((one) => 1 - one);
  for (let turn = 0; turn < turns; turn++) {
    const effect = fitEffect(trial, offset, discounts, reach, seen).map(treeModel);
    reach = fitReach(trial, offset, effect, discounts, reach, unseen);
  }
  const everybody = new Float64Array(seen.length).fill(1);
  return { base, effect: fitEffect(trial, offset, discounts, reach, everybody), discounts, reach };
}

/** One set of trees for all discounts: monotone, so that no noise makes a higher discount look worse. */
function fitBase({ names, columns, discount, bought, weight }: DiscountTrial): TreeContent[] {
  const data: TreeData = {
    names: [...names, 'discount'],
    columns: [...columns, discount],
    target: bought,
    ...(weight ? { weight } : {}),
  };
  return Array.from(
    { length: bags },
    (_, bag) => fitTrees(data, { ...shape, monotone: { discount: 1 }, seed: bag + 1 }).content,
  );
}

function fitEffect(
  { names, columns, discount, bought, weight }: DiscountTrial,
  offset: Float64Array,
  discounts: readonly number[],
  reach: readonly number[],
  among: Float64Array,
): TreeContent[] {
  const data: TreeData = {
    names,
    columns,
    target: bought,
    offset,
    factor: discount.map((one) => reach[discounts.indexOf(one)]!),
    weight: among.map((one, row) => one * (weight?.[row] ?? 1)),
  };
  const set: Partial<TreeOptions> = { ...shape, trees: 120, leaves: 6, minLeafRows: 300, l2: 10 };
  return Array.from({ length: bags }, (_, bag) => fitTrees(data, { ...set, seed: bag + 1 }).content);
}

/** How much of the effect each discount has, by Newton's method; never falling. */
function fitReach(
  trial: DiscountTrial,
  offset: Float64Array,
  effect: readonly TreeModel[],
  discounts: readonly number[],
  before: readonly number[],
  among: Float64Array,
): number[] {
  const row = new Float64Array(trial.columns.length);
  const strength = trial.discount.map((_, at) => strengthOf(effect, readRow(trial.columns, at, row)));
  const reach = discounts.map((discount, level) => {
    let share = before[level]!;
    for (let step = 0; level > 0 && step < 10; step++) {
      let [g, h] = [0, 1e-6];
      trial.discount.forEach((one, at) => {
        if (one !== discount || among[at] === 0) return;
        const w = trial.weight?.[at] ?? 1;
        const p = sigmoid(offset[at]! + share * strength[at]!);
        g += w * (p - trial.bought[at]!) * strength[at]!;
        h += w * p * (1 - p) * strength[at]! ** 2;
      });
      share -= g / h;
    }
    return Math.max(0, share);
  });
  for (let level = 1; level < reach.length; level++)
    reach[level] = Math.max(reach[level]!, reach[level - 1]!);
  return reach;
}

/**
 * Chance of buying at each of the discounts asked for, by the columns of a shopper; never falls from one discount to a
 * higher one. Beyond the discounts learned it stays where the last one is.
 */
export function responseModel({
  base,
  effect,
  discounts,
  reach,
}: ResponseContent): (row: ArrayLike<number>, asked: readonly number[]) => Float64Array {
  const bases = base.map(treeModel);
  const effects = effect.map(treeModel);
  const wide = new Float64Array(bases[0]!.names.length);
  return (row, asked) => {
    wide.set(row);
    const at = (discount: number): number => {
      wide[wide.length - 1] = discount;
      return bases.reduce((sum, model) => sum + model.margin(wide) / bases.length, 0);
    };
    const start = at(0);
    const strength = strengthOf(effects, row);
    // Both ways together: one draws effects towards nothing, the other towards one shape for all.
    return Float64Array.from(
      asked,
      (discount) =>
        sigmoid(at(discount)) / 3 + (2 * sigmoid(start + between(discount, discounts, reach) * strength)) / 3,
    );
  };
}

function between(discount: number, discounts: readonly number[], reach: readonly number[]): number {
  const next = discounts.findIndex((known) => known >= discount);
  if (next < 0) return reach[reach.length - 1]!;
  if (next === 0) return reach[0]!;
  const [low, high] = [discounts[next - 1]!, discounts[next]!];
  const share = (discount - low) / (high - low);
  return reach[next - 1]! + share * (reach[next]! - reach[next - 1]!);
}

/** A discount never keeps anybody from buying. */
function strengthOf(effect: readonly TreeModel[], row: ArrayLike<number>): number {
  return Math.max(
    0,
    effect.reduce((sum, model) => sum + model.margin(row) / effect.length, 0),
  );
}

function marginsAt(
  models: readonly TreeModel[],
  { columns, discount }: DiscountTrial,
  at: number,
): Float64Array {
  const row = new Float64Array(columns.length + 1);
  row[columns.length] = at;
  return discount.map((_, place) => {
    readRow(columns, place, row);
    return models.reduce((sum, model) => sum + model.margin(row) / models.length, 0);
  });
}

function readRow(columns: readonly Numbers[], at: number, row: Float64Array): Float64Array {
  for (let f = 0; f < columns.length; f++) row[f] = columns[f]![at]!;
  return row;
}

/**
 * Expected extra profit and expected spend of each discount for a shopper: chances `p` of buying at each, `value` of the
 * basket at full price, `margin` of the shop. The first discount is 0.
 */
export function gainsOf(
  p: ArrayLike<number>,
  discounts: readonly number[],
  value: number,
  margin: number,
): { gain: Float64Array; cost: Float64Array } {
  return {
    gain: Float64Array.from(discounts, (d, level) => value * (p[level]! * (margin - d) - p[0]! * margin)),
    cost: Float64Array.from(discounts, (d, level) => value * d * p[level]!),
  };
}

/** What a discount does before a trial has taught it: a stated assumption, rising ever more slowly. */
export function assumedResponse(chance: number, discounts: readonly number[]): Float64Array {
  const base = logit(Math.min(0.95, Math.max(0.005, chance)));
  return Float64Array.from(discounts, (discount) => sigmoid(base + 1.2 * (1 - Math.exp(-9 * discount))));
}
