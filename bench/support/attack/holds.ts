import { random } from '../../../src/core/index.js';
import { type Hold, type Holds, holdsOf, ownOf } from '../loopWatch.js';
import type { BenchRow } from '../row.js';
import { type Shop, shopper } from './shop.js';

/** The costliest requests that a public key may send, each kind again and again, and how long each held the loop. */
export async function holds(shop: Shop, count: number, smoke: boolean): Promise<BenchRow[]> {
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
  const rows = idleRows(
    await holdsOf(() => new Promise((resolve) => setTimeout(resolve, 100)), {
      rounds: 4,
      times: smoke ? 1 : 10,
    }),
    count,
  );
  for (const [what, request] of requests) {
    // A list of suggestions is made anew seldom: the first one counts.
    const isSeldom = what.startsWith('suggest');
    if (!isSeldom) await request();
    const held = await holdsOf(request, { rounds: isSeldom ? 1 : 4, times: smoke ? 1 : 10 });
    rows.push(...holdRows(held, what, count));
  }
  return rows;
}

/** What the machine and the jobs of the shop hold the loop for while nobody asks. */
function idleRows({ processor, clock }: Holds, count: number): BenchRow[] {
  const data = `nobody asks, ${count} items`;
  return [
    {
      data,
      metric: 'longest hold of the loop, ms of its processor time',
      value: processor.processor,
      source: told(processor),
    },
    { data, metric: 'longest hold of the loop, ms by the clock', value: clock.clock, source: told(clock) },
  ];
}

/** A hold is what a request costs in processor time of the thread, the collector's included; beside it, what it was. */
function holdRows({ rounds, processor, own, clock }: Holds, what: string, count: number): BenchRow[] {
  const data = `public key, ${count} items`;
  const metric = 'longest hold of the loop, ms of its processor time';
  const least = Math.min(...rounds.map((round) => round.processor));
  return [
    { data, metric: `${metric}, least of 4 rounds: ${what}`, value: least, reference: 20 },
    {
      data,
      metric: `${metric}, all rounds: ${what}`,
      value: processor.processor,
      reference: 20,
      source: told(processor),
    },
    {
      data,
      metric: `${metric}, without the collector's: ${what}`,
      value: ownOf(own),
      reference: 20,
      source: told(own),
    },
    {
      data,
      metric: `longest hold of the loop, ms by the clock: ${what}`,
      value: clock.clock,
      source: told(clock),
    },
  ];
}

const told = ({ clock, processor, collector, whole }: Hold): string =>
  `clock ${clock.toFixed(1)}, processor ${processor.toFixed(1)}, collector ${collector.toFixed(1)}, of it the whole heap ${whole.toFixed(1)}`;
