import { EndcapError, type Random, random } from '../core/index.js';
import { assemble } from './assemble.js';
import { type Bins, binColumns } from './bins.js';
import { encodeCategories } from './categories.js';
import { checkData, type Numbers, type TreeData } from './data.js';
import { Grower, type GrownTree } from './grow.js';
import { type Loss, type LossFunction, lossFunction, weightedQuantile } from './losses.js';
import { type TreeModel, treeModel } from './model.js';
import { addLeaves, addTree, Watch } from './watch.js';

export interface TreeOptions {
  loss: Loss;
  /** Trees at most; fewer where the validation part stops getting better. */
  trees: number;
  learningRate: number;
  /** Leaves of a tree. */
  leaves: number;
  minLeafRows: number;
  /** Added to the hessian of each leaf: draws small leaves to 0. */
  l2: number;
  /** Share of rows and of columns that each tree sees. */
  rowShare: number;
  columnShare: number;
  /** Bins of a column, at most 255, one of them for what is missing. */
  bins: number;
  /** By column name: 1 where the prediction may never fall as the column rises, −1 where it may never rise. */
  monotone: Readonly<Record<string, 1 | -1>>;
  seed: number;
  /** Rows to watch the loss on: fitting stops after `patience` trees without a better one, and keeps the best. */
  validation?: TreeData;
  patience: number;
}

export const treeDefaults: TreeOptions = {
  loss: { name: 'logistic' },
  trees: 300,
  learningRate: 0.05,
  leaves: 15,
  minLeafRows: 20,
  l2: 1,
  rowShare: 1,
  columnShare: 1,
  bins: 255,
  monotone: {},
  seed: 1,
  patience: 30,
};

/**
 * Gradient-boosted trees (Friedman 2001; histograms and leaf-wise growth as LightGBM, Ke et al. 2017; categories as
 * CatBoost, Prokhorenkova et al. 2018). `told` hears after each tree how many there are.
 * Throws `invalid_training_data` or `invalid_option`, naming the field.
 */
export function fitTrees(
  data: TreeData,
  options: Partial<TreeOptions> = {},
  told: (trees: number) => void = () => {},
): TreeModel {
  const set = { ...treeDefaults, ...options };
  checkOptions(set, data.names);
  checkData(data, set.loss);
  const weight = data.weight ?? new Float64Array(data.target.length).fill(1);
  const { columns, statistics } = encodeCategories(data, weight, set.seed);
  const bins = data.bins ?? binColumns(columns, set.bins, set.seed);
  const loss = lossFunction(set.loss);
  const start = data.offset || data.factor ? 0 : loss.start(data.target, weight);
  if (set.validation) checkData(set.validation, set.loss);
  if ((set.validation || loss.renewAt !== undefined) && (data.offset || data.factor))
    throw invalidOption('offset', 'and factor go with neither a validation part nor quantiles');
  const watch = set.validation && new Watch(set.validation, statistics, bins, loss, start);
  const trees = boost({ data, weight, bins, loss, start }, set, watch, told);
  return treeModel(assemble(trees, bins, data.names, set.loss, start, statistics));
}

interface Problem {
  data: TreeData;
  weight: Numbers;
  bins: Bins;
  loss: LossFunction;
  start: number;
}

function boost(
  problem: Problem,
  set: TreeOptions,
  watch: Watch | undefined,
  told: (n: number) => void,
): GrownTree[] {
  const { bins, data } = problem;
  const margin = new Float64Array(bins.rows).fill(problem.start);
  const gradient = new Float64Array(bins.rows);
  const hessian = new Float64Array(bins.rows);
  const chance = random(set.seed);
  const grower = new Grower(bins, {
    leaves: set.leaves,
    minLeafRows: set.minLeafRows,
    l2: Math.max(set.l2, 1e-9),
    monotone: Int8Array.from(data.names, (name) => set.monotone[name] ?? 0),
  });
  const trees: GrownTree[] = [];
  while (trees.length < set.trees) {
    derivatives(problem, margin, gradient, hessian);
    const { drawn, left } = sampleRows(bins.rows, set.rowShare, chance);
    const tree = grower.grow(
      drawn,
      gradient,
      hessian,
      sampleColumns(bins.bin.length, set.columnShare, chance),
    );
    if (problem.loss.renewAt !== undefined) renew(tree, problem.loss.renewAt, problem, margin);
    for (let node = 0; node < tree.value.length; node++) tree.value[node]! *= set.learningRate;
    addLeaves(tree, margin);
    addTree(tree, bins.bin, margin, left);
    trees.push(tree);
    told(trees.length);
    if (watch && watch.next(tree) - watch.best >= set.patience) break;
  }
  return watch ? trees.slice(0, watch.best) : trees;
}

