import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { EndcapError, type Item, silent } from '../../src/core/index.js';
import { type ItemReport, type Mapping, prepareItems } from '../../src/prepare/index.js';
import { scratch } from '../support/events.js';

async function itemsOf(
  paths: string[],
  options: { mapping?: Mapping; from?: string; quarantine?: string } = {},
): Promise<{ items: Item[]; report: ItemReport }> {
  const items: Item[] = [];
  const quarantine = options.quarantine ?? `${paths[0]}.quarantine`;
  const report = await prepareItems(paths, { progress: silent, ...options, quarantine }, async (batch) => {
    items.push(...batch);
  });
  assert.equal(report.rowsIn, report.rowsKept + report.rowsMerged + report.rowsQuarantined);
  assert.equal(items.length, report.rowsKept);
  return { items, report };
}

const mug: Item = {
  id: 'A1',
  title: 'Blue mug & saucer',
  description: 'A mug of china',
  category: 'Home > Kitchen > Mugs',
  brand: 'Acme',
  price: 15,
  salePrice: 12,
  currency: 'USD',
  image: 'https://shop.example/1.jpg',
};

test('a title may stand under what the thing is called; a catalogue without one says so', async (t) => {
  const dir = scratch(t);
  const read = async (name: string, text: string) => {
    writeFileSync(join(dir, name), text);
    return itemsOf([join(dir, name)]);
  };
  const { items, report } = await read('a.csv', 'sku,product,sub_category\n7,Garlic oil,Hair\n');
  assert.equal(items[0]?.title, 'Garlic oil');
  assert.deepEqual(report.notes, []);
  const bare = await read('b.csv', 'sku,wording\n7,Garlic oil\n');
  assert.match(bare.report.notes.join(), /^No column looks like the title.*"columns":\{"title":"…"\}/);
  // A list of stock says nothing else.
  assert.deepEqual((await read('c.csv', 'sku,stock\n7,3\n')).report.notes, []);
});

test('one product says the same in every format', async (t) => {
  const dir = scratch(t);
  const write = (name: string, text: string): string => {
    writeFileSync(join(dir, name), text);
    return join(dir, name);
  };
  const feed = (inside: string): string =>
    `<?xml version="1.0"?><rss xmlns:g="http://base.google.com/ns/1.0"><channel><title>Shop</title>${inside}</channel></rss>`;
  const item = `<item><g:id>A1</g:id><title>Blue mug &amp; saucer</title><g:description><![CDATA[<p>A <b>mug</b> of china</p>]]></g:description><g:image_link>https://shop.example/1.jpg</g:image_link><g:price>15.00 USD</g:price><g:sale_price>12.00 USD</g:sale_price><g:brand>Acme</g:brand><g:product_type>Home &gt; Kitchen &gt; Mugs</g:product_type></item>`;
  const columns = 'id\ttitle\tdescription\tproduct type\tbrand\tprice\tsale price\timage link';
  const line =
    'A1\tBlue mug & saucer\t<p>A <b>mug</b> of china</p>\tHome > Kitchen > Mugs\tAcme\t15.00 USD\t12.00 USD\thttps://shop.example/1.jpg';
  const record = {
    id: 'A1',
    title: mug.title,
    description: mug.description,
    category: mug.category,
    brand: 'Acme',
    price: 15,
    sale_price: 12,
    currency: 'USD',
    image: mug.image,
  };
  const jsonl = write('a.jsonl', `${JSON.stringify(record)}\n`);
  const parquet = join(dir, 'a.parquet');
  const duck = await (await DuckDBInstance.create(':memory:')).connect();
  await duck.run(`COPY (SELECT * FROM read_json('${jsonl}')) TO '${parquet}' (FORMAT parquet)`);
  duck.closeSync();
  const files = [
    write('feed.xml', feed(item)),
    write('feed.tsv', `${columns}\n${line}\n`),
    write('a.csv', `${columns.replaceAll('\t', ';')}\n${line.replaceAll('\t', ';')}\n`),
    jsonl,
    write('api.json', JSON.stringify({ products: [record] })),
    parquet,
  ];
  for (const file of files) assert.deepEqual((await itemsOf([file])).items, [mug], file);
});

