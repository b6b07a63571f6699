import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { EndcapError, silent } from '../../src/core/index.js';
import { DelimitedReader } from '../../src/prepare/delimited.js';
import { prepareItems, scratchIn, sweepScratch } from '../../src/prepare/index.js';
import { scratch } from '../support/events.js';
import { read, reasonsOf } from './support.js';

const header = 'user,item,time,type,title';
const row = (at: number, title = `title ${at}`): string =>
  `u${at},i${at},${1_700_000_000 + at},view,${title}`;

test('a stray quote takes its own line and no other, wherever it is', async (t) => {
  const path = join(scratch(t), 'stray.csv');
  const strays = ['"never closed', '"closed" too early', 'fine', '"pairs with'];
  for (const places of [[5], [5, 6], [5, 700], [0], [999], [5, 300, 301, 900]]) {
    for (const stray of strays) {
      const lines = Array.from({ length: 1_000 }, (_, at) =>
        row(at, places.includes(at) ? stray : undefined),
      );
      writeFileSync(path, `${header}\n${lines.join('\n')}\n`);
      const { report } = await read([path]);
      const bad = stray === 'fine' ? 0 : places.length;
      assert.deepEqual([report.rowsIn, report.rowsQuarantined], [1_000, bad], `${stray} at ${places}`);
      assert.equal(report.rowsKept + report.rowsMerged, 1_000 - bad);
    }
  }
});

test('two stray quotes that would pair do not swallow what is between them', async (t) => {
  const path = join(scratch(t), 'pair.csv');
  const lines = Array.from({ length: 1_000 }, (_, at) => row(at));
  lines[5] = `u5,"i5,${1_700_000_005},view,title`;
  lines[800] = `u800,i800",${1_700_000_800},view,title`;
  writeFileSync(path, `${header}\n${lines.join('\n')}\n`);
  const { report } = await read([path]);
  assert.equal(report.rowsIn, 1_000);
  assert.ok(report.rowsKept >= 998, String(report.rowsKept));
});

test('a text is cut alike however it comes in pieces, and quoted cells come back', () => {
  const cell = fc.string({
    unit: fc.constantFrom('a', 'b', ',', '"', '\n', '\r', ' ', ';', '茶'),
    maxLength: 8,
  });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 12 }),
      fc.constantFrom(',', ';', '\t', '::'),
      fc.constantFrom('\n', '\r\n', '\r'),
      fc.integer({ min: 1, max: 7 }),
      (records, delimiter, end, size) => {
        const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
        const text = records.map((cells) => cells.map(quoted).join(delimiter) + end).join('');
        const found: string[][] = [];
        const reader = new DelimitedReader(delimiter, 2, {
          record: (cells) => found.push(cells),
          reject: (line, problem) =>
            assert.fail(`${problem}: ${JSON.stringify(line)} in ${JSON.stringify(text)}`),
        });
        for (let at = 0; at < text.length; at += size) reader.push(text.slice(at, at + size));
        reader.end();
        assert.deepEqual(found, records);
      },
    ),
  );
});

test('mixed line ends, any separator, 10,000 columns', async (t) => {
  const dir = scratch(t);
  const path = join(dir, 'mixed.csv');
  const lines = [header, row(1), row(2), row(3), row(4)];
  writeFileSync(path, `${lines[0]}\r\n${lines[1]}\n${lines[2]}\r${lines[3]}\r\n\r\n${lines[4]}`);
  assert.equal((await read([path])).report.rowsKept, 4);
  for (const sign of [';', '\t', '|', '::', '\u0001']) {
    writeFileSync(path, `${lines.map((line) => line.replaceAll(',', sign)).join('\n')}\n`);
    assert.equal((await read([path])).report.rowsKept, 4, JSON.stringify(sign));
  }
  const wide = Array.from({ length: 9_995 }, (_, at) => `extra${at}`);
  const cells = wide.map((_, at) => String(at)).join(',');
  writeFileSync(
    path,
    `${wide.join(',')},${header}\n${[1, 2, 2].map((at) => `${cells},${row(at)}`).join('\n')}\n`,
  );
  const { report } = await read([path]);
  assert.deepEqual([report.rowsIn, report.rowsKept, report.rowsMerged], [3, 2, 1]);
});

test('what stands above the header, and comments, are passed over and said', async (t) => {
  const path = join(scratch(t), 'report.csv');
  for (const above of ['# ----\n# All orders\n# 20250101-20250131\n\n', 'Orders of January\n\n', 'sep=,\n']) {
    writeFileSync(path, `${above}${header}\n${row(1)}\n${row(2)}\n`);
    const { report } = await read([path]);
    assert.deepEqual([report.rowsIn, report.rowsKept], [2, 2], above);
  }
});

