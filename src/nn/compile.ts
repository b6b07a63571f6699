/** Turns a model function into native code paths: one session for the loss with all gradients, one for serving. */
import { gradients } from './autodiff.js';
import { Graph, type Trace } from './graph.js';
import { encodeModel, type GraphOutput } from './onnx.js';
import { type NativeSession, type NativeTensor, runtime } from './runtime.js';
import { EmbeddingTable } from './table.js';
import { elements, evaluate, type Shape, type Sizes, type Tensor } from './tensor.js';
import type { Weights } from './weights.js';

export type Feeds = Readonly<Record<string, Float32Array | Int32Array>>;

export interface CompileOptions {
  /** Threads inside one operator (1 by default: right for serving; training wants the number of cores). */
  threads?: number;
}

/** Runs forward and backward; afterwards every weight holds its gradient. */
export interface TrainingStep {
  /** The loss of a batch. `sizes` gives the symbolic sizes; `step` selects the dropout masks. */
  run(feeds: Feeds, sizes: Sizes, step: number): Promise<number>;
  release(): Promise<void>;
}

export type Outputs = Record<string, Float32Array>;
export interface Inference {
  /** Outputs by name. They are overwritten by the next run: copy what must last. */
  run(feeds: Feeds, sizes: Sizes): Promise<Outputs>;
  release(): Promise<void>;
}

/** Traces the loss, differentiates it and compiles both into one session. */
export async function compileTraining(
  weights: Weights,
  model: (g: Graph) => Tensor,
  options: CompileOptions = {},
): Promise<TrainingStep> {
  const graph = new Graph(weights, true);
  const loss = model(graph);
  const { trace } = graph;
  const parameters = [...trace.parameters.keys()];
  const wanted = [
    ...[...trace.parameters].map(([{ name }, tensor]) => ({ name, tensor })),
    ...trace.gathered,
  ];
  const slopes = gradients(
    loss,
    wanted.map(({ tensor }) => tensor),
  );
  const outputs: GraphOutput[] = [{ name: 'loss', tensor: loss }];
  slopes.forEach((tensor, i) => {
    if (tensor) outputs.push({ name: slopeOf(wanted[i]!), tensor });
  });
  const session = await open(encodeModel(outputs, new Map()), options);
  const feeder = new Feeder(trace, session.inputNames);
  const results = new Buffers();
  const lossValue = new (runtime().Tensor)('float32', new Float32Array(1), loss.shape.map(Number));
  const learned = new Set(session.outputNames);
  // Gradients are written straight into the arrays of the parameters.
  const fixed: Record<string, NativeTensor> = { loss: lossValue };
  for (const parameter of parameters)
    if (learned.has(slopeOf(parameter)))
      fixed[slopeOf(parameter)] = new (runtime().Tensor)('float32', parameter.gradient, parameter.shape);

  return {
    async run(feeds, sizes, step) {
      const fetches = { ...fixed };
      for (const gathered of trace.gathered) {
        const name = slopeOf(gathered);
        if (learned.has(name)) fetches[name] = results.tensor(name, gathered.tensor.shape, sizes);
      }
      for (const weight of weights.all) {
        if (weight instanceof EmbeddingTable) weight.clear();
        else if (!learned.has(slopeOf(weight))) weight.gradient.fill(0);
      }
      await session.run(feeder.feeds(feeds, sizes, step), fetches);
      scatter(trace, feeds, sizes, fetches);
      return (lossValue.data as Float32Array)[0]!;
    },
    release: () => session.release(),
  };
}

/** Adds the gradients of gathered rows to their tables. */
function scatter(trace: Trace, feeds: Feeds, sizes: Sizes, fetches: Record<string, NativeTensor>): void {
  for (const { name, source, indices, tensor } of trace.gathered) {
    const slope = fetches[slopeOf({ name })]?.data as Float32Array | undefined;
    const picked = given(feeds, indices, tensor.shape.slice(0, -1), sizes) as Int32Array;
    if (slope) source.accumulate(picked, slope);
  }
}

