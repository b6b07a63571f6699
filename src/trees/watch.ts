import { type Bins, binsOf, missingBin } from './bins.js';
import { encodeWith, type TargetStatistics } from './categories.js';
import type { TreeData } from './data.js';
import type { GrownTree } from './grow.js';
import type { LossFunction } from './losses.js';

/** Adds a tree's leaf to the margin of every row, or of those given. */
export function addTree(
  tree: GrownTree,
  bin: readonly Uint8Array[],
  margin: Float64Array,
  rows?: Uint32Array,
): void {
  const feature = Int32Array.from(tree.feature);
  const last = Uint8Array.from(tree.bin);
  const left = Int32Array.from(tree.left);
  const right = Int32Array.from(tree.right);
  const count = rows?.length ?? margin.length;
  for (let at = 0; at < count; at++) {
    const row = rows ? rows[at]! : at;
    let node = 0;
    while (left[node]! >= 0) {
      const place = bin[feature[node]!]![row]!;
      const goLeft = place === missingBin ? tree.missingLeft[node]! : place <= last[node]!;
      node = goLeft ? left[node]! : right[node]!;
    }
    margin[row]! += tree.value[node]!;
  }
}

/** The same for the rows that the tree has learned from: they lie together in their leaves. */
export function addLeaves({ rows, from, to, left, value }: GrownTree, margin: Float64Array): void {
  for (let node = 0; node < value.length; node++) {
    if (left[node]! >= 0) continue;
    for (let at = from[node]!; at < to[node]!; at++) margin[rows[at]!]! += value[node]!;
  }
}

/** The loss on rows that no tree learns from. */
export class Watch {
  /** Trees up to the lowest loss. */
  best = 0;
  private lowest: number;
  private seen = 0;
  private readonly bin: Uint8Array[];
  private readonly margin: Float64Array;
  private readonly weight: ArrayLike<number>;

  constructor(
    private readonly data: TreeData,
    statistics: ReadonlyMap<number, TargetStatistics>,
    bins: Bins,
    private readonly loss: LossFunction,
    start: number,
  ) {
    this.bin = encodeWith(data.columns, statistics).map((column, f) => binsOf(column, bins.upper[f]!));
    this.margin = new Float64Array(data.target.length).fill(start);
    this.weight = data.weight ?? new Float64Array(data.target.length).fill(1);
    this.lowest = this.mean();
  }

  /** Takes one more tree; returns how many there are. */
  next(tree: GrownTree): number {
    addTree(tree, this.bin, this.margin);
    this.seen++;
    const loss = this.mean();
    if (loss < this.lowest) {
      this.lowest = loss;
      this.best = this.seen;
    }
    return this.seen;
  }

  private mean(): number {
    let sum = 0;
    let total = 0;
    for (let row = 0; row < this.margin.length; row++) {
      sum += this.weight[row]! * this.loss.value(this.margin[row]!, this.data.target[row]!);
      total += this.weight[row]!;
    }
    return sum / total;
  }
}
