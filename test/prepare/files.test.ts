import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { EndcapError, type Event, silent } from '../../src/core/index.js';
import {
  type CleaningReport,
  formatReport,
  type Mapping,
  parseMapping,
  prepareFiles,
  reportHtml,
} from '../../src/prepare/index.js';
import { outlierRules, rules } from '../../src/prepare/rules.js';
import { outlierIn, reasonIn } from '../../src/prepare/words.js';
import { scratch } from '../support/events.js';

const now = Date.UTC(2026, 0, 1);
const header = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country';

interface Read {
  report: CleaningReport;
  events: Event[];
  items: { id: string; title?: string; price?: number }[];
}

async function read(
  paths: string[],
  options: { mapping?: Mapping; quarantine?: string } = {},
): Promise<Read> {
  const prepared = await prepareFiles(paths, { now, progress: silent, ...options });
  try {
    const events: Event[] = [];
    for await (const batch of prepared.batches(100)) events.push(...batch);
    return { report: prepared.report, events, items: prepared.items };
  } finally {
    prepared.close();
  }
}

function csv(dir: string, lines: readonly string[], name = 'in.csv'): string {
  const path = join(dir, name);
  writeFileSync(path, `${[header, ...lines].join('\n')}\n`);
  return path;
}

const reasonsOf = (report: CleaningReport): Record<string, number> =>
  Object.fromEntries(report.reasons.map(({ reason, rows }) => [reason, rows]));

function refused(code: string, says: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof EndcapError, String(error));
    assert.equal(error.code, code);
    assert.match(`${error.message} ${error.remedy ?? ''}`, says);
    return true;
  };
}

test('each rule takes its rows, with a reason, and an order is one event', async (t) => {
  const { report, events, items } = await read([
    csv(scratch(t), [
      '1,85123A,HOLDER,2,2011-01-05 10:00:00,2.55,17850,UK',
      '1,85123A,HOLDER,2,2011-01-05 10:00:00,2.55,17850,UK',
      '1,71053,LANTERN,6,2011-01-05 10:00:00,3.39,17850,UK',
      '1,71053,LANTERN,1,2011-01-05 10:00:00,3.39,17850,UK',
      '2,84029G,BOTTLE,5,2011-01-06 10:00:00,3.75,17850,UK',
      'C3,84029G,BOTTLE,-5,2011-01-07 10:00:00,3.75,17850,UK',
      'C4,22752,BOXES,-5,2011-01-07 10:00:00,3.75,17850,UK',
      '5,22752,BOXES,3,2011-01-08 10:00:00,7.65,,UK',
      '5,,BOXES,3,2011-01-08 10:00:00,7.65,13047,UK',
      '7,22752,BOXES,0,2011-01-08 10:00:00,7.65,13047,UK',
      '8,22752,BOXES,3,2011-01-08 10:00:00,0,13047,UK',
      '9,22752,BOXES,3,2091-01-08 10:00:00,7.65,13047,UK',
      '9,22752,BOXES,3,yesterday,7.65,13047,UK',
      '9,22752,BOXES,many,2011-01-08 10:00:00,7.65,13047,UK',
    ]),
  ]);
  assert.deepEqual(reasonsOf(report), {
    exact_duplicate: 1,
    missing_item: 1,
    invalid_time: 1,
    time_out_of_range: 1,
    missing_user: 1,
    invalid_number: 1,
    cancelled: 2,
    unmatched_cancellation: 1,
    non_positive_quantity: 1,
    non_positive_price: 1,
    near_duplicate: 1,
  });
  assert.equal(report.rowsIn, 14);
  assert.equal(report.rowsIn, report.rowsKept + report.rowsMerged + report.rowsQuarantined);
  assert.equal(events.length, 1);
  assert.deepEqual(
    events[0]!.items.map(({ id, quantity, price }) => ({ id, quantity, price })),
    [
      { id: '85123A', quantity: 2, price: 2.55 },
      { id: '71053', quantity: 7, price: 3.39 },
    ],
  );
  assert.equal(events[0]!.type, 'purchase');
  assert.deepEqual(items.map(({ id, title }) => [id, title]).sort(), [
    ['71053', 'LANTERN'],
    ['85123A', 'HOLDER'],
  ]);
});

