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
