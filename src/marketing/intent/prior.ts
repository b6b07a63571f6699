import { sigmoid } from '../../trees/index.js';
import { intentFeatureNames } from './features.js';

/** What is assumed of intent before a shop has taught anything: log-odds for each of a few features. */
const assumed: readonly [(typeof intentFeatureNames)[number], (value: number) => number, number][] = [
  ['views', Math.log1p, 0.15],
  ['returns', Math.log1p, 0.4],
  ['searches', Math.log1p, 0.15],
  ['cartLines', Math.log1p, 1.8],
  ['cartRemoves', Math.log1p, -0.5],
  ['earlierOrders', Math.log1p, 0.4],
  // A log of orders alone says that every visit buys, and every look: no more than a half is believed of either.
  ['shareOfVisitsBought', (share) => Math.min(share, 0.5) - 0.05, 0.8],
  ['bestItemBuyRate', (rate) => Math.log(Math.min(rate, 0.5) * 50), 0.15],
];
/** Where each of them is among the features. */
const places = assumed.map(([name]) => intentFeatureNames.indexOf(name));
/** Log-odds of a visit with nothing of these: one in thirty. */
const assumedStart = -3.4;
/** How sure the assumptions are: the variance of each weight. */
const assumedVariance = 0.25;

/**
 * Intent before there are visits enough for trees: a logistic line that starts at stated assumptions and learns from each
 * visit that ends (assumed-density filtering with a diagonal Gaussian; McMahan et al. 2013 and Chapelle & Li 2011 do alike).
 */
export class PriorIntent {
  private mean = Float64Array.of(assumedStart, ...assumed.map(([, , weight]) => weight));
  private variance = new Float64Array(assumed.length + 1).fill(assumedVariance);
  /** Visits learned from. */
  learned = 0;
  private readonly x = new Float64Array(assumed.length + 1);

  predict(features: Float64Array): number {
    const x = this.read(features);
    let margin = 0;
    for (let at = 0; at < x.length; at++) margin += this.mean[at]! * x[at]!;
    return sigmoid(margin);
  }

  learn(features: Float64Array, bought: boolean): void {
    const p = this.predict(features);
    const { x } = this;
    const h = p * (1 - p);
    let spread = 0;
    for (let at = 0; at < x.length; at++) spread += this.variance[at]! * x[at]! * x[at]!;
    const step = ((bought ? 1 : 0) - p) / (1 + h * spread);
    for (let at = 0; at < x.length; at++) {
      const v = this.variance[at]!;
      this.mean[at]! += v * x[at]! * step;
      this.variance[at] = 1 / (1 / v + h * x[at]! * x[at]!);
    }
    this.learned++;
  }

  private read(features: Float64Array): Float64Array {
    this.x[0] = 1;
    for (let at = 0; at < assumed.length; at++) {
      const value = assumed[at]![1](features[places[at]!]!);
      this.x[at + 1] = Number.isFinite(value) ? value : 0;
    }
    return this.x;
  }

  pack(): PackedPrior {
    return { mean: [...this.mean], variance: [...this.variance], learned: this.learned };
  }

  restore({ mean, variance, learned }: PackedPrior): void {
    this.mean = Float64Array.from(mean);
    this.variance = Float64Array.from(variance);
    this.learned = learned;
  }
}

export interface PackedPrior {
  mean: number[];
  variance: number[];
  learned: number;
}
