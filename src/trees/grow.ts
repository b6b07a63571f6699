import { type Bins, missingBin } from './bins.js';

export interface GrowOptions {
  /** Leaves of a tree. */
  leaves: number;
  minLeafRows: number;
  /** Added to the hessian of each leaf. */
  l2: number;
  /** 1: never falls as the column rises; −1: never rises; 0: free. One a column. */
  monotone: Int8Array;
}

/** One tree over bins. A node with `left` < 0 is a leaf. Rows that reached a leaf lie in `rows` from `from` to `to`. */
export interface GrownTree {
  feature: number[];
  /** The last bin that goes left. */
  bin: number[];
  missingLeft: boolean[];
  left: number[];
  right: number[];
  /** Of leaves; 0 inside. */
  value: number[];
  /** Training rows that passed. */
  cover: number[];
  gain: number[];
  from: number[];
  to: number[];
  /** Bounds that monotone columns above the leaf set. */
  low: number[];
  high: number[];
  rows: Uint32Array;
}

interface Split {
  gain: number;
  feature: number;
  bin: number;
  missingLeft: boolean;
  leftValue: number;
  rightValue: number;
}

/** A leaf that may still be split. */
interface Open {
  node: number;
  histogram: Float64Array;
  split: Split;
}

/**
 * Grows trees leaf by leaf, best gain first, from histograms of gradients (Ke et al. 2017, LightGBM): the smaller child
 * is counted, the larger is what its parent has left. Buffers are kept from tree to tree.
 */
export class Grower {
  private readonly free: Float64Array[] = [];
  private readonly scratch: Uint32Array;
  private readonly leafGradient: Float64Array;
  private readonly leafHessian: Float64Array;

  constructor(
    private readonly bins: Bins,
    private readonly options: GrowOptions,
  ) {
    this.scratch = new Uint32Array(bins.rows);
    this.leafGradient = new Float64Array(bins.rows);
    this.leafHessian = new Float64Array(bins.rows);
  }

  /** `rows` is put in order of leaves; `features` are the columns this tree may use. */
  grow(
    rows: Uint32Array,
    gradient: Float64Array,
    hessian: Float64Array,
    features: readonly number[],
  ): GrownTree {
    const tree = emptyTree(rows);
    let sumGradient = 0;
    let sumHessian = 0;
    for (const row of rows) {
      sumGradient += gradient[row]!;
      sumHessian += hessian[row]!;
    }
    const value = -sumGradient / (sumHessian + this.options.l2);
    addNode(tree, { from: 0, to: rows.length, low: -Infinity, high: Infinity, value });
    const root = this.histogram();
    this.count(tree, 0, root, gradient, hessian, features);
    const open = [this.openLeaf(tree, 0, root, features)];
    for (let leaves = 1; leaves < this.options.leaves; leaves++) {
      const at = bestOf(open);
      if (at < 0) break;
      const [leaf] = open.splice(at, 1);
      open.push(...this.split(tree, leaf!, gradient, hessian, features));
    }
    for (const { histogram } of open) this.free.push(histogram);
    return tree;
  }

  private histogram(): Float64Array {
    return this.free.pop() ?? new Float64Array(3 * this.bins.total);
  }

  /** Sums of gradient, hessian and rows for each bin of each column. */
  private count(
    tree: GrownTree,
    node: number,
    histogram: Float64Array,
    gradient: Float64Array,
    hessian: Float64Array,
    features: readonly number[],
  ): void {
    const from = tree.from[node]!;
    const n = tree.to[node]! - from;
    const { rows } = tree;
    const { leafGradient, leafHessian } = this;
    for (let i = 0; i < n; i++) {
      const row = rows[from + i]!;
      leafGradient[i] = gradient[row]!;
      leafHessian[i] = hessian[row]!;
    }
    const leaf = { rows: rows.subarray(from, from + n), gradient: leafGradient, hessian: leafHessian };
    histogram.fill(0);
    const fours = features.length - (features.length % 4);
    for (let at = 0; at < fours; at += 4) countFour(this.bins, features, at, leaf, histogram);
    for (let at = fours; at < features.length; at++) countOne(this.bins, features[at]!, leaf, histogram);
  }

