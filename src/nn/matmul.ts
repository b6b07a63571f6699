/** The matrix product, its gradient. */
import { flatten, reshape, rowCount, sum, sumTo } from './broadcast.js';
import { fixedSize, transpose } from './shape.js';
import { apply, broadcast, type Dim, integers, product, type Shape, type Tensor } from './tensor.js';

export interface MatmulOptions {
  transposeA?: boolean;
  transposeB?: boolean;
  /** Multiplies the product at no cost. */
  scale?: number;
}

/**
 * y = s · A B over the last two axes: [..., n, k] × [..., k, m], or a shared matrix [k, m] on the right.
 * dA = s · g Bᵀ and dB = s · Aᵀ g. The transposes are flags of the kernel, so nothing is moved.
 */
export function matmul(a: Tensor, b: Tensor, options: MatmulOptions = {}): Tensor {
  const { transposeA: tA = false, transposeB: tB = false, scale = 1 } = options;
  const [n, k] = lastTwo(a.shape, tA);
  const [inner, m] = lastTwo(b.shape, tB);
  if (k !== inner)
    throw new RangeError(`Matrices [${a.shape.join(', ')}] and [${b.shape.join(', ')}] do not fit`);
  const leading = broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const rule = (g: Tensor): Tensor[] => {
    const times = (x: Tensor, y: Tensor, transposeA: boolean, transposeB: boolean): Tensor =>
      matmul(x, y, { transposeA, transposeB, scale });
    const da = tA ? times(b, g, tB, true) : times(g, b, false, !tB);
    if (b.shape.length === 2 && !tA) return [da, tB ? rowProduct(g, a, scale) : rowProduct(a, g, scale)];
    const db = tB ? times(g, a, true, tA) : times(a, g, !tA, false);
    return [sumTo(da, a), sumTo(db, b)];
  };
  const attributes = { transA: Number(tA), transB: Number(tB), alpha: { float: scale } };
  return apply('FusedMatMul', [a, b], [...leading, n, m], rule, attributes);
}

/**
 * Σ over rows of xᵀ y, [..., p], [..., q] → [p, q]: the gradient of a matrix that all rows share. The kernel shares out
 * a product among threads by its p × q results only; where these are few, the rows are cut into parts as well.
 */
export function rowProduct(x: Tensor, y: Tensor, scale = 1): Tensor {
  const [p, q] = [x.shape.at(-1)!, y.shape.at(-1)!];
  if (!(Number(p) * Number(q) <= 65536)) return matmul(flatten(x), flatten(y), { transposeA: true, scale });
  // The kernel is faster on wide results than on tall ones.
  if (Number(q) < Number(p)) return transpose(rowProduct(y, x, scale), [1, 0]);
  const parts = partsOf(x);
  const products = matmul(cut(x, parts), cut(y, parts), { transposeA: true, scale });
  return reshape(sum(products, [0]), [p, q]);
}

/** How many parts of equal size the rows are cut into: 8, 4, 2 or 1, the most that their number allows. */
function partsOf(x: Tensor): Tensor {
  const integer = (op: string, inputs: Tensor[]): Tensor => apply(op, inputs, [1], undefined, {}, 'int64');
  const rest = integer('Mod', [rowCount(flatten(x)), integers([8])]);
  return integer('Gather', [integers([8, 1, 2, 1, 4, 1, 2, 1]), rest]);
}

/** [..., d] → [parts, rows, d] */
function cut(x: Tensor, parts: Tensor): Tensor {
  const width = fixedSize(x.shape.at(-1)!);
  const target = apply('Concat', [parts, integers([-1, width])], [3], undefined, { axis: 0 }, 'int64');
  return apply('Reshape', [x, target], ['parts', `${product(x.shape.slice(0, -1))}/parts`, width]);
}

function lastTwo(shape: Shape, transposed: boolean): [Dim, Dim] {
  const [rows, columns] = [shape.at(-2)!, shape.at(-1)!];
  return transposed ? [columns, rows] : [rows, columns];
}
