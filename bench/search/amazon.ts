import { join } from 'node:path';
import { type Item, random } from '../../src/core/index.js';
import { bootstrap } from '../../src/math/index.js';
import type { Search } from '../../src/search/index.js';
import { lines } from '../support/datasets.js';
import type { BenchRow } from '../support/row.js';
import { catalogueInMemory, interval } from './shop.js';
import { Cosine, searchTold } from './shoppers.js';

interface Purchase {
  user: string;
  /** Number of the query it is said to have begun with. */
  query: number;
  item: string;
}

interface Asked {
  user: string;
  query: string;
  /** What the shopper bought under the query. */
  items: ReadonlySet<string>;
}

export interface Split {
  items: Item[];
  bought: ReadonlyMap<string, readonly string[]>;
  asked: Asked[];
}

/** Purchases under queries: what the shop knows, and what it is asked. The text of an item is its queries. */
export function splitOf(
  texts: readonly string[],
  known: readonly Purchase[],
  held: readonly Purchase[],
): Split {
  const under = new Map<string, Set<number>>();
  const bought = new Map<string, string[]>();
  for (const { user, query, item } of known) {
    const queries = under.get(item);
    if (queries) queries.add(query);
    else under.set(item, new Set([query]));
    const history = bought.get(user);
    if (!history) bought.set(user, [item]);
    else if (!history.includes(item)) history.push(item);
  }
  const items = [...under].map(
    ([id, queries]): Item => ({ id, title: [...queries].map((query) => texts[query]).join(' , ') }),
  );
  const pairs = new Map<string, { user: string; query: string; items: Set<string> }>();
  for (const { user, query, item } of held) {
    const key = `${user}_${query}`;
    const pair = pairs.get(key);
    if (pair) pair.items.add(item);
    else pairs.set(key, { user, query: texts[query]!, items: new Set([item]) });
  }
  return { items, bought, asked: [...pairs.values()] };
}

/** Share of the queries that are held out, and of the purchases under them, as HEM's own split does it. */
const heldShare = 0.3;

/**
 * HEM's split once more, within its training purchases: queries are held out where each of their items keeps another,
 * and of the purchases of these items a share. Nothing of the test is looked at.
 */
export function validationSplit(texts: readonly string[], train: readonly Purchase[], seed: number): Split {
  const chance = random(seed);
  const under = new Map<string, Set<number>>();
  const itemsOf = new Map<number, Set<string>>();
  for (const { query, item } of train) {
    under.set(item, (under.get(item) ?? new Set()).add(query));
    itemsOf.set(query, (itemsOf.get(query) ?? new Set()).add(item));
  }
  const queries = chance.shuffle([...itemsOf.keys()]);
  const held = new Set<number>();
  for (const query of queries) {
    const items = [...itemsOf.get(query)!];
    if (held.size >= heldShare * queries.length) break;
    if (items.some((item) => under.get(item)!.size === 1)) continue;
    held.add(query);
    for (const item of items) under.get(item)!.delete(query);
  }
  // A purchase is a line for each query of its item.
  const away = new Map<string, boolean>();
  const isAway = ({ user, item }: Purchase): boolean => {
    const key = `${user} ${item}`;
    const known = away.get(key) ?? chance.float() < heldShare;
    away.set(key, known);
    return known;
  };
  const heldItems = new Set([...held].flatMap((query) => [...itemsOf.get(query)!]));
  const known: Purchase[] = [];
  const asked: Purchase[] = [];
  for (const purchase of train) {
    const mayBeAway = heldItems.has(purchase.item) && isAway(purchase);
    if (held.has(purchase.query)) {
      if (mayBeAway) asked.push(purchase);
    } else if (!mayBeAway) known.push(purchase);
  }
  const left = new Set(known.map(({ item }) => item));
  return splitOf(
    texts,
    known,
    asked.filter(({ item }) => left.has(item)),
  );
}

export function amazonPurchases(
  folder: string,
): { texts: string[]; train: Purchase[]; test: Purchase[] } | undefined {
  const path = join(folder, 'amazon-product-search', 'cell-phones');
  const train = lines(path, 'train.qrels.gz');
  const test = lines(path, 'test.qrels.gz');
  const texts = lines(path, 'query_text.txt.gz');
  if (!train || !test || !texts) return undefined;
  const parse = (line: string): Purchase => {
    const [pair = '', , item = ''] = line.split(/\s+/);
    const cut = pair.lastIndexOf('_');
    return { user: pair.slice(0, cut), query: Number(pair.slice(cut + 1)), item };
  };
  return { texts, train: train.map(parse), test: test.map(parse) };
}

/** Search over what a split knows, told what goes with what and how popular it is. */
export async function searchOver({ items, bought }: Split): Promise<Search> {
  const catalogue = await catalogueInMemory(items);
  return searchTold(catalogue, new Cosine([...bought.values()]), (user) => bought.get(user) ?? []);
}

export interface Quality {
  map: Float64Array;
  ndcg: Float64Array;
}

/** Ids of an answer, best first, as far as anybody asks. */
type Ranking = (asked: Asked) => AsyncIterable<string> | Iterable<string>;

/** Average precision and NDCG@10 of each pair. */
export async function qualityOf(asked: readonly Asked[], ranking: Ranking): Promise<Quality> {
  const map = new Float64Array(asked.length);
  const ndcg = new Float64Array(asked.length);
  for (const [at, pair] of asked.entries()) {
    let place = 0;
    let hits = 0;
    for await (const id of ranking(pair)) {
      place++;
      if (!pair.items.has(id)) continue;
      hits++;
      map[at]! += hits / place / pair.items.size;
      if (place <= 10) ndcg[at]! += 1 / Math.log2(place + 1);
      if (hits === pair.items.size) break;
    }
    let ideal = 0;
    for (let rank = 1; rank <= Math.min(10, pair.items.size); rank++) ideal += 1 / Math.log2(rank + 1);
    ndcg[at]! /= ideal;
  }
  return { map, ndcg };
}

