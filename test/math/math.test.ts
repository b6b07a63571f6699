import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { random } from '../../src/core/index.js';
import {
  bootstrap,
  invertSpd,
  mae,
  pairedDifference,
  rankingMetrics,
  rmse,
  topK,
} from '../../src/math/index.js';

test('topK equals sorting, with ties to the lower row and refused rows left out', () => {
  const values = fc.array(fc.integer({ min: -5, max: 5 }), { maxLength: 60 });
  fc.assert(
    fc.property(values, fc.integer({ min: 0, max: 70 }), fc.integer({ min: 1, max: 4 }), (list, k, nth) => {
      const allowed = (row: number): boolean => row % nth === 0;
      const wanted = list.map((score, row) => ({ score, row })).filter(({ row }) => allowed(row));
      wanted.sort((a, b) => b.score - a.score || a.row - b.row);
      const top = topK(Float32Array.from(list), k, allowed);
      assert.deepEqual(
        [...top.rows],
        wanted.slice(0, k).map(({ row }) => row),
      );
      assert.deepEqual(
        [...top.scores],
        wanted.slice(0, k).map(({ score }) => score),
      );
      // By another order where the scores are equal: the higher row first.
      const ties = list.map((_, row) => list.length - row);
      wanted.sort((a, b) => b.score - a.score || b.row - a.row);
      assert.deepEqual(
        [...topK(Float32Array.from(list), k, allowed, ties).rows],
        wanted.slice(0, k).map(({ row }) => row),
      );
    }),
  );
});

test('ranking metrics of a list worked by hand', () => {
  // Ranked 7, 3, 9, 1; right are 3, 1 and one unknown: hits at places 2 and 4.
  const metrics = rankingMetrics([7, 3, 9, 1], new Set([3, 1]), 4, 3);
  const ideal = 1 + 1 / Math.log2(3) + 1 / 2;
  assert.equal(metrics.precision, 0.5);
  assert.equal(metrics.recall, 2 / 3);
  assert.ok(Math.abs(metrics.f1 - (2 * 0.5 * (2 / 3)) / (0.5 + 2 / 3)) < 1e-12);
  assert.ok(Math.abs(metrics.ndcg - (1 / Math.log2(3) + 1 / Math.log2(5)) / ideal) < 1e-12);
  assert.equal(metrics.mrr, 0.5);
  assert.equal(metrics.hitRate, 1);
  assert.equal(rankingMetrics([7], new Set([3]), 1).ndcg, 0);
});

test('a perfect list scores one and metrics stay within [0, 1]', () => {
  const rows = fc.uniqueArray(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(rows, rows, fc.integer({ min: 1, max: 25 }), (ranked, right, k) => {
      const metrics = rankingMetrics(ranked, new Set(right), k);
      for (const value of Object.values(metrics)) assert.ok(value >= 0 && value <= 1);
      const perfect = rankingMetrics(right, new Set(right), right.length);
      for (const value of Object.values(perfect)) assert.ok(Math.abs(value - 1) < 1e-12);
    }),
  );
});

test('errors of predictions', () => {
  assert.equal(mae([1, 4], [2, 2]), 1.5);
  assert.equal(rmse([1, 4], [2, 2]), Math.sqrt(2.5));
});

test('a bootstrap interval holds the mean and tells a real difference from none', () => {
  const next = random(1);
  const a = Float64Array.from({ length: 400 }, () => next.normal());
  const b = a.map((value) => value + 0.2 + 0.1 * next.normal());
  const interval = bootstrap(a, 3);
  assert.ok(interval.low < interval.mean && interval.mean < interval.high);
  assert.ok(Math.abs(interval.high - interval.low - 2 * 1.96 * 0.05) < 0.03);
  assert.ok(pairedDifference(b, a, 3).low > 0.15);
  assert.ok(pairedDifference(a, a, 3).low === 0);
});

test('A times its inverse is the identity', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 70 }), fc.integer(), (n, seed) => {
      const next = random(seed);
      const x = Float32Array.from({ length: n * n }, () => next.normal());
      const a = new Float32Array(n * n);
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < n; j++) {
          for (let t = 0; t < n; t++) a[i * n + j]! += x[i * n + t]! * x[j * n + t]!;
          if (i === j) a[i * n + j]! += n;
        }
      }
      const inverse = a.slice();
      invertSpd(inverse, n);
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < n; j++) {
          let sum = 0;
          for (let t = 0; t < n; t++) sum += a[i * n + t]! * inverse[t * n + j]!;
          assert.ok(Math.abs(sum - (i === j ? 1 : 0)) < 1e-3);
        }
      }
    }),
    { numRuns: 20 },
  );
  assert.throws(() => invertSpd(Float32Array.from([1, 2, 2, 1]), 2), /positive definite/);
});
