/** The context in which a model function is traced: where its inputs, parameters and masks come from. */
import { fnv1a } from '../core/index.js';
import { MaskPool } from './dropout.js';
import { mul } from './elementwise.js';
import type { EmbeddingTable } from './table.js';
import { apply, type Dim, type ElementType, placeholder, type Shape, type Tensor } from './tensor.js';
import type { Initializer, Parameter, Weights } from './weights.js';

/** An input that the runtime fills itself from the sizes of the batch (masks, positions). */
export interface Derived {
  tensor: Tensor;
  fill(dims: readonly number[], step: number): Float32Array | Int32Array;
}
/** Rows of a table, gathered by a feed of indices. */
export interface Gathered {
  name: string;
  tensor: Tensor;
  indices: string;
  source: Parameter | EmbeddingTable;
}

/** What tracing a model has met. */
export class Trace {
  readonly inputs = new Map<string, Tensor>();
  readonly parameters = new Map<Parameter, Tensor>();
  readonly gathered: Gathered[] = [];
  /** Tables, each with its row of zeros, that rows are gathered from. */
  readonly tables = new Map<Parameter | EmbeddingTable, Tensor>();
  readonly derived = new Map<string, Derived>();
  /** Dropout masks by rate. */
  readonly masks = new Map<number, MaskPool>();
}

export class Graph {
  constructor(
    private readonly weights: Weights,
    /** Dropout acts only while training. */
    readonly training: boolean,
    readonly trace = new Trace(),
    private readonly prefix = '',
  ) {}

  /** A part of the model whose parameter names start with `name/`. */
  scope(name: string): Graph {
    return new Graph(this.weights, this.training, this.trace, `${this.prefix}${name}/`);
  }

  /** Data that each batch feeds under `name`. */
  input(name: string, shape: Shape, type: ElementType = 'float32'): Tensor {
    const known = this.trace.inputs.get(name) ?? placeholder(name, shape, type);
    this.trace.inputs.set(name, known);
    return known;
  }

  /** A dense parameter; made and initialised when first traced, shared by all graphs over the same weights. */
  parameter(name: string, shape: readonly number[], init?: Initializer): Tensor {
    return this.dense(this.weights.parameter(this.prefix + name, shape, init));
  }

  /** The tensor of a parameter that was made before (a table tied as output layer, say). */
  dense(parameter: Parameter): Tensor {
    const known = this.trace.parameters.get(parameter) ?? placeholder(parameter.name, parameter.shape);
    this.trace.parameters.set(parameter, known);
    return known;
  }

  /**
   * Rows of a table picked by the whole numbers fed under `name`, [...shape, width]; −1 gives a row of zeros that
   * learns nothing. The gradients of the rows are added up outside the graph, in the size of the batch.
   */
  rows(source: Parameter | EmbeddingTable, name: string, shape: Shape): Tensor {
    const known = this.trace.gathered.find((each) => each.source === source && each.indices === name);
    if (known) return known.tensor;
    const { width } = source;
    const size = source.padded.length / width;
    const table = this.trace.tables.get(source) ?? placeholder(`${source.name} padded`, [size, width]);
    this.trace.tables.set(source, table);
    // A negative index counts from the end, where the row of zeros is.
    const tensor = apply('Gather', [table, this.input(name, shape, 'int32')], [...shape, width]);
    this.trace.gathered.push({ name: `${source.name}[${name}]`, tensor, indices: name, source });
    return tensor;
  }

  /** Sets a share `rate` of the elements to 0 and scales the others by 1 / (1 − rate). */
  dropout(x: Tensor, rate: number): Tensor {
    if (!this.training || rate === 0) return x;
    const { derived, masks } = this.trace;
    const name = `dropout ${derived.size}`;
    const place = this.weights.seed ^ fnv1a(name);
    const pool = masks.get(rate) ?? new MaskPool(rate, this.weights.seed);
    masks.set(rate, pool);
    const fill = (dims: readonly number[], step: number): Float32Array =>
      pool.mask(
        place,
        step,
        dims.reduce((a, b) => a * b, 1),
      );
    return mul(x, this.derive(name, x.shape, fill));
  }

  /** [length, length] of 0 where the column is not after the row, else −∞ (as a large negative number). */
  causalMask(length: Dim): Tensor {
    return this.derive(`causal ${length}`, [length, length], onceEach(upperTriangle));
  }

  /** 0, 1, 2, … [length], int32. */
  range(length: Dim): Tensor {
    return this.derive(
      `range ${length}`,
      [length],
      onceEach((size) => Int32Array.from({ length: size }, (_, i) => i)),
      'int32',
    );
  }

  /** How far the column lies before the row, [length, length], int32; 0 after it. */
  distances(length: Dim): Tensor {
    return this.derive(`distances ${length}`, [length, length], onceEach(stepsBack), 'int32');
  }

  private derive(name: string, shape: Shape, fill: Derived['fill'], type: ElementType = 'float32'): Tensor {
    const known = this.trace.derived.get(name) ?? { tensor: placeholder(name, shape, type), fill };
    this.trace.derived.set(name, known);
    return known.tensor;
  }
}

/** Computes a fill once for each length. */
function onceEach<T extends Float32Array | Int32Array>(make: (size: number) => T): Derived['fill'] {
  const made = new Map<number, T>();
  return ([size]) => {
    const value = made.get(size!) ?? make(size!);
    made.set(size!, value);
    return value;
  };
}

function upperTriangle(size: number): Float32Array {
  const mask = new Float32Array(size * size);
  for (let row = 0; row < size; row++) mask.fill(MASKED, row * size + row + 1, (row + 1) * size);
  return mask;
}

function stepsBack(size: number): Int32Array {
  return Int32Array.from({ length: size * size }, (_, i) => Math.max(0, Math.floor(i / size) - (i % size)));
}

/** Added to a logit that must not count: finite, so that a row without any valid entry stays a number. */
export const MASKED = -1e9;
