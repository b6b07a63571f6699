/** An interval that may be looked at as often as one likes: it holds at all looks together with chance 1 − alpha. */
export interface ConfidenceSequence {
  estimate: number;
  low: number;
  high: number;
}

/**
 * Normal-mixture confidence sequence (Robbins 1970; Johari et al. 2017) of an estimate with the given variance.
 * `scale` is the standard deviation of effects that the mixture expects: it decides at which size of sample the
 * interval is tightest, never whether it holds. Asymptotic: the estimate must be near normal. Infinite while the
 * variance is unknown (0 or not finite).
 */
export function confidenceSequence(
  estimate: number,
  variance: number,
  scale: number,
  alpha = 0.05,
): ConfidenceSequence {
  if (!(variance > 0) || !Number.isFinite(variance) || !(scale > 0))
    return { estimate, low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
  const mixed = variance + scale * scale;
  const radius = Math.sqrt(
    ((variance * mixed) / (scale * scale)) * (2 * Math.log(1 / alpha) + Math.log(mixed / variance)),
  );
  return { estimate, low: estimate - radius, high: estimate + radius };
}
