import {
  fitTrees,
  type Numbers,
  type TreeContent,
  type TreeData,
  type TreeOptions,
  treeModel,
} from '../../models/index.js';

/** A trial of discounts: shoppers' columns, the discount each was given (0 … 1) and whether they bought (0 or 1). */
export interface DiscountTrial {
  names: readonly string[];
  columns: readonly Numbers[];
  discount: Float64Array;
  bought: Float64Array;
  /** 1 over the chance of the discount given, where it was not drawn evenly. */
  weight?: Float64Array;
}

export interface ResponseOptions extends Partial<TreeOptions> {
  bags?: number;
}

/** Trees that may not fall as the discount rises. */
export function fitResponse(
  trial: DiscountTrial,
  { bags = 3, ...options }: ResponseOptions = {},
): ResponseContent {
  const data: TreeData = {
    names: [...trial.names, 'discount'],
    columns: [...trial.columns, trial.discount],
    target: trial.bought,
    ...(trial.weight ? { weight: trial.weight } : {}),
  };
  const set: Partial<TreeOptions> = {
    trees: 200,
    leaves: 8,
    learningRate: 0.05,
    minLeafRows: 100,
    rowShare: 0.7,
    columnShare: 1,
    l2: 5,
    ...options,
    monotone: { discount: 1 },
  };
  return {
    bags: Array.from({ length: bags }, (_, bag) => fitTrees(data, { ...set, seed: bag + 1 }).content),
  };
}

export interface ResponseContent {
  bags: TreeContent[];
}

/** Chance of buying at each discount, for one shopper; never falls from one discount to a higher one. */
export function responsePredictor(
  { bags }: ResponseContent,
  discounts: readonly number[],
): (row: ArrayLike<number>) => Float64Array {
  const models = bags.map(treeModel);
  const wide = new Float64Array(models[0]!.names.length);
  return (row) => {
    wide.set(Array.from(row));
    return Float64Array.from(discounts, (discount) => {
      wide[wide.length - 1] = discount;
      return models.reduce((sum, model) => sum + model.predict(wide) / models.length, 0);
    });
  };
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
