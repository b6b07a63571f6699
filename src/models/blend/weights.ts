import { coordinateAscent, gather, type RankingMetrics, rankingMetrics } from '../../math/index.js';
import type { Model, Moments, Query } from '../recommender.js';
import { momentsOf } from '../support.js';
import type { HeldOut } from './holdOut.js';

/** One term of a blend: a member's standardised score, or that score where the candidate is rare. */
export interface Term {
  /** Its place among the members. */
  member: number;
  rare: boolean;
}

/** Negative ones too: what was liked long ago, less what is liked now, says what is over. */
const steps = [-1.5, -1, -0.75, -0.5, -0.3, -0.1, 0, 0.03, 0.07, 0.15, 0.3, 0.5, 0.75, 1, 1.5, 2.5, 4];
const rounds = 3;
/** Best items of each member among which a case is ranked. */
const pool = 100;
/** Length of the list whose two ends are watched, and its places. */
const listLength = 20;
const places = Uint32Array.from({ length: listLength }, (_, place) => place);
/** Ends of that list that a blend must not lose. */
const guarded = ['recall', 'mrr'] as const;
/** Share of the quality that all terms together may lose for a blend of fewer members, on so many cases; on fewer more. */
const worthKeeping = { share: 0.005, cases: 1_000 };
/** Fewer cases are too few to say what an algorithm is wrong about. */
const enoughForNegative = 200;
/** Queries scored at once. */
const chunk = 64;

/** NDCG at 10, recall and MRR at 20. */
type Quality = Pick<RankingMetrics, 'ndcg' | 'recall' | 'mrr'>;

/** A held-out case with what the terms say of its candidates. */
interface Pooled {
  /** Scores of the candidates, by term. */
  values: Float32Array[];
  /** Places among the candidates of what is right; all that is right may be more. */
  found: number[];
  targets: number;
}

/**
 * Coordinate ascent of NDCG@10 over the weights of the terms, from the best member alone on: on these cases a blend is
 * no worse than any of its members, and what it loses at the other end of the list (recall and MRR at 20) counts
 * against it. `rarity` by row, for the terms that ask for it. Rows from `size` on are no candidates: what nobody touched
 * is never what came next, and would teach that it never will be.
 */
export async function learnWeights(
  models: readonly Model[],
  cases: readonly HeldOut[],
  terms: readonly Term[] = models.map((_, member) => ({ member, rare: false })),
  rarity?: Float32Array,
  size = Number.POSITIVE_INFINITY,
): Promise<number[]> {
  const pooled: Pooled[] = [];
  for (const one of cases) {
    const pool = await poolOf(models, one, terms, rarity, size);
    if (pool) pooled.push(pool);
  }
  const measured = (weights: readonly number[]): Quality => measure(pooled, weights, cases.length);
  const alone = terms.map((_, at) => terms.map((__, other) => (other === at ? 1 : 0)));
  const single = alone.map(measured);
  const floor = Object.fromEntries(
    guarded.map((name) => [name, Math.max(...single.map((metrics) => metrics[name]))]),
  ) as Pick<Quality, (typeof guarded)[number]>;
  // What came next was seldom an item that nobody had touched: these cases cannot say that reading one misleads.
  const misjudges = (weights: readonly number[]): boolean =>
    terms.some(({ rare }, at) => rare && weights[at]! < 0);
  const quality = (weights: readonly number[]): number => {
    if (misjudges(weights)) return Number.NEGATIVE_INFINITY;
    const metrics = measured(weights);
    return metrics.ndcg - guarded.reduce((lost, name) => lost + Math.max(0, floor[name] - metrics[name]), 0);
  };
  const scores = alone.map(quality);
  const first = scores.indexOf(Math.max(...scores));
  const tried = cases.length < enoughForNegative ? steps.filter((step) => step >= 0) : steps;
  const weights = coordinateAscent({ start: alone[first]!, fixed: first, steps: tried, rounds }, quality);
  return pruned(
    weights,
    first,
    quality,
    worthKeeping.share * Math.sqrt(worthKeeping.cases / Math.max(1, cases.length)),
  );
}

/** Without the terms, smallest first, that are worth less than a `share`: each costs time at every request. */
function pruned(
  weights: readonly number[],
  fixed: number,
  quality: (weights: readonly number[]) => number,
  share: number,
): number[] {
  const best = quality(weights);
  let kept = [...weights];
  const order = [...weights.keys()].sort((a, b) => Math.abs(weights[a]!) - Math.abs(weights[b]!));
  for (const at of order) {
    if (at === fixed || kept[at] === 0) continue;
    const without = kept.map((weight, term) => (term === at ? 0 : weight));
    if (quality(without) >= (1 - share) * best) kept = without;
  }
  return kept;
}

