import type { BenchRow } from './row.js';

/** Mean and sample standard deviation over seeds. */
export function summary(
  data: string,
  metric: string,
  values: readonly number[],
  reference?: number | string,
  source?: string,
): BenchRow {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const square = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, values.length - 1);
  return {
    data,
    metric,
    value: mean,
    sd: Math.sqrt(square),
    seeds: values.length,
    ...(reference === undefined ? {} : { reference }),
    ...(source === undefined ? {} : { source }),
  };
}

/** Rows of one data set; those with a reference name its source. */
export function rowsOf(
  data: string,
  source: string,
): { rows: BenchRow[]; say: (metric: string, value: number, reference?: number | string) => void } {
  const rows: BenchRow[] = [];
  return {
    rows,
    say: (metric, value, reference) =>
      void rows.push({ data, metric, value, ...(reference === undefined ? {} : { reference, source }) }),
  };
}
