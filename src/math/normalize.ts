/** How one numeric column is brought to mean 0 and deviation 1; plain data, stored with the model that learned from it. */
export interface Scaling {
  /** log(1 + x) first: for amounts and counts, whose tails are long. Values are then above −1. */
  log: boolean;
  mean: number;
  deviation: number;
}

/** By column name. */
export type Normalizer = Record<string, Scaling>;

/**
 * Learns the scaling of each column from training rows only. Missing values (NaN) do not count; a column without two
 * different values gets deviation 1, so that it becomes 0 and comes back as it was.
 */
export function fitNormalizer(
  columns: Record<string, { values: ArrayLike<number>; log?: boolean }>,
): Normalizer {
  const normalizer: Normalizer = {};
  for (const [name, { values, log = false }] of Object.entries(columns)) {
    let count = 0;
    let mean = 0;
    let squares = 0;
    // Welford's update: no cancellation when the mean is large.
    for (let at = 0; at < values.length; at++) {
      const value = log ? Math.log1p(values[at]!) : values[at]!;
      if (Number.isNaN(value)) continue;
      count++;
      const off = value - mean;
      mean += off / count;
      squares += off * (value - mean);
    }
    const deviation = count > 0 ? Math.sqrt(squares / count) : 0;
    normalizer[name] = { log, mean, deviation: deviation > 1e-12 * Math.abs(mean) ? deviation : 1 };
  }
  return normalizer;
}

/** A missing value becomes 0, the mean. */
export function normalize({ log, mean, deviation }: Scaling, value: number): number {
  if (Number.isNaN(value)) return 0;
  return ((log ? Math.log1p(value) : value) - mean) / deviation;
}

/** The value that `normalize` was given, missing ones aside. */
export function denormalize({ log, mean, deviation }: Scaling, scaled: number): number {
  const value = scaled * deviation + mean;
  return log ? Math.expm1(value) : value;
}
