import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { type Event, type Item, random } from '../src/core/index.js';
import { type Marketing, openMarketing } from '../src/marketing/index.js';
import { type Engine, openEngine } from '../src/recommend/index.js';
import { type OpenSearch, openSearch } from '../src/search/index.js';
import { createKey, createServer, type Limits } from '../src/server/index.js';
import { openStore } from '../src/storage/index.js';
import { holdsOf } from './support/loopWatch.js';
import type { BenchOptions, BenchRow } from './support/row.js';

const boundless = { burst: 1e9, perMinute: 1e9 };
const noLimits: Limits = {
  key: boundless,
  shopper: boundless,
  address: boundless,
  newcomers: boundless,
  filters: boundless,
  events: boundless,
  addressEvents: boundless,
};
const hour = 3_600_000;
const kinds = ['electric', 'wooden', 'blue', 'small', 'soft', 'bright'];

interface Shop {
  engine: Engine;
  marketing: Marketing;
  search: OpenSearch['search'];
  app: FastifyInstance;
  /** Asks with the key of a page; resolves to status and body. */
  page(path: string, body?: object): Promise<{ status: number; body: Record<string, unknown> }>;
  metrics(): Promise<string>;
}

/**
 * What one visitor can do to a shop: how far a single shopper moves an item beside what an honest one does, what a
 * thousand shoppers of one address come to, how long a request of a public key holds the others up, and what invented
 * items cost.
 */
