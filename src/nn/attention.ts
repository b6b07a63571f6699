import { reshape } from './broadcast.js';
import { add, mul, sub } from './elementwise.js';
import { type Graph, MASKED } from './graph.js';
import { linear } from './layers.js';
import { matmul } from './matmul.js';
import { softmax } from './reduce.js';
import { fixedSize, gather, transpose } from './shape.js';
import type { Dim, Tensor } from './tensor.js';
import { zeros } from './weights.js';

export interface AttentionOptions {
  heads: number;
  /** Added to the scores, broadcast to [batch, heads, length, length] (`paddingMask`, `Graph.causalMask`, `distanceBias`). */
  mask?: Tensor;
  /** Dropout of the attention weights. */
  rate?: number;
  /** Keys and values come from here instead of x. */
  memory?: Tensor;
  bias?: boolean;
}

/**
 * Multi-head attention, [batch, length, d] → [batch, length, d]. Each head mixes the values V by the weights
 * softmax(Q Kᵀ / √(d / heads) + mask), so a position reads from those positions that its query fits best.
 */
export function attention(g: Graph, name: string, x: Tensor, options: AttentionOptions): Tensor {
  const { heads, mask, rate = 0, memory = x, bias = true } = options;
  const inner = g.scope(name);
  const width = fixedSize(x.shape.at(-1)!);
  const project = (part: string, from: Tensor): Tensor =>
    split(linear(inner, part, from, width, { bias }), heads);
  const q = project('query', x);
  const k = project('key', memory);
  const v = project('value', memory);
  const scores = matmul(q, k, { transposeB: true, scale: 1 / Math.sqrt(width / heads) });
  const weights = softmax(mask ? add(scores, mask) : scores);
  const mixed = matmul(g.dropout(weights, rate), v);
  return linear(inner, 'out', join(mixed, x), width, { bias });
}

/** [batch, length, d] → [batch, heads, length, d / heads] */
function split(x: Tensor, heads: number): Tensor {
  const [batch, length, width] = x.shape;
  if (heads === 1) return reshape(x, [batch!, 1, length!, width!], undefined);
  return transpose(reshape(x, [batch!, length!, heads, fixedSize(width!) / heads]), [0, 2, 1, 3]);
}

/** [batch, heads, length, d / heads] → the shape of `like`, [batch, length, d] */
function join(x: Tensor, like: Tensor): Tensor {
  const swapped = x.shape[1] === 1 ? x : transpose(x, [0, 2, 1, 3]);
  return reshape(swapped, like.shape, like);
}

/**
 * A learned number for each head and distance (Shaw et al. 2018 as simplified in T5), added to the scores with the
 * causal mask: [heads, length, length], where row i and column j ≤ i hold the number of distance i − j < count.
 */
export function distanceBias(
  g: Graph,
  name: string,
  length: Dim,
  options: { heads: number; count: number },
): Tensor {
  const table = g.parameter(name, [options.count, options.heads], zeros);
  return transpose(gather(table, g.distances(length)), [2, 0, 1]);
}

/** From present, [batch, length] of 1 (real) and 0 (padding): [batch, 1, 1, length] of 0 and −∞. */
export function paddingMask(present: Tensor): Tensor {
  const [batch, length] = present.shape;
  return reshape(mul(sub(1, present), MASKED), [batch!, 1, 1, length!], undefined);
}
