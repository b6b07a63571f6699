import { type Item, type Profile, random } from '../../src/core/index.js';
import { ProductIndex, Search } from '../../src/search/index.js';
import { Analyser } from '../../src/text/index.js';
import type { BenchRow } from '../support/row.js';
import { realItems } from '../support/searchItems.js';
import { catalogueInMemory, cpuMs, quantile } from './shop.js';

interface Known {
  id: string;
  words: string[];
}

const letters = 'abcdefghijklmnopqrstuvwxyz';

/** Finding one item again among 100,000 by three words of its title; what a request, a change and the index cost. */
export async function knownItemRows(folder: string, smoke: boolean): Promise<BenchRow[]> {
  const size = smoke ? 5_000 : 100_000;
  const real = realItems(folder, size);
  if (!real) return [];
  const { items, titled } = real;
  const data = `${items.length.toLocaleString('en')} items of five shops`;
  const catalogue = await catalogueInMemory(items);
  const rows: BenchRow[] = [];
  const memory = (): number => {
    globalThis.gc?.();
    globalThis.gc?.();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return (heapUsed + arrayBuffers) / 1e6;
  };
  const before = memory();
  let index: ProductIndex | undefined;
  const indexMs = await cpuMs(() => {
    index = new ProductIndex(catalogue, new Analyser());
  });
  rows.push(
    {
      data,
      metric: 'items indexed per CPU second',
      value: (1_000 * items.length) / indexMs,
      reference: 10_000,
      source: 'target',
    },
    {
      data,
      metric: 'index, MB per 100,000 items',
      value: ((memory() - before) * 1e5) / items.length,
      reference: 250,
      source: 'target, at most',
    },
  );
  index!.close();
  const shoppers = shoppersOf(items);
  const search = new Search(catalogue, {
    profile: (user): Profile => shoppers[Number(user)]!,
    signals: { popularity: (item) => item % 50 },
    clock: () => 0,
  });
  const asked = knownItemQueries(items, titled, smoke ? 100 : 600);
  // Before the rivals are made: their garbage is not ours.
  const latencies = await latencyRows(
    data,
    search,
    asked.flatMap(({ queries }) => queries),
  );
  // SQLite FTS5 is no rival here: better-sqlite3 12 downloads a binary of its own, 13 needs Node 22, and node:sqlite too.
  const rivals = { MiniSearch: await miniSearch(items), FlexSearch: await flexSearch(items) };
  for (const { name, queries, target } of asked) {
    let hits = 0;
    let empty = 0;
    const rivalHits: Record<string, number> = {};
    for (const { id, query } of queries) {
      const found = await search.search({ user: '0', query, personal: 0, count: 10 });
      if (found.items.some((item) => item.id === id)) hits++;
      if (found.items.length === 0 || found.step === 'popular') empty++;
      for (const [rival, find] of Object.entries(rivals))
        rivalHits[rival] = (rivalHits[rival] ?? 0) + Number(find(query, name).includes(id));
    }
    rows.push(
      {
        data,
        metric: `known item, ${name}, hit@10`,
        value: hits / queries.length,
        reference: target,
        source: 'target, of other queries',
      },
      ...Object.entries(rivalHits).map(([rival, found]) => ({
        data,
        metric: `known item, ${name}, ${rival} hit@10`,
        value: found / queries.length,
      })),
      {
        data,
        metric: `known item, ${name}, without an answer`,
        value: empty / queries.length,
        reference: 0.01,
        source: 'target, at most',
      },
    );
  }
  rows.push(...latencies);
  rows.push(await updateRow(data, catalogue, items));
  await search.close();
  return rows;
}

/** Shoppers with forty events each. */
function shoppersOf(items: readonly Item[]): Profile[] {
  const chance = random(4);
  return Array.from({ length: 200 }, (_, user) => ({
    user: String(user),
    events: Array.from({ length: 40 }, (_, at) => ({
      item: items[chance.int(items.length)]!.id,
      type: 'view',
      time: -1_000 * (40 - at),
      weight: 1,
    })),
    total: 40,
    counters: {},
  }));
}

