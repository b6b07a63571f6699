import { join } from 'node:path';
import { type Item, type Profile, type ProfileEvent, random } from '../../src/core/index.js';
import { bootstrap, pairedDifference } from '../../src/math/index.js';
import { Search } from '../../src/search/index.js';
import { beautyEntries } from '../support/coldItems.js';
import { lines } from '../support/datasets.js';
import type { BenchRow } from '../support/row.js';
import { catalogueInMemory, interval } from './shop.js';

const now = Date.UTC(2026, 0, 1);
const day = 86_400_000;
const fade = 0.8;

/** How often items were bought together, over the root of how often each was: item-item cosine. */
class Cosine {
  readonly popularity = new Map<string, number>();
  readonly #buyers = new Map<string, number[]>();
  readonly #near = new Map<string, Map<string, number>>();

  constructor(private readonly histories: readonly (readonly string[])[]) {
    histories.forEach((history, user) => {
      for (const id of new Set(history)) {
        this.popularity.set(id, (this.popularity.get(id) ?? 0) + 1);
        const buyers = this.#buyers.get(id);
        if (buyers) buyers.push(user);
        else this.#buyers.set(id, [user]);
      }
    });
  }

  /** Sum of the cosines with the items of a history, older ones fading; its own items left out. */
  scores(history: readonly string[]): Map<string, number> {
    const sums = new Map<string, number>();
    history.forEach((id, at) => {
      const weight = fade ** (history.length - 1 - at);
      for (const [other, cosine] of this.#nearOf(id))
        sums.set(other, (sums.get(other) ?? 0) + weight * cosine);
    });
    for (const id of history) sums.delete(id);
    return sums;
  }

  #nearOf(id: string): Map<string, number> {
    let near = this.#near.get(id);
    if (near) return near;
    near = new Map();
    const buyers = this.#buyers.get(id) ?? [];
    for (const user of buyers)
      for (const other of new Set(this.histories[user]))
        if (other !== id) near.set(other, (near.get(other) ?? 0) + 1);
    for (const [other, count] of near)
      near.set(other, count / Math.sqrt(buyers.length * this.#buyers.get(other)!.length));
    this.#near.set(id, near);
    return near;
  }
}

function profileOf(user: string, history: readonly string[]): Profile {
  const events = history.map(
    (item, at): ProfileEvent => ({
      item,
      type: 'purchase',
      time: now - (history.length - at) * day,
      weight: 5,
    }),
  );
  return { user, events, total: events.length, counters: {} };
}

interface Case {
  user: number;
  target: string;
  word: string;
}

/**
 * Amazon Beauty: a shopper types a word of the title of what they bought next, and that is to stand first among the
 * items with the word. A simulated truth: nobody typed these words. Weights were chosen on even cases.
 */
export async function beautyRows(folder: string, smoke: boolean): Promise<BenchRow[]> {
  const entries = beautyEntries(folder);
  const sequences = lines(join(folder, 'beauty'), 'sequences.txt.gz')?.map((line) =>
    line.split(' ').slice(1),
  );
  if (!entries || !sequences) return [];
  const histories = sequences.map((sequence) => sequence.slice(0, -1));
  const cosine = new Cosine(histories);
  const holders = new Map<string, Set<string>>();
  const wordsOf = (id: string): string[] => [
    ...new Set((entries.get(id)?.title ?? '').toLowerCase().match(/[a-z]{3,}/g)),
  ];
  for (const id of entries.keys())
    for (const word of wordsOf(id)) {
      const known = holders.get(word);
      if (known) known.add(id);
      else holders.set(word, new Set([id]));
    }
  const chance = random(1);
  const cases: Case[] = [];
  sequences.forEach((sequence, user) => {
    const target = sequence.at(-1)!;
    const words = wordsOf(target).filter(
      (word) => holders.get(word)!.size >= 20 && holders.get(word)!.size <= 300,
    );
    if (words.length > 0) cases.push({ user, target, word: words[chance.int(words.length)]! });
  });
  chance.shuffle(cases);
  cases.length = smoke ? 100 : 4_000;

  const catalogue = await catalogueInMemory([...entries.values()]);
  let cold = false;
  const search = new Search(catalogue, {
    profile: (user) => profileOf(user, cold ? [] : histories[Number(user)]!),
    clock: () => now,
    signals: {
      popularity: (item) => cosine.popularity.get(catalogue.id(item)) ?? 0,
      related: ({ events }) => {
        const sums = cosine.scores(events.map(({ item }) => item));
        const best = Math.max(...sums.values());
        return new Map([...sums].map(([id, sum]) => [catalogue.find(id), sum / best]));
      },
    },
  });
  const bySearch = async ({ user, word }: Case, personal: number): Promise<string[]> => {
    const { items } = await search.search({ user: String(user), query: word, count: 100, personal });
    return items.map(({ id }) => id);
  };
  const measure = async (rank: (each: Case) => string[] | Promise<string[]>): Promise<Float64Array> => {
    const values = new Float64Array(cases.length);
    for (const [at, each] of cases.entries()) {
      const own = new Set(histories[each.user]);
      const among = holders.get(each.word)!;
      const list = (await rank(each)).filter((id) => among.has(id) && !own.has(id));
      const place = list.indexOf(each.target);
      values[at] = place >= 0 && place < 10 ? 1 / Math.log2(place + 2) : 0;
    }
    return values;
  };
  const sorted = (word: string, score: (id: string) => number): string[] =>
    [...holders.get(word)!]
      .map((id) => ({ id, score: score(id) }))
      .sort((a, b) => b.score - a.score)
      .map(({ id }) => id);
  const popular = await measure(({ word }) => sorted(word, (id) => cosine.popularity.get(id) ?? 0));
  const byCosine = await measure(({ user, word }) => {
    const sums = cosine.scores(histories[user]!);
    return sorted(word, (id) => (sums.get(id) ?? 0) + 1e-6 * (cosine.popularity.get(id) ?? 0));
  });
  const plain = await measure((each) => bySearch(each, 0));
  const personal = await measure((each) => bySearch(each, 1));
  cold = true;
  const unknown = await measure((each) => bySearch(each, 1));
  await search.close();
  const data = `beauty, a word of the next item's title, ${cases.length} shoppers (simulated)`;
  const odd = (values: Float64Array): Float64Array => values.filter((_, at) => at % 2 === 1);
  const row = (metric: string, values: Float64Array, reference?: number, source?: string): BenchRow => {
    const { mean, low, high } = bootstrap(odd(values), 1);
    return {
      data,
      metric: `${metric}, NDCG@10, odd cases`,
      value: mean,
      ...(reference === undefined ? {} : { reference }),
      source: [interval({ low, high }), source].filter(Boolean).join('; '),
    };
  };
  const gain = pairedDifference(odd(personal), odd(plain), 1);
  const worse = odd(personal).filter((value, at) => value < odd(plain)[at]!).length / odd(personal).length;
  return [
    row('popularity', popular, 0.191, 'earlier run'),
    row('item cosine', byCosine, 0.264, 'earlier run'),
    row('search, not personal', plain),
    row('search, personal', personal, 0.28, 'target'),
    row(
      'search, personal, shopper unknown',
      unknown,
      bootstrap(odd(popular), 1, 1).mean,
      'target: popularity',
    ),
    {
      data,
      metric: 'personal over not',
      value: gain.mean,
      reference: 0,
      source: `${interval(gain)}; target: interval above 0`,
    },
    { data, metric: 'share of cases made worse', value: worse },
  ];
}

/**
 * Amazon product search (HEM's split): the text of an item is the queries it was bought under in training. Purchases
 * and queries are real, that the one led to the other is simulated. 84 test items: the intervals are wide.
 */
export async function amazonRows(folder: string, smoke: boolean): Promise<BenchRow[]> {
  const path = join(folder, 'amazon-product-search', 'cell-phones');
  const train = lines(path, 'train.qrels.gz');
  const test = lines(path, 'test.qrels.gz');
  const texts = lines(path, 'query_text.txt.gz');
  if (!train || !test || !texts) return [];
  const parse = (line: string): { user: string; query: number; item: string } => {
    const [pair = '', , item = ''] = line.split(/\s+/);
    const cut = pair.lastIndexOf('_');
    return { user: pair.slice(0, cut), query: Number(pair.slice(cut + 1)), item };
  };
  const under = new Map<string, Map<number, number>>();
  const bought = new Map<string, string[]>();
  for (const { user, query, item } of train.map(parse)) {
    const queries = under.get(item) ?? new Map<number, number>();
    under.set(item, queries.set(query, (queries.get(query) ?? 0) + 1));
    const history = bought.get(user);
    if (!history) bought.set(user, [item]);
    else if (!history.includes(item)) history.push(item);
  }
  const items = [...under].map(
    ([id, queries]): Item => ({ id, title: [...queries.keys()].map((query) => texts[query]).join(' , ') }),
  );
  const catalogue = await catalogueInMemory(items);
  const cosine = new Cosine([...bought.values()]);
  const wanted = new Map<string, { user: string; query: number; items: Set<string> }>();
  for (const { user, query, item } of test.map(parse)) {
    const key = `${user}_${query}`;
    const known = wanted.get(key);
    if (known) known.items.add(item);
    else wanted.set(key, { user, query, items: new Set([item]) });
  }
  const search = new Search(catalogue, {
    profile: (user) => profileOf(user, bought.get(user) ?? []),
    clock: () => now,
    signals: {
      popularity: (item) => cosine.popularity.get(catalogue.id(item)) ?? 0,
      related: ({ events }) => {
        const sums = cosine.scores(events.map(({ item }) => item));
        const best = Math.max(...sums.values());
        return new Map([...sums].map(([id, sum]) => [catalogue.find(id), sum / best]));
      },
    },
  });
  const rows: BenchRow[] = [];
  const data = `amazon-product-search, cell phones, ${wanted.size} pairs (simulated)`;
  const cases = [...wanted.values()].slice(0, smoke ? 20 : undefined);
  for (const [name, personal, reference] of [
    ['search, not personal', 0, [0.088, 0.109]],
    ['search, personal', 1, [0.1, 0.13]],
  ] as const) {
    const precision = new Float64Array(cases.length);
    const gains = new Float64Array(cases.length);
    for (const [at, { user, query, items: right }] of cases.entries()) {
      let place = 0;
      let hits = 0;
      let cursor: string | undefined;
      do {
        const page = await search.search({
          user,
          query: texts[query]!,
          count: 100,
          personal,
          facets: [],
          ...(cursor === undefined ? {} : { cursor }),
        });
        for (const { id } of page.items) {
          if (right.has(id)) {
            hits++;
            precision[at]! += hits / (place + 1) / right.size;
            if (place < 10) gains[at]! += 1 / Math.log2(place + 2);
          }
          place++;
        }
        cursor = page.cursor;
      } while (cursor !== undefined && hits < right.size);
      let ideal = 0;
      for (let rank = 0; rank < Math.min(10, right.size); rank++) ideal += 1 / Math.log2(rank + 2);
      gains[at]! /= ideal;
    }
    for (const [metric, values, target] of [
      ['MAP', precision, reference[0]],
      ['NDCG@10', gains, reference[1]],
    ] as const) {
      const { mean, low, high } = bootstrap(values, 1);
      rows.push({
        data,
        metric: `${name}, ${metric}`,
        value: mean,
        reference: target,
        source: `${interval({ low, high })}; ${personal ? 'target; HEM .124/.153 (from memory)' : 'BM25 + popularity, earlier run'}`,
      });
    }
  }
  await search.close();
  return rows;
}
