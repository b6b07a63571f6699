/** Means, maxima and softmax. Reduced axes stay as size 1, so that results broadcast back. */

import { everyAxis, expand, reduced, sum } from './broadcast.js';
import { div, equal, log, mul, sub } from './elementwise.js';
import { apply, type Tensor, withGradient } from './tensor.js';

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