test('stock, availability, tags, lists, attributes, dates and status', async (t) => {
  const path = join(scratch(t), 'all.csv');
  writeFileSync(
    path,
    `sku,name,availability,stock,tags,colour,sizes,weight,status,from,category
1,a,in stock,,"new, gift",blue,S|M|L,1.5,active,2025-10-07,Home > Mugs | Gifts
2,b,out of stock,5,,red,,2,draft,,
3,c,,-2,,,,,,,
`,
  );
  const { items } = await itemsOf([path]);
  assert.deepEqual(items, [
    {
      id: '1',
      title: 'a',
      category: 'Home > Mugs',
      categories: ['Home > Mugs', 'Gifts'],
      tags: ['new', 'gift'],
      from: Date.UTC(2025, 9, 7),
      attributes: { colour: 'blue', sizes: ['S', 'M', 'L'], weight: 1.5 },
    },
    { id: '2', title: 'b', stock: 0, withdrawn: true, attributes: { colour: 'red', weight: 2 } },
    { id: '3', title: 'c', stock: 0 },
  ]);
});

test('rows that are no items are set aside, those that come again count once, and the quarantine reads', async (t) => {
  const dir = scratch(t);
  const path = join(dir, 'catalogue.csv');
  const quarantine = join(dir, 'q.jsonl');
  writeFileSync(
    path,
    'id,title,price\nA1,Mug,9\n,Nobody,9\nA2,Plate,cheap\nA1,Blue mug,8\nA3,"Cup,7\nA4,Bowl,5\n',
  );
  const { items, report } = await itemsOf([path], { quarantine });
  assert.deepEqual(
    items.map(({ id, title, price }) => [id, title, price]),
    [
      ['A1', 'Blue mug', 8],
      ['A4', 'Bowl', 5],
    ],
  );
  assert.deepEqual(Object.fromEntries(report.reasons.map(({ reason, rows }) => [reason, rows])), {
    missing_item: 1,
    invalid_number: 1,
    malformed: 1,
  });
  writeFileSync(
    quarantine,
    readFileSync(quarantine, 'utf8')
      .replace('"price":"cheap"', '"price":"7"')
      .split('\n')
      .filter((line) => line.includes('A2'))
      .join('\n'),
  );
  assert.deepEqual((await itemsOf([quarantine], { quarantine: join(dir, 'q2.jsonl') })).items, [
    { id: 'A2', title: 'Plate', price: 7 },
  ]);
  assert.ok(!existsSync(join(dir, 'q2.jsonl')));
});

test('Shopify: variants take from the product what they lack, pictures are no items', async (t) => {
  const path = join(scratch(t), 'products_export.csv');
  writeFileSync(
    path,
    `Handle,Title,Body (HTML),Vendor,Product Category,Type,Tags,Published,Option1 Name,Option1 Value,Variant SKU,Variant Inventory Qty,Variant Price,Variant Compare At Price,Image Src,Status
mug,Blue mug,<p>Nice</p>,Acme,Home > Kitchen,Mug,"blue, gift",TRUE,Size,L,MUG-L,4,9.90,12.00,https://shop.example/1.jpg,active
mug,,,,,,,,,S,MUG-S,0,8.90,,,
mug,,,,,,,,,,,,,,https://shop.example/2.jpg,
`,
  );
  const { items, report } = await itemsOf([path]);
  assert.equal(report.rowsMerged, 1);
  assert.deepEqual(
    items.map(({ id, title, price, salePrice, stock }) => [id, title, price, salePrice, stock]),
    [
      ['MUG-L', 'Blue mug', 12, 9.9, 4],
      ['MUG-S', 'Blue mug', 8.9, undefined, 0],
    ],
  );
});

test('XML that breaks off is said, and what came before counts', async (t) => {
  const path = join(scratch(t), 'broken.xml');
  writeFileSync(path, '<rss><channel><item><id>A1</id><title>Mug</title></item><item><id>A2</id><title>Pl');
  const { items, report } = await itemsOf([path]);
  assert.deepEqual(items, [{ id: 'A1', title: 'Mug' }]);
  assert.equal(report.reasons[0]!.reason, 'malformed');
  assert.match(report.reasons[0]!.remedy, /the XML ends early, in line 1, within product 2/);
  writeFileSync(path, '<rss>\n<channel><item><id>A1</id><title>Mu');
  await assert.rejects(
    itemsOf([path]),
    /unreadable|Cannot read .*broken\.xml: row 1: the XML ends early, in line 2, within product 1/,
  );
});

