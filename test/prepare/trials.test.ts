import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createWriteStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { defaultEventTable, EndcapError, eventWeight, meaningOf } from '../../src/core/index.js';
import { parseMapping } from '../../src/prepare/index.js';
import { scratch } from '../support/events.js';
import { iso, read, reasonsOf, trial } from './support.js';

const lines = (events: { type: string; user: string; time: number; items: unknown[] }[]) =>
  events.map(({ type, user, time, items }) => [iso(time), type, user, items]);

test('01 an export of Shopify orders, with and without a mapping', async () => {
  const mapping = parseMapping(JSON.parse(readFileSync(trial('01-shopify-orders.mapping.json'), 'utf8')));
  for (const options of [{ mapping }, {}, { from: 'shopify' }]) {
    const { events, items } = await read([trial('01-shopify-orders.csv')], options);
    assert.deepEqual(lines(events), [
      [
        '2025-10-07T07:50:25.000Z',
        'purchase',
        'ann@example.com',
        [
          { id: 'MUG-L', quantity: 2, price: 9.9 },
          { id: 'PLATE-R', quantity: 1, price: 55 },
        ],
      ],
      ['2025-10-07T09:00:00.000Z', 'purchase', 'bob@example.com', [{ id: 'MUG-L', quantity: 1, price: 9.9 }]],
    ]);
    assert.equal(items[0]!.title, 'Blue mug - L');
  }
});

test('03 microseconds are known by their size, in GA4 and elsewhere', async () => {
  const ga4 = await read([trial('03-ga4-microseconds.jsonl')]);
  assert.deepEqual(lines(ga4.events), [
    ['2025-03-10T09:46:40.123Z', 'view', '111.222', [{ id: 'SKU1', price: 9.9 }]],
    [
      '2025-03-10T09:47:40.123Z',
      'purchase',
      '111.222',
      [
        { id: 'SKU1', quantity: 2, price: 9.9 },
        { id: 'SKU2', quantity: 1, price: 5 },
      ],
    ],
  ]);
  const { events } = await read([trial('03-microseconds.csv')]);
  assert.deepEqual(
    events.map(({ time }) => iso(time)),
    ['2025-03-10T09:46:40.123Z', '2025-03-10T09:47:40.123Z'],
  );
});

test('04 quoted line breaks give the same result whatever the size of the file', async (t) => {
  const dir = scratch(t);
  const write = async (name: string, rows: number): Promise<string> => {
    const path = join(dir, name);
    const out = createWriteStream(path);
    out.write('order_id,user_id,item_id,time,quantity,price,title\n');
    for (let k = 0; k < rows; k++) {
      const title = `"Mug ${k % 500}\nsecond line, with comma\nthird line of a long description ${'x'.repeat(80)}"`;
      const more = out.write(
        `o${k},u${k % 1000},SKU${10_000 + (k % 500)},${1_700_000_000 + k},1,9.5,${title}\n`,
      );
      if (!more) await once(out, 'drain');
    }
    out.end();
    await once(out, 'finish');
    return path;
  };
  for (const rows of [2_000, 185_000]) {
    const { report, items } = await read([await write(`${rows}.csv`, rows)]);
    assert.deepEqual([report.rowsIn, report.rowsKept, report.rowsQuarantined], [rows, rows, 0]);
    assert.match(items[0]!.title!, /^Mug 0 second line, with comma third line/);
  }
});

test('05 one day over 12 settles the column', async () => {
  const { events } = await read([trial('05-dmy-dates.csv')]);
  assert.deepEqual(
    events.map(({ session, time }) => [session, iso(time).slice(0, 10)]),
    [
      ['4', '2024-12-11'],
      ['3', '2024-12-25'],
      ['1', '2025-04-03'],
      ['2', '2025-04-13'],
    ],
  );
});

