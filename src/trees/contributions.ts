import { goesLeft, type TreeContent } from './content.js';

/** A column on the path: share of paths that pass when it is unknown and when it is known, and the weight of a subset size. */
interface Step {
  feature: number;
  zero: number;
  one: number;
  weight: number;
}

/**
 * Adds one tree's Shapley values to `out` (a number a column, then the tree's mean), where an unknown column follows
 * the training rows. Algorithm 2 of Lundberg et al. 2018, "Consistent individualized feature attribution".
 */
export function addContributions(
  content: TreeContent,
  root: number,
  row: Float64Array,
  out: Float64Array,
): void {
  const { left, right, cover, value, feature } = content;
  let mean = 0;

  const walk = (node: number, above: readonly Step[], zero: number, one: number, column: number): void => {
    const path = extended(above, zero, one, column);
    if (left[node] === 0) {
      for (let at = 1; at < path.length; at++) {
        const step = path[at]!;
        out[step.feature]! += unwoundSum(path, at) * (step.one - step.zero) * value[node]!;
      }
      return;
    }
    const goLeft = goesLeft(content, node, row);
    const hot = goLeft ? left[node]! : right[node]!;
    const cold = goLeft ? right[node]! : left[node]!;
    const f = feature[node]!;
    let [knownZero, knownOne, steps] = [1, 1, path];
    const seen = path.findIndex((step, at) => at > 0 && step.feature === f);
    if (seen > 0) {
      knownZero = path[seen]!.zero;
      knownOne = path[seen]!.one;
      steps = unwound(path, seen);
    }
    walk(hot, steps, (knownZero * cover[hot]!) / cover[node]!, knownOne, f);
    walk(cold, steps, (knownZero * cover[cold]!) / cover[node]!, 0, f);
  };

  const average = (node: number, share: number): void => {
    if (left[node] === 0) mean += share * value[node]!;
    else
      for (const child of [left[node]!, right[node]!]) average(child, (share * cover[child]!) / cover[node]!);
  };
  walk(root, [], 1, 1, -1);
  average(root, 1);
  out[out.length - 1]! += mean;
}

function extended(path: readonly Step[], zero: number, one: number, feature: number): Step[] {
  const longer = path.map((step) => ({ ...step }));
  const length = path.length;
  longer.push({ feature, zero, one, weight: length === 0 ? 1 : 0 });
  for (let at = length - 1; at >= 0; at--) {
    longer[at + 1]!.weight += (one * longer[at]!.weight * (at + 1)) / (length + 1);
    longer[at]!.weight = (zero * longer[at]!.weight * (length - at)) / (length + 1);
  }
  return longer;
}

function unwound(path: readonly Step[], index: number): Step[] {
  const shorter = path.map((step) => ({ ...step }));
  const last = path.length - 1;
  const { one, zero } = path[index]!;
  let next = path[last]!.weight;
  for (let at = last - 1; at >= 0; at--) {
    if (one !== 0) {
      const held = shorter[at]!.weight;
      shorter[at]!.weight = (next * (last + 1)) / ((at + 1) * one);
      next = held - (shorter[at]!.weight * zero * (last - at)) / (last + 1);
    } else {
      shorter[at]!.weight = (shorter[at]!.weight * (last + 1)) / (zero * (last - at));
    }
  }
  for (let at = index; at < last; at++) {
    const { feature, zero, one } = shorter[at + 1]!;
    Object.assign(shorter[at]!, { feature, zero, one });
  }
  shorter.pop();
  return shorter;
}

function unwoundSum(path: readonly Step[], index: number): number {
  return unwound(path, index).reduce((sum, { weight }) => sum + weight, 0);
}
