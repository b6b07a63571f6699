import type { Bins } from './bins.js';
import type { TargetStatistics } from './categories.js';
import type { TreeContent } from './content.js';
import type { GrownTree } from './grow.js';
import type { Loss } from './losses.js';

/** Lays the grown trees behind each other, with numbers for borders instead of bins. */
export function assemble(
  trees: readonly GrownTree[],
  { upper }: Bins,
  names: readonly string[],
  loss: Loss,
  start: number,
  statistics: ReadonlyMap<number, TargetStatistics>,
): TreeContent {
  const nodes = trees.reduce((sum, { value }) => sum + value.length, 0);
  const content: TreeContent = {
    loss,
    names: [...names],
    start,
    root: new Uint32Array(trees.length),
    feature: new Uint16Array(nodes),
    threshold: new Float64Array(nodes),
    missingLeft: new Uint8Array(nodes),
    left: new Uint32Array(nodes),
    right: new Uint32Array(nodes),
    value: new Float64Array(nodes),
    cover: new Float64Array(nodes),
    importance: new Float64Array(names.length),
    categories: [...statistics].map(([column, { prior, means }]) => ({
      column,
      prior,
      codes: Float64Array.from(means.keys()),
      means: Float64Array.from(means.values()),
    })),
  };
  let first = 0;
  trees.forEach((tree, at) => {
    content.root[at] = first;
    tree.value.forEach((value, node) => {
      const place = first + node;
      content.value[place] = value;
      content.cover[place] = tree.cover[node]!;
      if (tree.left[node]! < 0) return;
      const feature = tree.feature[node]!;
      content.feature[place] = feature;
      content.importance[feature]! += tree.gain[node]!;
      // The last bin of numbers has no upper border: what is not missing all goes left.
      content.threshold[place] = upper[feature]![tree.bin[node]! - 1] ?? Infinity;
      content.missingLeft[place] = tree.missingLeft[node] ? 1 : 0;
      content.left[place] = first + tree.left[node]!;
      content.right[place] = first + tree.right[node]!;
    });
    first += tree.value.length;
  });
  return content;
}