/** The candidates of a case: the best of every member; undefined where nothing right is among them, whatever the weights. */
async function poolOf(
  models: readonly Model[],
  { query, targets, hidden }: HeldOut,
  terms: readonly Term[],
  rarity: Float32Array | undefined,
  size: number,
): Promise<Pooled | undefined> {
  const candidates = new Set<number>();
  for (const model of models)
    for (const row of (await model.retrieve(query, pool, (row) => row < size && !hidden.has(row))).rows)
      candidates.add(row);
  const rows = Uint32Array.from(candidates);
  const found = [...rows.keys()].filter((at) => targets.has(rows[at]!));
  if (found.length === 0) return undefined;
  const scores: Float32Array[] = [];
  for (const model of models) scores.push(await standardScores(model, query, rows));
  const values = terms.map(({ member, rare }) =>
    rare ? scores[member]!.map((score, at) => score * rarity![rows[at]!]!) : scores[member]!,
  );
  return { values, found, targets: targets.size };
}

/** Means over `count` cases, of which those not in `pooled` are missed. */
function measure(pooled: readonly Pooled[], weights: readonly number[], count: number): Quality {
  const total = { recall: 0, mrr: 0, ndcg: 0 };
  for (const { values, found, targets } of pooled) {
    const sum = new Float32Array(values[0]!.length);
    for (const [term, line] of values.entries()) addScaled(sum, line, weights[term]!);
    // Only where the right ones stand is asked, so nothing is sorted.
    const right = new Set(found.map((at) => placeOf(sum, at)));
    const long = rankingMetrics(places, right, listLength, targets);
    total.recall += long.recall;
    total.mrr += long.mrr;
    total.ndcg += rankingMetrics(places, right, 10, targets).ndcg;
  }
  const all = Math.max(1, count);
  return { recall: total.recall / all, mrr: total.mrr / all, ndcg: total.ndcg / all };
}

/** How many stand before the one at `at`: those that score more, and those before it that score the same. */
function placeOf(scores: Float32Array, at: number): number {
  const own = scores[at]!;
  let place = 0;
  for (let other = 0; other < scores.length; other++) {
    const score = scores[other]!;
    if (score > own || (score === own && other < at)) place++;
  }
  return place;
}

/** A member's scores of `rows` as deviations from its mean over the catalogue. */
export async function standardScores(model: Model, query: Query, rows: Uint32Array): Promise<Float32Array> {
  if (!model.moments) {
    const all = new Float32Array(model.items.size);
    await model.scoreAll([query], all);
    return standardise(gather(all, rows), momentsOf(all));
  }
  const moments = await model.moments(query);
  return standardise(await model.score(query, rows), moments);
}

/** The same of a member that may not know all rows: 0 for those that came after it was trained. */
export async function scoresOfKnown(model: Model, query: Query, rows: Uint32Array): Promise<Float32Array> {
  const { size } = model.items;
  const scores = await standardScores(
    model,
    query,
    rows.filter((row) => row < size),
  );
  let next = 0;
  return Float32Array.from(rows, (row) => (row < size ? scores[next++]! : 0));
}

/** Scores of a member, each query's with mean 0 and deviation 1 over the catalogue, [queries × items]. */
export async function standardised(model: Model, queries: readonly Query[]): Promise<Float32Array> {
  const { size } = model.items;
  const scores = new Float32Array(queries.length * size);
  for (let from = 0; from < queries.length; from += chunk) {
    const part = queries.slice(from, from + chunk);
    await model.scoreAll(part, scores.subarray(from * size, (from + part.length) * size));
  }
  for (let from = 0; from < scores.length; from += size) {
    const line = scores.subarray(from, from + size);
    standardise(line, momentsOf(line));
  }
  return scores;
}

function standardise(line: Float32Array, { mean, deviation }: Moments): Float32Array {
  const scale = deviation > 0 ? 1 / deviation : 0;
  for (let at = 0; at < line.length; at++) line[at] = (line[at]! - mean) * scale;
  return line;
}

export function addScaled(sum: Float32Array, line: Float32Array, weight: number): void {
  if (weight !== 0) for (let at = 0; at < line.length; at++) sum[at]! += weight * line[at]!;
}
