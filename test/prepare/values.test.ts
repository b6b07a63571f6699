import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { EndcapError } from '../../src/core/index.js';
import { readNumber } from '../../src/prepare/numbers.js';
import { readTime } from '../../src/prepare/times.js';
import { scratch } from '../support/events.js';
import { iso, read, reasonsOf } from './support.js';

const day = '2025-10-07T00:00:00.000Z';
const moment = '2025-10-07T09:50:25.000Z';
const times: [string, string][] = [
  ['2025-W41-2', day],
  ['2025W412', day],
  ['2025-W41-2T09:50:25Z', moment],
  ['2020-W53-5', '2021-01-01T00:00:00.000Z'],
  ['2025-280', day],
  ['2025280', day],
  ['2024-366', '2024-12-31T00:00:00.000Z'],
  ['2025-280T11:50:25+02:00', moment],
  ['2025-10-07T11:50:25+02:00[Europe/Berlin]', moment],
  ['2025-10-07T11:50:25[Europe/Berlin]', moment],
  ['2025-10-07T09:50:25Z[Etc/UTC]', moment],
  ['mar. 7 oct. 2025', day],
  ['mar 7 ott 2025', day],
  ['Mar 7 2025', '2025-03-07T00:00:00.000Z'],
  ['Oct-07-25', day],
  ['2025-10-07T09:50:25Z', moment],
  ['2025-10-07 11:50:25 +0200', moment],
  ['2025-10-07 11:50:25+02', moment],
  ['2025-10-07T04:50:25 -05:00', moment],
  ['2025-10-07 09:50:25.123456 UTC', '2025-10-07T09:50:25.123Z'],
  ['20251007', day],
  ['20251007095025', moment],
  ['20251007T095025Z', moment],
  ['1759830625', moment],
  ['1759830625.0', moment],
  ['1759830625000', moment],
  ['1759830625000123', moment],
  ['1759830625000123456', moment],
  ['45937', day],
  ['45937.41001157', moment],
  ['Tue, 07 Oct 2025 11:50:25 +0200', moment],
  ['Tue, 7 Oct 2025 09:50:25 GMT', moment],
  ['Tue Oct  7 09:50:25 2025', moment],
  ['Tue Oct 07 2025 11:50:25 GMT+0200 (CEST)', moment],
  ['Oct 7, 2025', day],
  ['October 7th, 2025 at 9:50:25 AM', moment],
  ['7-Oct-25', day],
  ['7. Oktober 2025', day],
  ['7 octobre 2025', day],
  ['7 de octubre de 2025', day],
  ['2025年10月7日', day],
  ['2025年10月7日 上午9:50:25', moment],
  ['2025年10月7日 下午3:30', '2025-10-07T15:30:00.000Z'],
  ['2025年10月07日 09时50分25秒', moment],
  ['2025. 10. 7. 오후 3:30:00', '2025-10-07T15:30:00.000Z'],
  ['2025/10/07(火) 09:50', '2025-10-07T09:50:00.000Z'],
  ['2025/10/7 9:50:25', moment],
  ['２０２５-１０-０７ ０９：５０：２５', moment],
  ['7.10.2025 09:50:25', moment],
  ['07.10.25', day],
  ['10 7, 2025', day],
  ['2025-10-07 02:50:25 PDT', moment],
  ['2025-10-07 17:50:25 Asia/Shanghai', moment],
];

test('a time may be written in many ways', () => {
  for (const [text, wanted] of times) {
    const { dmy, mdy } = readTime(text);
    assert.equal(dmy, mdy, text);
    assert.equal(Number.isNaN(dmy) ? 'no time' : iso(dmy), wanted, text);
  }
  const none = [
    '2021-W53-1',
    '2025-W41-8',
    '2025-W00-1',
    '2025-366',
    '2025-000',
    'Mar 7 Okt 2025',
    '7 Mar Okt 2025',
    '2025-10-07T09:50:25[Mars/Base]',
    '2025-02-31',
    '31/02/2025',
    '2025-13-01',
    '20251301',
    '29.02.2025',
    '10:00',
    'soon',
    '',
    '25:00',
    '2025-10-07 10:61',
    '9'.repeat(25),
  ];
  for (const text of none) {
    const { dmy, mdy } = readTime(text);
    assert.ok(Number.isNaN(dmy) && Number.isNaN(mdy), text);
  }
});

