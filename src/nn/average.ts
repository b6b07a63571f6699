import type { Weights } from './weights.js';

/**
 * Exponential moving average of all weights, ā ← β ā + (1 − β) w: steadier than the last step. Early on β is
 * (1 + t) / (10 + t), so that the random start is forgotten quickly.
 */
export class WeightAverage {
  values: Record<string, Float32Array>;

  constructor(
    private readonly weights: Weights,
    private readonly decay: number,
  ) {
    this.values = weights.copy();
  }

  update(step: number): void {
    const keep = Math.min(this.decay, (1 + step) / (10 + step));
    for (const { name, values } of this.weights.all) {
      const average = this.values[name]!;
      for (let i = 0; i < values.length; i++) average[i]! += (1 - keep) * (values[i]! - average[i]!);
    }
  }

  copy(): Record<string, Float32Array> {
    return Object.fromEntries(Object.entries(this.values).map(([name, values]) => [name, values.slice()]));
  }

  /** Runs `work` with the averages in place of the weights. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    const held = this.weights.copy();
    this.weights.load(this.values);
    try {
      return await work();
    } finally {
      this.weights.load(held);
    }
  }
}
