import { random } from '../core/index.js';
import type { Numbers, TreeData } from './data.js';

/** Rows of the mean target that every category is drawn to. */
const priorRows = 10;

/** Mean target of each category, shrunk to the mean of all. */
export interface TargetStatistics {
  prior: number;
  means: Map<number, number>;
}

export const encode = ({ means, prior }: TargetStatistics, code: number): number => means.get(code) ?? prior;

/**
 * Ordered target statistics (Prokhorenkova et al. 2018, CatBoost): in a random order each row's category becomes the
 * mean target of the rows *before* it, so that no row sees its own target. What serves later uses all rows.
 */
export function orderedStatistics(
  codes: Numbers,
  target: Numbers,
  weight: ArrayLike<number>,
  seed: number,
): { column: Float64Array; statistics: TargetStatistics } {
  let sum = 0;
  let total = 0;
  for (let row = 0; row < target.length; row++) {
    sum += weight[row]! * target[row]!;
    total += weight[row]!;
  }
  const prior = sum / total;
  const sums = new Map<number, { sum: number; total: number }>();
  const column = new Float64Array(codes.length);
  for (const row of random(seed).shuffle(Uint32Array.from(codes, (_, at) => at))) {
    const code = codes[row]!;
    const seen = sums.get(code) ?? { sum: 0, total: 0 };
    sums.set(code, seen);
    column[row] = (seen.sum + priorRows * prior) / (seen.total + priorRows);
    seen.sum += weight[row]! * target[row]!;
    seen.total += weight[row]!;
  }
  const means = new Map(
    [...sums].map(([code, seen]) => [code, (seen.sum + priorRows * prior) / (seen.total + priorRows)]),
  );
  return { column, statistics: { prior, means } };
}

/** The columns as trees see them: every category column becomes its ordered statistics. */
export function encodeCategories(
  { names, columns, target, categories = [] }: TreeData,
  weight: ArrayLike<number>,
  seed: number,
): { columns: Numbers[]; statistics: Map<number, TargetStatistics> } {
  const encoded = [...columns];
  const statistics = new Map<number, TargetStatistics>();
  for (const name of categories) {
    const f = names.indexOf(name);
    const ordered = orderedStatistics(columns[f]!, target, weight, seed + f);
    encoded[f] = ordered.column;
    statistics.set(f, ordered.statistics);
  }
  return { columns: encoded, statistics };
}

/** Columns of rows that were not learned from. */
export function encodeWith(
  columns: readonly Numbers[],
  statistics: ReadonlyMap<number, TargetStatistics>,
): Numbers[] {
  return columns.map((column, f) => {
    const known = statistics.get(f);
    return known ? Float64Array.from(column, (code) => encode(known, code)) : column;
  });
}
