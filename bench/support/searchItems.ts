import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type Item, random } from '../../src/core/index.js';

/** Text of a gzipped file, undefined (and why) where it is absent. */
export function gunzipped(data: string, file: string): string | undefined {
  const path = join(data, file);
  if (existsSync(path)) return gunzipSync(readFileSync(path)).toString('utf8');
  console.log(`${path} is absent: set ENDCAP_DATA to the folder of the data sets.`);
  return undefined;
}

/** Rows of a CSV text by column name; fields may hold line breaks. */
export function csvRecords(text: string): Record<string, string>[] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/g)) {
    row.push(quoted?.replaceAll('""', '"') ?? plain ?? '');
    if (end === ',') continue;
    if (row.length > 1 || row[0] !== '') rows.push(row);
    row = [];
  }
  const [head = [], ...rest] = rows;
  return rest.map((cells) => Object.fromEntries(head.map((name, at) => [name, cells[at] ?? ''])));
}

/** `size` real items of several shops, in a fixed mixed order; the `titled` ones have a title that says what they are. */
export function realItems(data: string, size: number): { items: Item[]; titled: Set<string> } | undefined {
  const files = [
    'beauty/items.tsv.gz',
    'crowdflower-relevance/train.csv.gz',
    'fashion-catalogue/products.jsonl.gz',
    'grocery-catalogue/products.csv.gz',
    'complete-journey/products.csv.gz',
  ].map((file) => gunzipped(data, file));
  const [beauty, crowd, fashion, grocery, journey] = files;
  if (!beauty || !crowd || !fashion || !grocery || !journey) return undefined;
  const found: Omit<Item, 'id'>[] = [];
  for (const line of beauty.trimEnd().split('\n').slice(1))
    found.push({ title: line.split('\t')[2] ?? '', category: 'beauty' });
  for (const row of csvRecords(crowd)) found.push({ title: row.product_title!, category: row.query! });
  for (const line of fashion.trimEnd().split('\n')) {
    const { title, product_type: category, price_min_usd: price } = JSON.parse(line);
    found.push({ title, category, price: Number(price) });
  }
  for (const row of csvRecords(grocery))
    found.push({
      title: row.product!,
      category: row.sub_category!,
      brand: row.brand!,
      price: Number(row.sale_price),
    });
  const distinct = [
    ...new Map(found.filter(({ title }) => title).map((item) => [item.title, item])).values(),
  ];
  const titled = new Set(distinct.map((_, at) => `t${at}`));
  const items: Item[] = distinct.map((item, at) => ({ ...item, id: `t${at}` }));
  const prices = random(3);
  for (const row of csvRecords(journey)) {
    const [department, brand, category, kind, amount] = Object.values(row).slice(2);
    const title = `${kind} ${amount}`.trim();
    if (title)
      items.push({ id: `j${items.length}`, title, category: category || department!, brand: brand! });
  }
  random(1).shuffle(items);
  const kept = items
    .slice(0, size)
    .map((item) => ({ price: Math.round(100 * Math.exp(3 + prices.normal())) / 100, ...item }));
  return { items: kept, titled };
}