test('whatever the rows are, each is kept, merged or quarantined, and the quarantine holds what the report says', async (t) => {
  const dir = scratch(t);
  const cell = fc.constantFrom(
    '',
    '1',
    '-3',
    '0',
    '2.5',
    'x',
    '"a, b"',
    '2011-01-05 10:00:00',
    '85123A',
    'POST',
    '茶杯',
    '__proto__',
    'C9',
  );
  const row = fc
    .array(cell, { minLength: 1, maxLength: 9 })
    .map((cells) => cells.join(','))
    // A blank line is no row.
    .filter((line) => line !== '');
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 25 }), async (lines) => {
      const quarantine = join(dir, `q${run}.jsonl`);
      const { report, events } = await read([csv(dir, lines, `p${run++}.csv`)], { quarantine });
      const rejected = existsSync(quarantine)
        ? readFileSync(quarantine, 'utf8').trimEnd().split('\n').length
        : 0;
      assert.equal(report.rowsKept + report.rowsMerged + report.rowsQuarantined, report.rowsIn);
      assert.equal(report.rowsIn, lines.length);
      assert.equal(rejected, report.rowsQuarantined);
      assert.equal(events.length, report.events);
    }),
    { numRuns: 25 },
  );
});

test('a quarantined row that is corrected is accepted', async (t) => {
  const dir = scratch(t);
  const quarantine = join(dir, 'quarantine.jsonl');
  const first = await read([csv(dir, ['1,85123A,HOLDER,0,2011-01-05 10:00:00,2.55,17850,UK'])], {
    quarantine,
  });
  assert.equal(first.events.length, 0);
  const row = JSON.parse(readFileSync(quarantine, 'utf8')) as {
    reason: string;
    data: Record<string, unknown>;
    row: number;
  };
  assert.equal(row.reason, 'non_positive_quantity');
  assert.equal(row.row, 1);
  row.data.Quantity = '4';
  writeFileSync(quarantine, `${JSON.stringify(row)}\n`);
  const again = await read([quarantine]);
  assert.equal(again.report.rowsQuarantined, 0);
  assert.deepEqual(again.events[0]!.items, [{ id: '85123A', quantity: 4, price: 2.55 }]);
});

test('what is corrected of an order is logged beside the rest of it, once', async (t) => {
  const dir = scratch(t);
  const quarantine = join(dir, 'quarantine.jsonl');
  const order = ['85123A,HOLDER,2', '71053,LANTERN,0'].map(
    (line) => `1,${line},2011-01-05 10:00:00,2.55,17850,UK`,
  );
  const first = await read([csv(dir, order)], { quarantine });
  const corrected = readFileSync(quarantine, 'utf8').replace('"Quantity":"0"', '"Quantity":"3"');
  writeFileSync(quarantine, corrected);
  const [again, third] = [await read([quarantine]), await read([quarantine])];
  assert.notEqual(again.events[0]!.id, first.events[0]!.id, 'else it would count as there already');
  assert.equal(again.events[0]!.session, first.events[0]!.session);
  assert.deepEqual(again.events[0]!.items, [{ id: '71053', quantity: 3, price: 2.55 }]);
  assert.deepEqual(third.events, again.events, 'importing it twice changes nothing');
});

test('an outlier that somebody confirms is taken, a malformed line once it parses', async (t) => {
  const dir = scratch(t);
  const quarantine = join(dir, 'quarantine.jsonl');
  const path = join(dir, 'in.jsonl');
  const lines = Array.from({ length: 30 }, (_, at) => ({
    user: 'u',
    item: 'a',
    time: 1.7e9 + at,
    quantity: 1,
  }));
  const texts = [...lines, { ...lines[0], quantity: 5000 }].map((line) => JSON.stringify(line));
  writeFileSync(path, `${texts.join('\n')}\n{"user":"u","item":"b","time":1700000099\n`);
  const first = await read([path], { quarantine });
  assert.deepEqual(reasonsOf(first.report), { malformed: 1, outlier_quantity: 1 });
  const rows = readFileSync(quarantine, 'utf8').trimEnd().split('\n');
  const records = rows.map((row) => JSON.parse(row) as { confirmed?: boolean; data: { _line?: string } });
  for (const record of records) {
    if (record.data._line) record.data._line += '}';
    else record.confirmed = true;
  }
  writeFileSync(quarantine, records.map((record) => `${JSON.stringify(record)}\n`).join(''));
  const again = await read([quarantine]);
  assert.equal(again.report.rowsQuarantined, 0);
  assert.deepEqual(
    again.events.map(({ items }) => items[0]).sort((a, b) => (a!.id < b!.id ? -1 : 1)),
    [
      { id: 'a', quantity: 5000 },
      { id: 'b', quantity: 1 },
    ],
  );
});

