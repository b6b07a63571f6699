import { type Bm25Options, defaultBm25, InvertedIndex } from '../../src/index/index.js';
import { bootstrap, dot, pairedDifference } from '../../src/math/index.js';
import { vectorLearning } from '../../src/search/index.js';
import { meaningPart, rankWeights, relevance } from '../../src/search/rank.js';
import {
  Analyser,
  subwordEmbedder,
  type TextEmbedder,
  trainWordVectors,
  vectorizer,
} from '../../src/text/index.js';
import type { BenchRow } from '../support/row.js';
import { csvRecords, gunzipped } from '../support/searchItems.js';
import { interval } from './shop.js';

export interface Judged {
  query: string;
  title: string;
  description: string;
  gain: number;
  /** Of the judges' grades. */
  variance: number;
  fold: number;
}

/** CrowdFlower: labelled pairs of queries and products, by query. */
export function crowdFlower(data: string): { pairs: Judged[]; byQuery: Map<string, number[]> } | undefined {
  const text = gunzipped(data, 'crowdflower-relevance/train.csv.gz');
  if (!text) return undefined;
  const pairs = csvRecords(text).map((row) => ({
    query: row.query!,
    title: row.product_title!,
    description: row.product_description!,
    gain: 2 ** Number(row.median_relevance) - 1,
    variance: Number(row.relevance_variance),
    fold: Number(row.fold),
  }));
  const byQuery = new Map<string, number[]>();
  pairs.forEach(({ query }, at) => {
    const known = byQuery.get(query);
    if (known) known.push(at);
    else byQuery.set(query, [at]);
  });
  return { pairs, byQuery };
}

function ndcg10(gains: readonly number[]): number {
  const sum = (list: readonly number[]): number =>
    list.slice(0, 10).reduce((total, gain, at) => total + gain / Math.log2(at + 2), 0);
  return sum(gains) / sum([...gains].sort((a, b) => b - a));
}

/** Scores of a query's labelled products, in their order. */
export type Scorer = (query: string, rows: readonly number[]) => Float32Array;

function evaluate(
  { pairs, byQuery }: NonNullable<ReturnType<typeof crowdFlower>>,
  scorer: Scorer,
): Float64Array {
  return Float64Array.from(byQuery, ([query, rows]) => {
    const scores = scorer(query, rows);
    const order = rows.map((_, at) => at).sort((a, b) => scores[b]! - scores[a]! || rows[a]! - rows[b]!);
    return ndcg10(order.map((at) => pairs[rows[at]!]!.gain));
  });
}

export function wordsScorer(pairs: readonly Judged[], options: Bm25Options = defaultBm25): Scorer {
  const analyser = new Analyser();
  const index = new InvertedIndex(analyser, options);
  pairs.forEach(({ title, description }, at) => {
    index.put(at, [title, '', '', description]);
  });
  return (query, rows) => {
    const clauses = analyser.tokens(query).flatMap(({ word }) => {
      const term = index.lexicon.termOf(word);
      return term < 0 ? [] : [{ required: true, alternatives: [{ terms: [term], weight: 1 }] }];
    });
    const matches = index.match(clauses);
    return Float32Array.from(rows, (row) => matches.score(row));
  };
}

async function meaningScorer(
  pairs: readonly Judged[],
  queries: readonly string[],
  embedder: TextEmbedder,
): Promise<Scorer> {
  const titles = await embedder.embed(pairs.map(({ title }) => title));
  const asked = new Map<string, Float32Array>();
  const vectors = await embedder.embed(queries);
  queries.forEach((query, at) => {
    asked.set(query, vectors[at]!);
  });
  return (query, rows) =>
    Float32Array.from(rows, (row) => dot(titles[row]!, 0, asked.get(query)!, 0, embedder.dimension));
}

/** As the engine ranks. */
function fused(words: Scorer, meaning: Scorer, weight: number): Scorer {
  const analyser = new Analyser();
  return (query, rows) => {
    const part = meaningPart(meaning(query, rows), analyser.tokens(query).length);
    return relevance({ words: words(query, rows), meaning: part }, weight);
  };
}

/** Weights of meaning that are tried on even queries. */
const tried = [0.5, 1, 1.5, 2, 2.5, 3, 4, 6, 8];

const data = 'CrowdFlower, 261 queries, labelled products';

