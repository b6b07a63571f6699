import { EndcapError, random } from '../core/index.js';
import { logLoss } from '../math/index.js';
import {
  type Calibration,
  calibrate,
  fitPlatt,
  fitTrees,
  type Numbers,
  type TreeContent,
  type TreeData,
  type TreeModel,
  type TreeOptions,
  treeModel,
} from '../trees/index.js';

export interface PropensityOptions {
  /** Settings to choose among, by log loss on parts of the training rows that a fit has not seen. */
  candidates: readonly Partial<TreeOptions>[];
  /** Parts that take turns in being left out. */
  folds: number;
  /** Fits, each with its own seed, whose log-odds are averaged. */
  bags: number;
  seed: number;
}

/** Small ensembles of shallow trees: chosen among on each shop's own data. */
export const propensityDefaults: PropensityOptions = {
  candidates: [
    { trees: 200, learningRate: 0.04, leaves: 8, minLeafRows: 30, rowShare: 0.8, columnShare: 0.6, l2: 5 },
    { trees: 300, learningRate: 0.03, leaves: 15, minLeafRows: 30, rowShare: 0.8, columnShare: 0.6, l2: 5 },
    { trees: 300, learningRate: 0.02, leaves: 15, minLeafRows: 60, rowShare: 0.7, columnShare: 0.4, l2: 10 },
  ],
  folds: 4,
  bags: 3,
  seed: 1,
};

/** A probability that holds: trees, averaged over seeds, and their calibration. Plain content, to be saved. */
export interface PropensityContent {
  bags: TreeContent[];
  calibration: Calibration;
  /** Log loss of each candidate on what it had not seen. */
  validation: number[];
}

export interface PropensityModel {
  readonly content: PropensityContent;
  readonly names: readonly string[];
  /** Calibrated probability. */
  predict(row: ArrayLike<number>): number;
  predictColumns(columns: readonly Numbers[]): Float64Array;
  /** What each column adds to the log-odds, and at the end what the average row has. */
  contributions(row: ArrayLike<number>): Float64Array;
}

export function propensityModel(content: PropensityContent): PropensityModel {
  const bags = content.bags.map(treeModel);
  const predict = (row: ArrayLike<number>): number =>
    calibrate(content.calibration, meanProbability(bags, row));
  return {
    content,
    names: bags[0]!.names,
    predict,
    predictColumns: (columns) => eachRow(columns, predict),
    contributions(row) {
      const out = new Float64Array(bags[0]!.names.length + 1);
      for (const bag of bags)
        bag.contributions(row).forEach((value, at) => {
          out[at]! += value / bags.length;
        });
      return out;
    },
  };
}

/**
 * Fits trees to a yes-or-no target: settings by cross-validation on the rows given, then as many bags as asked for, and
 * Platt's line through what the winner said of rows that it had not seen. Throws `too_little_data` with one class only.
 */
export function fitPropensity(data: TreeData, options: Partial<PropensityOptions> = {}): PropensityModel {
  const { candidates, folds, bags, seed } = { ...propensityDefaults, ...options };
  const positives = Float64Array.from(data.target).reduce((sum, value) => sum + value, 0);
  if (positives < folds || data.target.length - positives < folds)
    throw new EndcapError(
      'too_little_data',
      `${positives} of ${data.target.length} rows are positive: both outcomes are needed, ${folds} times each at least`,
      { remedy: 'Wait until more sessions have ended either way' },
    );
  const fold = stratifiedFolds(data.target, folds, seed);
  const unseen = candidates.map((candidate) => outOfFold(data, fold, folds, { ...candidate, seed }));
  const validation = unseen.map((probability) => logLoss(probability, data.target));
  const best = validation.indexOf(Math.min(...validation));
  const models = Array.from({ length: bags }, (_, bag) =>
    fitTrees(data, { ...candidates[best], seed: seed + bag }),
  );
  return propensityModel({
    bags: models.map(({ content }) => content),
    calibration: fitPlatt(unseen[best]!, data.target),
    validation,
  });
}

/** What a model says of each row while that row's part is left out. */
export function outOfFold(
  data: TreeData,
  fold: ArrayLike<number>,
  folds: number,
  options: Partial<TreeOptions>,
): Float64Array {
  const out = new Float64Array(data.target.length);
  for (let part = 0; part < folds; part++) {
    const seen: number[] = [];
    const left: number[] = [];
    for (let row = 0; row < out.length; row++) (fold[row] === part ? left : seen).push(row);
    const model = fitTrees(takeRows(data, seen), options);
    const predicted = model.predictColumns(data.columns.map((column) => gatherRows(column, left)));
    left.forEach((row, at) => {
      out[row] = predicted[at]!;
    });
  }
  return out;
}

/** A part for each row, at random, each with its share of either outcome. */
export function stratifiedFolds(target: ArrayLike<number>, folds: number, seed: number): Uint8Array {
  const fold = new Uint8Array(target.length);
  const dealt = [0, 0];
  for (const row of random(seed).shuffle(Uint32Array.from(target, (_, at) => at))) {
    const side = target[row]! > 0.5 ? 1 : 0;
    fold[row] = dealt[side]!++ % folds;
  }
  return fold;
}

export function gatherRows(column: Numbers, rows: ArrayLike<number>): Float64Array {
  return Float64Array.from(rows, (row) => column[row]!);
}

export function takeRows(data: TreeData, rows: ArrayLike<number>): TreeData {
  return {
    ...data,
    columns: data.columns.map((column) => gatherRows(column, rows)),
    target: gatherRows(data.target, rows),
    ...(data.weight ? { weight: gatherRows(data.weight, rows) } : {}),
  };
}

export function eachRow(columns: readonly Numbers[], of: (row: Float64Array) => number): Float64Array {
  const row = new Float64Array(columns.length);
  return new Float64Array(columns[0]?.length ?? 0).map((_, at) => {
    for (let f = 0; f < columns.length; f++) row[f] = columns[f]![at]!;
    return of(row);
  });
}

function meanProbability(bags: readonly TreeModel[], row: ArrayLike<number>): number {
  let margin = 0;
  for (const bag of bags) margin += bag.margin(row);
  return 1 / (1 + Math.exp(-margin / bags.length));
}