test('a session is no order: its events stay apart, each with its type and time', async (t) => {
  const path = join(scratch(t), 'clicks.csv');
  writeFileSync(
    path,
    `user_id,session_id,item_id,event_type,timestamp
u1,s1,a,View,2026-01-01T10:00:00+02:00
u1,s1,b,view,2026-01-01T10:01:00+02:00
u1,s1,a,view,2026-01-01T10:02:00+02:00
u1,s1,b,Add To Cart,2026-01-01T10:03:00+02:00
u1,s1,b,transaction,2026-01-01T10:04:00+02:00
u1,s1,,search,2026-01-01T10:05:00+02:00
`,
  );
  const { events } = await read([path], {});
  const from = Date.UTC(2026, 0, 1, 8);
  assert.deepEqual(
    events.map(({ type, time, items, session }) => [type, (time - from) / 60_000, items[0]?.id, session]),
    [
      ['view', 0, 'a', 's1'],
      ['view', 1, 'b', 's1'],
      ['view', 2, 'a', 's1'],
      ['add_to_cart', 3, 'b', 's1'],
      ['purchase', 4, 'b', 's1'],
      ['search', 5, undefined, 's1'],
    ],
  );
  assert.equal(new Set(events.map(({ id }) => id)).size, 6);
});

test('an event log comes back as it was written', async (t) => {
  const path = join(scratch(t), 'events.jsonl');
  const time = Date.UTC(2025, 5, 1);
  const events: Event[] = [
    { id: 'e1', type: 'view', user: 'u', session: 's', items: [{ id: 'a' }], time, attribution: 'rec_1' },
    { id: 'e2', type: 'view', user: 'u', session: 's', items: [{ id: 'a' }], time: time + 1 },
    { id: 'e3', type: 'search', user: 'u', items: [], query: 'lamp', time: time + 2 },
    {
      id: 'e4',
      type: 'identify',
      user: 'k',
      items: [],
      time: time + 3,
      context: { anonymous: 'u', new: true },
    },
    {
      id: 'e5',
      type: 'purchase',
      user: 'u',
      items: [
        { id: 'a', quantity: 2, price: 3 },
        { id: 'b', quantity: 1, price: 1 },
        { id: 'a', quantity: 2, price: 3 },
      ],
      currency: 'EUR',
      time: time + 4,
    },
    { id: 'e6', type: 'rate', user: 'u', items: [{ id: 'a' }], value: 4, time: time + 5 },
  ];
  writeFileSync(path, events.map((one) => `${JSON.stringify(one)}\n`).join(''));
  assert.deepEqual((await read([path])).events, events);
});