  private openLeaf(
    tree: GrownTree,
    node: number,
    histogram: Float64Array,
    features: readonly number[],
  ): Open {
    const split: Split = { gain: 0, feature: -1, bin: 0, missingLeft: false, leftValue: 0, rightValue: 0 };
    if (tree.cover[node]! >= 2 * this.options.minLeafRows) {
      const low = tree.low[node]!;
      const high = tree.high[node]!;
      for (const f of features) this.bestSplit(histogram, f, low, high, split);
    }
    return { node, histogram, split };
  }

  /** Improves `best` by the best border of one column, with what is missing on either side. */
  private bestSplit(histogram: Float64Array, f: number, low: number, high: number, best: Split): void {
    const { l2, minLeafRows } = this.options;
    const direction = this.options.monotone[f]!;
    const start = 3 * this.bins.start[f]!;
    const size = this.bins.size[f]!;
    let G = 0;
    let H = 0;
    let N = 0;
    for (let bin = 0; bin < size; bin++) {
      G += histogram[start + 3 * bin]!;
      H += histogram[start + 3 * bin + 1]!;
      N += histogram[start + 3 * bin + 2]!;
    }
    const whole = clamp(-G / (H + l2), low, high);
    const before = gainOf(G, H + l2, whole);
    const missing = start + 3 * missingBin;
    const missingRows = histogram[missing + 2]!;
    for (let side = 0; side < (missingRows > 0 ? 2 : 1); side++) {
      let g = side ? histogram[missing]! : 0;
      let h = side ? histogram[missing + 1]! : 0;
      let n = side ? missingRows : 0;
      // With what is missing on the left, the last border would leave the right side empty; on the right it holds it alone.
      const last = side === 0 && missingRows > 0 ? size : size - 1;
      for (let bin = 1; bin < last; bin++) {
        const at = start + 3 * bin;
        g += histogram[at]!;
        h += histogram[at + 1]!;
        n += histogram[at + 2]!;
        if (n < minLeafRows) continue;
        if (N - n < minLeafRows) break;
        const leftValue = clamp(-g / (h + l2), low, high);
        const rightValue = clamp(-(G - g) / (H - h + l2), low, high);
        if (direction !== 0 && direction * (rightValue - leftValue) < 0) continue;
        const gain = gainOf(g, h + l2, leftValue) + gainOf(G - g, H - h + l2, rightValue) - before;
        if (gain <= best.gain || !(gain > 1e-9)) continue;
        best.gain = gain;
        best.feature = f;
        best.bin = bin;
        // Where nothing was missing, what will be missing goes with most rows.
        best.missingLeft = missingRows > 0 ? side === 1 : n >= N - n;
        best.leftValue = leftValue;
        best.rightValue = rightValue;
      }
    }
  }

  private split(
    tree: GrownTree,
    leaf: Open,
    gradient: Float64Array,
    hessian: Float64Array,
    features: readonly number[],
  ): [Open, Open] {
    const { node, split } = leaf;
    const border = this.partition(tree, node, split);
    const from = tree.from[node]!;
    const to = tree.to[node]!;
    let [low, high] = [tree.low[node]!, tree.high[node]!];
    const middle = (split.leftValue + split.rightValue) / 2;
    const direction = this.options.monotone[split.feature]!;
    const leftBounds = { low, high };
    if (direction > 0) leftBounds.high = low = middle;
    if (direction < 0) leftBounds.low = high = middle;
    const left = addNode(tree, { from, to: border, ...leftBounds, value: split.leftValue });
    const right = addNode(tree, { from: border, to, low, high, value: split.rightValue });
    tree.feature[node] = split.feature;
    tree.bin[node] = split.bin;
    tree.missingLeft[node] = split.missingLeft;
    tree.left[node] = left;
    tree.right[node] = right;
    tree.value[node] = 0;
    tree.gain[node] = split.gain;

    const [small, large] = border - from <= to - border ? [left, right] : [right, left];
    const counted = this.histogram();
    this.count(tree, small, counted, gradient, hessian, features);
    const rest = leaf.histogram;
    for (const f of features) {
      const end = 3 * (this.bins.start[f]! + this.bins.size[f]!);
      for (let at = 3 * this.bins.start[f]!; at < end; at++) rest[at]! -= counted[at]!;
    }
    return [this.openLeaf(tree, small, counted, features), this.openLeaf(tree, large, rest, features)];
  }