/** Lexical and hybrid NDCG@10. The engine's weights were chosen on even queries; all queries are told, and the odd. */
export async function relevanceRows(
  folder: string,
  smoke: boolean,
  onnx: TextEmbedder | undefined,
): Promise<BenchRow[]> {
  const set = crowdFlower(folder);
  if (!set) return [];
  const { pairs } = set;
  const queries = [...set.byQuery.keys()];
  const row = (
    metric: string,
    values: Float64Array,
    reference?: number | string,
    source?: string,
  ): BenchRow => {
    const { mean, low, high } = bootstrap(values, 1);
    return {
      data,
      metric: `${metric} NDCG@10`,
      value: mean,
      ...(reference === undefined ? {} : { reference }),
      source: [interval({ low, high }), source].filter(Boolean).join('; '),
    };
  };
  const words = wordsScorer(pairs);
  const lexical = evaluate(set, words);
  const rows = [
    row('BM25F', lexical, 0.828, 'MiniSearch in an earlier run; target ≥ .828'),
    row(
      'order of the file',
      evaluate(set, (_, { length }) => new Float32Array(length)),
      0.727,
      'random order, earlier run',
    ),
    await miniSearchRow(set, row),
  ];
  const titles = [...new Set(pairs.map(({ title }) => title))];
  const { options, trust } = vectorLearning(titles.length);
  const learned = trainWordVectors(titles, { ...options, ...(smoke && { dimension: 16, epochs: 1 }) });
  const ownWeight = trust * rankWeights.meaning;
  const { meaningOfModel } = rankWeights;
  const hybrids: [string, TextEmbedder, number, number][] = [
    ['subword vectors', subwordEmbedder(vectorizer(learned)), ownWeight, 0.842],
  ];
  if (onnx && !smoke) hybrids.push(['MiniLM (ONNX)', onnx, meaningOfModel, 0.855]);
  for (const [name, embedder, weight, target] of hybrids) {
    const meaning = await meaningScorer(pairs, queries, embedder);
    rows.push(row(`${name} alone`, evaluate(set, meaning)));
    const even = (values: Float64Array): number =>
      bootstrap(
        values.filter((_, at) => at % 2 === 0),
        1,
        1,
      ).mean;
    const values = evaluate(set, fused(words, meaning, weight));
    const best = tried
      .map((other) => ({ other, value: even(evaluate(set, fused(words, meaning, other))) }))
      .sort((a, b) => b.value - a.value)[0]!;
    rows.push({
      data,
      metric: `${name}: weight that is best on even queries`,
      value: best.other,
      reference: weight,
      source: `the engine's; NDCG@10 of even queries ${best.value.toFixed(4)}, ${even(values).toFixed(4)}`,
    });
    const gain = pairedDifference(values, lexical, 1);
    rows.push(row(`search with ${name},`, values, target, 'target, all queries'));
    const odd = (list: Float64Array): Float64Array => list.filter((_, at) => at % 2 === 1);
    rows.push(
      row(
        `search with ${name}, odd queries,`,
        odd(values),
        bootstrap(odd(lexical), 1, 1).mean,
        'BM25F on them',
      ),
    );
    rows.push({
      data,
      metric: `${name}: gain over BM25F`,
      value: gain.mean,
      reference: 0,
      source: `${interval(gain)}; target: interval above 0`,
    });
    const worse = values.filter((value, at) => value < lexical[at]! - 1e-9).length / values.length;
    rows.push({ data, metric: `${name}: share of queries made worse`, value: worse });
  }
  return rows;
}

async function miniSearchRow(
  set: NonNullable<ReturnType<typeof crowdFlower>>,
  row: (metric: string, values: Float64Array) => BenchRow,
): Promise<BenchRow> {
  const { default: MiniSearch } = await import('minisearch');
  const mini = new MiniSearch({ fields: ['title', 'description'] });
  mini.addAll(set.pairs.map((pair, id) => ({ ...pair, id })));
  return row(
    'MiniSearch (title × 2), same run,',
    evaluate(set, (query, rows) => {
      const scores = new Map(
        mini.search(query, { boost: { title: 2 } }).map(({ id, score }) => [id as number, score]),
      );
      return Float32Array.from(rows, (at) => scores.get(at) ?? 0);
    }),
  );
}