test('rows that no event may hold are set aside by rule, not by a crash', async (t) => {
  const path = join(scratch(t), 'odd.jsonl');
  const good = { id: 'e', type: 'view', user: 'u', items: [{ id: 'a' }], time: 1.7e9 };
  const odd: [object, string][] = [
    [{ id: '1', user: 'x'.repeat(129) }, 'invalid_id'],
    [{ id: '2', items: [{ id: 'a\u0001b' }] }, 'invalid_id'],
    [{ id: '3', type: '__proto__' }, 'invalid_type'],
    [{ id: '4', type: undefined }, 'invalid_type'],
    [{ id: '5', items: 5 }, 'missing_item'],
    [{ id: '6', items: [5] }, 'missing_item'],
    [{ id: '7', context: { deep: { er: 1 } } }, 'invalid_context'],
    [{ id: '8', context: 'text' }, 'invalid_context'],
    [{ id: '9', currency: 'pounds' }, 'invalid_currency'],
    [{ id: '10', items: [{ id: 'a', quantity: 1e10 }] }, 'invalid_number'],
    [{ user: 'another' }, 'reused_id'],
  ];
  const lines = [good, ...odd.map(([fields]) => ({ ...good, ...fields }))];
  writeFileSync(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  const { report, events } = await read([path]);
  const wanted: Record<string, number> = {};
  for (const [, reason] of odd) wanted[reason] = (wanted[reason] ?? 0) + 1;
  assert.deepEqual(reasonsOf(report), wanted);
  assert.deepEqual(
    events.map(({ id }) => id),
    ['e'],
  );
});

test('where nearly all buy one, two is no outlier', async (t) => {
  const lines = Array.from(
    { length: 60 },
    (_, at) => `${at},85123A,HOLDER,${at < 50 ? 1 : 2},2011-01-05 10:00:00,2.55,${17000 + at},UK`,
  );
  const { report } = await read([csv(scratch(t), lines)]);
  assert.equal(report.rowsKept, 60);
});

test('a CSV may be in UTF-8 with a mark, UTF-16 or Latin-1, and what was guessed is said', async (t) => {
  const dir = scratch(t);
  const text = 'user;item;time\r\nu;café;1767261600\r\n';
  const encodings = { utf8: `\ufeff${text}`, utf16le: `\ufeff${text}`, latin1: text } as const;
  for (const [encoding, content] of Object.entries(encodings)) {
    const path = join(dir, `${encoding}.csv`);
    writeFileSync(path, Buffer.from(content, encoding as BufferEncoding));
    const { events, report } = await read([path]);
    assert.deepEqual(
      events.map(({ items }) => items[0]!.id),
      ['café'],
      encoding,
    );
    assert.equal(report.notes.length, encoding === 'utf8' ? 0 : 1);
  }
});

test('a mapping that is none says which field is at fault', () => {
  const faults: [unknown, string][] = [
    [5, 'mapping'],
    [{ columns: { buyer: 'a' } }, 'columns.buyer'],
    [{ columns: { user: { name: 'a' } } }, 'columns.user'],
    [{ columns: { user: 'a', item: 'a' } }, 'columns.item'],
    [{ columns: { user: 0 } }, 'columns.user'],
    [{ zone: 'Mars/Base' }, 'zone'],
    [{ colums: {} }, 'colums'],
    [{ missingUser: 'guess' }, 'missingUser'],
  ];
  for (const [value, field] of faults) {
    assert.throws(
      () => parseMapping(value),
      (error) => error instanceof EndcapError && error.errors[0]!.field === field,
      field,
    );
  }
  assert.deepEqual(parseMapping({ columns: { user: 'Buyer' } }), { columns: { user: 'Buyer' } });
});

test('an outlier is found by the rule of its column, which the report says; postage is no product', async (t) => {
  const lines = Array.from(
    { length: 200 },
    (_, at) => `${at},85123A,HOLDER,${1 + (at % 12)},2011-01-05 10:00:00,2.55,${17000 + at},UK`,
  );
  const { report } = await read([
    csv(scratch(t), [
      ...lines,
      '999,85123A,HOLDER,80995,2011-01-05 10:00:00,2.55,17850,UK',
      '1000,POST,POSTAGE,1,2011-01-08 10:00:00,18,13047,UK',
    ]),
  ]);
  assert.deepEqual(reasonsOf(report), { outlier_quantity: 1, non_product: 1 });
  assert.ok(report.outlierRules.some(({ column, says }) => column === 'quantity' && says.length > 10));
});

test('CSV, TSV, Parquet and JSONL say the same; what was guessed is said', async (t) => {
  const dir = scratch(t);
  const rows = [{ user_id: 'u1', item_id: '茶杯', rating: 4, timestamp: 881250949 }];
  const path = join(dir, 'r.jsonl');
  writeFileSync(path, `${rows.map((row) => JSON.stringify(row)).join('\n')}\n`);
  const tsv = join(dir, 'r.tsv');
  writeFileSync(tsv, 'user_id\titem_id\trating\ttimestamp\nu1\t茶杯\t4\t881250949\n');
  const [a, b] = [await read([path]), await read([tsv])];
  assert.deepEqual(a.events, b.events);
  assert.equal(a.events[0]!.items[0]!.id, '茶杯');
  assert.equal(a.events[0]!.value, 4);
  assert.equal(a.events[0]!.time, 881250949000);
  const guessed = a.report.guessed.map(({ role, column, by }) => `${role}=${column} ${by}`);
  assert.ok(
    guessed.includes('user=user_id header') && guessed.includes('value=rating header'),
    guessed.join(),
  );
});

test('files that cannot be read say which, why and what to do', async (t) => {
  const dir = scratch(t);
  const write = (name: string, text: string): string => {
    writeFileSync(join(dir, name), text);
    return join(dir, name);
  };
  await assert.rejects(read([join(dir, 'none.csv')]), /none\.csv/);
  await assert.rejects(read([write('x.xlsx', 'PK')]), /x\.xlsx/);
  await assert.rejects(read([write('empty.csv', '')]), EndcapError);
  await assert.rejects(read([write('bad.parquet', 'not parquet')]), EndcapError);
  await assert.rejects(
    read([write('cols.csv', 'colour,size\nred,1\n')]),
    refused('missing_column', /No column/),
  );
  const good = csv(dir, ['1,85123A,HOLDER,2,2011-01-05 10:00:00,2.55,17850,UK']);
  await assert.rejects(
    read([good], { mapping: { columns: { user: 'Buyer' } } }),
    refused('missing_column', /Buyer/),
  );
  await assert.rejects(
    read([good], { mapping: { nonProducts: ['('] } }),
    refused('invalid_mapping', /pattern/),
  );
  await assert.rejects(
    read([good, write('other.csv', 'user,item,time\nu,a,1\n')]),
    refused('other_columns', /other\.csv.*"user"/),
  );
});

test('malformed lines are quarantined with the line itself', async (t) => {
  const dir = scratch(t);
  const path = join(dir, 'm.jsonl');
  writeFileSync(
    path,
    '{"user":"u","item":"a","time":1300000000}\n{"user": broken\n{"user":"u","item":"b","time":1300000001}\n',
  );
  const quarantine = join(dir, 'q.jsonl');
  const { report, events } = await read([path], { quarantine });
  assert.equal(events.length, 2);
  assert.deepEqual(reasonsOf(report), { malformed: 1 });
  assert.match(readFileSync(quarantine, 'utf8'), /broken/);
});

test('every rule says in Chinese, too, what it means', () => {
  for (const rule of rules) {
    const { name, remedy } = reasonIn('zh', rule);
    assert.match(name + remedy, /\p{Script=Han}.*\p{Script=Han}/u, rule.reason);
    assert.equal(reasonIn('en', rule).remedy, rule.remedy);
  }
  for (const rule of outlierRules) assert.match(outlierIn('zh', rule), /\p{Script=Han}/u);
});

test('the complete vendored data adds up, and the report shows it', async () => {
  const file = fileURLToPath(new URL('../../../data/online-retail/online-retail.parquet', import.meta.url));
  const prepared = await prepareFiles([file], { now, progress: silent });
  const { report } = prepared;
  prepared.close();
  assert.equal(report.rowsIn, 541_909);
  assert.equal(report.rowsKept + report.rowsMerged + report.rowsQuarantined, 541_909);
  assert.equal(reasonsOf(report).missing_user! > 130_000, true);
  const page = reportHtml(report);
  assert.match(page, /541,909 rows in/);
  assert.match(page, /default-src 'none'/);
  assert.equal(page.match(/<svg role="img"/g)!.length, 4);
  const december = report.months[0]!;
  const row = [december.month, december.before.toLocaleString('en'), december.after.toLocaleString('en')];
  assert.ok(page.includes(row.map((cell) => `<td class="number">${cell}</td>`).join('')), row.join(' '));
  for (const { reason } of report.reasons) assert.ok(page.includes(reason));
  assert.match(formatReport(report), /541,909 in =/);
  const chinese = reportHtml(report, 'zh');
  assert.match(chinese, /<html lang="zh-Hans">.*读入 541,909 行 = 保留 /s);
  const text = chinese.replace(/<style>.*?<\/style>/s, '').replace(/<[^>]*>/g, ' ');
  const quoted = report.guessed.map(({ by }) => by).join() + report.notes.join();
  const left = text.match(/[A-Za-z][a-z]+ [a-z]+ [a-z]+/g) ?? [];
  assert.deepEqual(
    left.filter((english) => !quoted.includes(english)),
    [],
  );
});
