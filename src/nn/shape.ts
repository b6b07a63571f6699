/** Primitives that move elements without changing them. */
import { rowCount, shapeOf } from './broadcast.js';
import { apply, constant, type Dim, integers, product, type Tensor, withGradient } from './tensor.js';

/** Reorders axes: axis i of the result is axis order[i] of x. */
export function transpose(x: Tensor, order: readonly number[]): Tensor {
  const inverse = order.map((_, i) => order.indexOf(i));
  const shape = order.map((axis) => x.shape[axis]!);
  return apply('Transpose', [x], shape, (g) => [transpose(g, inverse)], { perm: order });
}

/** Joins along an axis; each input gets its piece of the gradient. */
export function concat(parts: Tensor[], axis: number): Tensor {
  const sizes = parts.map((part) => fixedSize(part.shape[axis]!));
  const shape = parts[0]!.shape.with(
    axis,
    sizes.reduce((a, b) => a + b),
  );
  const rule = (g: Tensor): Tensor[] => {
    let end = 0;
    return sizes.map((size) => {
      end += size;
      return slice(g, axis, end - size, end);
    });
  };
  return apply('Concat', parts, shape, rule, { axis });
}

/** Elements start ≤ i < end of an axis of known size; the gradient is zero elsewhere. */
export function slice(x: Tensor, axis: number, start: number, end: number): Tensor {
  const size = fixedSize(x.shape[axis]!);
  if (start === 0 && end === size) return x;
  const inputs = [x, integers([start]), integers([end]), integers([axis])];
  return apply('Slice', inputs, x.shape.with(axis, end - start), (g) => [pad(g, axis, start, size - end)]);
}

/** Zeros before and after along an axis. */
export function pad(x: Tensor, axis: number, before: number, after: number): Tensor {
  if (before === 0 && after === 0) return x;
  const size = fixedSize(x.shape[axis]!);
  const pads = new Array<number>(2 * x.shape.length).fill(0);
  pads[axis] = before;
  pads[x.shape.length + axis] = after;
  return apply('Pad', [x, integers(pads)], x.shape.with(axis, size + before + after), (g) => [
    slice(g, axis, before, before + size),
  ]);
}

/** y[:, t] = x[:, t − steps], zeros first: the view of the past that a causal convolution needs. */
export function delay(x: Tensor, steps: number): Tensor {
  return steps === 0 ? x : withGradient(shift(x, steps), [x], (g) => [shift(g, -steps)]);
}

/** Padded first and cut then: a pad below zero fails where a sequence is shorter than the step. */
function shift(x: Tensor, steps: number): Tensor {
  const by = Math.abs(steps);
  const pads = new Array<number>(2 * x.shape.length).fill(0);
  pads[steps > 0 ? 1 : x.shape.length + 1] = by;
  const padded = apply('Pad', [x, integers(pads)], x.shape.with(1, `${x.shape[1]} and ${by}`));
  const [from, to] = steps > 0 ? [0, -by] : [by, Number.MAX_SAFE_INTEGER];
  return apply('Slice', [padded, integers([from]), integers([to]), integers([1])], x.shape);
}

/**
 * Rows of x picked by whole numbers: [n, ...], indices [...k] → [...k, ...]. Repeated rows add their gradients, one
 * after the other; where no row is picked twice, `distinct` lets several threads write them.
 */
export function gather(x: Tensor, indices: Tensor, options: { distinct?: boolean } = {}): Tensor {
  const shape = [...indices.shape, ...x.shape.slice(1)];
  return apply('Gather', [x, indices], shape, (g) => {
    const wide = apply('Cast', [indices], indices.shape, undefined, { to: 7 }, 'int64');
    const zeros = apply('ConstantOfShape', [shapeOf(x)], x.shape);
    if (!options.distinct) return [scatterRows(zeros, wide, g), undefined];
    const place = unsqueeze(wide, [indices.shape.length]);
    return [apply('ScatterND', [zeros, place, g], x.shape), undefined];
  });
}

/** Adds rows to those rows of `zeros` that `indices` name. ScatterND would lose some: its threads race for a row. */
function scatterRows(zeros: Tensor, indices: Tensor, rows: Tensor): Tensor {
  const after = rows.shape.slice(indices.shape.length);
  const column = unsqueeze(
    indices,
    after.map((_, i) => indices.shape.length + i),
  );
  const each = apply('Expand', [column, shapeOf(rows)], rows.shape, undefined, {}, 'int64');
  const flat = (t: Tensor): Tensor => {
    const shape = [product(indices.shape), ...after];
    const sizes = integers([-1, ...after.map(fixedSize)]);
    return apply('Reshape', [t, sizes], shape, undefined, {}, t.type);
  };
  return apply('ScatterElements', [zeros, flat(each), flat(rows)], zeros.shape, undefined, {
    reduction: 'add',
  });
}

function unsqueeze(x: Tensor, axes: readonly number[]): Tensor {
  const shape = [...x.shape, ...axes.map(() => 1)];
  return apply('Unsqueeze', [x, integers(axes)], shape, undefined, {}, x.type);
}

export function fixedSize(dim: Dim): number {
  if (typeof dim !== 'number') throw new RangeError(`Size '${dim}' must be known when the model is defined`);
  return dim;
}

/** Ones, [n, 1], for x [n, ...]. */
export function columnOfOnes(x: Tensor): Tensor {
  const target = apply('Concat', [rowCount(x), integers([1])], [2], undefined, { axis: 0 }, 'int64');
  return apply('Expand', [constant([1], [1, 1]), target], [x.shape[0]!, 1]);
}

/** Zeros [batch, width] for a tensor that starts with the axis `batch`. */
export function zerosBeside(x: Tensor, width: number): Tensor {
  const target = apply('Concat', [rowCount(x), integers([width])], [2], undefined, { axis: 0 }, 'int64');
  return apply('ConstantOfShape', [target], [x.shape[0]!, width]);
}
