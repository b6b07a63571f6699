/**
 * Coordinate ascent: from `start` on, one weight at a time takes the best of `steps`, until a round changes nothing.
 * The weight of `fixed` stays: where only ratios matter one of them sets the scale.
 */
export function coordinateAscent(
  {
    start,
    fixed,
    steps,
    rounds,
  }: { start: readonly number[]; fixed: number; steps: readonly number[]; rounds: number },
  quality: (weights: readonly number[]) => number,
): number[] {
  const weights = [...start];
  let best = quality(weights);
  for (let round = 0; round < rounds; round++) {
    const before = best;
    for (let at = 0; at < weights.length; at++) {
      if (at === fixed) continue;
      let kept = weights[at]!;
      for (const step of steps) {
        weights[at] = step;
        const found = quality(weights);
        if (found > best) [best, kept] = [found, step];
      }
      weights[at] = kept;
    }
    if (best === before) break;
  }
  return weights;
}
