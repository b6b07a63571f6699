import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { random } from '../../src/core/index.js';
import { factorize, gamma, solveLower, solveUpper, wishart } from '../../src/math/index.js';

const numbers = fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: 20, maxLength: 20 });

test('solving with the factor of A solves A', () => {
  fc.assert(
    fc.property(numbers, (values) => {
      const n = 4;
      const a = new Float64Array(n * n);
      for (let i = 0; i < n; i++)
        for (let j = 0; j < n; j++) {
          a[i * n + j] = i === j ? 1 : 0;
          for (let t = 0; t < n; t++) a[i * n + j]! += values[i * n + t]! * values[j * n + t]!;
        }
      const b = Float64Array.from(values.slice(16));
      const factor = a.slice();
      factorize(factor, n);
      const x = b.slice();
      solveLower(factor, n, x);
      solveUpper(factor, n, x);
      for (let i = 0; i < n; i++) {
        let sum = 0;
        for (let j = 0; j < n; j++) sum += a[i * n + j]! * x[j]!;
        assert.ok(Math.abs(sum - b[i]!) < 1e-6, `${sum}, not ${b[i]}`);
      }
    }),
  );
});

test('gamma draws have the mean and the variance of the distribution', () => {
  const rng = random(3);
  for (const [shape, rate] of [
    [0.5, 2],
    [3, 0.5],
    [40, 10],
  ] as const) {
    const draws = Array.from({ length: 20_000 }, () => gamma(shape, rate, rng));
    const mean = draws.reduce((sum, x) => sum + x, 0) / draws.length;
    const variance = draws.reduce((sum, x) => sum + (x - mean) ** 2, 0) / draws.length;
    assert.ok(Math.abs(mean / (shape / rate) - 1) < 0.03, `mean ${mean} of ${shape}, ${rate}`);
    assert.ok(
      Math.abs(variance / (shape / rate ** 2) - 1) < 0.1,
      `variance ${variance} of ${shape}, ${rate}`,
    );
  }
});

test('Wishart draws have mean degrees · S⁻¹', () => {
  const rng = random(4);
  const [degrees, times] = [7, 20_000];
  const mean = new Float64Array(4);
  for (let draw = 0; draw < times; draw++) {
    const s = Float64Array.of(2, 0.5, 0.5, 1);
    wishart(s, 2, degrees, rng);
    for (let at = 0; at < 4; at++) mean[at]! += s[at]! / times;
  }
  // S⁻¹ = [[1, −.5], [−.5, 2]] / 1.75.
  const wanted = [1, -0.5, -0.5, 2].map((value) => (degrees * value) / 1.75);
  wanted.forEach((value, at) => {
    assert.ok(Math.abs(mean[at]! - value) < 0.1, `${mean}, not ${wanted}`);
  });
});
