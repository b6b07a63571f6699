import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { EndcapError, Vocabulary } from '../../src/core/index.js';
import { rankingMetrics } from '../../src/math/index.js';
import type { Model } from '../../src/models/index.js';
import { evaluate, ratingErrors } from '../../src/train/index.js';
import { meanRating } from '../../src/train/ratings.js';
import type { Window } from '../../src/train/split.js';
import { dataset, query } from '../models/support.js';

const fixed = (ids: readonly string[], scores: readonly number[]): Model =>
  ({
    name: 'fixed',
    items: new Vocabulary(ids),
    scoreAll: async (queries: unknown[], out: Float32Array) => {
      queries.forEach((_, at) => {
        out.set(scores, at * ids.length);
      });
    },
  }) as unknown as Model;

const close = (value: number, expected: number, what: string): void =>
  assert.ok(Math.abs(value - expected) < 1e-9, `${what} ${value}, not ${expected}`);

const caseOf = (seen: string[], targets: string[]) => ({
  ...query(seen),
  targets: new Set(targets),
  seen: new Set(seen),
});

test('evaluation is what a hand computes', async () => {
  const model = fixed(['a', 'b', 'c', 'd'], [4, 3, 2, 1]);
  // Of four shoppers one had b, two had c, none had d.
  const past = dataset([['a', 'c', 'a'], ['c'], ['a', 'b'], ['a']]);
  // First: a is hidden, so b, c are shown; c is right. Second: a, b are shown; both of a, z are wanted, z is unknown.
  const cases = [caseOf(['a'], ['c']), caseOf(['d'], ['a', 'z'])];
  const result = await evaluate(model, { past, cases, ratings: [] }, { k: 2, seed: 1 });
  const ideal = 1 + 1 / Math.log2(3);
  const expected = {
    precision: 0.5,
    recall: (1 + 0.5) / 2,
    f1: (2 / 3 + 0.5) / 2,
    mrr: (0.5 + 1) / 2,
    hitRate: 1,
    ndcg: (1 / Math.log2(3) + 1 / ideal) / 2,
  };
  for (const [name, value] of Object.entries(expected)) {
    const { mean, low, high } = result.metrics[name as keyof typeof expected];
    close(mean, value, name);
    assert.ok(low <= mean && mean <= high);
  }
  assert.equal(result.coverage, 3 / 4);
  const bits = (had: number): number => -Math.log2((had + 1) / 5);
  close(result.novelty.mean, ((bits(1) + bits(2)) / 2 + (bits(3) + bits(1)) / 2) / 2, 'novelty');
  assert.equal(result.cases, 2);
});

test('errors of ratings are what a hand computes, between intervals that hold them', () => {
  const ratings = [5, 3, 1].map((rating) => ({ ...query(['a']), item: 'b', rating }));
  const { mae, rmse, ratings: count } = ratingErrors(ratings, () => 4, 1);
  close(mae.mean, (1 + 1 + 3) / 3, 'MAE');
  close(rmse.mean, Math.sqrt((1 + 1 + 9) / 3), 'RMSE');
  assert.equal(count, 3);
  for (const { low, mean, high } of [mae, rmse]) assert.ok(low <= mean && mean <= high);
  const past = dataset([['a', 'b'], ['a']], [[5, 1], [Number.NaN]]);
  assert.equal(meanRating({ past } as Window)(), 3, 'what was not rated has no say');
  assert.equal(meanRating({ past: dataset([['a']]) } as Window)(), 0);
});

test('metrics of a list: bounded, best when all right ones come first, blind to what comes after k', () => {
  const list = fc.record({
    ranked: fc.uniqueArray(fc.nat({ max: 30 }), { maxLength: 20 }),
    relevant: fc.uniqueArray(fc.nat({ max: 30 }), { minLength: 1, maxLength: 12 }),
    k: fc.integer({ min: 1, max: 12 }),
  });
  fc.assert(
    fc.property(list, ({ ranked, relevant, k }) => {
      const right = new Set(relevant);
      const metrics = rankingMetrics(ranked, right, k);
      for (const value of Object.values(metrics)) assert.ok(value >= 0 && value <= 1 + 1e-12);
      assert.deepEqual(rankingMetrics(ranked.slice(0, k), right, k), metrics);
      const ideal = rankingMetrics([...relevant, ...ranked.filter((row) => !right.has(row))], right, k);
      close(ideal.ndcg, 1, 'ideal NDCG');
      assert.equal(ideal.mrr, 1);
      close(ideal.recall, Math.min(k, relevant.length) / relevant.length, 'ideal recall');
      // Straight from the definitions, in another way.
      const hits = ranked.slice(0, k).filter((row) => right.has(row)).length;
      close(metrics.precision, hits / k, 'precision');
      close(metrics.recall, hits / relevant.length, 'recall');
      const { precision: p, recall: r } = metrics;
      close(metrics.f1, hits > 0 ? 2 / (1 / p + 1 / r) : 0, 'F1');
      assert.equal(metrics.hitRate, hits > 0 ? 1 : 0);
      const first = ranked.slice(0, k).findIndex((row) => right.has(row));
      close(metrics.mrr, first < 0 ? 0 : 1 / (first + 1), 'MRR');
      for (const worse of swaps(ranked, right, k))
        assert.ok(rankingMetrics(worse, right, k).ndcg <= metrics.ndcg + 1e-12, 'NDCG falls with the rank');
    }),
  );
});

/** The list with one right item moved one place down past a wrong one. */
function* swaps(ranked: readonly number[], right: ReadonlySet<number>, k: number): Generator<number[]> {
  for (let at = 0; at + 1 < Math.min(k, ranked.length); at++) {
    const [a, b] = [ranked[at]!, ranked[at + 1]!];
    if (right.has(a) && !right.has(b)) yield ranked.with(at, b).with(at + 1, a);
  }
}

test('a model whose scores are no numbers is refused by name', async () => {
  const model = fixed(['a', 'b'], [1, Number.NaN]);
  const window = { past: dataset([['a', 'b']]), cases: [caseOf(['a'], ['b'])], ratings: [] };
  await assert.rejects(
    evaluate(model, window, { k: 2, seed: 1 }),
    (error) => error instanceof EndcapError && /fixed gives scores that are no numbers/.test(error.message),
  );
});
