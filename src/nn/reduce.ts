/** Sums, means, maxima and softmax. Reduced axes stay as size 1, so that results broadcast back. */
import { div, equal, log, mul, sub } from './elementwise.js';
import { sumRows } from './matmul.js';
import { expand, reshape } from './shape.js';
import { apply, integers, sameShape, type Tensor, withGradient } from './tensor.js';

function reduced(x: Tensor, axes: readonly number[]): (string | number)[] {
  return x.shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
}
const everyAxis = (x: Tensor): number[] => x.shape.map((_, axis) => axis);

/** Σ over axes (all by default): every summed element gets the gradient of the sum. */
export function sum(x: Tensor, axes: readonly number[] = everyAxis(x)): Tensor {
  return apply('ReduceSum', [x, integers(axes)], reduced(x, axes), (g) => [expand(g, x)]);
}

/** Mean over axes (all by default). */
export function mean(x: Tensor, axes: readonly number[] = everyAxis(x)): Tensor {
  const y: Tensor = apply('ReduceMean', [x], reduced(x, axes), (g) => [expand(div(g, count(x, y)), x)], {
    axes,
  });
  return y;
}

/** How many elements of x fold into one of y. */
function count(x: Tensor, y: Tensor): Tensor {
  const size = (t: Tensor): Tensor =>
    apply('Cast', [apply('Size', [t], [], undefined, {}, 'int64')], [], undefined, { to: 1 });
  return div(size(x), size(y));
}

/** Maximum over one axis; equal maxima share the gradient. */
export function max(x: Tensor, axis: number): Tensor {
  const y: Tensor = apply(
    'ReduceMax',
    [x],
    reduced(x, [axis]),
    (g) => {
      const winners = equal(x, y);
      return [mul(winners, div(g, sum(winners, [axis])))];
    },
    { axes: [axis] },
  );
  return y;
}

/** y = eˣ / Σ eˣ over the last axis: dx = y ⊙ (g − Σ g ⊙ y). */
export function softmax(x: Tensor): Tensor {
  const last = x.shape.length - 1;
  const y: Tensor = apply('Softmax', [x], x.shape, (g) => [mul(y, sub(g, sum(mul(g, y), [last])))], {
    axis: -1,
  });
  return y;
}

/** log Σ eˣ over the last axis, [..., n] → [..., 1]; its gradient is the softmax. */
export function logSumExp(x: Tensor): Tensor {
  const { softmax: p, value } = logSumExpParts(x);
  return withGradient(value, [x], (g) => [mul(p, g)]);
}

/**
 * The softmax p and log Σ eˣ, without gradients. Since p = e^(x − lse) at every element, lse = max x − log max p: the
 * fast softmax kernel does the work and max p ≥ 1/n cannot underflow.
 */
export function logSumExpParts(x: Tensor): { softmax: Tensor; value: Tensor } {
  const p = apply('Softmax', [x], x.shape, undefined, { axis: -1 });
  const top = (t: Tensor): Tensor =>
    apply('ReduceMax', [t], reduced(t, [t.shape.length - 1]), undefined, { axes: [-1] });
  return { softmax: p, value: sub(top(x), log(top(p))) };
}

/** Σ a ⊙ b over the last axis: [..., d], [..., d] → [..., 1]. */
export function rowDot(a: Tensor, b: Tensor): Tensor {
  return sum(mul(a, b), [Math.max(a.shape.length, b.shape.length) - 1]);
}

/** Folds a gradient of a broadcast result back onto the operand it belongs to. */
export function sumTo(g: Tensor, operand: Tensor): Tensor {
  const { shape } = operand;
  if (sameShape(g.shape, shape)) return g;
  const extra = g.shape.length - shape.length;
  if (shape.length === 1 && shape[0] === g.shape.at(-1) && shape[0] !== 1) return sumRows(g);
  const axes = everyAxis(g).filter(
    (axis) => axis < extra || (shape[axis - extra] === 1 && g.shape[axis] !== 1),
  );
  return reshape(axes.length > 0 ? sum(g, axes) : g, shape, operand);
}
