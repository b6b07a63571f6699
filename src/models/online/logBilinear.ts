import { type Random, random } from '../../core/index.js';
import { Negatives, type PackedNegatives } from './negatives.js';
import { SoftmaxStep, type StepOptions } from './softmaxStep.js';
import { ItemVectors, type PackedVectors } from './vectors.js';

export interface LogBilinearOptions extends StepOptions {
  dimension: number;
  /** Last events of the shopper that are looked at. */
  length: number;
  /** What an event counts of the one after it. */
  fade: number;
  /** Targets that negatives are drawn from, and the share drawn from them. */
  recent: number;
  recentShare: number;
}

export interface PackedLogBilinear {
  options: LogBilinearOptions;
  items: PackedVectors;
  contexts: PackedVectors;
  recent: PackedNegatives;
  random: [number, number, number, number];
  dropped: number;
}

export const logBilinearDefaults: LogBilinearOptions = {
  dimension: 64,
  length: 8,
  fade: 0.6,
  negatives: 64,
  learningRate: 0.05,
  squareDecay: 0.999,
  weightDecay: 0,
  recent: 5_000,
  recentShare: 0.5,
};

/**
 * Next item from the last ones: shopper = Σ fadeᵏ · context(item k), score = ⟨shopper, item⟩ + bias (Mnih & Hinton
 * 2007). It trains by the step with which it goes on learning from the stream: the same code, an event at a time.
 */
export class LogBilinear {
  items: ItemVectors;
  contexts: ItemVectors;
  readonly negatives: Negatives;
  readonly #step: SoftmaxStep;
  readonly #rng: Random;
  readonly #shopper: Float32Array;
  readonly #gradient: Float32Array;
  /** Steps left out because a number in them was not finite. */
  dropped = 0;

  constructor(
    readonly options: LogBilinearOptions,
    seed: number,
  ) {
    this.items = new ItemVectors(options.dimension);
    this.contexts = new ItemVectors(options.dimension);
    this.negatives = new Negatives(options.recent, options.recentShare);
    this.#step = new SoftmaxStep(options);
    this.#rng = random(seed);
    this.#shopper = new Float32Array(options.dimension);
    this.#gradient = new Float32Array(options.dimension);
  }

  get size(): number {
    return this.items.size;
  }

  /** Everything that decides what it does next: restored, it goes on as if it had never stopped. */
  pack(): PackedLogBilinear {
    return {
      options: { ...this.options },
      items: this.items.pack(),
      contexts: this.contexts.pack(),
      recent: this.negatives.pack(),
      random: this.#rng.state(),
      dropped: this.dropped,
    };
  }

  static restore({ options, items, contexts, recent, random, dropped }: PackedLogBilinear): LogBilinear {
    const model = new LogBilinear(options, 0);
    model.items = ItemVectors.restore(items);
    model.contexts = ItemVectors.restore(contexts);
    model.negatives.restore(recent);
    model.#rng.restore(random);
    model.dropped = dropped;
    return model;
  }

  /** Makes a row for an item seen the first time: where the item before it stands, else at random. */
  add(row: number, before = -1): void {
    const from = this.items.size;
    this.items.grow(row);
    this.contexts.grow(row);
    for (let fresh = from; fresh <= row; fresh++) this.#begin(fresh, before);
  }

  /** The row begins anew, for another item: where the item before stands, else at random. */
  begin(row: number, before = -1): void {
    if (row >= this.size) this.add(row, before);
    else this.#begin(row, before);
  }

  /** Rows of items that the last step moved noticeably. */
  moved(): Iterable<number> {
    return this.#step.moved();
  }

  /** Shopper vector of `rows`, newest first; false where no row is known. */
  shopper(rows: readonly number[], out: Float32Array): boolean {
    const { dimension, length, fade } = this.options;
    const { values, size } = this.contexts;
    out.fill(0);
    let weight = 1;
    let total = 0;
    for (let place = 0; place < rows.length && place < length; place++, weight *= fade) {
      const row = rows[place]!;
      if (row < 0 || row >= size) continue;
      total += weight;
      const from = row * dimension;
      for (let d = 0; d < dimension; d++) out[d]! += weight * values[from + d]!;
    }
    return total > 0;
  }

  /** One step: `target` came after `rows` (newest first). Returns the loss before it; NaN: the step was dropped. */
  learn(rows: readonly number[], target: number): number {
    if (target >= this.size) this.add(target, rows[0] ?? -1);
    this.negatives.saw(target);
    if (!this.shopper(rows, this.#shopper)) return Number.NaN;
    const loss = this.#step.take(
      this.items,
      this.#shopper,
      target,
      this.negatives,
      this.#rng,
      this.#gradient,
    );
    if (Number.isNaN(loss)) this.dropped++;
    else this.#moveContexts(rows);
    return loss;
  }

  /** Scores of all items for a shopper's vector. */
  scoreAll(shopper: Float32Array, out: Float32Array): void {
    const { values, biases, dimension, size } = this.items;
    for (let row = 0; row < size; row++) {
      let sum = biases[row]!;
      const from = row * dimension;
      for (let d = 0; d < dimension; d++) sum += shopper[d]! * values[from + d]!;
      out[row] = sum;
    }
  }

  #begin(row: number, before: number): void {
    const { dimension } = this.options;
    const spread = 1 / Math.sqrt(dimension);
    for (const table of [this.items, this.contexts]) {
      table.clearRow(row);
      if (before >= 0 && before < table.size && before !== row) {
        table.copyRow(before, row);
        continue;
      }
      for (let d = 0; d < dimension; d++) table.values[row * dimension + d] = spread * this.#rng.normal();
    }
  }

  #moveContexts(rows: readonly number[]): void {
    const { dimension, length, fade, learningRate, squareDecay } = this.options;
    const { values, squares, size } = this.contexts;
    const gradient = this.#gradient;
    let norm = 0;
    for (let d = 0; d < dimension; d++) norm += gradient[d]! * gradient[d]!;
    let weight = 1;
    for (let place = 0; place < rows.length && place < length; place++, weight *= fade) {
      const row = rows[place]!;
      if (row < 0 || row >= size) continue;
      squares[row] = squareDecay * squares[row]! + (weight * weight * norm) / dimension;
      const step = (learningRate * weight) / Math.sqrt(squares[row]! + 1e-8);
      const from = row * dimension;
      for (let d = 0; d < dimension; d++) values[from + d]! -= step * gradient[d]!;
    }
  }
}
