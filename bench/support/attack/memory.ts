import { existsSync, readFileSync } from 'node:fs';
import { Ledger } from '../../../src/experiments/index.js';
import { Offers, offerDefaults } from '../../../src/marketing/index.js';
import type { BenchRow } from '../row.js';
import { type Shop, sent, shopper } from './shop.js';

/** Items that nobody sells, as many as somebody cares to name: viewed, searched for in words and shown in slots made up as well. */
export async function invented(shop: Shop, count: number, ids: number): Promise<BenchRow[]> {
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

/** Shoppers whom a page makes up and who look at real items: in every fold of the shop at once. */
export async function madeUp(shop: Shop, count: number, shoppers: number): Promise<BenchRow[]> {
  const visit = async (n: number): Promise<void> => {
    const user = shopper(1_000_000 + n);
    const events = Array.from({ length: 20 }, (_, at) => ({
      id: `m${at}`,
      type: at % 10 === 9 ? 'purchase' : at % 5 === 4 ? 'search' : 'view',
      user,
      ...(at % 5 === 4 && at % 10 !== 9 && { query: `blue thing ${((n % shoppers) * 7) % count}` }),
      items: [{ id: `s${((n % shoppers) * 31 + at * 977) % count}` }],
    }));
    await sent(shop, events);
  };
  // What the first ones make is what a catalogue of this size has of its items, whoever looks at them; then it is full.
  const rows: BenchRow[] = [];
  for (const [part, which] of ['the first', 'as many again, on the same items'].entries()) {
    const before = await memory();
    for (let n = 0; n < shoppers; n++) await visit(part * shoppers + n);
    const after = await memory();
    const data = `${shoppers} made-up shoppers with 20 events each on ${count} real items, ${which}`;
    rows.push(
      { data, metric: 'memory of its own grown, MB', value: after.own - before.own },
      { data, metric: 'of which what lives in the heap, MB', value: after.live - before.live },
      { data, metric: 'of which arrays outside the heap, MB', value: after.arrays - before.arrays },
    );
  }
  return rows;
}

/** What offers and experiments remember of ever new shoppers, apart from all else. */
export async function tables(shoppers: number): Promise<BenchRow[]> {
  const now = Date.now();
  const day = 86_400_000;
  const offers = new Offers();
  const offer = { ...offerDefaults, id: 'o', name: 'O', kind: 'coupon' as const, items: ['s1'] };
  offers.put({ ...offer, discounts: [0.1], budget: 1e9, start: now - day, end: now + 30 * day });
  const ask = { viewed: [], chance: 0.05, features: [], priceOf: () => 100, isMember: () => true };
  const ledger = new Ledger({
    experiments: [
      {
        name: 'trial',
        from: new Date(now - day).toISOString().slice(0, 10),
        to: new Date(now + 30 * day).toISOString().slice(0, 10),
        traffic: 1,
        variants: [
          { name: 'control', share: 0.5 },
          { name: 'new', share: 0.5 },
        ],
        metric: 'revenue',
        windowHours: 24,
      },
    ],
  });
  const basket = Array.from({ length: 200 }, (_, at) => ({ id: `s${at}`, price: 1 }));
  const grown = async (fill: (user: string, n: number) => void): Promise<number> => {
    const before = await memory();
    for (let n = 0; n < shoppers; n++) fill(shopper(n), n);
    const after = await memory();
    return after.live + after.arrays - before.live - before.arrays;
  };
  const ofOffers = await grown((user) => {
    const { events } = offers.decide({ ...ask, user, now }, 1);
    for (const event of events) offers.apply(event);
  });
  const ofLedger = await grown((user, n) => {
    const seen = { user, time: now, attribution: `r${n}` };
    const context = { experiments: 'trial:new' };
    ledger.apply({ id: `i${n}`, type: 'impression', items: [], context, ...seen });
    if (n % 10 === 0) ledger.apply({ id: `p${n}`, type: 'purchase', items: basket, received: now, ...seen });
    ledger.apply({
      id: `j${n}`,
      type: 'identify',
      user: 'one account',
      items: [],
      time: now,
      context: { anonymous: user },
    });
  });
  const data = `${shoppers} made-up shoppers, apart`;
  const metric = (of: string): string => `memory of ${of} grown, MB`;
  // Read once more, or the collector takes them before they are measured.
  const kept = offers.list(now).length + ledger.crossed('trial');
  return [
    { data, metric: metric('offers'), value: ofOffers, reference: 50 },
    { data, metric: metric('the ledger of experiments'), value: kept > 0 ? ofLedger : 0, reference: 50 },
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
