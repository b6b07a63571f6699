import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { EndcapError } from '../../src/core/index.js';
import { formatReport, type Mapping } from '../../src/prepare/index.js';
import { scratch } from '../support/events.js';
import { read, reasonsOf, shown } from './support.js';

/** A file as a shop has it, and the events that a person reads in it. */
interface Case {
  name: string;
  files: Record<string, string>;
  events: string[];
  from?: string;
  mapping?: Mapping;
  /** Rows that are no events of their own, by reason. */
  reasons?: Record<string, number>;
  note?: RegExp;
}

const orders = 'order_id,user_id,item_id,time,quantity,price';
const lines = (...records: object[]): string => records.map((one) => `${JSON.stringify(one)}\n`).join('');

const cases: Case[] = [
  {
    name: 'Shopify: what was cancelled was not sold, what was given back since was',
    files: {
      'orders_export_1.csv': `Name,Email,Financial Status,Currency,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Cancelled at
#1,a@x.com,paid,USD,2025-10-07 09:50:25 +0000,1,Mug,9.90,M1,
#2,b@x.com,voided,USD,2025-10-07 10:50:25 +0000,1,Mug,9.90,M1,
#2,b@x.com,,,2025-10-07 10:50:25 +0000,1,Plate,5,P1,
#3,c@x.com,paid,USD,2025-10-07 11:50:25 +0000,1,Mug,9.90,M1,2025-10-08 11:50:25 +0000
#3,c@x.com,,,2025-10-07 11:50:25 +0000,1,Plate,5,P1,
#4,d@x.com,partially_refunded,USD,2025-10-07 13:50:25 +0000,2,Mug,9.90,M1,
`,
    },
    events: [
      '2025-10-07T09:50:25.000Z purchase a@x.com 1xM1@9.9 USD',
      '2025-10-07T13:50:25.000Z purchase d@x.com 2xM1@9.9 USD',
    ],
    reasons: { not_sold: 4 },
    note: /1 orders were refunded since, by their status: kept as bought/,
  },
  {
    name: 'Shopify: orders of the Admin API',
    files: {
      'orders.json': JSON.stringify({
        orders: [
          {
            id: 450789469,
            name: '#1001',
            email: 'bob@x.com',
            created_at: '2025-01-10T11:00:00-05:00',
            currency: 'USD',
            financial_status: 'paid',
            cancelled_at: null,
            customer: { id: 207119551 },
            line_items: [
              {
                id: 466157049,
                product_id: 632910392,
                variant_id: 39072856,
                sku: 'IPOD-G',
                quantity: 2,
                price: '199.00',
              },
              {
                id: 466157050,
                product_id: 632910393,
                variant_id: 39072857,
                sku: '',
                quantity: 1,
                price: '5.00',
              },
            ],
          },
        ],
      }),
    },
    events: ['2025-01-10T16:00:00.000Z purchase bob@x.com 2xIPOD-G@199 1x39072857@5 USD'],
  },
  {
    name: 'WooCommerce: a line an item, with the ids of the lines',
    files: {
      'orders.csv': `order_id,order_number_formatted,order_number,date,status,order_currency,customer_id,billing_email,item_id,item_product_id,item_name,item_sku,item_quantity,item_total
501,501,501,2025-03-22 16:28:02,wc-completed,USD,3,ann@x.com,88,93,Mug,MUG,2,20
501,501,501,2025-03-22 16:28:02,wc-completed,USD,3,ann@x.com,89,94,Plate,PLT,1,5
502,502,502,2025-03-23 16:28:02,wc-failed,USD,4,bob@x.com,90,94,Plate,PLT,1,5
`,
    },
    events: ['2025-03-22T16:28:02.000Z purchase 3 2xMUG 1xPLT USD'],
    reasons: { not_sold: 1 },
  },
  {
    name: 'Chinese states of orders',
    files: {
      'o.csv': `订单号,买家会员名,商品ID,下单时间,数量,价格,订单状态
1,u1,A,2025-01-01,3,5,交易成功
2,u1,B,2025-01-02,1,5,交易关闭
3,u1,C,2025-01-03,1,5,已取消
`,
    },
    events: ['2025-01-01T00:00:00.000Z purchase u1 3xA@5'],
    reasons: { not_sold: 2 },
  },
  {
    name: 'a mapping that is silent on the status keeps them',
    mapping: { columns: { status: [] } },
    files: { 'o.csv': `${orders},status\no1,u1,A,2025-01-01,3,5,cancelled\n` },
    events: ['2025-01-01T00:00:00.000Z purchase u1 3xA@5'],
  },
  {
    name: 'GA4: a refund of the whole order names no item',
    files: {
      'events.json': lines(
        {
          event_timestamp: '1741600004000000',
          event_name: 'purchase',
          user_id: 'u7',
          user_pseudo_id: '1.2',
          ecommerce: { transaction_id: 'T9' },
          items: [
            { item_id: 'A', price: 10, quantity: '2' },
            { item_id: 'B', price: 3, quantity: null },
          ],
        },
        {
          event_timestamp: '1741600009000000',
          event_name: 'refund',
          user_id: null,
          user_pseudo_id: '9.9',
          ecommerce: { transaction_id: 'T9' },
          items: [],
        },
      ),
    },
    events: [
      '2025-03-10T09:46:44.000Z purchase u7 2xA@10 1xB@3',
      '2025-03-10T09:46:49.000Z refund u7 2xA@10 1xB@3',
    ],
  },
  {
    name: 'a refund of the rest of an order, and a second one of nothing',
    files: {
      'o.csv': `${orders},type
o1,u1,A,2025-01-01,3,5,purchase
o1,u1,B,2025-01-01,1,5,purchase
o1,,A,2025-01-02,1,5,refund
o1,u1,,2025-01-03,,,refund
o1,u1,,2025-01-04,,,refund
o9,u1,,2025-01-04,,,refund
`,
    },
    events: [
      '2025-01-01T00:00:00.000Z purchase u1 3xA@5 1xB@5',
      '2025-01-02T00:00:00.000Z refund u1 1xA@5 2xA@5 1xB@5',
    ],
    reasons: { missing_item: 1, near_duplicate: 1 },
  },
  {
    name: 'a negative amount is a return, and a discount is none',
    files: {
      'o.csv': `${orders}
o1,u1,A,2025-01-01,3,5
o1,u1,A,2025-01-03,1,-5
o1,u1,DISCOUNT,2025-01-03,1,-2
`,
    },
    events: ['2025-01-01T00:00:00.000Z purchase u1 2xA@5'],
    reasons: { cancelled: 1, non_positive_price: 1 },
  },
  {
    name: 'items of one record in several currencies',
    files: {
      'o.jsonl': lines(
        {
          event_id: 'x1',
          type: 'purchase',
          user_id: 'u1',
          time: '2025-01-01T00:00:00Z',
          items: [
            { item_id: 'A', price: 5, currency: 'EUR' },
            { item_id: 'B', price: 800, currency: 'JPY' },
            { item_id: 'C', price: 6, currency: 'EUR' },
          ],
        },
        {
          type: 'view',
          user_id: 'u2',
          time: '2025-01-02T00:00:00Z',
          items: [
            { item_id: 'A', price: 5, currency: 'EUR' },
            { item_id: 'B', price: 800, currency: 'JPY' },
          ],
        },
      ),
    },
    events: [
      '2025-01-01T00:00:00.000Z purchase u1 1xA@5 1xC@6 EUR',
      '2025-01-01T00:00:00.000Z purchase u1 1xB@800 JPY',
      '2025-01-02T00:00:00.000Z view u2 1xA@5 EUR',
      '2025-01-02T00:00:00.000Z view u2 1xB@800 JPY',
    ],
    note: /2 orders or records have lines in several currencies/,
  },
  {
    name: 'a cell with a list as JSON',
    files: {
      'o.csv': `order_id,user_id,time,items
1,u1,2025-01-01 10:00,"[{""sku"":""A"",""quantity"":2,""price"":3.5},{""sku"":""B"",""quantity"":1,""price"":2}]"
2,u1,2025-01-02 10:00,[]
`,
    },
    events: ['2025-01-01T10:00:00.000Z purchase u1 2xA@3.5 1xB@2'],
    reasons: { missing_item: 1 },
  },
  {
    name: 'cells with several ids, known by their plural',
    files: { 'o.csv': 'order_id,user_id,time,item_ids\n1,u1,2025-01-01,A|B|C\n2,u1,2025-01-02,A\n' },
    events: ['2025-01-01T00:00:00.000Z purchase u1 1xA 1xB 1xC', '2025-01-02T00:00:00.000Z purchase u1 1xA'],
  },
  {
    name: 'lists that go together, as the mapping says',
    mapping: { columns: { item: 'sku[]', quantity: 'n[]', price: 'p[]' } },
    files: { 'o.csv': 'order_id;user_id;time;sku;n;p\n1;u1;2025-01-01;A,B;2,1;"3.5,2"\n' },
    events: ['2025-01-01T00:00:00.000Z purchase u1 2xA@3.5 1xB@2'],
  },
  {
    name: 'lists of a record that go together',
    files: {
      'o.jsonl': lines({
        order_id: '1',
        user_id: 'u1',
        time: '2025-01-01',
        item_ids: ['A', 'B'],
        quantities: [2, 1],
      }),
    },
    events: ['2025-01-01T00:00:00.000Z purchase u1 2xA 1xB'],
  },
  {
    name: 'records within the answer of an API, and ids of what belongs to them',
    files: {
      'o.json': JSON.stringify({
        meta: { page: 1 },
        data: {
          orders: [
            {
              id: 1,
              customer: { id: 'u1' },
              created_at: '2025-01-01T00:00:00Z',
              line_items: [{ id: 77, sku: 'A', quantity: 2, price: '3.00' }],
            },
          ],
        },
      }),
    },
    events: ['2025-01-01T00:00:00.000Z purchase u1 2xA@3'],
  },
  {
    name: 'a day and a clock in two columns',
    files: { 'e.csv': 'user_id,item_id,date,time\nu1,A,2025-01-01,10:30\nu2,A,2025-01-02,11:45:10 PM\n' },
    events: ['2025-01-01T10:30:00.000Z view u1 1xA', '2025-01-02T23:45:10.000Z view u2 1xA'],
  },
  {
    name: 'a day with a midnight and a clock of another name',
    files: {
      'e.csv':
        'user_id,item_id,order_date,order_time\nu1,A,13.01.2025 00:00:00,10:30\nu2,A,14.01.2025 00:00:00,\n',
    },
    events: ['2025-01-13T10:30:00.000Z view u1 1xA', '2025-01-14T00:00:00.000Z view u2 1xA'],
  },
  {
    name: 'a day and a time that is whole stay as they are',
    files: { 'e.csv': 'user_id,item_id,date,time\nu1,A,2025-01-01,1741600000\n' },
    events: ['2025-03-10T09:46:40.000Z view u1 1xA'],
  },
  {
    name: 'a sign in the column of currencies',
    files: {
      'o.csv': `${orders},currency\no1,u1,A,2025-01-01,1,5,€\no2,u1,A,2025-01-02,1,5,£\no3,u1,A,2025-01-03,1,5,$\n`,
    },
    events: [
      '2025-01-01T00:00:00.000Z purchase u1 1xA@5 EUR',
      '2025-01-02T00:00:00.000Z purchase u1 1xA@5 GBP',
    ],
    reasons: { invalid_currency: 1 },
  },
  {
    name: 'a title above the header, filled up with separators',
    files: { 'e.csv': 'Sales report 2025;;\n;;\nuser_id;item_id;time\nu1;A;2025-01-01\n' },
    events: ['2025-01-01T00:00:00.000Z view u1 1xA'],
  },
  {
    name: 'names of rows without a header, as R writes them',
    files: { 'e.csv': '"user_id","item_id","time"\n"1","u1","A","2025-01-01"\n"2","u2","B","2025-01-02"\n' },
    events: ['2025-01-01T00:00:00.000Z view u1 1xA', '2025-01-02T00:00:00.000Z view u2 1xB'],
  },
  {
    name: 'a CSV that is called JSON; lists of a shop are impressions',
    files: { 'e.json': 'user_id,item_id,time,event\nu1,A,2025-01-01,collection_viewed\n' },
    events: ['2025-01-01T00:00:00.000Z impression u1 1xA'],
  },
  {
    name: 'blanks between columns',
    files: { 'e.txt': 'user_id item_id timestamp\nu1 A 1741600000\nu2 B 1741600001\n' },
    events: ['2025-03-10T09:46:40.000Z view u1 1xA', '2025-03-10T09:46:41.000Z view u2 1xB'],
  },
  {
    name: 'Instacart with its tables of names',
    files: {
      'order_products__prior.csv':
        'order_id,product_id,add_to_cart_order,reordered\n2,33120,1,1\n2,28985,2,1\n',
      'order_products__train.csv': 'order_id,product_id,add_to_cart_order,reordered\n5,28985,1,1\n',
      'orders.csv':
        'order_id,user_id,eval_set,order_number,order_dow,order_hour_of_day,days_since_prior_order\n2,7,prior,1,2,08,\n5,7,train,2,3,10,30.0\n',
      'products.csv':
        'product_id,product_name,aisle_id,department_id\n33120,Egg Whites,86,16\n28985,Kale,83,4\n',
      'aisles.csv': 'aisle_id,aisle\n86,eggs\n83,fresh vegetables\n',
      'departments.csv': 'department_id,department\n16,dairy eggs\n4,produce\n',
    },
    events: [
      '2017-01-01T08:00:00.000Z purchase 7 1x33120 1x28985',
      '2017-01-31T10:00:00.000Z purchase 7 1x28985',
    ],
  },
];