test('06 decimal commas, thousands and signs of currencies', async () => {
  const { events } = await read([trial('06-decimal-comma.csv')]);
  assert.deepEqual(
    events.map(({ items }) => items[0]!.price),
    [9.9, 1234.5, 9.9, 9.9, 1234.5],
  );
});

test('08 a line for Excel names the separator', async () => {
  const { events } = await read([trial('08-excel-sep-line.csv')]);
  assert.deepEqual(lines(events), [['2025-01-01T10:00:00.000Z', 'view', 'u1', [{ id: 'a' }]]]);
});

test('09 a header that comes again is set aside', async () => {
  const { report, events } = await read([trial('09-concatenated-headers.csv')]);
  assert.equal(report.rowsQuarantined, 1);
  assert.deepEqual(
    events.map(({ user }) => user),
    ['u1', 'u2'],
  );
});

test('10 REES46: a price of 0 is no fault but of a sale', async () => {
  const { report, events } = await read([trial('10-rees46.csv')]);
  assert.equal(report.rowsKept, 4);
  assert.deepEqual(
    events.map(({ type }) => type),
    ['view', 'add_to_cart', 'purchase', 'remove_from_cart'],
  );
});

test('11 H&M: a row is a unit, so equal rows are several', async () => {
  const { events, settled } = await read([trial('11-hm-transactions.csv')]);
  assert.deepEqual(
    events.map(({ items }) => [items[0]!.id, items[0]!.quantity]),
    [
      ['0663713001', 1],
      ['0541518023', 2],
    ],
  );
  assert.equal(settled.equalRows, 'units');
});

test('12 a file without a header, by number and by name', async () => {
  const byNumber = { columns: { user: 1, item: 2, value: 3, time: 4 } };
  const wanted = [
    ['rate', '196', '242', 3, 881_250_949_000],
    ['rate', '186', '302', 3, 891_717_742_000],
  ];
  for (const options of [{ mapping: byNumber }, { from: 'movielens' }]) {
    const { events } = await read([trial('12-movielens-u.data.tsv')], options);
    assert.deepEqual(
      events.map(({ type, user, items, value, time }) => [type, user, items[0]!.id, value, time]),
      wanted,
    );
  }
  const { report } = await read([trial('12-movielens-u.data.tsv')]);
  assert.deepEqual(report.notes, [
    '12-movielens-u.data.tsv: no header: by their values the columns are read as user_id, item_id, rating, timestamp',
  ]);
});

test('13 Segment: a view, an identify, an order of two items', async () => {
  const { events } = await read([trial('13-segment-order-completed.jsonl')]);
  assert.deepEqual(lines(events), [
    ['2025-03-10T10:00:00.000Z', 'view', 'anon1', [{ id: 'P1', price: 9.9 }]],
    ['2025-03-10T10:01:00.000Z', 'identify', 'u9', []],
    [
      '2025-03-10T10:02:00.000Z',
      'purchase',
      'u9',
      [
        { id: 'P1', quantity: 2, price: 9.9 },
        { id: 'P2', quantity: 1, price: 5 },
      ],
    ],
  ]);
  assert.deepEqual(events[1]!.context, { anonymous: 'anon1' });
});

test('14 Amazon: one rating of 5, whatever other lists there are', async () => {
  const { events } = await read([trial('14-amazon-reviews.jsonl')]);
  assert.deepEqual(
    events.map(({ type, value, items }) => [type, value, items]),
    [['rate', 5, [{ id: '0000013714' }]]],
  );
});

test('15, 16 lines without their orders: the error names the file to join', async () => {
  for (const [name, file] of [
    ['15-olist-order-items.csv', 'olist_orders_dataset.csv'],
    ['16-instacart.csv', 'orders.csv'],
  ] as const) {
    await assert.rejects(read([trial(name)]), (error) => {
      assert.ok(error instanceof EndcapError);
      assert.equal(error.code, 'missing_join');
      assert.ok(error.message.includes(file) && error.remedy!.includes(file), error.message);
      return true;
    });
  }
});

