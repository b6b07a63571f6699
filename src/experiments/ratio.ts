/** Whether shoppers fell to the variants as the shares say. */
export interface RatioCheck {
  /** Evidence against the shares, as odds; beyond `alarmAt` something is broken, and no lift is to be believed. */
  odds: number;
  alarm: boolean;
}

const alarmAt = 1_000;
/** Pseudo-counts of the prior around the shares: near misses are what a broken split looks like. */
const concentration = 1_000;

/**
 * Sample-ratio check that may be looked at always (Lindon & Malek 2022): odds of a Dirichlet mixture around the shares
 * against the shares themselves, a martingale while the split is right.
 */
export function ratioCheck(counts: readonly number[], shares: readonly number[]): RatioCheck {
  const total = counts.reduce((sum, count) => sum + count, 0);
  let logOdds = logGamma(concentration) - logGamma(concentration + total);
  counts.forEach((count, at) => {
    const prior = concentration * shares[at]!;
    logOdds += logGamma(prior + count) - logGamma(prior) - count * Math.log(shares[at]!);
  });
  const odds = Math.exp(Math.min(700, logOdds));
  return { odds, alarm: odds >= alarmAt };
}

/** log Γ(x) for x > 0 (Stirling's series after a shift). */
export function logGamma(x: number): number {
  let shift = 0;
  let z = x;
  while (z < 12) {
    shift -= Math.log(z);
    z++;
  }
  const inverse = 1 / (z * z);
  const series = (1 / 12 - inverse * (1 / 360 - inverse * (1 / 1260 - inverse / 1680))) / z;
  return shift + (z - 0.5) * Math.log(z) - z + 0.5 * Math.log(2 * Math.PI) + series;
}
