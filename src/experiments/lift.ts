import { type ConfidenceSequence, confidenceSequence } from '../math/index.js';

/** Sums over the shoppers of one variant: enough for a mean and its variance. */
export interface Sample {
  count: number;
  sum: number;
  squares: number;
}

export interface Lift extends ConfidenceSequence {
  /** The interval excludes 0. */
  sure: boolean;
  /** Estimate over the control's mean; NaN where that is 0. */
  relative: number;
}

/**
 * Effects that are tightest seen, in standard deviations of a shopper: .05 → .06 is a difference of .046. Fixed before
 * any data, so that the interval stays valid.
 */
const expectedEffect = 0.05;
/** Shoppers a side from which a mean is taken to be near normal. */
export const fewest = 100;

/** Mean of the variant minus mean of the control, with an always-valid interval. */
export function liftOf(control: Sample, variant: Sample, alpha = 0.05): Lift {
  const a = momentsOf(control);
  const b = momentsOf(variant);
  const estimate = b.mean - a.mean;
  const enough = Math.min(control.count, variant.count) >= fewest;
  const variance = enough ? a.variance / control.count + b.variance / variant.count : Number.NaN;
  const deviation = Math.sqrt((a.variance + b.variance) / 2);
  const sequence = confidenceSequence(estimate, variance, expectedEffect * deviation, alpha);
  return {
    ...sequence,
    sure: sequence.low > 0 || sequence.high < 0,
    relative: a.mean === 0 ? Number.NaN : estimate / a.mean,
  };
}

export function addTo(sample: Sample, value: number): void {
  sample.count++;
  sample.sum += value;
  sample.squares += value * value;
}

/** Takes back what `addTo` added. */
export function takeFrom(sample: Sample, value: number): void {
  sample.count--;
  sample.sum -= value;
  sample.squares -= value * value;
}

function momentsOf({ count, sum, squares }: Sample): { mean: number; variance: number } {
  const mean = count > 0 ? sum / count : 0;
  return { mean, variance: count > 1 ? Math.max(0, (squares - count * mean * mean) / (count - 1)) : 0 };
}
