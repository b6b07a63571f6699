/** The logarithm of the softmax's denominator over many candidates, and its gradients, without large leftovers. */
import { reshape, shapeOf, sum } from './broadcast.js';
import { add, mul } from './elementwise.js';
import { matmul, rowProduct } from './matmul.js';
import { logSumExpParts } from './reduce.js';
import { fixedSize, transpose } from './shape.js';
import {
  apply,
  applyMany,
  type Body,
  type Dim,
  integers,
  placeholder,
  type Shape,
  type Tensor,
  withGradient,
} from './tensor.js';

/**
 * log Σ e^z over the scores z = s h Tᵀ of all rows of `table`, [n, d], [m, d] → [n, 1]. With p = softmax(z) and g of the
 * row, dh = s g ⊙ (p T) and dT = s pᵀ (g ⊙ h): g meets the narrow h, so no second matrix as large as z is made.
 * `shift` may add to z what has no gradient.
 */
export function logPartition(
  h: Tensor,
  table: Tensor,
  scale: number,
  shift = (z: Tensor): Tensor => z,
): Tensor {
  const { softmax, value } = logSumExpParts(shift(matmul(h, table, { transposeB: true, scale })));
  return withGradient(value, [h, table], (g) => [
    mul(matmul(softmax, table, { scale }), g),
    rowProduct(softmax, mul(h, g), scale),
  ]);
}

/**
 * Σ w ⊙ logPartition over all rows, [1, 1], for tables so long that the scores of all rows at once are too much: a loop
 * takes the rows in blocks of at most `most` scores (64 MiB unless told) and makes the gradients along with the value.
 * `weights` [n, 1] get no gradient.
 */
export function weightedLogPartition(
  h: Tensor,
  table: Tensor,
  weights: Tensor,
  scale: number,
  most = 1 << 24,
): Tensor {
  const { count, rows } = blocksOf(h, Math.max(1, Math.floor(most / fixedSize(table.shape[0]!))));
  const cut = (x: Tensor): Tensor => toBlocks(x, count, rows);
  const [m, d] = table.shape;
  const flat = transpose(table, [1, 0]);
  const noSlope = apply('ConstantOfShape', [shapeOf(flat)], flat.shape);
  const nothing = apply('ConstantOfShape', [integers([1, 1])], [1, 1]);
  const operands = [nothing, noSlope, cut(h), cut(weights)];
  const shapes = [{ shape: [1, 1] }, { shape: [d!, m!] }, { shape: ['blocks', 'rows', d!] }];
  const [value, slope, stacked] = applyMany('Scan', [...operands, table], shapes, {
    operands,
    attributes: { body: { body: block(table, scale) }, num_scan_inputs: 2 },
  });
  const dh = firstRows(reshape(stacked!, ['blocks*rows', d!]), h);
  return withGradient(value!, [h, table], (g) => [mul(dh, g), mul(transpose(slope!, [1, 0]), g)]);
}

/**
 * One block of rows: (value, dTᵀ, h, w) → value and dTᵀ with the block's shares added, and dh of its rows. The gradient
 * of the table lies on its side because the kernel is faster on wide results than on tall ones.
 */
function block(table: Tensor, scale: number): Body {
  const [m, d] = table.shape as [Dim, Dim];
  const value = placeholder(undefined, [1, 1]);
  const slope = placeholder(undefined, [d, m]);
  const h = placeholder(undefined, ['rows', d]);
  const w = placeholder(undefined, ['rows', 1]);
  const { softmax, value: each } = logSumExpParts(matmul(h, table, { transposeB: true, scale }));
  const attributes = { transA: 1, alpha: { float: scale } };
  const steeper = apply('Gemm', [mul(h, w), softmax, slope], [d, m], undefined, attributes);
  const dh = mul(matmul(softmax, table, { scale }), w);
  return { inputs: [value, slope, h, w], outputs: [add(value, sum(mul(each, w))), steeper, dh] };
}

/** The fewest blocks of at most `limit` rows, all of the same size. */
function blocksOf(h: Tensor, limit: number): { count: Tensor; rows: Tensor } {
  const n = integer('Shape', [h], { start: 0, end: 1 });
  const count = ceilDivide(n, integers([limit]));
  return { count, rows: ceilDivide(n, count) };
}

/** [n, d] → [count, rows, d], filled up with zeros. */
function toBlocks(x: Tensor, count: Tensor, rows: Tensor): Tensor {
  const width = fixedSize(x.shape[1]!);
  const missing = integer('Sub', [
    integer('Mul', [count, rows]),
    integer('Shape', [x], { start: 0, end: 1 }),
  ]);
  const pads = integer('Concat', [integers([0, 0]), missing, integers([0])], { axis: 0 });
  const target = integer('Concat', [count, rows, integers([width])], { axis: 0 });
  return apply('Reshape', [apply('Pad', [x, pads], ['padded', width]), target], ['blocks', 'rows', width]);
}

/** The rows of x that `like` has. */
function firstRows(x: Tensor, like: Tensor): Tensor {
  const end = integer('Shape', [like], { start: 0, end: 1 });
  return apply('Slice', [x, integers([0]), end, integers([0])], like.shape);
}

/** ⌈a / b⌉ */
function ceilDivide(a: Tensor, b: Tensor): Tensor {
  return integer('Div', [integer('Sub', [integer('Add', [a, b]), integers([1])]), b]);
}

/** A whole number, or a few of them, worked out from the sizes of the batch. */
function integer(op: string, inputs: Tensor[], attributes = {}): Tensor {
  const shape: Shape = ['few'];
  return apply(op, inputs, shape, undefined, attributes, 'int64');
}