test('a time without a zone is in the zone that is said, summer time included', () => {
  assert.equal(iso(readTime('2025-10-07 11:50:25', 'Europe/Berlin').dmy), moment);
  assert.equal(iso(readTime('2025-12-07 10:50:25', 'Europe/Berlin').dmy), '2025-12-07T09:50:25.000Z');
  assert.equal(iso(readTime('2025年10月7日 17:50:25', 'Asia/Shanghai').dmy), moment);
  assert.equal(iso(readTime('2025-10-07T09:50:25Z', 'Asia/Shanghai').dmy), moment);
});

test('every moment comes back from each way of writing it', () => {
  fc.assert(
    fc.property(fc.integer({ min: Date.UTC(1996, 0), max: Date.UTC(2025, 0) }), (ms) => {
      const at = Math.floor(ms / 1000) * 1000;
      const date = new Date(at);
      const [y, m, d] = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()];
      const clock = iso(at).slice(11, 19);
      const texts = [
        iso(at),
        date.toUTCString(),
        String(at / 1000),
        String(at),
        `${at}000`,
        `${at}000000`,
        `${y}年${m}月${d}日 ${clock}`,
        `${d}.${m}.${y} ${clock}`,
      ];
      for (const text of texts) assert.equal(readTime(text).dmy, at, text);
      assert.equal(readTime(`${d}/${m}/${y} ${clock}`).dmy, at);
      assert.equal(readTime(`${m}/${d}/${y} ${clock}`).mdy, at);
    }),
  );
});

test('a number may be written in many ways', () => {
  const numbers: [string, number][] = [
    ['9.90', 9.9],
    ['9,90', 9.9],
    ['1.234,50', 1234.5],
    ['1,234.50', 1234.5],
    ['1 234,50', 1234.5],
    ['1\u202f234,50', 1234.5],
    ["1'234.50", 1234.5],
    ['1’234.50', 1234.5],
    ['1,23,456.78', 123_456.78],
    ['12,34,567', 1_234_567],
    ['1.234.567', 1_234_567],
    ['９．９０', 9.9],
    ['١٢٫٥', 12.5],
    ['$9.90', 9.9],
    ['9,90 €', 9.9],
    ['9€90', 9.9],
    ['EUR 9.90', 9.9],
    ['9.90 USD', 9.9],
    ['R$ 1.234,50', 1234.5],
    ["CHF 1'234.50", 1234.5],
    ['¥1600', 1600],
    ['1600元', 1600],
    ['₹1,23,456', 123_456],
    ['99 kr', 99],
    ['(9.90)', -9.9],
    ['9.90-', -9.9],
    ['-$9.90', -9.9],
    ['1e3', 1000],
    ['0,123', 0.123],
  ];
  for (const [text, wanted] of numbers) {
    const reading = readNumber(text);
    assert.deepEqual([reading?.decimal, reading?.grouped], [wanted, wanted], text);
  }
  for (const text of [
    '',
    'abc',
    '12abc',
    '1,2,3',
    '1.2.3',
    '3 kg',
    'Infinity',
    '0x10',
    '1,234,56',
    '--5',
    '(5',
  ])
    assert.equal(readNumber(text), undefined, text);
  assert.deepEqual(readNumber('1.234'), { decimal: 1.234, grouped: 1234, doubt: '.' });
  assert.deepEqual([readNumber('9,90 €')!.currency, readNumber('$5')!.currency], ['EUR', undefined]);
});

const orders = (rows: readonly string[]): string =>
  `order_id;user_id;sku;date;quantity;price\n${rows.join('\n')}\n`;

