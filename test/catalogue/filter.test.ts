import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compileFilter } from '../../src/catalogue/index.js';
import { EndcapError, type Item } from '../../src/core/index.js';

const phone: Item = {
  id: 'p1',
  title: 'Red Phone',
  category: 'phones',
  price: 19.5,
  stock: 3,
  tags: ['new', 'sale'],
  attributes: { colour: 'red', wireless: true, size: 5, 'constructor-free': null },
};

const cases: [filter: string, expected: boolean][] = [
  ['price < 20', true],
  ['price >= 19.5 and price <= 19.5', true],
  ['price < 20 and category = "tablets"', false],
  ["price > 100 or category = 'phones'", true],
  ['not (category in ("phones", "tablets"))', false],
  ['category not in ("tablets")', true],
  ['tags contains "new"', true],
  ['tags contains "ne"', false],
  ['title contains "red ph"', true],
  ['tags in ("sale", "old")', true],
  ['colour = "red" and wireless', true],
  ['attributes.size > 4', true],
  ['brand = null', true],
  ['brand != null', false],
  // What is missing is null: other than any value, and like what is missing too.
  ['brand != "Acme"', true],
  ['brand = "Acme"', false],
  ['brand not in ("Acme")', true],
  ['brand in ("Acme", null)', true],
  ['brand contains "A"', false],
  ['"Acme" != brand', true],
  ['brand != colour and brand = attributes.nothing', true],
  ['brand != attributes.nothing', false],
  ['constructor-free != "x"', true],
  ['brand < 5', false],
  ['price < "20"', false],
  ['20 > price', true],
  ['toString = null and constructor = null', true],
  ['not not wireless', true],
  ['price = 19.5 or price = 1 and price = 2', true],
];

test('a filter means what it says', () => {
  for (const [filter, expected] of cases) assert.equal(compileFilter(filter)(phone), expected, filter);
});

test('the category of an item is each of those it is in', () => {
  const film: Item = { id: 'f', category: 'Action', categories: ['Action', 'Sci-Fi', 'War'] };
  const listed: Item = { id: 'l', categories: ['Drama'] };
  const expected: [filter: string, film: boolean, listed: boolean, bare: boolean][] = [
    ['category = "War"', true, false, false],
    ['category != "War"', false, true, true],
    ['category in ("Sci-Fi", "Drama")', true, true, false],
    ['category not in ("Drama")', true, false, true],
    ['category contains "sci"', true, false, false],
    ['category = null', false, false, true],
    ['not (category = "Romance")', true, true, true],
  ];
  for (const [filter, ...said] of expected)
    assert.deepEqual([film, listed, { id: 'b' }].map(compileFilter(filter)), said, filter);
});

const faults: [filter: string, message: RegExp][] = [
  ['price <', /too early at position 8/],
  ['price < 20 category', /Unexpected "category" at position 12/],
  ['title = "open', /closing quote at position 9/],
  ['price § 3', /Unexpected "§" at position 7/],
  ['', /too early at position 1/],
  ['category in ()', /Unexpected "\)"/],
  ['and', /Unexpected "and"/],
  ['category in (price)', /Unexpected "price"/],
  [`${'('.repeat(50)}price < 1${')'.repeat(50)}`, /nested too deeply/],
  [`price < 1${' or price < 1'.repeat(300)}`, /characters/],
];

test('a filter that is wrong says where', () => {
  for (const [filter, message] of faults) {
    assert.throws(
      () => compileFilter(filter),
      (error) =>
        error instanceof EndcapError && error.code === 'invalid_filter' && message.test(error.message),
      filter,
    );
  }
});

test('any text is a filter or an invalid_filter, nothing else', () => {
  const words = fc.constantFrom(
    'price',
    '<',
    '(',
    ')',
    'and',
    'or',
    'not',
    'in',
    '"a"',
    '3',
    ',',
    'contains',
    '__proto__',
  );
  const texts = fc.oneof(
    fc.string(),
    fc.array(words, { maxLength: 12 }).map((parts) => parts.join(' ')),
  );
  fc.assert(
    fc.property(texts, (text) => {
      try {
        assert.equal(typeof compileFilter(text)(phone), 'boolean');
      } catch (error) {
        assert.ok(error instanceof EndcapError && error.code === 'invalid_filter');
      }
    }),
    { numRuns: 500, seed: 1 },
  );
});

test('a comparison and its negation never agree', () => {
  const number = fc.integer({ min: -5, max: 5 });
  fc.assert(
    fc.property(
      number,
      number,
      fc.constantFrom('<', '<=', '>', '>=', '=', '!='),
      (price, bound, operator) => {
        const item = { id: 'x', price };
        const text = `price ${operator} ${bound}`;
        assert.notEqual(compileFilter(text)(item), compileFilter(`not (${text})`)(item));
      },
    ),
    { seed: 2 },
  );
});
