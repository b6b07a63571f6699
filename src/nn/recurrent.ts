import { sumRows } from './broadcast.js';
import { add, mul, sigmoid, sub, tanh } from './elementwise.js';
import type { Graph } from './graph.js';
import { linear } from './layers.js';
import { matmul, rowProduct } from './matmul.js';
import { concat, slice, transpose, zerosBeside } from './shape.js';
import { apply, applyMany, type Body, integers, placeholder, type Shape, type Tensor } from './tensor.js';
import { xavier, zeros } from './weights.js';

/**
 * Gated recurrent unit over a sequence, [batch, length, in] → [batch, length, hidden]. Per step, with a = h U + b
 * cut into three and x W (for all steps at once, outside the loop) likewise:
 *
 *   r = σ(x_r + a_r), z = σ(x_z + a_z), n = tanh(x_n + r ⊙ a_n), h' = n + z ⊙ (h − n).
 *
 * The loop is one ONNX Scan; its gradient is a second Scan that runs backwards in time. `initial` [batch, hidden].
 */
export function gru(g: Graph, name: string, x: Tensor, hidden: number, initial?: Tensor): Tensor {
  const inner = g.scope(name);
  const projected = linear(inner, 'input', transpose(x, [1, 0, 2]), 3 * hidden);
  const u = inner.parameter('recurrent', [hidden, 3 * hidden], xavier);
  const b = inner.parameter('recurrentBias', [3 * hidden], zeros);
  const start = initial ?? zerosBeside(x, hidden);
  return transpose(scan(projected, start, u, b, hidden), [1, 0, 2]);
}

/**
 * Time-major loop: x [length, batch, 3 hidden], start [batch, hidden] → states [length, batch, hidden].
 *
 * Back in time, d = dL/dh' comes from the output of a step and from the step after it. All of a step's gradients are d
 * times something known from the way forth, so those factors are made for all steps at once, outside the loop:
 * dn = d A with A = (1 − z)(1 − n²), da = d ⊙ [A a_n r (1 − r), (h − n) z (1 − z), A r], and dh = d z + da Uᵀ.
 */
function scan(x: Tensor, start: Tensor, u: Tensor, b: Tensor, hidden: number): Tensor {
  const [length, batch] = [x.shape[0]!, start.shape[0]!];
  const states: Shape = [length, batch, hidden];
  const wide: Shape = [length, batch, 3 * hidden];
  const loopInputs = [slice(x, 2, 0, 2 * hidden), slice(x, 2, 2 * hidden, 3 * hidden)];
  const rule = ([, slope]: (Tensor | undefined)[]): (Tensor | undefined)[] => {
    const [, h, r, z, n, an] = outputs as [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor];
    const before = delayed(h, start);
    const toN = mul(sub(1, z), sub(1, mul(n, n)));
    const toR = mul(mul(toN, an), mul(r, sub(1, r)));
    const toZ = mul(mul(sub(before, n), z), sub(1, z));
    const factors = concat([toR, toZ, mul(toN, r)], 2);
    const back = backward(start.shape, u, hidden);
    const shapes = [{ shape: start.shape }, { shape: states }, { shape: wide }];
    const operands = [zerosBeside(start, hidden), slope!, z, factors];
    const attributes = {
      body: { body: back },
      num_scan_inputs: 3,
      scan_input_directions: [1, 1, 1],
      scan_output_directions: [1, 1],
    };
    const [dStart, d, da] = applyMany('Scan', [...operands, u], shapes, { operands, attributes });
    const dx = concat([slice(da!, 2, 0, 2 * hidden), mul(d!, toN)], 2);
    // U served every step: its gradient is one product over all steps, like that of any shared matrix.
    return [dx, dStart, rowProduct(before, da!), sumRows(da!)];
  };
  const stacked = Array.from({ length: 5 }, () => ({ shape: states }));
  const outputs = applyMany('Scan', [x, start, u, b], [{ shape: start.shape }, ...stacked], {
    operands: [start, ...loopInputs],
    attributes: { body: { body: forward(start.shape, u, b, hidden) }, num_scan_inputs: 2 },
    gradient: rule,
  });
  return outputs[1]!;
}

/** One step: (h, x) → h'; it also stacks h', r, z, n and a_n for the way back. */
function forward(state: Shape, u: Tensor, b: Tensor, hidden: number): Body {
  const h = placeholder(undefined, state);
  const xGates = placeholder(undefined, [state[0]!, 2 * hidden]);
  const xNew = placeholder(undefined, state);
  const a = add(matmul(h, u), b);
  const gates = sigmoid(add(xGates, slice(a, 1, 0, 2 * hidden)));
  const r = slice(gates, 1, 0, hidden);
  const z = slice(gates, 1, hidden, 2 * hidden);
  const an = slice(a, 1, 2 * hidden, 3 * hidden);
  const n = tanh(add(xNew, mul(r, an)));
  const next = add(n, mul(z, sub(h, n)));
  return { inputs: [h, xGates, xNew], outputs: [next, next, r, z, n, an] };
}

/** One step back in time: (later, slope, z, factors) → dh, stacking d and da. */
function backward(state: Shape, u: Tensor, hidden: number): Body {
  const [later, slope, z] = Array.from({ length: 3 }, () => placeholder(undefined, state)) as [
    Tensor,
    Tensor,
    Tensor,
  ];
  const factors = placeholder(undefined, [state[0]!, 3 * hidden]);
  const d = add(later, slope);
  const da = mul(concat([d, d, d], 1), factors);
  const before = add(mul(d, z), matmul(da, u, { transposeB: true }));
  return { inputs: [later, slope, z, factors], outputs: [before, d, da] };
}

/** The states before each step: the start, then all but the last. */
function delayed(states: Tensor, start: Tensor): Tensor {
  const first = apply('Unsqueeze', [start, integers([0])], [1, ...start.shape]);
  const rest = apply('Slice', [states, integers([0]), integers([-1]), integers([0])], states.shape);
  return apply('Concat', [first, rest], states.shape, undefined, { axis: 0 });
}
