/** Element-wise primitives. Each function gives y and, in its rule, dLoss/dx from g = dLoss/dy. */
import { sumTo } from './broadcast.js';
import { apply, broadcast, constant, sameShape, type Tensor } from './tensor.js';

type Operand = Tensor | number;
const lift = (x: Operand): Tensor => (typeof x === 'number' ? constant(x) : x);

/** An expanded operand need not be materialised when the other operand already has the full shape. */
function lean(x: Tensor, other: Tensor): Tensor {
  return x.node?.op === 'Expand' && sameShape(x.shape, other.shape) ? x.node.inputs[0]! : x;
}

function binary(op: string, a: Tensor, b: Tensor, rule: (g: Tensor) => [Tensor, Tensor]): Tensor {
  const left = lean(a, b);
  const inputs = [left, left === a ? lean(b, a) : b];
  return apply(op, inputs, broadcast(a.shape, b.shape), (g) => {
    const [da, db] = rule(g);
    return [sumTo(da, inputs[0]!), sumTo(db, inputs[1]!)];
  });
}

/** a + b */
export function add(x: Operand, y: Operand): Tensor {
  return binary('Add', lift(x), lift(y), (g) => [g, g]);
}
/** a − b */
export function sub(x: Operand, y: Operand): Tensor {
  return binary('Sub', lift(x), lift(y), (g) => [g, neg(g)]);
}
/** a ⊙ b: da = g ⊙ b, db = g ⊙ a */
export function mul(x: Operand, y: Operand): Tensor {
  const a = lift(x);
  const b = lift(y);
  return binary('Mul', a, b, (g) => [mul(g, b), mul(g, a)]);
}
/** a / b: da = g / b, db = −g y / b */
export function div(x: Operand, y: Operand): Tensor {
  const a = lift(x);
  const b = lift(y);
  const out: Tensor = binary('Div', a, b, (g) => [div(g, b), neg(div(mul(g, out), b))]);
  return out;
}

function unary(op: string, x: Tensor, rule: (g: Tensor, y: Tensor) => Tensor): Tensor {
  const y: Tensor = apply(op, [x], x.shape, (g) => [rule(g, y)]);
  return y;
}

export function neg(x: Tensor): Tensor {
  return unary('Neg', x, (g) => neg(g));
}
export function exp(x: Tensor): Tensor {
  return unary('Exp', x, (g, y) => mul(g, y));
}
export function log(x: Tensor): Tensor {
  return unary('Log', x, (g) => div(g, x));
}
export function sqrt(x: Tensor): Tensor {
  return unary('Sqrt', x, (g, y) => div(g, mul(2, y)));
}
/** dσ = σ (1 − σ) */
export function sigmoid(x: Tensor): Tensor {
  return unary('Sigmoid', x, (g, y) => mul(g, mul(y, sub(1, y))));
}
/** dtanh = 1 − tanh² */
export function tanh(x: Tensor): Tensor {
  return unary('Tanh', x, (g, y) => mul(g, sub(1, mul(y, y))));
}
/** log(1 + eˣ), without overflow; its derivative is σ(x). */
export function softplus(x: Tensor): Tensor {
  return unary('Softplus', x, (g) => mul(g, sigmoid(x)));
}
/** max(x, 0): the gradient passes where x > 0. */
export function relu(x: Tensor): Tensor {
  return unary('Relu', x, (g, y) => mul(g, positive(y)));
}
/** 1 where x > 0, else 0: max(0, min(1, 10³⁸ x)), one fast pass. */
function positive(x: Tensor): Tensor {
  return apply('HardSigmoid', [x], x.shape, undefined, { alpha: { float: 1e38 }, beta: { float: 0 } });
}
/** Φ(x), the normal distribution function; its derivative is the bell curve e^(−x²/2) / √2π. */
export function normalCdf(x: Tensor): Tensor {
  const erf = apply('Erf', [mul(x, Math.SQRT1_2)], x.shape, (g) => {
    const bell = mul(exp(mul(mul(x, x), -0.5)), 2 / Math.sqrt(Math.PI));
    return [mul(g, bell)];
  });
  return mul(add(erf, 1), 0.5);
}
/** 1 where a = b, else 0 (whole numbers, no gradient). */
export function equal(a: Tensor, b: Tensor): Tensor {
  const shape = broadcast(a.shape, b.shape);
  return apply('Cast', [apply('Equal', [a, b], shape, undefined, {}, 'bool')], shape, undefined, { to: 1 });
}
/** The value without its gradient. */
export function detach(x: Tensor): Tensor {
  return apply('Identity', [x], x.shape);
}