test('a column says of itself what its values mean', async (t) => {
  const dir = scratch(t);
  const pricesOf = async (prices: readonly string[]): Promise<(number | undefined)[]> => {
    const path = join(dir, 'prices.csv');
    writeFileSync(
      path,
      orders(prices.map((price, at) => `${at};u;S${10_000 + at};2025-01-03 10:0${at};1;${price}`)),
    );
    return (await read([path])).events.map(({ items }) => items[0]!.price);
  };
  assert.deepEqual(await pricesOf(['1.234', '9,90']), [1234, 9.9]);
  assert.deepEqual(await pricesOf(['1.234', '9.90']), [1.234, 9.9]);
  assert.deepEqual(await pricesOf(['1,234', '9.90']), [1234, 9.9]);
  assert.deepEqual(await pricesOf(['1,234', '9,90']), [1.234, 9.9]);
});

test('days that nothing settles are asked for, and taken as said', async (t) => {
  const path = join(scratch(t), 'days.csv');
  writeFileSync(path, orders(['1;u;S10001;03/04/2025;1;9', '2;u;S10002;05/06/2025;1;9']));
  await assert.rejects(read([path]), (error) => {
    assert.ok(error instanceof EndcapError);
    assert.equal(error.code, 'ambiguous_time');
    assert.match(
      `${error.message} ${error.errors[0]!.message} ${error.remedy}`,
      /date.*03\/04\/2025.*--dates dmy/,
    );
    return true;
  });
  const days = async (dates: 'dmy' | 'mdy'): Promise<string[]> =>
    (await read([path], { mapping: { dates } })).events.map(({ time }) => iso(time).slice(5, 10));
  assert.deepEqual(await days('dmy'), ['04-03', '06-05']);
  assert.deepEqual(await days('mdy'), ['03-04', '05-06']);
  writeFileSync(path, orders(['1;u;S10001;03/04/2025;1;9', '2;u;S10002;05/13/2025;1;9']));
  const american = await read([path]);
  assert.deepEqual(
    american.events.map(({ time }) => iso(time).slice(5, 10)),
    ['03-04', '05-13'],
  );
  assert.equal(american.settled.dates, 'mdy', 'and the quarantine is read in the same way');
  writeFileSync(path, orders(['1;u;S10001;02/02/2025;1;9']));
  assert.equal((await read([path])).events.length, 1, 'both ways are the same day');
});

test('an id is a text and stays as it is; placeholders are nobody', async (t) => {
  const path = join(scratch(t), 'ids.jsonl');
  const ids = ['iOS-17.0', '007', '1e3', '1.10', 'NaN-1', '2103807459595387724'];
  const line = (user: string): string => `{"user":${user},"item":"a","time":1700000000,"type":"view"}`;
  writeFileSync(path, [...ids.map((id) => line(JSON.stringify(id))), line('9007199254740993123')].join('\n'));
  const { events } = await read([path]);
  assert.deepEqual(
    events.map(({ user }) => user),
    [...ids, '9007199254740993123'],
  );
  const nobody = [
    'null',
    'NaN',
    'None',
    'undefined',
    'N/A',
    '(not set)',
    '0',
    '-1',
    '0.0',
    'guest',
    'Anonymous',
    '匿名',
    '00000000-0000-0000-0000-000000000000',
    '{00000000-0000-0000-0000-000000000000}',
    '\\N',
    '#N/A',
    '<NA>',
    '',
  ];
  writeFileSync(path, nobody.map((id) => line(JSON.stringify(id))).join('\n'));
  const { report } = await read([path]);
  assert.equal(report.rowsKept, 0);
  assert.equal(reasonsOf(report).missing_user! + (reasonsOf(report).exact_duplicate ?? 0), nobody.length);
});

test('guests of two exports never become one shopper', async (t) => {
  const dir = scratch(t);
  const users: string[] = [];
  for (const [name, item] of [
    ['a.csv', 'S10001'],
    ['b.csv', 'S10002'],
  ] as const) {
    writeFileSync(
      join(dir, name),
      `user_id,item_id,time\nguest,${item},1700000000\nnull,${item},1700000001\n`,
    );
    const { events } = await read([join(dir, name)], { mapping: { missingUser: 'anonymous' } });
    users.push(...events.map(({ user }) => user));
  }
  assert.equal(new Set(users).size, 4);
});

