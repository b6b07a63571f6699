/** Layers: functions of tensors that own their parameters by name. Shapes in comments; d is the width. */
import { reshape, sum, sumRows } from './broadcast.js';
import { add, div, mul, normalCdf, relu, sigmoid, sqrt, sub } from './elementwise.js';
import type { Graph } from './graph.js';
import { matmul } from './matmul.js';
import { fixedSize, gather } from './shape.js';
import { applyMany, type Tensor } from './tensor.js';
import { type Initializer, normal, ones, zeros } from './weights.js';

export interface LinearOptions {
  bias?: boolean;
  init?: Initializer;
}

/** y = x W + b: [..., in] → [..., out] */
export function linear(g: Graph, name: string, x: Tensor, out: number, options: LinearOptions = {}): Tensor {
  const inner = g.scope(name);
  const y = matmul(x, inner.parameter('weight', [fixedSize(x.shape.at(-1)!), out], options.init));
  return options.bias === false ? y : add(y, inner.parameter('bias', [out], zeros));
}

/** x Φ(x) */
export function gelu(x: Tensor): Tensor {
  return mul(x, normalCdf(x));
}
/** x σ(x) */
export function silu(x: Tensor): Tensor {
  return mul(x, sigmoid(x));
}

/** Feed-forward with a gate: (silu(x W₁) ⊙ x W₂) W₃, [..., d] → [..., d]. */
export function swiglu(g: Graph, name: string, x: Tensor, hidden: number, rate = 0): Tensor {
  const inner = g.scope(name);
  const gate = silu(linear(inner, 'gate', x, hidden, { bias: false }));
  const value = linear(inner, 'value', x, hidden, { bias: false });
  return linear(inner, 'out', g.dropout(mul(gate, value), rate), fixedSize(x.shape.at(-1)!), { bias: false });
}

/** Feed-forward: activation(x W₁ + b₁) W₂ + b₂, [..., d] → [..., d]. */
export function feedForward(
  g: Graph,
  name: string,
  x: Tensor,
  options: { hidden: number; activation?: (x: Tensor) => Tensor; rate?: number },
): Tensor {
  const { hidden, activation = relu, rate = 0 } = options;
  const inner = g.scope(name);
  const middle = activation(linear(inner, 'in', x, hidden));
  return linear(inner, 'out', g.dropout(middle, rate), fixedSize(x.shape.at(-1)!));
}

/**
 * y = γ ⊙ x̂ + β with x̂ = (x − mean) / √(variance + ε) over the last axis. With ĝ = g ⊙ γ, the gradient is
 * dx = (ĝ − mean ĝ − x̂ mean(ĝ ⊙ x̂)) / √(variance + ε): what shifts or stretches x does not reach y.
 */
export function layerNorm(g: Graph, name: string, x: Tensor, epsilon = 1e-6): Tensor {
  const inner = g.scope(name);
  const width = fixedSize(x.shape.at(-1)!);
  const gamma = inner.parameter('gamma', [width], ones);
  const beta = inner.parameter('beta', [width], zeros);
  const attributes = { axis: -1, epsilon: { float: epsilon } };
  const rowShape = x.shape.with(-1, 1);
  const rule = ([slope]: (Tensor | undefined)[]): Tensor[] => {
    const g = slope!;
    // mean(g ⊙ γ) over a row is a product of g with the column γ / d.
    const column = mul(reshape(gamma, [width, 1]), 1 / width);
    const centred = sub(x, average!);
    const pull = mul(centred, g);
    const tilt = mul(mul(scale!, scale!), matmul(pull, column));
    const rest = add(mul(centred, tilt), matmul(g, column));
    const dx = mul(sub(mul(g, gamma), rest), scale!);
    return [dx, sumRows(pull, scale!), sumRows(g)];
  };
  const shapes = [{ shape: x.shape }, { shape: rowShape }, { shape: rowShape }];
  const outputs = applyMany('LayerNormalization', [x, gamma, beta], shapes, { attributes, gradient: rule });
  const [y, average, scale] = outputs;
  return y!;
}

/** x / ‖x‖ over the last axis. */
export function l2Normalize(x: Tensor): Tensor {
  return div(x, sqrt(add(sum(mul(x, x), [x.shape.length - 1]), 1e-12)));
}

/** Adds a learned vector per position: x [batch, length, d] with length ≤ count. */
export function positions(g: Graph, name: string, x: Tensor, count: number, init = normal(0.02)): Tensor {
  const table = g.parameter(name, [count, fixedSize(x.shape.at(-1)!)], init);
  return add(x, gather(table, g.range(x.shape.at(-2)!), { distinct: true }));
}