  /** Puts the node's rows that go left first, in their order; returns where the right ones start. */
  private partition(tree: GrownTree, node: number, { feature, bin: last, missingLeft }: Split): number {
    const { rows } = tree;
    const { scratch } = this;
    const bin = this.bins.bin[feature]!;
    let left = tree.from[node]!;
    let right = 0;
    for (let at = left; at < tree.to[node]!; at++) {
      const row = rows[at]!;
      const place = bin[row]!;
      if (place === missingBin ? missingLeft : place <= last) rows[left++] = row;
      else scratch[right++] = row;
    }
    rows.set(scratch.subarray(0, right), left);
    return left;
  }
}

/** Rows of a leaf, with gradient and hessian in their order. */
interface LeafRows {
  rows: Uint32Array;
  gradient: Float64Array;
  hessian: Float64Array;
}

function countOne({ bin, start }: Bins, feature: number, leaf: LeafRows, histogram: Float64Array): void {
  const { rows, gradient, hessian } = leaf;
  const [bins, first] = [bin[feature]!, start[feature]!];
  for (let i = 0; i < rows.length; i++) {
    const at = 3 * (first + bins[rows[i]!]!);
    histogram[at]! += gradient[i]!;
    histogram[at + 1]! += hessian[i]!;
    histogram[at + 2]!++;
  }
}

/** Four columns at once, from `features[at]` on: each row is read once for them, which halves most of the time of a fit. */
function countFour(
  { bin, start }: Bins,
  features: readonly number[],
  at: number,
  { rows, gradient, hessian }: LeafRows,
  histogram: Float64Array,
): void {
  const [f0, f1, f2, f3] = features.slice(at, at + 4) as [number, number, number, number];
  const [bins0, bins1, bins2, bins3] = [bin[f0]!, bin[f1]!, bin[f2]!, bin[f3]!];
  const [first0, first1, first2, first3] = [start[f0]!, start[f1]!, start[f2]!, start[f3]!];
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    const g = gradient[i]!;
    const h = hessian[i]!;
    const a = 3 * (first0 + bins0[row]!);
    const b = 3 * (first1 + bins1[row]!);
    const c = 3 * (first2 + bins2[row]!);
    const d = 3 * (first3 + bins3[row]!);
    histogram[a]! += g;
    histogram[a + 1]! += h;
    histogram[a + 2]!++;
    histogram[b]! += g;
    histogram[b + 1]! += h;
    histogram[b + 2]!++;
    histogram[c]! += g;
    histogram[c + 1]! += h;
    histogram[c + 2]!++;
    histogram[d]! += g;
    histogram[d + 1]! += h;
    histogram[d + 2]!++;
  }
}

/** What a leaf of this value takes from the loss, twice: with the free optimum it is G² / H. */
function gainOf(gradient: number, hessian: number, value: number): number {
  return -(2 * gradient * value + hessian * value * value);
}

const clamp = (value: number, low: number, high: number): number =>
  value < low ? low : Math.min(value, high);

function bestOf(open: readonly Open[]): number {
  let best = -1;
  let gain = 0;
  open.forEach(({ split }, at) => {
    if (split.gain > gain) {
      gain = split.gain;
      best = at;
    }
  });
  return best;
}

function emptyTree(rows: Uint32Array): GrownTree {
  return {
    feature: [],
    bin: [],
    missingLeft: [],
    left: [],
    right: [],
    value: [],
    cover: [],
    gain: [],
    from: [],
    to: [],
    low: [],
    high: [],
    rows,
  };
}

function addNode(
  tree: GrownTree,
  { from, to, low, high, value }: { from: number; to: number; low: number; high: number; value: number },
): number {
  tree.feature.push(-1);
  tree.bin.push(0);
  tree.missingLeft.push(false);
  tree.left.push(-1);
  tree.right.push(-1);
  tree.value.push(value);
  tree.cover.push(to - from);
  tree.gain.push(0);
  tree.from.push(from);
  tree.to.push(to);
  tree.low.push(low);
  tree.high.push(high);
  return tree.left.length - 1;
}
