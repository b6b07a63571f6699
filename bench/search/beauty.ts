import { join } from 'node:path';
import { random } from '../../src/core/index.js';
import { bootstrap, pairedDifference } from '../../src/math/index.js';
import { beautyEntries } from '../support/coldItems.js';
import { lines } from '../support/datasets.js';
import type { BenchRow } from '../support/row.js';
import { catalogueInMemory, interval } from './shop.js';
import { Cosine, searchTold } from './shoppers.js';

interface Case {
  user: number;
  target: string;
  word: string;
}

/** The shop, the shoppers' cases, and NDCG@10 of a ranking of each. Undefined where the set is not there. */
export async function beautyShop(folder: string, count: number) {
  const entries = beautyEntries(folder);
  const sequences = lines(join(folder, 'beauty'), 'sequences.txt.gz')?.map((line) =>
    line.split(' ').slice(1),
  );
  if (!entries || !sequences) return undefined;
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
  cases.length = count;

  const catalogue = await catalogueInMemory([...entries.values()]);
  const shop = { cold: false };
  const search = searchTold(catalogue, cosine, (user) => (shop.cold ? [] : histories[Number(user)]!));
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
  return { shop, search, cases, histories, holders, cosine, bySearch, measure };
}

/**
 * Amazon Beauty: a shopper types a word of the title of what they bought next, and that is to stand first among the
 * items with the word. A simulated truth: nobody typed these words. Weights were chosen on even cases.
 */
export async function beautyRows(folder: string, smoke: boolean): Promise<BenchRow[]> {
  const made = await beautyShop(folder, smoke ? 100 : 4_000);
  if (!made) return [];
  const { shop, search, cases, histories, holders, cosine, bySearch, measure } = made;
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
  shop.cold = true;
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