/** Three words of the title of some items: as they are, the last one begun, one misspelt. */
export function knownItemQueries(
  items: readonly Item[],
  titled: ReadonlySet<string>,
  count: number,
): { name: string; target: number; queries: { id: string; query: string }[] }[] {
  const chance = random(5);
  const analyser = new Analyser();
  const wordsOf = (title: string): string[] =>
    analyser
      .tokens(title)
      .filter(({ kind }) => kind === 'word')
      .map(({ word }) => word);
  const known: Known[] = [];
  for (const { id, title = '' } of chance.shuffle([...items])) {
    const words = wordsOf(title);
    if (!titled.has(id) || words.length < 3) continue;
    const places = chance
      .shuffle(words.map((_, at) => at))
      .slice(0, 3)
      .sort((a, b) => a - b);
    known.push({ id, words: places.map((at) => words[at]!) });
    if (known.length === count) break;
  }
  const ask = (change: (words: string[]) => string[]): { id: string; query: string }[] =>
    known.map(({ id, words }) => ({ id, query: change([...words]).join(' ') }));
  return [
    { name: 'plain', target: 0.87, queries: ask((words) => words) },
    {
      name: 'prefix',
      target: 0.92,
      queries: ask((words) => {
        const last = words.pop()!;
        return [...words, last.length > 4 ? last.slice(0, Math.ceil(0.6 * last.length)) : last];
      }),
    },
    {
      name: 'typo',
      target: 0.91,
      queries: ask((words) => {
        const long = words.map((_, at) => at).filter((at) => /^[a-z]{4,}$/.test(words[at]!));
        if (long.length > 0) {
          const at = long[chance.int(long.length)]!;
          words[at] = misspelt(words[at]!, chance.int);
        }
        return words;
      }),
    },
  ];
}

/** A letter left out, put in or replaced, but the first. */
function misspelt(word: string, int: (n: number) => number): string {
  const at = 1 + int(word.length - 1);
  const letter = letters[int(26)]!;
  const after = [word.slice(at + 1), letter + word.slice(at), letter + word.slice(at + 1)][int(3)]!;
  return word.slice(0, at) + after;
}

/** As a page asks: a price filter, two facets, the shopper's taste, explained. */
async function latencyRows(
  data: string,
  search: Search,
  queries: readonly { query: string }[],
): Promise<BenchRow[]> {
  const cpu: number[] = [];
  const wall: number[] = [];
  // The compiler's first seconds are another bench's.
  for (const warm of [true, false])
    for (const [at, { query }] of queries.entries()) {
      const request = { user: String(at % 200), query, count: 20, price: { max: 100 }, explain: true };
      const started = performance.now();
      const ms = await cpuMs(() => search.search(request));
      if (!warm) {
        cpu.push(ms);
        wall.push(performance.now() - started);
      }
    }
  return [
    { data, metric: 'search, facets, taste: p50, CPU ms', value: quantile(cpu, 0.5) },
    {
      data,
      metric: 'search, facets, taste: p99, CPU ms',
      value: quantile(cpu, 0.99),
      reference: 6,
      source: 'target; FTS5 41 in an earlier run',
    },
    { data, metric: 'search, facets, taste: p99, wall ms, alone', value: quantile(wall, 0.99) },
  ];
}

async function updateRow(
  data: string,
  catalogue: Awaited<ReturnType<typeof catalogueInMemory>>,
  items: readonly Item[],
): Promise<BenchRow> {
  const times: number[] = [];
  for (let at = 0; at < 1_000; at++) {
    const item = items[(at * 97) % items.length]!;
    times.push(await cpuMs(() => catalogue.put([{ ...item, title: `${items[at]!.title} new`, price: at }])));
  }
  return {
    data,
    metric: 'one update, mean CPU ms',
    value: times.reduce((a, b) => a + b) / times.length,
    reference: 2,
    source: 'target, at most',
  };
}

async function miniSearch(items: readonly Item[]): Promise<(query: string, kind: string) => string[]> {
  const { default: MiniSearch } = await import('minisearch');
  const mini = new MiniSearch<Item>({ fields: ['title', 'category', 'brand'] });
  mini.addAll([...items]);
  return (query, kind) =>
    mini
      .search(query, { prefix: kind === 'prefix', fuzzy: kind === 'typo' ? 0.2 : false, boost: { title: 2 } })
      .slice(0, 10)
      .map(({ id }) => id as string);
}

/** Its `forward` tokenizer finds beginnings; there is no distance of letters in it, its `LatinExtra` encoder is by sound. */
async function flexSearch(items: readonly Item[]): Promise<(query: string, kind: string) => string[]> {
  const { default: FlexSearch } = await import('flexsearch');
  const index = new FlexSearch.Index({ tokenize: 'forward', encoder: FlexSearch.Charset.LatinExtra });
  items.forEach(({ title = '', category = '', brand = '' }, at) => {
    index.add(at, `${title} ${category} ${brand}`);
  });
  return (query) =>
    (index.search(query, { limit: 10, suggest: true }) as number[]).map((at) => items[at]!.id);
}