test('encodings by bytes alone, or as said', async (t) => {
  const path = join(scratch(t), 'words.csv');
  const texts: [string, string, Buffer][] = [
    ['utf-16le', '保湿面膜', Buffer.from(`${header}\n${row(1, '保湿面膜')}\n`, 'utf16le')],
    ['utf-16be', '保湿面膜', Buffer.from(`${header}\n${row(1, '保湿面膜')}\n`, 'utf16le').swap16()],
    ['windows-1252', 'Größe für Öl', Buffer.from(`${header}\n${row(1, 'Größe für Öl')}\n`, 'latin1')],
  ];
  // "化粧水と乳液" in Shift-JIS, "화장품" in EUC-KR, "保濕面膜" in Big5, "Крем для лица" in Windows-1251.
  const bytes: [string, string, number[]][] = [
    ['shift_jis', '化粧水と乳液', [0x89, 0xbb, 0x8f, 0xcf, 0x90, 0x85, 0x82, 0xc6, 0x93, 0xfb, 0x89, 0x74]],
    [
      'windows-1251',
      'Крем для лица',
      [0xca, 0xf0, 0xe5, 0xec, 0x20, 0xe4, 0xeb, 0xff, 0x20, 0xeb, 0xe8, 0xf6, 0xe0],
    ],
  ];
  for (const [name, title, code] of bytes)
    texts.push([
      name,
      title,
      Buffer.concat([Buffer.from(`${header}\n${row(1, '')}`), Buffer.from(code), Buffer.from('\n')]),
    ]);
  for (const [name, title, content] of texts) {
    writeFileSync(path, content);
    const { items, report } = await read([path]);
    assert.equal(items[0]!.title, title, name);
    assert.ok(
      report.notes.some((note) => note.includes(name)),
      `${name}: ${report.notes}`,
    );
  }
  writeFileSync(
    path,
    Buffer.concat([
      Buffer.from(`${header}\n${row(1, '')}`),
      Buffer.from([0xc8, 0xad, 0xc0, 0xe5, 0xc7, 0xb0]),
      Buffer.from('\n'),
    ]),
  );
  const said = await read([path], { mapping: { encoding: 'euc-kr' } });
  assert.equal(said.items[0]!.title, '화장품');
  await assert.rejects(read([path], { mapping: { encoding: 'klingon' } }), /klingon/);
});

test('names are names, and only files are files', async (t) => {
  const dir = scratch(t);
  writeFileSync(join(dir, 'g*.csv'), `${header}\n${row(1)}\n`);
  writeFileSync(join(dir, 'g1.csv'), `${header}\n${row(2)}\n`);
  assert.equal((await read([join(dir, 'g*.csv')])).report.rowsIn, 1);
  execFileSync('mkfifo', [join(dir, 'pipe.csv')]);
  mkdirSync(join(dir, 'folder.csv'));
  for (const name of ['pipe.csv', 'folder.csv'])
    await assert.rejects(
      read([join(dir, name)]),
      (error) => error instanceof EndcapError && error.code === 'not_a_file',
    );
});

test('an archive that is a bomb is refused; temporary files lie in the shop and are swept', async (t) => {
  const dir = scratch(t);
  const path = join(dir, 'bomb.csv.gz');
  writeFileSync(path, gzipSync(Buffer.alloc(300 << 20, `${header}\n`), { level: 9 }));
  const tmp = scratchIn(dir);
  await assert.rejects(
    read([path], { scratch: tmp }),
    (error) => error instanceof EndcapError && error.code === 'suspicious_archive',
  );
  assert.ok(!existsSync(tmp));
  mkdirSync(join(dir, 'tmp', 'import-999999999-dead'), { recursive: true });
  writeFileSync(join(dir, 'tmp', 'import-999999999-dead', 'spill'), 'x');
  mkdirSync(join(dir, 'tmp', `import-${process.ppid}-alive`));
  sweepScratch(dir);
  assert.deepEqual(readdirSync(join(dir, 'tmp')), [`import-${process.ppid}-alive`]);
});

test('a gzip file is known by its bytes, whatever it is called', async (t) => {
  const path = join(scratch(t), 'rows.csv');
  writeFileSync(path, gzipSync(`${header}\n${row(1)}\n`));
  assert.equal((await read([path])).report.rowsKept, 1);
});

test('files are joined by a key, and what has no partner is said', async (t) => {
  const dir = scratch(t);
  const write = (name: string, text: string): string => {
    writeFileSync(join(dir, name), text);
    return join(dir, name);
  };
  const lines = write(
    'lines.csv',
    'order_id,product_id,quantity,price\n1,S10001,2,9.9\n1,S10002,1,5\n2,S10001,1,9.9\n3,S10001,1,9.9\n',
  );
  const orders = write(
    'orders.csv',
    'order_id,customer_id,created_at\n1,u1,2025-01-01 10:00\n2,u2,2025-01-02 10:00\n',
  );
  const products = write('products.csv', 'product_id,product_name\nS10001,Mug\n');
  for (const files of [
    [lines, orders, products],
    [orders, lines, products],
  ]) {
    const { events, items, report } = await read(files);
    assert.deepEqual(
      events.map(({ user, items: list }) => [user, list.map(({ id, quantity }) => `${quantity} ${id}`)]),
      [
        ['u1', ['2 S10001', '1 S10002']],
        ['u2', ['1 S10001']],
      ],
    );
    assert.equal(items[0]!.title, 'Mug');
    assert.equal(report.rowsIn, 4);
    assert.deepEqual(reasonsOf(report), { missing_time: 1 });
  }
  await assert.rejects(
    read([lines]),
    (error) => error instanceof EndcapError && error.code === 'missing_join',
  );
});

