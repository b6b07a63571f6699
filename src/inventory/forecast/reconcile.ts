/** Forecasts of parts and of their sums, made apart, that do not add up. */
export interface Hierarchy {
  /** Forecast units by item, and the group of each item. */
  items: Float64Array;
  group: Int32Array;
  /** Forecasts of the groups and of the total, each with its error's variance. */
  groups: Float64Array;
  total: number;
  itemVariance: Float64Array;
  groupVariance: Float64Array;
  totalVariance: number;
}

/**
 * Makes items, groups and total agree: what minimises the squared revisions over their variances (MinT with a diagonal
 * matrix: Wickramasinghe, Athanasopoulos & Hyndman 2019), solved in closed form from the bottom up, for each node is in
 * one chain. Items below 0 become 0. Returns new arrays.
 */
export function reconcile(of: Hierarchy): { items: Float64Array; groups: Float64Array; total: number } {
  const { group, groupVariance, itemVariance } = of;
  const count = of.groups.length;
  const sums = new Float64Array(count);
  const variances = new Float64Array(count);
  for (let at = 0; at < of.items.length; at++) {
    sums[group[at]!]! += of.items[at]!;
    variances[group[at]!]! += itemVariance[at]!;
  }
  // A group by its items and by itself, then the total by its groups and by itself.
  const middle = new Float64Array(count);
  const middleVariance = new Float64Array(count);
  for (let g = 0; g < count; g++) {
    [middle[g], middleVariance[g]] = pooled(sums[g]!, variances[g]!, of.groups[g]!, groupVariance[g]!);
  }
  const [sum, variance] = [middle.reduce((a, b) => a + b, 0), middleVariance.reduce((a, b) => a + b, 0)];
  const [total] = pooled(sum, variance, of.total, of.totalVariance);
  const groups = middle.map((value, g) => value + share(middleVariance[g]!, variance) * (total - sum));
  const items = of.items.map((value, at) => {
    const g = group[at]!;
    return Math.max(0, value + share(itemVariance[at]!, variances[g]!) * (groups[g]! - sums[g]!));
  });
  return summed(items, group, count);
}

/** After the cut at 0 the sums are those of the items: they agree exactly. */
function summed(items: Float64Array, group: Int32Array, count: number): ReturnType<typeof reconcile> {
  const groups = new Float64Array(count);
  for (let at = 0; at < items.length; at++) groups[group[at]!]! += items[at]!;
  return { items, groups, total: groups.reduce((sum, units) => sum + units, 0) };
}

function pooled(a: number, aVariance: number, b: number, bVariance: number): [number, number] {
  const both = aVariance + bVariance;
  if (!(both > 0)) return [a, 0];
  return [(a * bVariance + b * aVariance) / both, (aVariance * bVariance) / both];
}

const share = (part: number, whole: number): number => (whole > 0 ? part / whole : 0);