/** Of the loss at each row's margin, with respect to the trees' sum. */
function derivatives(
  { data: { target, offset, factor }, weight, loss }: Problem,
  sum: Float64Array,
  gradient: Float64Array,
  hessian: Float64Array,
): void {
  if (!offset && !factor) {
    loss.derivatives(sum, target, weight, gradient, hessian);
    return;
  }
  const margin = sum.map((value, row) => (offset?.[row] ?? 0) + (factor?.[row] ?? 1) * value);
  loss.derivatives(margin, target, weight, gradient, hessian);
  if (!factor) return;
  for (let row = 0; row < sum.length; row++) {
    gradient[row]! *= factor[row]!;
    hessian[row]! *= factor[row]! ** 2;
  }
}

/** The rows that a tree sees, in order, and those it does not. */
function sampleRows(rows: number, share: number, chance: Random): { drawn: Uint32Array; left: Uint32Array } {
  const sample = new Uint32Array(rows);
  let [size, end] = [0, rows];
  for (let row = 0; row < rows; row++) {
    if (share >= 1 || chance.float() < share) sample[size++] = row;
    else sample[--end] = row;
  }
  if (size > 0) return { drawn: sample.subarray(0, size), left: sample.subarray(size) };
  // A tree without rows would have no mean: one row at least.
  const one = chance.int(rows);
  return { drawn: Uint32Array.of(one), left: sample.filter((row) => row !== one) };
}

function sampleColumns(columns: number, share: number, chance: Random): number[] {
  const all = Array.from({ length: columns }, (_, f) => f);
  if (share >= 1) return all;
  return chance.shuffle(all).slice(0, Math.max(1, Math.round(share * columns)));
}

/** Sets each leaf to the quantile of its rows' residuals, inside the bounds of monotone columns. */
function renew(
  tree: GrownTree,
  level: number,
  { data: { target }, weight }: Problem,
  margin: Float64Array,
): void {
  for (let node = 0; node < tree.value.length; node++) {
    if (tree.left[node]! >= 0) continue;
    const rows = tree.rows.subarray(tree.from[node], tree.to[node]);
    const residuals = new Float64Array(rows.length);
    const weights = new Float64Array(rows.length);
    for (let at = 0; at < rows.length; at++) {
      const row = rows[at]!;
      residuals[at] = target[row]! - margin[row]!;
      weights[at] = weight[row]!;
    }
    const value = weightedQuantile(residuals, weights, level);
    tree.value[node] = Math.min(tree.high[node]!, Math.max(tree.low[node]!, value));
  }
}

function checkOptions(set: TreeOptions, names: readonly string[]): void {
  const ranges: [keyof TreeOptions, number, number][] = [
    ['trees', 1, 100_000],
    ['learningRate', 1e-6, 1],
    ['leaves', 2, 65_536],
    ['minLeafRows', 1, Infinity],
    ['l2', 0, Infinity],
    ['rowShare', 1e-6, 1],
    ['columnShare', 1e-6, 1],
    ['bins', 3, 255],
    ['patience', 1, Infinity],
  ];
  for (const [field, low, high] of ranges) {
    const value = set[field] as number;
    if (!(value >= low && value <= high)) throw invalidOption(field, `must be from ${low} to ${high}`);
  }
  for (const name of Object.keys(set.monotone))
    if (!names.includes(name)) throw invalidOption('monotone', `there is no column '${name}'`);
}

function invalidOption(field: string, message: string): EndcapError {
  return new EndcapError('invalid_option', `${field}: ${message}`, { errors: [{ field, message }] });
}
