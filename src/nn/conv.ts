/** Convolution and pooling. */
import { reshape, sum } from './broadcast.js';
import { add, div, mul, sub } from './elementwise.js';
import { type Graph, MASKED } from './graph.js';
import { type LinearOptions, linear } from './layers.js';
import { max, mean } from './reduce.js';
import { concat, delay, fixedSize, slice, transpose } from './shape.js';
import { apply, type Dim, type Shape, type Tensor } from './tensor.js';
import { xavier, zeros } from './weights.js';

export interface Conv1dOptions extends LinearOptions {
  kernel: number;
  /** Distance between the positions that a filter looks at. */
  dilation?: number;
}

/**
 * Causal 1-D convolution, [batch, length, in] → [batch, length, out]: position t sees t, t − dilation, … only. The
 * delayed copies of x stand side by side, so that all filters are one matrix product.
 */
export function causalConv1d(g: Graph, name: string, x: Tensor, out: number, options: Conv1dOptions): Tensor {
  const { kernel, dilation = 1, ...rest } = options;
  const past = Array.from({ length: kernel }, (_, i) => delay(x, i * dilation));
  return linear(g, name, concat(past, 2), out, rest);
}

export interface Conv2dOptions {
  kernel: readonly [number, number];
  stride?: number;
  /** Zeros added on every side. */
  padding?: number;
}

/** 2-D convolution, [batch, in, height, width] → [batch, out, height', width']. */
export function conv2d(g: Graph, name: string, x: Tensor, out: number, options: Conv2dOptions): Tensor {
  const inner = g.scope(name);
  const weight = inner.parameter('weight', [out, fixedSize(x.shape[1]!), ...options.kernel], xavier);
  const bias = inner.parameter('bias', [out], zeros);
  return add(convolve(x, weight, options.stride ?? 1, options.padding ?? 0), reshape(bias, [1, out, 1, 1]));
}

/**
 * y[o] = Σ_i x[i] ∗ w[o, i]. Its gradients are convolutions too: dx spreads g back through the filters (transposed
 * convolution); dw slides g over x, where batch and channels change places and the stride becomes a dilation.
 */
function convolve(x: Tensor, w: Tensor, stride: number, padding: number): Tensor {
  const [batch, , height, width] = x.shape;
  const [out, , kh, kw] = w.shape.map(fixedSize) as [number, number, number, number];
  const fit = (size: Dim, kernel: number): [number, number] => {
    const room = fixedSize(size) + 2 * padding - kernel;
    return [Math.floor(room / stride) + 1, room % stride];
  };
  const [rows, restRows] = fit(height!, kh);
  const [columns, restColumns] = fit(width!, kw);
  const strides = [stride, stride];
  const pads = [padding, padding, padding, padding];
  const rule = (g: Tensor): Tensor[] => {
    const dx = apply('ConvTranspose', [g, w], x.shape, undefined, {
      strides,
      pads,
      output_padding: [restRows, restColumns],
    });
    const swap = (t: Tensor): Tensor => transpose(t, [1, 0, 2, 3]);
    const shape: Shape = [w.shape[1]!, out, kh + restRows, kw + restColumns];
    const dw = apply('Conv', [swap(x), swap(g)], shape, undefined, { dilations: strides, pads });
    // Rows and columns that the stride never reached make the result longer than the filter.
    const fitted = slice(slice(dw, 2, 0, kh), 3, 0, kw);
    return [dx, swap(fitted)];
  };
  return apply('Conv', [x, w], [batch!, out, rows, columns], rule, { strides, pads });
}

/** Maximum of each `size` × `size` square, [batch, channels, height, width]; the sides are multiples of `size`. */
export function maxPool2d(x: Tensor, size: number): Tensor {
  return pool(x, size, (squares) => max(squares, 2));
}
/** Mean of each square. */
export function meanPool2d(x: Tensor, size: number): Tensor {
  return pool(x, size, (squares) => mean(squares, [2]));
}

function pool(x: Tensor, size: number, reduce: (squares: Tensor) => Tensor): Tensor {
  const [batch, channels, height, width] = x.shape;
  const rows = fixedSize(height!) / size;
  const columns = fixedSize(width!) / size;
  const cells = reshape(x, [batch!, fixedSize(channels!) * rows, size, columns, size]);
  const squares = reshape(transpose(cells, [0, 1, 3, 2, 4]), [
    batch!,
    fixedSize(channels!) * rows * columns,
    size * size,
  ]);
  return reshape(reduce(squares), [batch!, channels!, rows, columns]);
}

/** Maximum over the real positions: x [batch, length, d], present [batch, length] of 1 and 0 → [batch, d]. */
export function maxPool(x: Tensor, present: Tensor): Tensor {
  const [batch, length, width] = x.shape;
  const off = mul(sub(1, reshape(present, [batch!, length!, 1])), MASKED);
  return reshape(max(add(x, off), 1), [batch!, width!]);
}

/** Mean over the real positions: x [batch, length, d], present [batch, length] of 1 and 0 → [batch, d]. */
export function meanPool(x: Tensor, present: Tensor): Tensor {
  const [batch, length, width] = x.shape;
  const weights = reshape(present, [batch!, length!, 1]);
  const total = sum(mul(x, weights), [1]);
  return reshape(div(total, add(sum(weights, [1]), 1e-9)), [batch!, width!]);
}