test('the dates of a catalogue are settled by their columns, or asked for; amounts may be nested', async (t) => {
  const path = join(scratch(t), 'dates.csv');
  writeFileSync(path, 'sku,from,until\n1,01/02/2025,31/12/2025\n2,03/04/2025,\n');
  const { items } = await itemsOf([path]);
  assert.deepEqual(
    items.map(({ from }) => new Date(from!).toISOString().slice(0, 10)),
    ['2025-02-01', '2025-04-03'],
  );
  writeFileSync(path, 'sku,from\n1,01/02/2025\n');
  await assert.rejects(itemsOf([path]), /dates in from can be read in two ways/);
  // Each column by itself; where it shows nothing, as the one beside it.
  writeFileSync(path, 'sku,from,until\n1,25/12/2024,12/31/2025\n2,01/02/2025,01/02/2025\n');
  const apart = await itemsOf([path]);
  assert.deepEqual(
    apart.items.map(({ from, until }) => [from, until]),
    [
      [Date.UTC(2024, 11, 25), Date.UTC(2025, 11, 31)],
      [Date.UTC(2025, 1, 1), Date.UTC(2025, 0, 2)],
    ],
  );
  writeFileSync(path, 'sku,from\n1,01/02/2025\n');
  const said = await itemsOf([path], { mapping: { dates: 'mdy' } });
  assert.equal(said.items[0]!.from, Date.UTC(2025, 0, 2));
  writeFileSync(path.replace('.csv', '.jsonl'), '{"id":"1","price":{"amount":"9.90","currency":"EUR"}}\n');
  assert.deepEqual((await itemsOf([path.replace('.csv', '.jsonl')])).items, [
    { id: '1', price: 9.9, currency: 'EUR' },
  ]);
});

test('a catalogue without an id says so', async (t) => {
  const path = join(scratch(t), 'odd.csv');
  writeFileSync(path, 'colour,size\nred,1\n');
  await assert.rejects(
    itemsOf([path]),
    (error) => error instanceof EndcapError && error.errors[0]!.field === 'catalogue.columns.id',
  );
});

test('genres of films are categories, as MovieLens and RecBole write them', async (t) => {
  const dir = scratch(t);
  for (const [file, text] of [
    ['movies.csv', 'movieId,title,genres\n1,Star Wars (1977),Action|Sci-Fi|War\n'],
    [
      'ml.item',
      'item_id:token\tmovie_title:token_seq\tclass:token_seq\n1\tStar Wars (1977)\tAction Sci-Fi War\n',
    ],
  ] as const) {
    const path = join(dir, file);
    writeFileSync(path, text);
    const { items } = await itemsOf([path]);
    assert.deepEqual(items, [
      { id: '1', title: 'Star Wars (1977)', category: 'Action', categories: ['Action', 'Sci-Fi', 'War'] },
    ]);
  }
});

test('what catalogues write otherwise: signs for currencies, no genres, paths as lists in lists', async (t) => {
  const path = join(scratch(t), 'odd.csv');
  writeFileSync(path, 'id,title,price,currency\nA,Mug,5,€\nB,Cup,5,euro\nC,Jug,5,coins\n');
  const { items, report } = await itemsOf([path]);
  assert.deepEqual(
    items.map(({ id, currency }) => [id, currency]),
    [
      ['A', 'EUR'],
      ['B', 'EUR'],
    ],
  );
  assert.equal(report.reasons[0]!.reason, 'invalid_currency');
  writeFileSync(path, '商品编号,商品名称,价格\nA1,面膜,￥199.00\n');
  assert.equal((await itemsOf([path])).items[0]!.currency, 'CNY');
  writeFileSync(path, 'movieId,title,genres\n1,Heat,Crime|Drama\n2,Noon,(no genres listed)\n');
  assert.deepEqual(
    (await itemsOf([path])).items.map(({ category, categories }) => [category, categories]),
    [
      ['Crime', ['Crime', 'Drama']],
      [undefined, undefined],
    ],
  );
  const meta = path.replace('.csv', '.jsonl');
  const categories = [
    ['Beauty', 'Skin'],
    ['Gifts', 'Small'],
  ];
  writeFileSync(meta, JSON.stringify({ asin: 'B1', title: 'Cream', categories }));
  assert.deepEqual((await itemsOf([meta])).items[0]!.categories, ['Beauty > Skin', 'Gifts > Small']);
});
