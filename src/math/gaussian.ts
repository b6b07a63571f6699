import { EndcapError, type Random } from '../core/index.js';

/** L of A = L·Lᵀ for a small symmetric positive definite A [n × n, row-major, lower triangle read], in place. */
export function factorize(a: Float64Array, n: number): void {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a[i * n + j]!;
      for (let t = 0; t < j; t++) sum -= a[i * n + t]! * a[j * n + t]!;
      if (i !== j) a[i * n + j] = sum / a[j * n + j]!;
      else if (sum > 0) a[i * n + i] = Math.sqrt(sum);
      else throw new EndcapError('not_positive_definite', 'The covariance is not positive definite');
    }
  }
}

/** x of L·x = b, in place. */
export function solveLower(l: Float64Array, n: number, b: Float64Array): void {
  for (let i = 0; i < n; i++) {
    let sum = b[i]!;
    for (let t = 0; t < i; t++) sum -= l[i * n + t]! * b[t]!;
    b[i] = sum / l[i * n + i]!;
  }
}

/** x of Lᵀ·x = b, in place. */
export function solveUpper(l: Float64Array, n: number, b: Float64Array): void {
  for (let i = n - 1; i >= 0; i--) {
    let sum = b[i]!;
    for (let t = i + 1; t < n; t++) sum -= l[t * n + i]! * b[t]!;
    b[i] = sum / l[i * n + i]!;
  }
}

/** A draw of the gamma distribution with mean shape / rate (Marsaglia & Tsang 2000). */
export function gamma(shape: number, rate: number, rng: Random): number {
  if (shape < 1) return gamma(shape + 1, rate, rng) * (1 - rng.float()) ** (1 / shape);
  const d = shape - 1 / 3;
  for (;;) {
    const x = rng.normal();
    const v = (1 + x / Math.sqrt(9 * d)) ** 3;
    if (v > 0 && Math.log(1 - rng.float()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return (d * v) / rate;
  }
}

/**
 * A draw of the Wishart distribution with mean degrees · S⁻¹, from S [n × n], in place of S (Bartlett 1933): with
 * S = L·Lᵀ and T lower triangular, M = L⁻ᵀ·T, the draw is M·Mᵀ.
 */
export function wishart(s: Float64Array, n: number, degrees: number, rng: Random): void {
  factorize(s, n);
  const columns = Array.from({ length: n }, (_, j) => {
    const column = new Float64Array(n);
    column[j] = Math.sqrt(2 * gamma((degrees - j) / 2, 1, rng));
    for (let i = j + 1; i < n; i++) column[i] = rng.normal();
    solveUpper(s, n, column);
    return column;
  });
  s.fill(0);
  for (const column of columns)
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) s[i * n + j]! += column[i]! * column[j]!;
}
