import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Event, Item } from '../src/core/index.js';
import type { Engine } from '../src/recommend/index.js';
import { lines } from './support/datasets.js';
import { inShop } from './support/inShop.js';
import { movieLens } from './support/movieLens.js';
import { retailEvents } from './support/retail.js';
import type { BenchOptions, BenchRow } from './support/row.js';
import { wordOverlap } from './support/wordOverlap.js';

/** By item, what its candidate neighbours are to it; see `labels/README.md`. From dist/bench. */
const labelFile = fileURLToPath(new URL('../../bench/labels/similar.json', import.meta.url));
type Label = 'instead' | 'with' | 'neither';
type Labels = Readonly<Record<string, Readonly<Record<string, Label>>>>;

const famous = [
  ...['Star Wars', 'Toy Story', 'Pulp Fiction', 'Silence of the Lambs, The', 'Fargo', 'Godfather, The'],
  ...['Raiders of the Lost Ark', 'Casablanca', 'Titanic', "Schindler's List"],
];

/**
 * `similar` as a shop without a trained model answers it: the first five of 60 items labelled by hand, and how many of a
 * film's ten neighbours share one of its genres. The figure of word overlap, as it was before, stands beside.
 */
export async function run({ smoke, data }: BenchOptions): Promise<BenchRow[]> {
  return [...(await retail()), ...(smoke ? [] : await films(data))];
}

async function retail(): Promise<BenchRow[]> {
  const labels = JSON.parse(readFileSync(labelFile, 'utf8')) as Labels;
  const { events, items } = await retailEvents();
  const overlap = wordOverlap(items);
  const name = `online-retail, ${Object.keys(labels).length} items labelled by hand`;
  return inShop({ items, events }, async (engine) => {
    const now = await precision(labels, (id) => similar(engine, id, 5));
    const before = await precision(labels, async (id) => overlap(id, 5));
    const row = (metric: string, value: number): BenchRow => ({ data: name, metric, value });
    return [
      { ...row('similar, P@5', now.mean), reference: 0.8, source: 'goal: at least' },
      row('similar, P@5 of what is possible', now.possible),
      row('word overlap (before), P@5', before.mean),
      row('word overlap (before), P@5 of what is possible', before.possible),
      row('similar, neighbours nobody has labelled', now.unknown),
    ];
  });
}

/** Share of `instead` among the first five; the second figure counts no more than an item has in what was labelled. */
async function precision(
  labels: Labels,
  five: (id: string) => Promise<readonly string[]>,
): Promise<{ mean: number; possible: number; unknown: number }> {
  let [mean, possible, unknown, asked] = [0, 0, 0, 0];
  for (const [id, known] of Object.entries(labels)) {
    const list = await five(id);
    const right = list.filter((other) => known[other] === 'instead').length;
    const most = Math.min(5, Object.values(known).filter((label) => label === 'instead').length);
    unknown += list.filter((other) => known[other] === undefined).length;
    mean += right / 5;
    if (most === 0) continue;
    possible += right / most;
    asked++;
  }
  return { mean: mean / Object.keys(labels).length, possible: possible / asked, unknown };
}

async function films(data: string): Promise<BenchRow[]> {
  const read = lines(join(data, 'ml-100k'), 'items.tsv.gz')?.slice(1);
  const ratings = movieLens(data);
  if (!read || !ratings) return [];
  const items = read.map((line): Item => {
    const [id, title, , genres] = line.split('\t');
    return { id: id!, title: title!, categories: genres!.split(' ') };
  });
  const events = ratings
    .map(
      ({ user, item, rating, time }, at): Event => ({
        ...{ id: `r${at}`, type: 'rate', user: `${user}`, items: [{ id: item }], value: rating, time },
      }),
    )
    .sort((a, b) => a.time - b.time);
  const known = new Map(items.map((item) => [item.id, item]));
  return inShop({ items, events }, async (engine) => {
    let [shown, shared] = [0, 0];
    for (const { id, title, categories = [] } of items) {
      if (categories.includes('unknown')) continue;
      const list = (await similar(engine, id, 10)).map((other) => known.get(other)!);
      shown += list.length;
      shared += list.filter((other) => other.categories!.some((genre) => categories.includes(genre))).length;
      if (famous.includes(title!)) console.log(`${title}: ${list.map((other) => other.title).join(' | ')}`);
    }
    const metric = 'neighbours that share a genre (10 of each film)';
    return [
      { data: 'ml-100k', metric, value: shared / shown, reference: 0.8, source: 'goal: at least; was .66' },
    ];
  });
}

async function similar(engine: Engine, item: string, count: number): Promise<string[]> {
  const { items } = await engine.recommend({ user: 'nobody', scenario: 'similar', item, count });
  return items.map(({ id }) => id);
}