test('olist and instacart: lines with their orders', async (t) => {
  const dir = scratch(t);
  const write = (name: string, text: string): string => {
    writeFileSync(join(dir, name), text);
    return join(dir, name);
  };
  const olist = await read([
    write(
      'olist_order_items_dataset.csv',
      'order_id,order_item_id,product_id,seller_id,shipping_limit_date,price,freight_value\no1,1,p1,s,2017-09-19 09:45:35,58.90,13.29\no1,2,p1,s,2017-09-19 09:45:35,58.90,13.29\n',
    ),
    write(
      'olist_orders_dataset.csv',
      'order_id,customer_id,order_status,order_purchase_timestamp\no1,c1,delivered,2017-09-13 08:59:02\n',
    ),
    write(
      'olist_customers_dataset.csv',
      'customer_id,customer_unique_id,customer_city\nc1,person1,sao paulo\n',
    ),
  ]);
  assert.deepEqual(
    olist.events.map(({ user, time, items, currency }) => [
      user,
      new Date(time).toISOString(),
      items,
      currency,
    ]),
    [['person1', '2017-09-13T08:59:02.000Z', [{ id: 'p1', quantity: 2, price: 58.9 }], 'BRL']],
  );
  const instacart = await read([
    write(
      'order_products__prior.csv',
      'order_id,product_id,add_to_cart_order,reordered\n2,33120,1,1\n5,28985,1,1\n2,28985,2,1\n',
    ),
    write(
      'orders_.csv',
      'order_id,user_id,eval_set,order_number,order_dow,order_hour_of_day,days_since_prior_order\n2,7,prior,1,2,08,\n5,7,prior,2,3,10,30.0\n',
    ),
  ]);
  assert.deepEqual(
    instacart.events.map(({ user, time, items }) => [user, new Date(time).toISOString(), items.length]),
    [
      ['7', '2017-01-01T08:00:00.000Z', 2],
      ['7', '2017-01-31T10:00:00.000Z', 1],
    ],
  );
});

test('a dialect that does not fit says which headers are missing', async (t) => {
  const path = join(scratch(t), 'odd.csv');
  writeFileSync(path, `${header}\n${row(1)}\n`);
  await assert.rejects(read([path], { from: 'shopify' }), (error) => {
    assert.ok(error instanceof EndcapError && error.code === 'dialect_mismatch');
    assert.match(error.errors[0]!.message, /Lineitem quantity/);
    return true;
  });
  await assert.rejects(read([path], { from: 'magento9' }), /magento9/);
});

test('a quarantine is read again as its file was read', async (t) => {
  const dir = scratch(t);
  const path = join(dir, 'orders.csv');
  const quarantine = join(dir, 'q.jsonl');
  writeFileSync(
    path,
    'order_id;user_id;sku;date;quantity;price\n1;u;S10001;03/04/2025;1;1.234\n2;u;S10002;13/04/2025;1;9,90\n3;u;S10003;05/04/2025;viele;1.234\n',
  );
  const first = await read([path], { quarantine });
  assert.deepEqual(reasonsOf(first.report), { invalid_number: 1 });
  const line = JSON.parse(readFileSync(quarantine, 'utf8')) as { field: string };
  assert.equal(line.field, 'quantity');
  writeFileSync(quarantine, readFileSync(quarantine, 'utf8').replace('viele', '2'));
  const again = await read([quarantine], { mapping: first.settled });
  assert.deepEqual(
    again.events.map(({ time, items }) => [new Date(time).toISOString().slice(0, 10), items]),
    [['2025-04-05', [{ id: 'S10003', quantity: 2, price: 1234 }]]],
  );
});

test('a file that is written to or replaced while it is read is refused, and nothing of it counts', async (t) => {
  const path = join(scratch(t), 'growing.csv');
  const lines = Array.from({ length: 100_000 }, (_, at) => row(at)).join('\n');
  const whole = `${header}\n${lines}\n`;
  for (const change of [
    () => appendFileSync(path, 'u1,i1,1700'),
    () => {
      writeFileSync(`${path}.new`, whole);
      renameSync(`${path}.new`, path);
    },
  ]) {
    writeFileSync(path, whole);
    const timer = setInterval(change, 20);
    await assert
      .rejects(read([path]), /growing\.csv changed while it was read/)
      .finally(() => clearInterval(timer));
    writeFileSync(path, whole);
    const timerOfItems = setInterval(change, 20);
    const taken: object[] = [];
    const items = prepareItems(
      [path],
      { mapping: { catalogue: { columns: { id: 'item' } } }, quarantine: `${path}.q`, progress: silent },
      async (some) => void taken.push(...some),
    );
    await assert.rejects(items, /changed while it was read/).finally(() => clearInterval(timerOfItems));
  }
  writeFileSync(path, whole);
  assert.equal((await read([path])).report.rowsKept, 100_000);
});
