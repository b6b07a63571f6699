import { add, mul, sigmoid, sub, tanh } from './elementwise.js';
import type { Graph } from './graph.js';
import { linear } from './layers.js';
import { concat, flatten, matmul, slice, sumRows, transpose, zerosBeside } from './shape.js';
import { applyMany, type Body, placeholder, type Shape, type Tensor } from './tensor.js';
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
  const projected = transpose(linear(inner, 'input', x, 3 * hidden), [1, 0, 2]);
  const u = inner.parameter('recurrent', [hidden, 3 * hidden], xavier);
  const b = inner.parameter('recurrentBias', [3 * hidden], zeros);
  const start = initial ?? zerosBeside(x, hidden);
  return transpose(scan(projected, start, u, b, hidden), [1, 0, 2]);
}

/** Time-major loop: x [length, batch, 3 hidden], start [batch, hidden] → states [length, batch, hidden]. */
function scan(x: Tensor, start: Tensor, u: Tensor, b: Tensor, hidden: number): Tensor {
  const shape = [x.shape[0]!, ...start.shape];
  const body = forward(start.shape, [start.shape[0]!, 3 * hidden], u, b, hidden);
  const rule = ([, slope]: (Tensor | undefined)[]): (Tensor | undefined)[] => {
    const [, , r, z, n, an, before] = outputs;
    const back = backward(start.shape, u);
    const wide: Shape = [...shape.slice(0, 2), 3 * hidden];
    const none = zerosBeside(start, hidden);
    const saved = [slope!, r!, z!, n!, an!, before!];
    const [dStart, dx, da] = applyMany(
      'Scan',
      [none, ...saved, u],
      [{ shape: start.shape }, { shape: wide }, { shape: wide }],
      {
        operands: [none, ...saved],
        attributes: {
          body: { body: back },
          num_scan_inputs: saved.length,
          scan_input_directions: saved.map(() => 1),
          scan_output_directions: [1, 1],
        },
      },
    );
    // U served every step: its gradient is one product over all steps, like that of any shared matrix.
    const du = matmul(flatten(before!), flatten(da!), { transposeA: true });
    return [dx, dStart, du, sumRows(da!)];
  };
  const stacked = { shape };
  const outputs: Tensor[] = applyMany(
    'Scan',
    [x, start, u, b],
    [{ shape: start.shape }, ...Array(6).fill(stacked)],
    {
      operands: [start, x],
      attributes: { body: { body }, num_scan_inputs: 1 },
      gradient: rule,
    },
  );
  return outputs[1]!;
}

/** One step: (h, x) → h'; it also stacks h', r, z, n, a_n and h for the way back. */
function forward(state: Shape, wide: Shape, u: Tensor, b: Tensor, hidden: number): Body {
  const h = placeholder(undefined, state);
  const x = placeholder(undefined, wide);
  const a = add(matmul(h, u), b);
  const part = (t: Tensor, i: number): Tensor => slice(t, 1, i * hidden, (i + 1) * hidden);
  const gates = sigmoid(add(slice(x, 1, 0, 2 * hidden), slice(a, 1, 0, 2 * hidden)));
  const r = part(gates, 0);
  const z = part(gates, 1);
  const an = part(a, 2);
  const n = tanh(add(part(x, 2), mul(r, an)));
  const next = add(n, mul(z, sub(h, n)));
  return { inputs: [h, x], outputs: [next, next, r, z, n, an, h] };
}

/**
 * One step back in time. d is the gradient of h', from the output of the step and from the step after it; then
 * dn = d ⊙ (1 − z), dz = d ⊙ (h − n), and each passes through the slope of its σ or tanh.
 */
function backward(state: Shape, u: Tensor): Body {
  const inputs = Array.from({ length: 7 }, () => placeholder(undefined, state));
  const [later, slope, r, z, n, an, h] = inputs as [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor];
  const d = add(later, slope);
  const dn = mul(mul(d, sub(1, z)), sub(1, mul(n, n)));
  const dz = mul(mul(d, sub(h, n)), mul(z, sub(1, z)));
  const dr = mul(mul(dn, an), mul(r, sub(1, r)));
  const dx = concat([dr, dz, dn], 1);
  const da = concat([dr, dz, mul(dn, r)], 1);
  const before = add(mul(d, z), matmul(da, u, { transposeB: true }));
  return { inputs, outputs: [before, dx, da] };
}
