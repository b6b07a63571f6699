import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { SearchResponse } from '../../src/core/index.js';
import { now, Shop } from './support.js';

const items = 40_000;
const colours = ['red', 'blue', 'green'];
let shop: Shop;

before(async () => {
  shop = await Shop.of(
    Array.from({ length: items }, (_, at) => ({
      id: `i${at}`,
      title: `${colours[at % 3]} thing${at % 7 ? '' : ' soft'} ${at === 5 ? 'walrus' : ''}`,
      category: `c${at % 4}`,
      price: 1 + (at % 90),
    })),
  );
});

const told = ({ items, total, facets, price, step }: SearchResponse): object => ({
  items: items.map(({ id, score }) => [id, score]),
  ...{ total, facets, price, step },
});
const queries = [
  'thing',
  'red thing',
  'blue',
  'soft green thing',
  'walrus',
  'thing walrus',
  'red blue green thing',
];

test('searches that most items match answer at the same time what they answer alone', async () => {
  const alone: object[] = [];
  for (const query of queries) alone.push(told(await shop.ask(query, { facets: ['category'] })));
  const together = await Promise.all(queries.map((query) => shop.ask(query, { facets: ['category'] })));
  assert.deepEqual(together.map(told), alone);
  const [thing, red] = together;
  assert.deepEqual([thing!.total, thing!.facets[0]!.values[0]!.count], [items, items / 4]);
  assert.equal(red!.total, Math.ceil(items / 3));
});

test('a search that every item matches gives up turns; one of few matches is there before it', async () => {
  let turns = 0;
  let done = false;
  const order: string[] = [];
  const large = Promise.all(['thing', 'thing soft'].map((query) => shop.ask(query))).then(() => {
    done = true;
    order.push('large');
  });
  const small = shop.ask('walrus').then(() => order.push('small'));
  while (!done) {
    await new Promise(setImmediate);
    turns++;
  }
  await Promise.all([large, small]);
  assert.deepEqual(order, ['small', 'large']);
  assert.ok(turns >= 3, `${turns} turns`);
});

test('a large search that fails lets the next one in', async () => {
  const asked = { filters: { category: ['c1'] } };
  const failing = await Shop.of([], {});
  assert.equal((await failing.ask('thing')).total, 0);
  const { prices } = shop.search.products;
  const get = prices.get;
  prices.get = () => {
    throw new Error('no price');
  };
  await assert.rejects(shop.ask('thing', asked), /no price/);
  prices.get = get;
  assert.equal((await shop.ask('thing', asked)).total, items / 4);
});

test('an earlier search that most items match says nothing of what is liked, another does', () => {
  for (let time = 1; time < 4; time++) shop.tell('search', 'broad', { query: 'thing', time: now - time });
  assert.equal(shop.search.interests('broad', now).size, 0);
  for (let time = 1; time < 4; time++) shop.tell('search', 'narrow', { query: 'soft', time: now - time });
  assert.equal(shop.search.interests('narrow', now).size, 100);
});

test('of a query without end no more is kept than is read; the answer says it as it was asked', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const held = (): number => {
    collect();
    return process.memoryUsage().heapUsed / 2 ** 20;
  };
  const small = await Shop.of([{ id: 'a', title: 'walrus' }]);
  const long = (n: number): string => `${n}walrus`.padEnd(100_000, 'unheardof');
  assert.equal((await small.ask(long(0))).query, long(0));
  const before = held();
  for (let n = 1; n <= 300; n++) await small.ask(long(n));
  const grown = held() - before;
  assert.ok(grown < 10, `${grown} MB for 300 queries`);
});
