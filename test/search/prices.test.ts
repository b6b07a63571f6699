import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { PriceRange } from '../../src/core/index.js';
import { readPrice } from '../../src/search/prices.js';

const said: [string, PriceRange][] = [
  ['shoes under $50', { max: 50 }],
  ['bag below 50 euros', { max: 50 }],
  ['跑步鞋50-100元', { min: 50, max: 100 }],
  ['less than 20', { max: 20 }],
  ['不超过100', { max: 100 }],
  ['100以内 杯子', { max: 100 }],
  ['100到200元 跑步鞋', { min: 100, max: 200 }],
  ['$50-$100 shoes', { min: 50, max: 100 }],
  ['$50 to $100', { min: 50, max: 100 }],
  ['from $50 to $100', { min: 50, max: 100 }],
  ['50 to 100 euros', { min: 50, max: 100 }],
  ['between 50 and 100', { min: 50, max: 100 }],
  ['between 50-100', { min: 50, max: 100 }],
  ['under 1,000', { max: 1000 }],
  ['under 1,299.99', { max: 1299.99 }],
  ['< $50', { max: 50 }],
  ['<=50', { max: 50 }],
  ['≤50', { max: 50 }],
  ['>50', { min: 50 }],
  ['50 or less', { max: 50 }],
  ['$50 and under', { max: 50 }],
  ['50 dollars max', { max: 50 }],
  ['$50+', { min: 50 }],
  ['no more than £30', { max: 30 }],
  ['not more than 30', { max: 30 }],
  ['２００元以下', { max: 200 }],
  ['200塊以下', { max: 200 }],
  ['200元以內', { max: 200 }],
  ['低於200', { max: 200 }],
  ['不超過100', { max: 100 }],
  ['不低于200', { min: 200 }],
  ['不高于200', { max: 200 }],
  ['小于100', { max: 100 }],
  ['大于100', { min: 100 }],
  ['一百元以下 杯子', { max: 100 }],
  ['两百以内', { max: 200 }],
  ['一千五百以内', { max: 1500 }],
  ['2万以下', { max: 20000 }],
  ['100到200之间', { min: 100, max: 200 }],
  ['价格100-200', { min: 100, max: 200 }],
  ['100元内', { max: 100 }],
  ['200元起', { min: 200 }],
  ['over 20 under 50 mug', { min: 20, max: 50 }],
  ['under 50$', { max: 50 }],
  ['usd 50 or less', { max: 50 }],
  ['max 50 euros', { max: 50 }],
  ['max price 50', { max: 50 }],
  ['under 50 in black', { max: 50 }],
  ['最多200的鞋', { max: 200 }],
  ['under 20 pounds', { max: 20 }],
  ['under50', { max: 50 }],
  ['10元以上20元以下', { min: 10, max: 20 }],
];
/** Numbers that are no price. */
const notSaid = [
  'air max 90',
  'iphone 12 pro max 256',
  'tv under 50 inch',
  'tv under 50"',
  '一起以下',
  'laptop under 2kg',
  'bottle under 500 ml',
  'toys under 5 years',
  'ages 3 and up',
  '最多3人帐篷',
  '不超过500克',
  '我们在一起',
  '3岁以上',
  '200内衣',
  '500ml以下',
  'under 50% off',
  'size 40-42',
  '40 to 42',
  'under',
  '在一起的杯子',
  '100 200',
  'under armour 50',
  'over 50 under 20',
  'up to 30 kg',
  '11-12 inch',
  'salt and 50 pepper',
  'between friends',
  '七月起',
  '24-36 months',
  'usb 3.0-2.0 $5',
];

test('a price is read in whatever form it is said, in English and Chinese', () => {
  for (const [query, price] of said) assert.deepEqual(readPrice(query).price, price, query);
  assert.deepEqual(readPrice('跑步鞋 ２００元以內 黑色').rest.split(/\s+/), ['跑步鞋', '黑色']);
  assert.deepEqual(readPrice('red shoes over 20 under $50 size 42').rest.split(/\s+/), [
    'red',
    'shoes',
    'size',
    '42',
  ]);
  assert.equal(readPrice('under 50').rest, '');
});

test('measures, names of models and ages are no price: the query stays as it is', () => {
  for (const query of notSaid) assert.deepEqual(readPrice(query), { rest: query });
});

test('no text makes the reading of a price slow', () => {
  const piece = fc.constantFrom(
    '十',
    '一',
    '百',
    '1',
    ',',
    '.',
    '-',
    ' ',
    '$',
    '元',
    'under ',
    'between ',
    ' and ',
    '不',
    '以下',
  );
  const text = fc.oneof(
    piece.map((one) => one.repeat(500)),
    fc.tuple(piece, piece).map((two) => two.join('').repeat(250)),
    fc.array(piece, { minLength: 250, maxLength: 500 }).map((all) => all.join('')),
  );
  fc.assert(
    fc.property(text, (query) => {
      const before = process.cpuUsage();
      readPrice(query.slice(0, 500));
      const { user, system } = process.cpuUsage(before);
      assert.ok(user + system < 25_000, `${(user + system) / 1_000} ms`);
    }),
  );
});
