import type { Numbers } from '../../trees/index.js';
import type { UpliftData } from './data.js';

/** Codes of one category that get a weight of their own. */
const codesKept = 20;
/** Penalty of a standardised weight, in rows. */
const penalty = 100;

/** A linear effect over standardised columns and the commonest codes of categories. */
export interface RidgeContent {
  /** Column and, for a category, the code that makes the term 1. Missing numbers count as the mean. */
  terms: { column: number; code?: number; mean: number; scale: number }[];
  weights: Float64Array;
  intercept: number;
}

export function fitRidge(
  { names, columns, categories = [] }: UpliftData,
  target: Float64Array,
): RidgeContent {
  const terms = columns.flatMap((column, at) =>
    categories.includes(names[at]!) ? codeTerms(column, at) : [numberTerm(column, at)],
  );
  const intercept = target.reduce((sum, value) => sum + value, 0) / target.length;
  const size = terms.length;
  const gram = Array.from({ length: size }, () => new Float64Array(size));
  const right = new Float64Array(size);
  const x = new Float64Array(size);
  const row = new Float64Array(columns.length);
  for (let r = 0; r < target.length; r++) {
    for (let f = 0; f < columns.length; f++) row[f] = columns[f]![r]!;
    terms.forEach((term, at) => {
      x[at] = termValue(term, row);
    });
    for (let i = 0; i < size; i++) {
      right[i]! += x[i]! * (target[r]! - intercept);
      for (let j = 0; j <= i; j++) gram[i]![j]! += x[i]! * x[j]!;
    }
  }
  return { terms, weights: solve(gram, right), intercept };
}

export function ridgeScore({ terms, weights, intercept }: RidgeContent, row: ArrayLike<number>): number {
  let sum = intercept;
  for (let at = 0; at < terms.length; at++) sum += weights[at]! * termValue(terms[at]!, row);
  return sum;
}

function termValue(
  { column, code, mean, scale }: RidgeContent['terms'][number],
  row: ArrayLike<number>,
): number {
  const value = row[column]!;
  if (code !== undefined) return ((value === code ? 1 : 0) - mean) / scale;
  return Number.isNaN(value) ? 0 : (value - mean) / scale;
}

function numberTerm(column: Numbers, at: number): RidgeContent['terms'][number] {
  const known = Array.from(column).filter((value) => Number.isFinite(value));
  const mean = known.reduce((sum, value) => sum + value, 0) / Math.max(1, known.length);
  const square = known.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, known.length);
  return { column: at, mean, scale: Math.sqrt(square) || 1 };
}

function codeTerms(column: Numbers, at: number): RidgeContent['terms'] {
  const counts = new Map<number, number>();
  for (const code of column) counts.set(code, (counts.get(code) ?? 0) + 1);
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .slice(0, codesKept)
    .map(([code, count]) => {
      const mean = count / column.length;
      return { column: at, code, mean, scale: Math.sqrt(mean * (1 - mean)) || 1 };
    });
}

/** Cholesky on the lower half, with the penalty on the diagonal. */
function solve(gram: Float64Array[], right: Float64Array): Float64Array {
  const n = right.length;
  for (let i = 0; i < n; i++) {
    gram[i]![i]! += penalty;
    for (let j = 0; j <= i; j++) {
      let sum = gram[i]![j]!;
      for (let k = 0; k < j; k++) sum -= gram[i]![k]! * gram[j]![k]!;
      gram[i]![j] = i === j ? Math.sqrt(Math.max(sum, 1e-12)) : sum / gram[j]![j]!;
    }
  }
  const x = right.slice();
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) x[i]! -= gram[i]![k]! * x[k]!;
    x[i]! /= gram[i]![i]!;
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) x[i]! -= gram[k]![i]! * x[k]!;
    x[i]! /= gram[i]![i]!;
  }
  return x;
}