/** Compiles named outputs for serving; the present values of the parameters become constants. */
export async function compileInference(
  weights: Weights,
  model: (g: Graph) => Record<string, Tensor>,
  options: CompileOptions = {},
): Promise<Inference> {
  const graph = new Graph(weights, false);
  const outputs = Object.entries(model(graph)).map(([name, tensor]) => ({ name, tensor }));
  const { trace } = graph;
  const frozen = new Map([...trace.parameters.keys()].map(({ name, values }) => [name, values]));
  const session = await open(encodeModel(outputs, frozen), options);
  const feeder = new Feeder(trace, session.inputNames);
  const results = new Buffers();

  return {
    async run(feeds, sizes) {
      const fetches: Record<string, NativeTensor> = {};
      for (const { name, tensor } of outputs) fetches[name] = results.tensor(name, tensor.shape, sizes);
      await session.run(feeder.feeds(feeds, sizes, 0), fetches);
      return Object.fromEntries(outputs.map(({ name }) => [name, fetches[name]!.data as Float32Array]));
    },
    release: () => session.release(),
  };
}

const slopeOf = ({ name }: { name: string }): string => `d ${name}`;

function open(model: Uint8Array, { threads = 1 }: CompileOptions): Promise<NativeSession> {
  return runtime().InferenceSession.create(model, {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    // Plans of memory by batch shape would keep a second copy of the largest batch.
    enableMemPattern: false,
    logSeverityLevel: 3,
    // Gradients near 0 become denormal numbers, on which processors are up to a hundred times slower. A thread that has
    // nothing to do sleeps: spinning cost a third of a training's processor time, which is what a budget counts.
    extra: { session: { set_denormal_as_zero: '1', intra_op: { allow_spinning: '0' } } },
  });
}

/** Float arrays by name that grow to the largest batch and are reused. */
class Buffers {
  private readonly arrays = new Map<string, Float32Array>();

  tensor(name: string, shape: Shape, sizes: Sizes): NativeTensor {
    const size = elements(shape, sizes);
    let array = this.arrays.get(name);
    if (!array || array.length < size) {
      array = new Float32Array(size);
      this.arrays.set(name, array);
    }
    return new (runtime().Tensor)('float32', array.subarray(0, size), dimsOf(shape, sizes));
  }
}

/** Binds the inputs of a session: what the batch feeds, tables, parameters and masks, read where they lie. */
class Feeder {
  private readonly fixed: Record<string, NativeTensor> = {};
  private readonly used: Set<string>;

  constructor(
    private readonly trace: Trace,
    names: readonly string[],
  ) {
    this.used = new Set(names);
    for (const { name, values, shape } of trace.parameters.keys())
      if (this.used.has(name)) this.fixed[name] = new (runtime().Tensor)('float32', values, shape);
    for (const [{ padded }, { name, shape }] of trace.tables)
      this.fixed[name!] = new (runtime().Tensor)('float32', padded, shape.map(Number));
  }

  feeds(feeds: Feeds, sizes: Sizes, step: number): Record<string, NativeTensor> {
    const bound = { ...this.fixed };
    for (const [name, { shape, type }] of this.trace.inputs) {
      if (!this.used.has(name)) continue;
      const data = given(feeds, name, shape, sizes);
      bound[name] = new (runtime().Tensor)(type as 'float32', data as Float32Array, dimsOf(shape, sizes));
    }
    for (const [name, { tensor, fill }] of this.trace.derived) {
      if (!this.used.has(name)) continue;
      const dims = dimsOf(tensor.shape, sizes);
      bound[name] = new (runtime().Tensor)(tensor.type as 'float32', fill(dims, step) as Float32Array, dims);
    }
    return bound;
  }
}

function dimsOf(shape: Shape, sizes: Sizes): number[] {
  return shape.map((dim) => evaluate(dim, sizes));
}

/** The fed array, cut to the size of the batch. */
function given(feeds: Feeds, name: string, shape: Shape, sizes: Sizes): Float32Array | Int32Array {
  const data = feeds[name];
  const size = elements(shape, sizes);
  if (!data || data.length < size)
    throw new RangeError(`Input '${name}' needs ${size} values, got ${data?.length ?? 0}`);
  return data.length === size ? data : data.subarray(0, size);
}
