import type { BenchRow } from '../row.js';
import { type Shop, sent, shopper } from './shop.js';

const hour = 3_600_000;

/** What an honest visitor of one day does with an item, and what somebody does who wants it on top. */
export async function sway(shop: Shop, count: number): Promise<BenchRow[]> {
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
export async function swayElsewhere(shop: Shop, count: number): Promise<BenchRow[]> {
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

export async function crowd(shop: Shop): Promise<BenchRow[]> {
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