/** All pages of an answer. */
export const answersOf = (search: Search, personal: number): Ranking =>
  async function* ({ user, query }) {
    let cursor: string | undefined;
    do {
      const page = await search.search({
        user,
        query,
        count: 100,
        personal,
        facets: [],
        ...(cursor !== undefined && { cursor }),
      });
      for (const { id } of page.items) yield id;
      cursor = page.cursor;
    } while (cursor !== undefined);
  };

/** The index alone: BM25F of whichever words an item has, and `popular` times the logarithm of its purchases. */
export function byWords(search: Search, { bought }: Split, popular: number): Ranking {
  const { products } = search;
  const { words, analyser, catalogue } = products;
  const { popularity } = new Cosine([...bought.values()]);
  const ids = [...catalogue.all()].map(({ id }) => id);
  const extra = ids.map((id) => popular * Math.log1p(popularity.get(id) ?? 0));
  return ({ query }) => {
    const terms = analyser.tokens(query).filter(({ kind }) => kind === 'word');
    const matches = words.match(
      terms.flatMap(({ word }) => {
        const term = words.lexicon.termOf(word);
        return term < 0 ? [] : [{ required: true, alternatives: [{ terms: [term], weight: 1 }] }];
      }),
    );
    const scores = ids.map((id, at) => matches.score(catalogue.find(id)) + extra[at]!);
    return ids
      .map((_, at) => at)
      .sort((a, b) => scores[b]! - scores[a]! || a - b)
      .map((at) => ids[at]!);
  };
}

/** Splits of the training purchases on which weights are chosen, and pairs of each, at most so many of a query. */
const validationSeeds = [1, 2, 3, 4, 5, 6];
const validated = { pairs: 100, ofQuery: 8 };

/** A draw of the pairs in which no query outweighs the others. */
function drawn(asked: readonly Asked[], seed: number): Asked[] {
  const counts = new Map<string, number>();
  return random(seed)
    .shuffle([...asked])
    .filter(({ query }) => {
      const count = (counts.get(query) ?? 0) + 1;
      counts.set(query, count);
      return count <= validated.ofQuery;
    })
    .slice(0, validated.pairs);
}

const rankings: [name: string, ranking: (search: Search, split: Split) => Ranking][] = [
  ['index alone (BM25F)', (search, split) => byWords(search, split, 0)],
  ['index alone + log popularity', (search, split) => byWords(search, split, 1)],
  ['search, not personal', (search) => answersOf(search, 0)],
  ['search, personal', (search) => answersOf(search, 1)],
];
/** MAP and NDCG@10: BM25 and BM25 + popularity of an earlier run, for the test pairs; the target. */
const references: Record<string, [map: number, ndcg: number, source: string]> = {
  'index alone (BM25F)': [0.083, 0.096, 'BM25, earlier run'],
  'index alone + log popularity': [0.088, 0.109, 'BM25 + popularity, earlier run'],
  'search, not personal': [0.088, 0.109, 'BM25 + popularity, earlier run'],
  'search, personal': [0.1, 0.13, 'target; HEM .124/.153 (from memory)'],
};

/** MAP and NDCG@10 of each ranking, over all pairs of the splits. */
async function rowsOf(data: string, splits: readonly Split[], told: typeof references): Promise<BenchRow[]> {
  const parts: Quality[][] = rankings.map(() => []);
  for (const split of splits) {
    const search = await searchOver(split);
    for (const [at, [, ranking]] of rankings.entries())
      parts[at]!.push(await qualityOf(split.asked, ranking(search, split)));
    await search.close();
  }
  const metrics = [
    ['MAP', 'map', 0],
    ['NDCG@10', 'ndcg', 1],
  ] as const;
  return rankings.flatMap(([name], at) =>
    metrics.map(([metric, key, place]): BenchRow => {
      const values = Float64Array.from(parts[at]!.flatMap((part) => [...part[key]]));
      const { mean, low, high } = bootstrap(values, 1);
      const known = told[name];
      return {
        data,
        metric: `${name}, ${metric}`,
        value: mean,
        ...(known && { reference: known[place] }),
        source: [interval({ low, high }), known?.[2]].filter(Boolean).join('; '),
      };
    }),
  );
}

/**
 * Amazon product search (HEM's split): the text of an item is the queries it was bought under in training. Purchases
 * and queries are real, that the one led to the other is simulated. 84 test items: the intervals are wide.
 */
export async function amazonRows(folder: string, smoke: boolean): Promise<BenchRow[]> {
  const purchases = amazonPurchases(folder);
  if (!purchases) return [];
  const { texts, train, test } = purchases;
  const held = splitOf(texts, train, test);
  const asked = smoke ? held.asked.slice(0, 10) : held.asked;
  const data = `amazon-product-search, cell phones, ${held.asked.length} pairs (simulated)`;
  return rowsOf(data, [{ ...held, asked }], references);
}

/** The same on splits of the training purchases: what weights are chosen on. */
export async function amazonValidationRows(folder: string, smoke: boolean): Promise<BenchRow[]> {
  const purchases = amazonPurchases(folder);
  if (!purchases) return [];
  const splits = validationSeeds.slice(0, smoke ? 1 : undefined).map((seed) => {
    const split = validationSplit(purchases.texts, purchases.train, seed);
    return { ...split, asked: drawn(split.asked, seed).slice(0, smoke ? 10 : undefined) };
  });
  return rowsOf('amazon-product-search, cell phones, validation (simulated)', splits, {});
}
