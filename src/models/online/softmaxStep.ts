import type { Random } from '../../core/index.js';
import type { Negatives } from './negatives.js';
import type { ItemVectors } from './vectors.js';

export interface StepOptions {
  /** Size of a first step. */
  learningRate: number;
  /** What a squared gradient still counts after one more step of its row. */
  squareDecay: number;
  negatives: number;
  /** Pull of a touched vector towards zero, per step. */
  weightDecay: number;
  /** Whether items have biases that learn; default true. */
  biases?: boolean;
}

const tiny = 1e-8;
/** Errors below move a row by next to nothing: what serves need not hear of it. */
const noticed = 0.002;

/**
 * One step of a sampled softmax (Jean et al. 2015) on item vectors and biases: raises ⟨shopper, target⟩ + bias against
 * negatives corrected by log q. Writes the gradient of the loss by the shopper's vector to `gradient` and returns the
 * loss; NaN where a number was not finite: then nothing was changed.
 */
export class SoftmaxStep {
  readonly #rows: Uint32Array;
  readonly #errors: Float64Array;
  readonly #max: number;
  #count = 0;

  constructor(private readonly options: StepOptions) {
    this.#max = options.negatives + 1;
    this.#rows = new Uint32Array(this.#max);
    this.#errors = new Float64Array(this.#max);
  }

  take(
    items: ItemVectors,
    shopper: Float32Array,
    target: number,
    source: Negatives,
    rng: Random,
    gradient: Float32Array,
  ): number {
    const count = this.#choose(items.size, target, source, rng);
    const loss = this.#predict(items, shopper, count, source);
    if (!Number.isFinite(loss)) return Number.NaN;
    this.#shopperGradient(items, count, gradient);
    this.#update(items, shopper, count);
    this.#count = count;
    return loss;
  }

  /** Rows whose error was not nearly nothing in the last step. */
  *moved(): Iterable<number> {
    for (let at = 0; at < this.#count; at++) if (Math.abs(this.#errors[at]!) > noticed) yield this.#rows[at]!;
  }

  /** The target first, then the negatives that are not the target. */
  #choose(size: number, target: number, source: Negatives, rng: Random): number {
    let count = 1;
    this.#rows[0] = target;
    for (let at = 1; at < this.#max; at++) {
      const row = source.draw(size, rng);
      if (row !== target) this.#rows[count++] = row;
    }
    return count;
  }

  /** Errors p − y of the softmax over the chosen rows; the loss −log p(target). */
  #predict(items: ItemVectors, shopper: Float32Array, count: number, source: Negatives): number {
    const { values, biases, dimension, size } = items;
    const errors = this.#errors;
    let largest = Number.NEGATIVE_INFINITY;
    for (let at = 0; at < count; at++) {
      const row = this.#rows[at]!;
      const from = row * dimension;
      let sum = biases[row]! - source.logQ(row, size);
      for (let d = 0; d < dimension; d++) sum += shopper[d]! * values[from + d]!;
      errors[at] = sum;
      if (!(sum <= largest)) largest = sum;
    }
    const target = errors[0]! - largest;
    let total = 0;
    for (let at = 0; at < count; at++) {
      errors[at] = Math.exp(errors[at]! - largest);
      total += errors[at]!;
    }
    for (let at = 0; at < count; at++) errors[at]! /= total;
    errors[0]! -= 1;
    return Math.log(total) - target;
  }

  #shopperGradient({ values, dimension }: ItemVectors, count: number, gradient: Float32Array): void {
    gradient.fill(0);
    for (let at = 0; at < count; at++) {
      const error = this.#errors[at]!;
      const from = this.#rows[at]! * dimension;
      for (let d = 0; d < dimension; d++) gradient[d]! += error * values[from + d]!;
    }
  }

  #update(items: ItemVectors, shopper: Float32Array, count: number): void {
    const { values, biases, squares, biasSquares, dimension } = items;
    const { learningRate, squareDecay, weightDecay, biases: withBiases = true } = this.options;
    let norm = 0;
    for (let d = 0; d < dimension; d++) norm += shopper[d]! * shopper[d]!;
    const meanSquare = norm / dimension;
    for (let at = 0; at < count; at++) {
      const row = this.#rows[at]!;
      const error = this.#errors[at]!;
      squares[row] = squareDecay * squares[row]! + error * error * meanSquare;
      biasSquares[row] = squareDecay * biasSquares[row]! + error * error;
      const step = (learningRate * error) / Math.sqrt(squares[row]! + tiny);
      const keep = 1 - weightDecay;
      const from = row * dimension;
      for (let d = 0; d < dimension; d++) values[from + d] = keep * values[from + d]! - step * shopper[d]!;
      if (withBiases) biases[row]! -= (learningRate * error) / Math.sqrt(biasSquares[row]! + tiny);
    }
  }
}
