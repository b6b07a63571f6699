/** Optimisers: they turn the gradients that a training step left in the weights into new values. */
import { EmbeddingTable } from './table.js';
import type { Parameter, Weights } from './weights.js';

/** Named arrays: the memory of an optimiser, saved in checkpoints. */
export type State = Record<string, Float32Array>;

export interface Optimizer {
  /** Learning learningRate before any schedule. */
  readonly learningRate: number;
  /** Updates all weights; `step` counts from 0. */
  apply(weights: Weights, step: number, learningRate: number): void;
  state(): State;
  load(state: State): void;
}

/** Arrays of zeros by name, made at first use. */
class Memory {
  private arrays: State = {};
  of(name: string, size: number): Float32Array {
    this.arrays[name] ??= new Float32Array(size);
    return this.arrays[name];
  }
  state(): State {
    return this.arrays;
  }
  load(state: State): void {
    this.arrays = Object.fromEntries(Object.entries(state).map(([name, values]) => [name, values.slice()]));
  }
}

/** v ← momentum v + g; w ← w − learningRate v. Rows of a table that the batch does not touch keep still. */
export class Sgd implements Optimizer {
  private readonly memory = new Memory();
  constructor(
    readonly learningRate: number,
    private readonly momentum = 0,
  ) {}

  apply(weights: Weights, _step: number, learningRate: number): void {
    const { momentum } = this;
    for (const weight of weights.all) {
      const { values, gradient, name } = weight;
      const velocity = this.memory.of(name, values.length);
      eachRun(weight, (to, from, count) => {
        for (let i = 0; i < count; i++) {
          const v = momentum * velocity[to + i]! + gradient[from + i]!;
          velocity[to + i] = v;
          values[to + i]! -= learningRate * v;
        }
      });
    }
  }
  state = (): State => this.memory.state();
  load = (state: State): void => this.memory.load(state);
}

export interface AdamOptions {
  learningRate: number;
  beta1?: number;
  beta2?: number;
  epsilon?: number;
  /** Decoupled decay of matrices (AdamW); vectors (biases, norms) and embedding tables are spared. */
  weightDecay?: number;
  /** Coupled decay (Kingma & Ba's Adam with an L2 penalty): adds l2 · w to the gradient of every dense parameter. */
  l2?: number;
}

/**
 * Adam: m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g², w ← w − learningRate m̂ / (√v̂ + ε), where m̂ and v̂ make up for the
 * start at 0. On tables it is lazy: moments of untouched rows wait, so a step costs as much as its batch.
 */
export class Adam implements Optimizer {
  private readonly first = new Memory();
  private readonly second = new Memory();
  readonly learningRate: number;

  constructor(private readonly options: AdamOptions) {
    this.learningRate = options.learningRate;
  }

  apply(weights: Weights, step: number, learningRate: number): void {
    const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0, l2 = 0 } = this.options;
    const correction = Math.sqrt(1 - beta2 ** (step + 1));
    const size = (learningRate * correction) / (1 - beta1 ** (step + 1));
    const small = epsilon * correction;
    for (const weight of weights.all) {
      const { values, gradient, name, shape } = weight;
      const m = this.first.of(name, values.length);
      const v = this.second.of(name, values.length);
      const dense = !(weight instanceof EmbeddingTable);
      if (dense && l2 > 0) for (let i = 0; i < values.length; i++) gradient[i]! += l2 * values[i]!;
      if (dense && weightDecay > 0 && shape.length > 1)
        for (let i = 0; i < values.length; i++) values[i]! *= 1 - learningRate * weightDecay;
      const run: AdamRun = { values, gradient, m, v, beta1, beta2, size, small };
      eachRun(weight, (to, from, count) => updateRun(run, to, from, count));
    }
  }

  state(): State {
    const prefixed = (prefix: string, state: State): [string, Float32Array][] =>
      Object.entries(state).map(([name, values]) => [`${prefix}:${name}`, values]);
    return Object.fromEntries([...prefixed('m', this.first.state()), ...prefixed('v', this.second.state())]);
  }
  load(state: State): void {
    const part = (prefix: string): State =>
      Object.fromEntries(
        Object.entries(state)
          .filter(([name]) => name.startsWith(`${prefix}:`))
          .map(([name, values]) => [name.slice(2), values]),
      );
    this.first.load(part('m'));
    this.second.load(part('v'));
  }
}

interface AdamRun {
  values: Float32Array;
  gradient: Float32Array;
  m: Float32Array;
  v: Float32Array;
  beta1: number;
  beta2: number;
  size: number;
  small: number;
}

/** The arithmetic alone, so that the compiler keeps everything in registers. */
function updateRun(run: AdamRun, to: number, from: number, count: number): void {
  const { values, gradient, m, v, beta1, beta2, size, small } = run;
  const rest1 = 1 - beta1;
  const rest2 = 1 - beta2;
  for (let end = to + count; to < end; to++, from++) {
    const g = gradient[from]!;
    const mean = beta1 * m[to]! + rest1 * g;
    const square = beta2 * v[to]! + rest2 * g * g;
    m[to] = mean;
    v[to] = square;
    values[to]! -= (size * mean) / (Math.sqrt(square) + small);
  }
}

/** Calls `update(to, from, count)` for each run of values that has a gradient: one run, or one per touched row. */
function eachRun(
  weight: Parameter | EmbeddingTable,
  update: (to: number, from: number, count: number) => void,
): void {
  if (!(weight instanceof EmbeddingTable)) {
    update(0, 0, weight.values.length);
    return;
  }
  const { touched, count, width } = weight;
  for (let i = 0; i < count; i++) update(touched[i]! * width, i * width, width);
}

/** Euclidean length of all gradients together; not finite as soon as one of them is not. */
export function gradientNorm(weights: Weights): number {
  let total = 0;
  for (const weight of weights.all) {
    const { gradient } = weight;
    const end = weight instanceof EmbeddingTable ? weight.count * weight.width : gradient.length;
    for (let i = 0; i < end; i++) total += gradient[i]! * gradient[i]!;
  }
  return Math.sqrt(total);
}

/** Shortens the gradients, direction kept, when they are longer than `limit` together. */
export function clipGradients(weights: Weights, norm: number, limit: number): void {
  if (norm <= limit) return;
  const scale = limit / norm;
  for (const weight of weights.all) {
    const { gradient } = weight;
    const end = weight instanceof EmbeddingTable ? weight.count * weight.width : gradient.length;
    for (let i = 0; i < end; i++) gradient[i]! *= scale;
  }
}

/** Factor of the learning learningRate: a linear rise over `warmup` steps, then half a cosine down to 0 at `total`. */
export function warmupCosine(step: number, warmup: number, total: number): number {
  if (step < warmup) return (step + 1) / warmup;
  const progress = Math.min(1, (step - warmup) / Math.max(1, total - warmup));
  return (1 + Math.cos(Math.PI * progress)) / 2;
}