test('18 names of events mean what they say', async () => {
  const { events, report } = await read([trial('18-event-names.csv')]);
  const meant = Object.fromEntries(events.map(({ type, items }) => [items[0]!.id, type]));
  const weigh = (id: string): number => eventWeight(defaultEventTable, meant[id]!);
  for (const id of ['A', 'B', 'L']) assert.deepEqual([meant[id], weigh(id)], ['impression', 0]);
  assert.equal(meant.D, 'wish');
  for (const id of ['E', 'F', 'N']) assert.ok(meant[id] === 'refund' && weigh(id) < 0, meant[id]);
  assert.ok(meaningOf(meant.G!) === 'dislike' && weigh('G') < 0);
  assert.ok(meaningOf(meant.J!) === 'undo' && weigh('J') < 0);
  for (const id of ['I', 'K', 'M']) assert.equal(meant[id], 'purchase');
  const unknown = report.types.filter(({ meaning }) => meaning === null);
  assert.deepEqual(
    unknown.map(({ type, weight, rows }) => [type, weight, rows]),
    [['begin_checkout', 0, 1]],
  );
});

test('19 placeholders are nobody', async () => {
  const { report } = await read([trial('19-placeholder-users.csv')]);
  assert.deepEqual(reasonsOf(report), { missing_item: 2, missing_user: 9 });
});

test('20 prices are judged among those of their currency', async () => {
  const { report, events } = await read([trial('20-currencies.csv')]);
  assert.equal(report.rowsKept, 5);
  assert.deepEqual(
    events.map(({ currency }) => currency),
    ['EUR', 'EUR', 'JPY', 'JPY', 'JPY'],
  );
});

test('22, 23 odd SKUs are kept, and suggested as a rule', async () => {
  const gifts = await read([trial('22-gift-skus.csv')]);
  assert.equal(gifts.report.rowsKept, 4);
  assert.deepEqual(
    gifts.report.suggestions.map(({ rows }) => rows),
    [3],
  );
  const sku = await read([trial('23-sku-without-digits.csv')]);
  assert.equal(sku.report.rowsKept, sku.report.rowsIn);
  assert.deepEqual(sku.report.suggestions[0]!.examples, ['MUG-L']);
});

test('24 encodings are told from the bytes, and said', async () => {
  const european = ['Café crème €5', 'naïve'];
  for (const [name, titles, encoding] of [
    ['24-cp1252.csv', european, 'windows-1252'],
    ['24-utf16be.csv', european, 'utf-16be'],
    ['24-cr-only.csv', european, undefined],
    ['24-gbk.csv', ['保湿面膜', '口红'], 'gb18030'],
  ] as const) {
    const { items, report } = await read([trial(name)]);
    assert.deepEqual(
      items.map(({ title }) => title),
      titles,
      name,
    );
    assert.equal(report.rowsKept, 2);
    assert.equal(
      report.notes.some((note) => encoding !== undefined && note.includes(encoding)),
      encoding !== undefined,
    );
  }
});

test('25 – 28 odd quotes, ragged rows and two columns for a shopper', async () => {
  const kept = {
    '25-backslash-quotes.csv': [2, 1, 1],
    '26-inch-mark.csv': [4, 3, 1],
    '27-ragged.csv': [4, 2, 2],
    '28-dup-columns.csv': [2, 2, 0],
  };
  for (const [name, [rowsIn, rowsKept, rowsQuarantined]] of Object.entries(kept)) {
    const { report } = await read([trial(name)]);
    assert.deepEqual(
      [report.rowsIn, report.rowsKept, report.rowsQuarantined],
      [rowsIn, rowsKept, rowsQuarantined],
      name,
    );
  }
  const { events } = await read([trial('28-dup-columns.csv')]);
  assert.deepEqual(
    events.map(({ user }) => user),
    ['u1', 'u2'],
  );
});
