/**
 * Shapes that are stretched and folded back. Each of these is the gradient of another (a sum of an expansion, an
 * expansion of a sum), so they stand together.
 */
import { apply, constant, integers, product, type Shape, sameShape, type Tensor } from './tensor.js';

/** The run-time shape of x as a list of int64; it costs nothing. */
export function shapeOf(x: Tensor): Tensor {
  return apply('Shape', [x], [x.shape.length], undefined, {}, 'int64');
}

/** Size of the first axis at run time, [1] int64. */
export function rowCount(x: Tensor): Tensor {
  return apply('Shape', [x], [1], undefined, { start: 0, end: 1 }, 'int64');
}

/**
 * Same elements in row-major order under another shape. At most one symbolic size may be new; a size that stands
 * in the same place as in x is copied. `like` (a tensor of that shape) lifts the restriction.
 */
export function reshape(x: Tensor, shape: Shape, like?: Tensor): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const sizes = shape.map((dim, i) => (typeof dim === 'number' ? dim : x.shape[i] === dim ? 0 : -1));
  if (!like && sizes.filter((size) => size === -1).length > 1)
    throw new RangeError(
      `[${x.shape.join(', ')}] to [${shape.join(', ')}] needs a tensor to take the shape from`,
    );
  const target = like ? shapeOf(like) : integers(sizes);
  return apply('Reshape', [x, target], shape, (g) => [reshape(g, x.shape, x)]);
}

/** [..., d] → [rows, d] */
export function flatten(x: Tensor): Tensor {
  return reshape(x, [product(x.shape.slice(0, -1)), x.shape.at(-1)!]);
}

/** Repeats axes of size 1 (and leading axes) up to the shape of `like`. */
export function expand(x: Tensor, like: Tensor): Tensor {
  if (sameShape(x.shape, like.shape)) return x;
  return apply('Expand', [x, shapeOf(like)], like.shape, (g) => [sumTo(g, x)]);
}

/** Σ over axes (all by default): every summed element gets the gradient of the sum. */
export function sum(x: Tensor, axes: readonly number[] = everyAxis(x)): Tensor {
  return apply('ReduceSum', [x, integers(axes)], reduced(x, axes), (g) => [expand(g, x)]);
}

/**
 * Σ over all rows of [..., d], each times its weight [..., 1] if given: a product with a row of weights (or ones), for
 * the kernel's own column sum is several times slower.
 */
export function sumRows(x: Tensor, weights?: Tensor): Tensor {
  const rows = flatten(x);
  const line: Shape = [rows.shape[0]!];
  const row = weights
    ? apply('Reshape', [weights, integers([-1])], line)
    : apply('Expand', [constant([1], [1]), rowCount(rows)], line);
  return apply('MatMul', [row, rows], [x.shape.at(-1)!], (g) => [undefined, expand(g, rows)]);
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

/** The shape after a reduction over `axes`. */
export function reduced(x: Tensor, axes: readonly number[]): (string | number)[] {
  return x.shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
}
export const everyAxis = (x: Tensor): number[] => x.shape.map((_, axis) => axis);
