/**
 * Symbolic tensors. A model is a function that builds a graph of these; nothing is computed until the graph is
 * compiled (compile.ts). Each primitive is one ONNX operator together with its gradient rule.
 */

/** A size known now (64) or when a batch arrives: a symbol or a product of symbols ('batch', 'batch*length'). */
export type Dim = number | string;
export type Shape = readonly Dim[];
export type ElementType = 'float32' | 'int32' | 'int64' | 'bool' | 'uint8';
export type Sizes = Readonly<Record<string, number>>;

/** ONNX attributes: a plain number is an integer, `{ float }` a real, a list holds integers. */
export type Attribute = number | string | readonly number[] | { float: number } | { body: Body };

/** The body of a loop (ONNX Scan): `inputs` are bound each round, other tensors are captured from outside. */
export interface Body {
  inputs: Tensor[];
  outputs: Tensor[];
}

/** Given dLoss/dOutput for each output (undefined: not used), returns dLoss/dInput for each input. */
export type GradientRule = (outputs: (Tensor | undefined)[]) => (Tensor | undefined)[];

export interface Node {
  op: string;
  /** What the result depends on: gradients flow to these. */
  inputs: Tensor[];
  /** What the ONNX operator receives; the same as `inputs` except for loops and hand-made gradients. */
  operands: Tensor[];
  attributes: Record<string, Attribute>;
  outputs: Tensor[];
  gradient?: GradientRule;
}

export interface Tensor {
  readonly shape: Shape;
  readonly type: ElementType;
  /** What computes it; undefined for inputs, parameters and constants. */
  readonly node?: Node;
  /** Set for inputs and parameters: the name under which the value is fed. */
  readonly name?: string;
  /** Set for constants. */
  readonly data?: Float32Array | BigInt64Array;
}

export interface NodeOptions {
  attributes?: Record<string, Attribute>;
  operands?: Tensor[];
  gradient?: GradientRule;
}

/** Applies a primitive with several outputs. */
export function applyMany(
  op: string,
  inputs: Tensor[],
  outputs: { shape: Shape; type?: ElementType }[],
  options: NodeOptions = {},
): Tensor[] {
  const { attributes = {}, operands = inputs, gradient } = options;
  const node: Node = { op, inputs, operands, attributes, outputs: [], gradient };
  node.outputs = outputs.map(({ shape, type = 'float32' }) => ({ shape, type, node }));
  return node.outputs;
}

/** Applies a primitive with one output; `gradient(g)` lists dLoss/dInput from g = dLoss/dOutput. */
export function apply(
  op: string,
  inputs: Tensor[],
  shape: Shape,
  gradient?: (g: Tensor) => (Tensor | undefined)[],
  attributes: Record<string, Attribute> = {},
  type: ElementType = 'float32',
): Tensor {
  const rule: GradientRule | undefined = gradient && (([g]) => gradient(g!));
  return applyMany(op, inputs, [{ shape, type }], { attributes, gradient: rule })[0]!;
}

/** `value`, but with a gradient rule of its own with respect to `inputs`. */
export function withGradient(
  value: Tensor,
  inputs: Tensor[],
  rule: (g: Tensor) => (Tensor | undefined)[],
): Tensor {
  return applyMany('Identity', inputs, [value], { operands: [value], gradient: ([g]) => rule(g!) })[0]!;
}

export function placeholder(name: string | undefined, shape: Shape, type: ElementType = 'float32'): Tensor {
  return { shape, type, name };
}

/** A float constant: scalar by default. */
export function constant(values: number | ArrayLike<number>, shape: readonly number[] = []): Tensor {
  const data = typeof values === 'number' ? Float32Array.of(values) : Float32Array.from(values);
  return { shape, type: 'float32', data };
}

export function integers(values: readonly number[]): Tensor {
  return { shape: [values.length], type: 'int64', data: BigInt64Array.from(values, BigInt) };
}

/** Product of sizes in canonical order, so that equal products are equal strings. */
export function product(dims: Shape): Dim {
  const factors = dims.flatMap((dim) => String(dim).split('*'));
  const symbols = factors.filter((factor) => Number.isNaN(Number(factor))).sort();
  const scale = factors.reduce((total, factor) => total * (Number(factor) || (factor === '0' ? 0 : 1)), 1);
  if (symbols.length === 0) return scale;
  return (scale === 1 ? symbols : [scale, ...symbols]).join('*');
}

/** The number behind a size once the symbols are known. */
export function evaluate(dim: Dim, sizes: Sizes): number {
  if (typeof dim === 'number') return dim;
  return dim.split('*').reduce((total, factor) => {
    const value = sizes[factor] ?? Number(factor);
    if (!(value >= 0)) throw new RangeError(`Size '${factor}' of '${dim}' is not given`);
    return total * value;
  }, 1);
}

export function elements(shape: Shape, sizes: Sizes): number {
  return shape.reduce<number>((total, dim) => total * evaluate(dim, sizes), 1);
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dim, i) => dim === b[i]);
}

/** Shape of an element-wise result under the usual right-aligned broadcasting. */
export function broadcast(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const left = a[i - rank + a.length] ?? 1;
    const right = b[i - rank + b.length] ?? 1;
    if (left !== right && left !== 1 && right !== 1)
      throw new RangeError(`Shapes [${a.join(', ')}] and [${b.join(', ')}] do not fit`);
    return left === 1 ? right : left;
  });
}
