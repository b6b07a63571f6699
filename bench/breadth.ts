import { join } from 'node:path';
import { type Item, random } from '../src/core/index.js';
import { rankingMetrics } from '../src/math/index.js';
import type { Engine } from '../src/recommend/index.js';
import { lines } from './support/datasets.js';
import { inShop } from './support/inShop.js';
import { retailEvents } from './support/retail.js';
import type { BenchOptions, BenchRow } from './support/row.js';

const day = 86_400_000;
const k = 10;

/**
 * One click of a stranger: how many categories their first ten have, and what it costs. "Without" is the same list with
 * nothing kept free: the first ten that relate to the click. Cost: NDCG@10 where the click is the first line of an order
 * and the rest of the order is what was wanted. No model is trained.
 */
export async function run({ smoke, data }: BenchOptions): Promise<BenchRow[]> {
  const clicks = smoke ? 20 : 300;
  return [...(await orders(clicks)), ...(smoke ? [] : await categories(data, clicks))];
}

async function orders(clicks: number): Promise<BenchRow[]> {
  const { events, items } = await retailEvents();
  const until = events.at(-1)!.time - 28 * day;
  const past = events.filter(({ time }) => time < until);
  const known = new Set(past.flatMap((event) => event.items.map(({ id }) => id)));
  const wanted = events
    .filter(({ time }) => time >= until)
    .map((event) => [...new Set(event.items.map(({ id }) => id))].filter((id) => known.has(id)))
    .filter((ids) => ids.length >= 4);
  const chosen = random(1).shuffle(wanted).slice(0, clicks);
  return inShop({ items, events: past, now: until }, async (engine) => {
    const ndcg = { kept: 0, without: 0 };
    const unlike = { kept: 0, without: 0 };
    for (const [at, [click, ...rest]] of chosen.entries()) {
      const lists = await afterClick(engine, `s${at}`, click!, until);
      for (const way of ['kept', 'without'] as const) {
        const list = lists[way];
        const places = rest.map((id) => list.indexOf(id));
        const relevant = new Set(places.map((place, n) => (place < 0 ? k + n : place)));
        const metrics = rankingMetrics(
          list.map((_, place) => place),
          relevant,
          k,
          rest.length,
        );
        ndcg[way] += metrics.ndcg / chosen.length;
        unlike[way] += list.filter((id) => !lists.related.has(id)).length / chosen.length;
      }
    }
    const name = `online-retail, ${chosen.length} strangers, one click each`;
    return [
      { data: name, metric: 'NDCG@10 of the rest of the order', value: ndcg.kept },
      { data: name, metric: 'NDCG@10, nothing kept free', value: ndcg.without },
      { data: name, metric: 'of ten, unrelated to the click', value: unlike.kept },
      { data: name, metric: 'of ten, unrelated to the click, nothing kept free', value: unlike.without },
    ];
  });
}

async function categories(data: string, clicks: number): Promise<BenchRow[]> {
  const read = lines(join(data, 'fashion-catalogue'), 'products.jsonl.gz');
  if (!read) return [];
  const items = read.map((line): Item => {
    const product = JSON.parse(line) as { id: string | number; title: string; product_type: string };
    return { id: String(product.id), title: product.title, category: product.product_type || 'none' };
  });
  const typeOf = new Map(items.map(({ id, category }) => [id, category!]));
  const now = Date.UTC(2026, 0, 1);
  return inShop({ items, events: [], now }, async (engine) => {
    const found = { kept: 0, without: 0 };
    for (const [at, { id }] of random(1)
      .shuffle([...items])
      .slice(0, clicks)
      .entries()) {
      const lists = await afterClick(engine, `s${at}`, id, now);
      for (const way of ['kept', 'without'] as const)
        found[way] += new Set(lists[way].map((other) => typeOf.get(other))).size / clicks;
    }
    const name = `fashion-catalogue, ${clicks} strangers, one click each`;
    return [
      { data: name, metric: 'categories in the first ten', value: found.kept },
      { data: name, metric: 'categories in the first ten, nothing kept free', value: found.without },
    ];
  });
}

/** The first ten of `home` after one click, and what they would be if all places went to what relates to it. */
async function afterClick(
  engine: Engine,
  user: string,
  id: string,
  time: number,
): Promise<{ kept: string[]; without: string[]; related: ReadonlySet<string> }> {
  await engine.ingest([{ id: `click ${user}`, type: 'view', user, items: [{ id }], time }]);
  const ask = (count: number) => engine.recommend({ user, scenario: 'home', count });
  const kept = (await ask(k)).items.map((one) => one.id);
  const related = (await ask(2 * k)).items.filter(({ score }) => score > 0).map((one) => one.id);
  return { kept, without: related.slice(0, k), related: new Set(related) };
}
