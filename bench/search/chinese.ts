import { type Item, random } from '../../src/core/index.js';
import { analyserFor, ProductIndex, Search, SearchMemory } from '../../src/search/index.js';
import { Suggester } from '../../src/search/suggest.js';
import { pinyinOf } from '../../src/text/index.js';
import type { BenchRow } from '../support/row.js';
import { csvRecords, gunzipped } from '../support/searchItems.js';
import { catalogueInMemory, cpuMs, quantile } from './shop.js';

const now = Date.UTC(2026, 0, 1);

/** Phrases cut from real Chinese titles, and what completing 100,000 real Chinese queries costs. */
export async function chineseRows(folder: string, smoke: boolean): Promise<BenchRow[]> {
  return [...(await phraseRows(folder, smoke)), ...(await suggestRows(folder, smoke))];
}

async function phraseRows(folder: string, smoke: boolean): Promise<BenchRow[]> {
  const text = gunzipped(folder, 'chinese-products/products.csv.gz');
  if (!text) return [];
  const byId = new Map<string, Item>();
  for (const { id, title, shop, price } of csvRecords(text))
    byId.set(id!, { id: id!, title: title!, brand: shop!, price: Number(price) });
  const catalogue = await catalogueInMemory([...byId.values()]);
  const search = new Search(catalogue, { profile: (user) => ({ user, events: [], total: 0, counters: {} }) });
  const chance = random(7);
  const phrases: { phrase: string; id: string }[] = [];
  for (const { id, title = '' } of chance.shuffle([...byId.values()])) {
    const runs = title.match(/\p{Script=Han}{6,}/gu) ?? [];
    const run = runs[chance.int(runs.length)];
    if (run === undefined) continue;
    const length = 4 + chance.int(3);
    const from = chance.int(run.length - length + 1);
    phrases.push({ phrase: run.slice(from, from + length), id });
    if (phrases.length === (smoke ? 30 : 150)) break;
  }
  let reciprocal = 0;
  let own = 0;
  let empty = 0;
  for (const { phrase, id } of phrases) {
    const { items } = await search.search({ user: 'u', query: phrase, personal: 0 });
    // Many titles have the phrase: the first of them counts, as a shopper would see it.
    const at = items.findIndex(({ item }) => item.title?.includes(phrase));
    if (at >= 0) reciprocal += 1 / (at + 1);
    const place = items.findIndex((item) => item.id === id);
    if (place >= 0) own += 1 / (place + 1);
    if (items.length === 0) empty++;
  }
  await search.close();
  const data = `chinese-products, ${phrases.length} phrases of 4 to 6 characters`;
  return [
    {
      data,
      metric: 'MRR of a title with the phrase',
      value: reciprocal / phrases.length,
      reference: 0.95,
      source: 'target; jieba alone .64 on other phrases',
    },
    { data, metric: 'MRR of the very title it was cut from', value: own / phrases.length },
    { data, metric: 'without an answer', value: empty / phrases.length, reference: 0, source: 'target' },
  ];
}

async function suggestRows(folder: string, smoke: boolean): Promise<BenchRow[]> {
  const text = gunzipped(folder, 'chinese-queries/queries.tsv.gz');
  if (!text) return [];
  const queries = text
    .trimEnd()
    .split('\n')
    .slice(0, smoke ? 5_000 : 100_000)
    .map((line) => line.split('\t')[1] ?? '');
  const memory = new SearchMemory();
  queries.forEach((query, at) => {
    memory.apply(at, { id: `e${at}`, type: 'search', user: `u${at % 5}`, query, items: [], time: now });
  });
  const catalogue = await catalogueInMemory([]);
  const products = new ProductIndex(
    catalogue,
    analyserFor(catalogue, () => {}),
  );
  const suggester = new Suggester(products, memory, 1);
  const buildMs = await cpuMs(() => suggester.suggest({ user: 'nobody', prefix: 'a' }, now));
  const chance = random(9);
  const times: number[] = [];
  for (let at = 0; at < (smoke ? 500 : 20_000); at++) {
    const query = queries[chance.int(queries.length)]!;
    const typed = chance.int(2) ? query : (pinyinOf(query)?.[chance.int(2) ? 'whole' : 'initials'] ?? query);
    const prefix = [...typed].slice(0, 1 + chance.int(6)).join('');
    times.push(await cpuMs(() => suggester.suggest({ user: 'nobody', prefix }, now)));
  }
  const data = `${queries.length.toLocaleString('en')} Chinese queries, with pinyin and initials`;
  return [
    { data, metric: 'list made, CPU ms', value: buildMs },
    { data, metric: 'suggest p99, CPU ms', value: quantile(times, 0.99), reference: 1, source: 'target' },
    { data, metric: 'suggest worst, CPU ms', value: Math.max(...times), reference: 5, source: 'target' },
  ];
}
