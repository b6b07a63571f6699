import { invertSpd } from '../math/index.js';
import { compileInference, type Inference, matmul, Weights } from '../nn/index.js';
import { threads } from './threads.js';

/** Below this size the plain loop is faster than calls into the native runtime. */
const small = 192;

/**
 * Inverse of a symmetric positive definite matrix [n × n] by blocks (Schur complement), so that all heavy work is
 * matrix products, which run natively: with A = [[P, Qᵀ], [Q, R]], W = Q·P⁻¹ and S = R − W·Qᵀ,
 * A⁻¹ = [[P⁻¹ + Wᵀ·S⁻¹·W, −Wᵀ·S⁻¹], [−S⁻¹·W, S⁻¹]].
 */
export async function inverse(a: Float32Array, n: number): Promise<Float32Array> {
  const product = await compileInference(
    new Weights(0),
    (g) => ({ out: matmul(g.input('a', ['m', 'k']), g.input('b', ['k', 'n'])) }),
    { threads },
  );
  try {
    return await invert(a, n, product);
  } finally {
    await product.release();
  }
}

async function invert(a: Float32Array, n: number, product: Inference): Promise<Float32Array> {
  if (n <= small) {
    const copy = a.slice();
    invertSpd(copy, n);
    return copy;
  }
  const h = n >> 1;
  const r = n - h;
  const times = async (
    x: Float32Array,
    y: Float32Array,
    m: number,
    k: number,
    columns: number,
  ): Promise<Float32Array> =>
    (await product.run({ a: x, b: y }, { m, k, n: columns })).out!.slice(0, m * columns);
  const q = part(a, n, h, 0, r, h);
  const qT = transposed(q, r, h);
  const p = await invert(part(a, n, 0, 0, h, h), h, product);
  const w = await times(q, p, r, h, h);
  const s = part(a, n, h, h, r, r);
  subtract(s, await times(w, qT, r, h, r));
  const sInverse = await invert(s, r, product);
  const lower = await times(sInverse, w, r, r, h);
  const correction = await times(transposed(w, r, h), lower, h, r, h);
  const out = new Float32Array(n * n);
  for (let i = 0; i < h; i++) {
    for (let j = 0; j < h; j++) out[i * n + j] = p[i * h + j]! + correction[i * h + j]!;
  }
  for (let i = 0; i < r; i++) {
    for (let j = 0; j < h; j++) out[(h + i) * n + j] = out[j * n + h + i] = -lower[i * h + j]!;
    out.set(sInverse.subarray(i * r, (i + 1) * r), (h + i) * n + h);
  }
  return out;
}

function part(
  a: Float32Array,
  n: number,
  top: number,
  left: number,
  rows: number,
  columns: number,
): Float32Array {
  const out = new Float32Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    const at = (top + i) * n + left;
    out.set(a.subarray(at, at + columns), i * columns);
  }
  return out;
}

function transposed(a: Float32Array, rows: number, columns: number): Float32Array {
  const out = new Float32Array(rows * columns);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[j * rows + i] = a[i * columns + j]!;
  return out;
}

function subtract(a: Float32Array, b: Float32Array): void {
  for (let at = 0; at < a.length; at++) a[at]! -= b[at]!;
}
