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
  prepareFiles,
  reportHtml,
} from '../../src/prepare/index.js';
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
});