test('columns of whole numbers with .0 lose it, other columns do not', async (t) => {
  const path = join(scratch(t), 'floats.csv');
  writeFileSync(path, 'user_id,item_id,time\n17850.0,1.0,1700000000\n13047.0,iOS-2.0,1700000001\n');
  const { events } = await read([path]);
  assert.deepEqual(
    events.map(({ user, items }) => [user, items[0]!.id]),
    [
      ['17850', '1.0'],
      ['13047', 'iOS-2.0'],
    ],
  );
});

test('Chinese headers, types and dates', async (t) => {
  const path = join(scratch(t), '行为.csv');
  writeFileSync(
    path,
    '用户ID,商品ID,行为类型,时间,价格,数量,商品名称\nu1,a,浏览,2025年10月7日 9:50,9.90,1,保湿面膜\nu1,a,加入购物车,2025年10月7日 9:51,9.90,2,保湿面膜\nu1,a,购买,2025年10月7日 9:52,￥9.90,2,保湿面膜\n',
  );
  const { events, items } = await read([path]);
  assert.deepEqual(
    events.map(({ type, items: [item] }) => [type, item!.quantity ?? 1, item!.price]),
    [
      ['view', 1, 9.9],
      ['add_to_cart', 2, 9.9],
      ['purchase', 2, 9.9],
    ],
  );
  assert.equal(items[0]!.title, '保湿面膜');
});

test('returns are matched by order, by shopper and item, and what is not bought is set aside', async (t) => {
  const path = join(scratch(t), 'returns.csv');
  writeFileSync(
    path,
    orders([
      '1;u;S10001;2025-01-03 10:00;5;9',
      '2;u;S10001;2025-01-04 10:00;5;9',
      '1;u;S10001;2025-01-05 10:00;-2;9',
      'R3;u;S10001;2025-01-06 10:00;-5;9',
      'R4;u;S10002;2025-01-06 10:00;-1;9',
    ]),
  );
  const { events, report } = await read([path]);
  assert.deepEqual(
    events.map(({ session, items }) => [session, items[0]!.quantity]),
    [['1', 3]],
  );
  assert.deepEqual(reasonsOf(report), { cancelled: 3, unmatched_cancellation: 1 });
});

test('equal times keep the order of the file', async (t) => {
  const path = join(scratch(t), 'same.csv');
  const ids = Array.from({ length: 50 }, (_, at) => `i${(at * 37) % 50}`);
  writeFileSync(path, `user_id,item_id,time\n${ids.map((id) => `u,${id},2025-01-01`).join('\n')}\n`);
  const { events } = await read([path]);
  assert.deepEqual(
    events.map(({ items }) => items[0]!.id),
    ids,
  );
});

test('titles are known in traditional Chinese and in sets of films', async (t) => {
  const path = join(scratch(t), 'titles.csv');
  for (const header of [
    '用戶,商品,時間,標題',
    'user_id:token,item_id:token,timestamp:float,movie_title:token_seq',
  ]) {
    writeFileSync(path, `${header}\nu,a,2025-01-01,保濕面膜\n`);
    const { items } = await read([path]);
    assert.equal(items[0]!.title, '保濕面膜', header);
  }
});

test('an order in two currencies is an event in each', async (t) => {
  const path = join(scratch(t), 'money.csv');
  const lines = ['o1,u,a,1,10,EUR', 'o1,u,b,2,1600,JPY', 'o1,u,c,1,5,', 'o1,u,b,1,10,EUR', 'o2,u,a,1,10,EUR'];
  const rows = lines.map((line) => line.replace(/^(o\d),u/, '$1,u,2025-01-01'));
  writeFileSync(path, `order_id,user_id,time,item_id,quantity,price,currency\n${rows.join('\n')}\n`);
  const { events, report } = await read([path]);
  assert.deepEqual(
    events.map(({ id, currency, items }) => [id, currency, items.map((item) => `${item.id}@${item.price}`)]),
    [
      ['order:o1:u', 'EUR', ['a@10', 'c@5', 'b@10']],
      ['order:o1:u:JPY', 'JPY', ['b@1600']],
      ['order:o2:u', 'EUR', ['a@10']],
    ],
  );
  assert.ok(
    report.notes.includes('1 orders or records have lines in several currencies: an event for each currency'),
  );
});