export async function run({ smoke }: BenchOptions): Promise<BenchRow[]> {
  const items = smoke ? 3_000 : 100_000;
  const dir = mkdtempSync(join(tmpdir(), 'endcap-attack-'));
  try {
    const shop = await open(join(dir, 'shop'), items, noLimits);
    const rows = [
      ...(await sway(shop, items)),
      ...(await swayElsewhere(shop, items)),
      ...(await holds(shop, items, smoke)),
      ...(await invented(shop, items, smoke ? 20_000 : 2_000_000)),
    ];
    await close(shop);
    const limited = await open(join(dir, 'limited'), 100, {});
    rows.push(...(await crowd(limited)));
    await close(limited);
    return rows;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

async function open(dir: string, items: number, limits: Partial<Limits>): Promise<Shop> {
  const engine = await openEngine({ store: openStore(dir) });
  const page = createKey('page', ['events', 'recommend'], 'public');
  const owner = createKey('owner', ['admin']);
  const keys = join(dir, 'keys.json');
  writeFileSync(keys, JSON.stringify({ keys: [page.entry, owner.entry] }));
  const marketing = await openMarketing(engine, { dir });
  await stock(engine, items);
  const search = await openSearch(engine);
  const app = await createServer(engine, { dir, keys, limits, marketing, search });
  return {
    engine,
    marketing,
    search: search.search,
    app,
    async page(path, body) {
      const authorization = `Bearer ${page.key}`;
      const headers = { authorization, 'content-type': 'application/json' };
      const answer = await app.inject(
        body
          ? { method: 'POST', url: path, headers, payload: JSON.stringify(body) }
          : { method: 'GET', url: path, headers: { authorization } },
      );
      return { status: answer.statusCode, body: JSON.parse(answer.body) };
    },
    metrics: async () =>
      (
        await app.inject({
          method: 'GET',
          url: '/metrics',
          headers: { authorization: `Bearer ${owner.key}` },
        })
      ).body,
  };
}

async function close({ app, engine }: Shop): Promise<void> {
  await app.close();
  await engine.close();
}

/** A shop with a past of two weeks: popular items and a long tail, as shops have them. The last five nobody has seen. */
async function stock(engine: Engine, count: number): Promise<void> {
  const chance = random(1);
  const item = (at: number): Item => ({
    id: `s${at}`,
    title: `${kinds[at % 6]} ${kinds[(at >> 3) % 6]} thing ${at}`,
    description: `A ${kinds[(at >> 5) % 6]} thing for every ${kinds[(at >> 2) % 6]} home. `.repeat(4),
    category: `c${at % 40}`,
    price: 1 + (at % 90),
    tags: [kinds[at % 6]!, kinds[(at >> 4) % 6]!],
  });
  for (let from = 0; from < count; from += 10_000) {
    const size = Math.min(10_000, count - from);
    await engine.catalogue.put(Array.from({ length: size }, (_, at) => item(from + at)));
  }
  const some = (): string => `s${Math.floor((count - 5) * chance.float() ** 3)}`;
  const events: Event[] = Array.from({ length: count }, (_, at) => ({
    id: `h${at}`,
    type: at % 9 === 0 ? 'purchase' : 'view',
    user: `honest${chance.int(count / 20)}`,
    items: at % 9 === 0 ? [{ id: some() }, { id: some() }] : [{ id: some() }],
    time: engine.now - chance.int(14 * 24) * hour,
  }));
  for (let from = 0; from < events.length; from += 5_000)
    await engine.ingest(events.slice(from, from + 5_000));
  await engine.state.checkpoint();
}

/** What an honest visitor of one day does with an item, and what somebody does who wants it on top. */
async function sway(shop: Shop, count: number): Promise<BenchRow[]> {
  const data = `${count} items, two weeks of events`;
  const [honest, attacked, junk] = [`s${count - 1}`, `s${count - 2}`, `s${count - 3}`];
  const best = await first(shop, { scenario: 'trending' });
  const before = await ranks(shop, attacked, junk, best);
  const types = ['click', 'view', 'wish', 'add_to_cart', 'rate', 'purchase', 'like', 'share', 'follow'];
  const day = types.map((type, at) => ({ id: `${at}`, type, user: shopper(1), items: [{ id: honest }] }));
  await sent(shop, [...day, { id: 'x', type: 'other', user: shopper(1), items: [{ id: honest }] }]);
  const both = [{ id: best }, { id: `s${count - 4}` }];
  await sent(shop, [{ id: 'p', type: 'purchase', user: shopper(2), items: both }]);
  for (let batch = 0; batch < 100; batch++) {
    const events = Array.from({ length: 100 }, (_, at) => {
      const type = at % 2 ? types[at % types.length]! : `made_up_${batch % 60}`;
      const time = shop.engine.now - (batch % 90) * 24 * hour;
      return { id: `${batch}-${at}`, type, user: shopper(3), items: [{ id: attacked }], time };
    });
    await sent(shop, events);
  }
  for (let batch = 0; batch < 3; batch++) {
    const pair = [{ id: best }, { id: junk }];
    const events = Array.from({ length: 100 }, (_, at) => ({
      id: `j${batch}-${at}`,
      type: 'purchase',
      user: shopper(4),
      items: pair,
    }));
    await sent(shop, events);
  }
  const fair = await ranks(shop, honest, `s${count - 4}`, best);
  const after = await ranks(shop, attacked, junk, best);
  const row = (metric: string, value: number, reference?: number): BenchRow => ({
    data,
    metric,
    value,
    ...(reference === undefined ? {} : { reference, source: 'one honest shopper' }),
  });
  return [
    row('rank in trending, before', before.trending),
    row('rank in trending, after 10,000 events of one shopper', after.trending, fair.trending),
    row('popularity, after 10,000 events of one shopper', after.popularity, fair.popularity),
    row('rank beside the best seller, before', before.beside),
    row('rank beside the best seller, after 300 orders of one shopper', after.beside, fair.beside),
    row('orders together, after 300 orders of one shopper', after.together, fair.together),
  ];
}

/** What searches teach, and budgets, are no easier to move than popularity. */
async function swayElsewhere(shop: Shop, count: number): Promise<BenchRow[]> {
  const data = `${count} items, two weeks of events`;
  const [honest, attacked] = [`s${count - 6}`, `s${count - 7}`];
  const query = 'blue thing';
  const choose = (user: string, item: string, at: number): object[] => [
    { id: `s${at}`, type: 'search', user, query, attribution: `a${at}`, items: [{ id: item }] },
    { id: `c${at}`, type: 'purchase', user, attribution: `a${at}`, items: [{ id: item }] },
    { id: `o${at}`, type: 'search', user, query: `another ${at}`, items: [] },
  ];
  await sent(shop, choose(shopper(70), honest, 0));
  for (let at = 0; at < 1_000; at += 30)
    await sent(
      shop,
      Array.from({ length: 30 }, (_, next) => choose(shopper(71), attacked, at + next)).flat(),
    );
  const attraction = (item: string): number =>
    shop.search.memory.attraction('blue thing', item, shop.engine.now);
  const end = shop.engine.now + 86_400_000;
  const slot = { kind: 'slot' as const, items: [honest], bid: 1, budget: 100, end };
  await shop.marketing.putOffer({ id: 'advert', name: 'Advert', ...slot });
  for (let at = 0; at < 50; at++) {
    const context = { advert: true, offer: 'advert', item: honest };
    const list = { user: shopper(72), attribution: `forged${at}` };
    await sent(shop, [
      { id: `p${at}`, type: 'impression', ...list, items: [], context },
      { id: `k${at}`, type: 'click', ...list, items: [{ id: honest }] },
    ]);
  }
  const { spent } = shop.marketing.offer('advert');
  const source = 'one honest shopper';
  return [
    {
      data,
      metric: 'attraction after a query, after 1,000 searches and orders of one shopper',
      value: attraction(attacked),
      reference: attraction(honest),
      source,
    },
    { data, metric: 'budget drained by 50 adverts that a page made up', value: spent, reference: 0 },
  ];
}

async function ranks(shop: Shop, item: string, beside: string, best: string) {
  const { state } = shop.engine;
  const [a, b] = [state.dictionary.find(best), state.dictionary.find(beside)];
  return {
    trending: await rankOf(shop, item, { scenario: 'trending' }),
    popularity: state.itemStats(item, shop.engine.now)?.popularity ?? 0,
    beside: await rankOf(shop, beside, { scenario: 'complement', item: best }),
    together: a < 0 || b < 0 ? 0 : state.pairs.bought.count(a, b),
  };
}

/** Rank among the first hundred; 101 where it is not among them. */
async function rankOf(shop: Shop, item: string, request: object): Promise<number> {
  const at = (await ask(shop, request)).indexOf(item);
  return at < 0 ? 101 : at + 1;
}

const first = async (shop: Shop, request: object): Promise<string> => (await ask(shop, request))[0]!;

async function ask(shop: Shop, request: object): Promise<string[]> {
  // The list of what is popular rests for a while after it was made.
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  await shop.page('/v1/recommend', { user: shopper(9), count: 100, ...request });
  await new Promise((resolve) => setTimeout(resolve, 500));
  const { body } = await shop.page('/v1/recommend', { user: shopper(9), count: 100, ...request });
  return (body.items as { id: string }[]).map(({ id }) => id);
}

async function sent(shop: Shop, events: object[]): Promise<void> {
  const { status, body } = await shop.page('/v1/events', events);
  if (status !== 200) throw new Error(JSON.stringify(body).slice(0, 300));
}

/** The costliest requests that a public key may send, each kind again and again, and how long each held the loop. */
async function holds(shop: Shop, count: number, smoke: boolean): Promise<BenchRow[]> {
  const chance = random(2);
  const some = (n: number) => Array.from({ length: n }, () => ({ id: `s${chance.int(count)}` }));
  const ids = (n: number) => some(n).map(({ id }) => id);
  let n = 0;
  const recommend = (request: object) => () =>
    shop.page('/v1/recommend', { user: shopper(50 + (n % 5)), scenario: 'home', ...request });
  const search = (request: object) => () =>
    shop.page('/v1/search', { user: shopper(60 + (n % 5)), count: 100, ...request });
  const text = (): string => `description contains "x${n++}" or title contains "y${n}"`;
  const batch = (events: number, each: number, fields: object) => () => {
    const user = shopper(1_000 + n++);
    const time = shop.engine.now;
    const all = Array.from({ length: events }, (_, at) => ({
      id: `${n}-${at}`,
      user,
      items: some(each),
      time: time - (at + n) * 60_000,
      ...fields,
    }));
    return shop.page('/v1/events', all);
  };
  const requests: [string, () => Promise<unknown>][] = [
    [
      'a new filter of 12 contains that lets nothing through',
      () => recommend({ filter: Array.from({ length: 6 }, text).join(' or ') })(),
    ],
    ['the same filter again', recommend({ filter: 'description contains "nowhere"' })],
    [
      'home, 100 items with reasons, 200 left out',
      () => recommend({ count: 100, explain: true, exclude: ids(200) })(),
    ],
    ['basket of 60 items', () => recommend({ scenario: 'basket', items: ids(60), count: 100 })()],
    [
      'complement and similar',
      () => recommend({ scenario: n++ % 2 ? 'similar' : 'complement', item: ids(1)[0] })(),
    ],
    ['100 views of 10 items, back in time', batch(100, 10, { type: 'view' })],
    ['16 orders of 60 items', batch(16, 60, { type: 'purchase' })],
    ['one order of 1,000 items', batch(1, 1_000, { type: 'purchase' })],
    ['search: a word that every item has, 100 items, reasons', search({ query: 'thing', explain: true })],
    ['search: 500 different words', () => search({ query: ids(500).join(' ').replaceAll('s', 'thing ') })()],
    ['search: a query of 100,000 letters', search({ query: 'soft '.repeat(20_000) })],
    [
      'search: everything by price, from the middle',
      search({ query: '', sort: 'price', offset: count >> 1 }),
    ],
    [
      'search: a new filter of 12 contains',
      () => search({ query: 'thing', filter: Array.from({ length: 6 }, text).join(' or ') })(),
    ],
    [
      'suggest, after a search that changed what is known',
      async () => {
        const event = { id: `q${n++}`, type: 'search', user: shopper(60), query: `soft ${n}`, items: [] };
        await shop.page('/v1/events', [event]);
        await shop.page('/v1/suggest', { user: shopper(60), prefix: 's' });
      },
    ],
    [
      'suggest: a prefix with a fault',
      () => shop.page('/v1/suggest', { user: shopper(61), prefix: 'zlectric' }),
    ],
    ['intent with reasons', () => shop.page('/v1/intent', { user: shopper(50), explain: true })],
    ['offers of a shopper', () => shop.page('/v1/offers/decide', { user: shopper(50), count: 10 })],
    [
      'an advert slot of 1,000 candidates',
      () => {
        const candidates = some(1_000).map(({ id }) => ({ item: id, worth: 1 }));
        return shop.page('/v1/slots/rank', { slot: 'home', candidates });
      },
    ],
    [
      'items by a filter that lets nothing through',
      () => shop.page(`/v1/items?filter=${encodeURIComponent(text())}`),
    ],
  ];
  const rows: BenchRow[] = [];
  for (const [what, request] of requests) {
    // A list of suggestions is made anew seldom: the first one counts.
    const isSeldom = what.startsWith('suggest');
    if (!isSeldom) await request();
    const { least, most } = await holdsOf(request, { rounds: isSeldom ? 1 : 4, times: smoke ? 1 : 10 });
    const row = { data: `public key, ${count} items`, reference: 20 };
    const metric = 'longest hold of the loop, ms of its processor time';
    rows.push({ ...row, metric: `${metric}, least of 4 rounds: ${what}`, value: least });
    rows.push({ ...row, metric: `${metric}, all rounds: ${what}`, value: most });
  }
  return rows;
}

/** Items that nobody sells, as many as somebody cares to name: viewed, searched for in words and shown in slots made up as well. */
async function invented(shop: Shop, count: number, ids: number): Promise<BenchRow[]> {
  const { state } = shop.engine;
  // What the first batches make, whoever sends them, is no growth: code, tables of the smallest size, buffers of the log.
  await flood(shop, 'warm', Math.min(60_000, ids));
  const before = { known: state.dictionary.size, memory: await memory() };
  await flood(shop, 'flood', ids);
  const after = await memory();
  const data = `${ids} invented items by a public key, ${count} real ones`;
  return [
    { data, metric: 'rows for them', value: state.dictionary.size - before.known, reference: 0 },
    { data, metric: 'memory of its own grown, MB', value: after.own - before.memory.own, reference: 50 },
    { data, metric: 'mapped pages of the log grown, MB', value: after.mapped - before.memory.mapped },
    { data, metric: 'of which what lives in the heap, MB', value: after.live - before.memory.live },
    {
      data,
      metric: 'of which room that the heap holds and nothing lives in, MB',
      value: after.room - before.memory.room,
    },
    { data, metric: 'of which arrays outside the heap, MB', value: after.arrays - before.memory.arrays },
  ];
}

/** A third of the events each: views, searches in ever new words, lists in ever new slots. */
async function flood(shop: Shop, name: string, ids: number): Promise<void> {
  const said: ((at: number) => object)[] = [
    () => ({ type: 'view' }),
    (at) => ({ type: 'search', query: `${name} ${at}`, attribution: `search_${name}_${at}` }),
    (at) => ({ type: 'impression', attribution: `list_${name}_${at}`, context: { slot: `${name} ${at}` } }),
  ];
  for (let n = 0; n < ids; n += 1_000) {
    const event = (at: number) => ({
      id: `${name}${n}-${at}`,
      ...said[(n / 1_000) % said.length]!(n + at),
      user: shopper(5_000 + ((n / 1_000) % 50)),
      items: Array.from({ length: 10 }, (_, item) => ({ id: `invented-${name}-${n + 10 * at + item}` })),
    });
    await sent(
      shop,
      Array.from({ length: 100 }, (_, at) => event(at)),
    );
  }
}

/** MB. */
interface Memory {
  /** What the process holds. */
  own: number;
  /** Pages of files, which the system takes back when it likes. */
  mapped: number;
  /** What lives in the heap, and what the heap holds beyond that. */
  live: number;
  room: number;
  /** Arrays outside the heap. */
  arrays: number;
}

/** Settled: no thread learns anything aside, which takes a hundred MB while it does. */
async function memory(): Promise<Memory> {
  while (threadsAside() > 0) await new Promise((resolve) => setTimeout(resolve, 500));
  for (let n = 0; n < 3; n++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  const status = existsSync('/proc/self/status') ? readFileSync('/proc/self/status', 'utf8') : '';
  const kib = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0);
  const { rss, heapUsed, heapTotal, arrayBuffers } = process.memoryUsage();
  const mapped = (kib('RssFile') + kib('RssShmem')) / 1024;
  return {
    own: rss / 2 ** 20 - mapped,
    mapped,
    live: heapUsed / 2 ** 20,
    room: (heapTotal - heapUsed) / 2 ** 20,
    arrays: arrayBuffers / 2 ** 20,
  };
}

/** Worker threads at work in this process. */
const threadsAside = (): number =>
  (process.report.getReport() as { workers?: unknown[] }).workers?.length ?? 0;

async function crowd(shop: Shop): Promise<BenchRow[]> {
  let taken = 0;
  for (let n = 0; n < 1_000; n++) {
    const event = { id: 'x', type: 'purchase', user: shopper(n), items: [{ id: 's99' }] };
    if ((await shop.page('/v1/events', event)).status === 200) taken++;
  }
  const text = await shop.metrics();
  const seen = [...text.matchAll(/^endcap_too_many_requests_total\{by="(?:newcomers|address)"\} (\d+)/gm)];
  const data = '1,000 fake shoppers of one address';
  return [
    { data, metric: 'taken', value: taken },
    {
      data,
      metric: 'refused, by the metric',
      value: seen.reduce((sum, [, count]) => sum + Number(count), 0),
      reference: 1_000 - taken,
      source: 'answers 429',
    },
  ];
}

/** An anonymous id, as a client makes it. */
function shopper(n: number): string {
  return `anon_${n.toString(16).padStart(12, '0')}a1b2c3d4e5f60718293a`;
}
