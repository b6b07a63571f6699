/** What a model learns: dense parameters and embedding tables, each in one typed array beside its gradient. */
import { fnv1a, type Random, random } from '../core/index.js';
import { EmbeddingTable } from './table.js';

export type Initializer = (values: Float32Array, shape: readonly number[], rng: Random) => void;

export const zeros: Initializer = () => {};
export const ones: Initializer = (values) => void values.fill(1);

/** Normal with mean 0. */
export function normal(deviation: number): Initializer {
  return (values, _shape, rng) => {
    for (let i = 0; i < values.length; i++) values[i] = rng.normal() * deviation;
  };
}

/** Uniform in ±bound. */
export function uniform(bound: number): Initializer {
  return (values, _shape, rng) => {
    for (let i = 0; i < values.length; i++) values[i] = (2 * rng.float() - 1) * bound;
  };
}

/** Xavier: variance 2 / (in + out) keeps the size of signals in both directions. */
export const xavier: Initializer = (values, shape, rng) => {
  const fanOut = shape.at(-1)!;
  const fanIn = values.length / fanOut;
  normal(Math.sqrt(2 / (fanIn + fanOut)))(values, shape, rng);
};

/** A dense parameter; the training graph writes its gradient at every step. */
export class Parameter {
  /** The values and one more row of zeros behind them, which the index −1 gathers. */
  readonly padded: Float32Array;
  readonly values: Float32Array;
  readonly gradient: Float32Array;
  constructor(
    readonly name: string,
    readonly shape: readonly number[],
  ) {
    const size = shape.reduce((a, b) => a * b, 1);
    this.padded = new Float32Array(size + this.width);
    this.values = this.padded.subarray(0, size);
    this.gradient = new Float32Array(size);
  }
  get width(): number {
    return this.shape.at(-1) ?? 1;
  }
  /** Adds gradients of rows that were gathered outside the graph, [indices.length, width]. */
  accumulate(indices: Int32Array, rows: Float32Array): void {
    const { width, gradient } = this;
    for (let i = 0; i < indices.length; i++) {
      const to = indices[i]! * width;
      if (to < 0) continue;
      const from = i * width;
      for (let k = 0; k < width; k++) gradient[to + k]! += rows[from + k]!;
    }
  }
}

/** All that a model learns, by name. A seed fixes every initial value, whatever the order of definition. */
export class Weights {
  private readonly byName = new Map<string, Parameter | EmbeddingTable>();

  constructor(readonly seed: number) {}

  /** The dense parameter of this name, made at its first mention. */
  parameter(name: string, shape: readonly number[], init: Initializer = xavier): Parameter {
    return this.once(name, () => new Parameter(name, shape), shape, init) as Parameter;
  }

  /** The embedding table of this name: only rows that a batch gathers are updated. */
  table(name: string, rows: number, width: number, init: Initializer = normal(0.02)): EmbeddingTable {
    return this.once(
      name,
      () => new EmbeddingTable(name, rows, width),
      [rows, width],
      init,
    ) as EmbeddingTable;
  }

  private once<T extends Parameter | EmbeddingTable>(
    name: string,
    make: () => T,
    shape: readonly number[],
    init: Initializer,
  ): Parameter | EmbeddingTable {
    const known = this.byName.get(name);
    if (known) {
      if (known.shape.join() === shape.join()) return known;
      throw new RangeError(`'${name}' is [${known.shape.join(', ')}] already, not [${shape.join(', ')}]`);
    }
    const made = make();
    init(made.values, shape, random(this.seed ^ fnv1a(name)));
    this.byName.set(name, made);
    return made;
  }

  get all(): (Parameter | EmbeddingTable)[] {
    return [...this.byName.values()];
  }
  /** The values by name; arrays are live, not copies. */
  values(): Record<string, Float32Array> {
    return Object.fromEntries(this.all.map(({ name, values }) => [name, values]));
  }
  copy(): Record<string, Float32Array> {
    return Object.fromEntries(this.all.map(({ name, values }) => [name, values.slice()]));
  }
  /** Whether `values` hold an array of the right length for every weight. */
  fits(values: Readonly<Record<string, Float32Array>>): boolean {
    return this.all.every((weight) => values[weight.name]?.length === weight.values.length);
  }
  load(values: Readonly<Record<string, Float32Array>>): void {
    for (const weight of this.all) {
      const given = values[weight.name];
      if (given?.length !== weight.values.length)
        throw new RangeError(`No fitting values for '${weight.name}'`);
      weight.values.set(given);
    }
  }
}
