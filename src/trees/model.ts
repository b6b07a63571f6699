import { EndcapError } from '../core/index.js';
import { encode, type TargetStatistics } from './categories.js';
import { goesLeft, type TreeContent } from './content.js';
import { addContributions } from './contributions.js';
import type { Numbers } from './data.js';
import { lossFunction } from './losses.js';

/** A fitted ensemble. A row is a number a column, in the order of `names`; NaN is missing, an unknown category too. */
export interface TreeModel {
  readonly names: readonly string[];
  readonly trees: number;
  readonly content: TreeContent;
  /** On the scale of the target: a probability, an amount, a quantile. */
  predict(row: ArrayLike<number>): number;
  /** Before the link: log-odds, logarithm of an amount. */
  margin(row: ArrayLike<number>): number;
  /** `predict` of every row of columns. */
  predictColumns(columns: readonly Numbers[]): Float64Array;
  /**
   * What each column added to the margin of this row against the average row (TreeSHAP, Lundberg et al. 2018);
   * one more number at the end is that average. They sum to `margin(row)`.
   */
  contributions(row: ArrayLike<number>): Float64Array;
  /** Share of all gain that each column brought, by name. */
  importance(): Record<string, number>;
}

export function treeModel(content: TreeContent): TreeModel {
  checkContent(content);
  const { names, root, start } = content;
  const { link } = lossFunction(content.loss);
  const width = names.length;
  const encoders: [number, TargetStatistics][] = content.categories.map(({ column, prior, codes, means }) => [
    column,
    { prior, means: new Map(Array.from(codes, (code, at) => [code, means[at]!])) },
  ]);
  const encoded = new Float64Array(width);
  const read = (row: ArrayLike<number>): Float64Array => {
    for (let f = 0; f < width; f++) encoded[f] = row[f]!;
    for (const [column, statistics] of encoders) encoded[column] = encode(statistics, encoded[column]!);
    return encoded;
  };
  const sum = (row: Float64Array): number => {
    let margin = start;
    for (let tree = 0; tree < root.length; tree++)
      margin += content.value[leafOf(content, root[tree]!, row)]!;
    return margin;
  };
  const margin = (row: ArrayLike<number>): number => sum(read(row));
  return {
    names,
    trees: root.length,
    content,
    margin,
    predict: (row) => link(margin(row)),
    predictColumns(columns) {
      const row = new Float64Array(width);
      return new Float64Array(columns[0]?.length ?? 0).map((_, at) => {
        for (let f = 0; f < width; f++) row[f] = columns[f]![at]!;
        return link(margin(row));
      });
    },
    contributions(row) {
      const out = new Float64Array(width + 1);
      out[width] = start;
      const values = read(row);
      for (const node of root) addContributions(content, node, values, out);
      return out;
    },
    importance() {
      const total = content.importance.reduce((sum, gain) => sum + gain, 0) || 1;
      return Object.fromEntries(names.map((name, f) => [name, content.importance[f]! / total]));
    },
  };
}

function leafOf(content: TreeContent, root: number, row: Float64Array): number {
  const { left, right } = content;
  let node = root;
  while (left[node] !== 0) node = goesLeft(content, node, row) ? left[node]! : right[node]!;
  return node;
}

/** Content from a file may be anything: a walk must end and stay inside the arrays. */
function checkContent(content: TreeContent): void {
  const nodes = content?.left?.length ?? -1;
  const inside =
    nodes >= 0 &&
    [
      content.right,
      content.feature,
      content.threshold,
      content.missingLeft,
      content.value,
      content.cover,
    ].every((array) => array?.length === nodes) &&
    content.root.every((node) => node < nodes) &&
    // A child comes after its parent, so that no walk goes in a circle.
    content.left.every(
      (left, node) =>
        left === 0 ||
        (left > node &&
          left < nodes &&
          content.right[node]! > node &&
          content.right[node]! < nodes &&
          content.feature[node]! < content.names.length),
    );
  if (!inside)
    throw new EndcapError('model_corrupt', 'The trees of a model are damaged', {
      remedy: 'Train the model again',
    });
}