for (const { name, files, events, reasons, note, ...options } of cases)
  test(name, async (t) => {
    const dir = scratch(t);
    const paths = Object.entries(files).map(([file, text]) => {
      writeFileSync(join(dir, file), text);
      return join(dir, file);
    });
    const found = await read(paths, options);
    assert.deepEqual(found.events.map(shown), events);
    if (reasons) assert.deepEqual(reasonsOf(found.report), reasons);
    if (note)
      assert.ok(
        found.report.notes.some((one) => note.test(one)),
        found.report.notes.join('\n'),
      );
    const { rowsIn, rowsKept, rowsMerged, rowsQuarantined } = found.report;
    assert.equal(rowsIn, rowsKept + rowsMerged + rowsQuarantined);
  });

test('a catalogue made of sales is in the order in which its items came: the newest last', async (t) => {
  const path = join(scratch(t), 'o.csv');
  writeFileSync(path, `${orders}\n3,u1,A,2025-01-03,1,5\n1,u1,Z,2025-01-01,1,5\n2,u1,M,2025-01-02,1,5\n`);
  const { items } = await read([path]);
  assert.deepEqual(
    items.map(({ id }) => id),
    ['Z', 'M', 'A'],
  );
});

test('files without records say so', async (t) => {
  const dir = scratch(t);
  const broken = '<rss><channel><item><id>1</id>';
  for (const [file, text, code, says] of [
    ['a.jsonl', '', 'empty_file', /no records/],
    ['b.json', '[]', 'empty_file', /no records/],
    ['c.jsonl', 'user,item\nu1,A\n', 'unreadable_file', /row 1: not a JSON object/],
    ['d.xml', broken, 'unknown_format', /--items/],
    ['e.parquet', 'user,item\nu1,A\n', 'unreadable_file', /e\.parquet is no Parquet file.*\.csv/],
  ] as const) {
    writeFileSync(join(dir, file), text);
    await assert.rejects(read([join(dir, file)]), (error) => {
      assert.ok(error instanceof EndcapError, String(error));
      assert.equal(error.code, code, file);
      assert.match(`${error.message} ${error.remedy}`, says);
      return true;
    });
  }
  // A header alone is a file of no rows, from no day to none.
  writeFileSync(join(dir, 'f.csv'), 'user,item,time\n');
  assert.match(formatReport((await read([join(dir, 'f.csv')])).report), /0 quarantined; \d+\.\d s/);
});
