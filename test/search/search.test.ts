import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Item } from '../../src/core/index.js';
import { meaningPart, order, relevance } from '../../src/search/rank.js';
import type { TextEmbedder } from '../../src/text/index.js';
import { now, Shop } from './support.js';

const items: Item[] = [
  { id: 'road', title: 'Road Running Shoes', category: 'running', brand: 'Alder', price: 80 },
  { id: 'trail', title: 'Trail Running Shoes', category: 'trail', brand: 'Birch', price: 120 },
  { id: 'court', title: 'Court Shoes', category: 'tennis', brand: 'Alder', price: 60 },
  { id: 'pack', title: 'Trail Backpack 20 l', category: 'trail', brand: 'Birch', price: 90 },
  { id: 'bottle', title: 'Water Bottle 500 ml', category: 'kitchen', brand: 'Cedar', price: 15 },
  {
    id: 'can',
    title: 'Watering can, for gardens',
    category: 'garden',
    brand: 'Cedar',
    price: 25,
    description: 'Holds 5 l of water',
  },
  {
    id: 'red',
    title: 'Red dress',
    category: 'dresses',
    brand: 'Dove',
    price: 40,
    attributes: { colour: 'red', size: 'm' },
  },
  {
    id: 'blue',
    title: 'Blue dress',
    category: 'dresses',
    brand: 'Dove',
    price: 45,
    attributes: { colour: 'blue', size: 'l' },
  },
];

test('words in any form are found, misspelt and begun ones too, and the step is named', async () => {
  const shop = await Shop.of(items);
  assert.deepEqual((await shop.ids('runs shoe')).sort(), ['road', 'trail']);
  const typo = await shop.ask('runing sheos');
  assert.equal(typo.step, 'typo');
  assert.deepEqual(typo.items.map(({ id }) => id).sort(), ['road', 'trail']);
  assert.ok(typo.understood.corrected.sheos?.includes('shoes'));
  assert.deepEqual(await shop.ids('backp'), ['pack']);
  const dropped = await shop.ask('trail backpack zzyzx');
  assert.equal(dropped.step, 'dropped');
  assert.deepEqual(dropped.understood.dropped, ['zzyzx']);
  assert.deepEqual(
    dropped.items.map(({ id }) => id),
    ['pack'],
  );
  // Each lacks a word, and not the same one: all are found.
  const either = await shop.ask('trail running bottle');
  assert.deepEqual(
    either.items.map(({ id }) => id),
    ['trail'],
  );
  assert.deepEqual((await shop.ids('court backpack')).sort(), ['court', 'pack']);
  const nothing = await shop.ask('qqqq wwww');
  assert.equal(nothing.step, 'popular');
  assert.ok(nothing.items.length > 0);
});

test('units and sizes are one thing however they are written', async () => {
  const shop = await Shop.of(items);
  for (const query of ['500ml', '500 ML', '500 millilitres', '500毫升']) {
    const { items: found, understood } = await shop.ask(query);
    assert.equal(found[0]?.id, 'bottle', query);
    assert.deepEqual(understood.sizes, ['500ml']);
  }
});

test('a price in words is preferred, and a filter only where that is asked', async () => {
  const shop = await Shop.of(items);
  const soft = await shop.ask('running shoes under 100');
  assert.deepEqual(soft.understood.price, { max: 100 });
  assert.deepEqual(
    soft.items.map(({ id }) => id),
    ['road', 'trail'],
  );
  assert.deepEqual(await shop.ids('running shoes under 100', { strict: true }), ['road']);
  assert.deepEqual((await shop.ask('鞋 200元以下')).understood.price, { max: 200 });
  assert.deepEqual((await shop.ask('shoes between 70 and 100')).understood.price, { min: 70, max: 100 });
});

test('facets count all matches, each without its own filter; sorting and prices', async () => {
  const shop = await Shop.of(items);
  const found = await shop.ask('shoes', { filters: { category: ['running'] } });
  assert.deepEqual(
    found.items.map(({ id }) => id),
    ['road'],
  );
  assert.deepEqual(
    found.facets
      .find(({ name }) => name === 'category')
      ?.values.map(({ value }) => value)
      .sort(),
    ['running', 'tennis', 'trail'],
  );
  assert.deepEqual(found.facets.find(({ name }) => name === 'brand')?.values, [{ value: 'Alder', count: 1 }]);
  assert.deepEqual(await shop.ids('shoes', { sort: 'price' }), ['court', 'road', 'trail']);
  assert.deepEqual(await shop.ids('shoes', { sort: 'price_desc' }), ['trail', 'road', 'court']);
  assert.deepEqual(await shop.ids('shoes', { price: { max: 70 } }), ['court']);
  assert.deepEqual(await shop.ids('dress', { filters: { colour: ['blue'] } }), ['blue']);
  assert.deepEqual(await shop.ids('shoes', { filter: 'price > 100' }), ['trail']);
});

test('an item is found in each of its categories, in what lies above them, and by each value of a list', async () => {
  const shop = await Shop.of([
    { id: 'a', title: 'Mug', category: 'Home > Kitchen', categories: ['Home > Kitchen', 'Gifts'] },
    { id: 'b', title: 'Bowl', category: 'Home', attributes: { sizes: ['S', 'M'] } },
    { id: 'c', title: 'Homework', category: 'Homework' },
  ]);
  const within = (...category: string[]) => shop.ids('', { filters: { category } });
  assert.deepEqual(await within('Gifts'), ['a']);
  assert.deepEqual(await within('Home'), ['b']);
  assert.deepEqual(await within('Home > '), ['a']);
  assert.deepEqual(await within('Home', 'Home > '), ['a', 'b']);
  assert.deepEqual(await shop.ids('', { filters: { sizes: ['M'] } }), ['b']);
  assert.deepEqual(shop.search.categories(undefined, 2), {
    categories: [
      { name: 'Home', count: 2 },
      { name: 'Gifts', count: 1 },
    ],
    total: 3,
  });
  assert.deepEqual(shop.search.categories('Home', 9).categories, [{ name: 'Home > Kitchen', count: 1 }]);
});

test('what is not yet or no longer for sale is neither found nor suggested, and what a shopper hid not for them', async () => {
  const shop = await Shop.of([
    { id: 'now', title: 'Rose now', from: now - 1 },
    { id: 'soon', title: 'Rose soon', from: now + 1 },
    { id: 'past', title: 'Rose past', until: now },
  ]);
  assert.deepEqual(await shop.ids('rose'), ['now']);
  const { suggestions } = await shop.search.suggest({ user: 'u', prefix: 'ro' });
  assert.deepEqual(
    suggestions.map(({ id }) => id),
    ['now'],
  );
  const hiding = new Shop(shop.catalogue, {
    profile: (user) => ({ user, events: [], total: 0, counters: {}, hidden: new Set(['now']) }),
  });
  assert.deepEqual(await hiding.ids('rose'), []);
});

test('an item that is put, repriced, withdrawn or sold out is so in the next search', async () => {
  const shop = await Shop.of(items);
  await shop.catalogue.put([{ id: 'new', title: 'Orange juicer' }]);
  assert.deepEqual(await shop.ids('juicers'), ['new']);
  await shop.catalogue.patch('court', { price: 500 });
  assert.deepEqual(await shop.ids('shoes', { sort: 'price' }), ['road', 'trail', 'court']);
  await shop.catalogue.patch('road', { stock: 0 });
  assert.ok(!(await shop.ids('shoes')).includes('road'));
  await shop.catalogue.remove('new');
  assert.ok(!(await shop.ids('juicers')).includes('new'));
  await shop.catalogue.patch('court', { title: 'Tennis racket' });
  assert.deepEqual(await shop.ids('shoes'), ['trail']);
});

test('what matched is shown where it stands, whatever its form', async () => {
  const shop = await Shop.of([...items, { id: 'zh', title: '女士跑步鞋 轻便' }]);
  const [first] = (await shop.ask('run shoe')).items;
  const { title = [] } = first!.highlights;
  assert.deepEqual(
    title.map(([from, to]) => first!.item.title!.slice(from, to)),
    ['Running', 'Shoes'],
  );
  const [chinese] = (await shop.ask('跑步鞋')).items;
  assert.deepEqual(chinese!.highlights.title, [[2, 5]]);
});

test('one view changes the next answer, the dial turns it off, and the answer says why', async () => {
  const shop = await Shop.of(items);
  assert.equal((await shop.ids('running shoes'))[0], 'road');
  shop.tell('view', 'u', { items: [{ id: 'pack' }] });
  const found = await shop.ask('running shoes', { explain: true });
  assert.equal(found.items[0]?.id, 'trail');
  assert.equal(found.items[0]?.lift?.from, 2);
  const reasons = found.items[0]?.lift?.reasons.slice(0, 2).map(({ kind, value }) => `${kind} ${value}`);
  assert.deepEqual(reasons?.sort(), ['brand Birch', 'category trail']);
  assert.equal((await shop.ids('running shoes', { personal: 0 }))[0], 'road');
  assert.equal((await shop.ids('running shoes', { user: 'somebody else' }))[0], 'road');
});

test('a specific query is hardly moved', async () => {
  const many = Array.from(
    { length: 60 },
    (_, at): Item => ({ id: `s${at}`, title: `Shoe model ${at}`, category: at % 2 ? 'a' : 'b' }),
  );
  const shop = await Shop.of(many);
  shop.tell('view', 'u', { items: [{ id: 's4' }] });
  const broad = await shop.ask('shoe');
  const narrow = await shop.ask('shoe model 7');
  assert.ok(broad.personal.gate > 2 * narrow.personal.gate, `${broad.personal.gate} ${narrow.personal.gate}`);
  assert.equal(narrow.items[0]?.id, 's7');
  assert.ok((await shop.ids('shoe')).slice(0, 10).every((id) => Number(id.slice(1)) % 2 === 0));
});

test('what others choose after a query teaches what it means, whatever the places say', async () => {
  const shop = await Shop.of(items);
  const shown = ['road', 'trail', 'court'].map((id) => ({ id }));
  for (let shopper = 0; shopper < 40; shopper++) {
    shop.tell('search', `s${shopper}`, {
      query: 'shoes',
      items: shown,
      attribution: `q${shopper}`,
      time: now - 1000,
    });
    shop.tell('click', `s${shopper}`, {
      items: [{ id: 'court' }],
      attribution: `q${shopper}`,
      time: now - 500,
    });
  }
  const found = await shop.ask('shoes', { user: 'new' });
  assert.equal(found.items[0]?.id, 'court');
  assert.deepEqual(found.understood.category, { value: 'tennis', share: 1 });
  assert.ok(shop.search.memory.attraction('shoes', 'court', now) > 1);
  assert.ok(shop.search.memory.attraction('shoes', 'road', now) < 0);
});

test('words that many shoppers changed for others become synonyms', async () => {
  const shop = await Shop.of(items);
  assert.notEqual((await shop.ask('sneakers')).step, 'exact');
  for (let shopper = 0; shopper < 3; shopper++) {
    const user = `s${shopper}`;
    shop.tell('search', user, { query: 'sneakers', time: now - 60_000 });
    shop.tell('search', user, {
      query: 'running shoes',
      attribution: `q${shopper}`,
      items: [{ id: 'road' }],
      time: now - 30_000,
    });
    shop.tell('click', user, { items: [{ id: 'road' }], attribution: `q${shopper}`, time: now - 20_000 });
  }
  const found = await shop.ask('sneakers', { user: 'new' });
  assert.equal(found.step, 'exact');
  assert.deepEqual(found.items.map(({ id }) => id).sort(), ['road', 'trail']);
  assert.deepEqual(found.understood.synonyms, { sneakers: ['running shoes'] });
});

test('pages follow each other without gaps, though a click changes what is liked in between', async () => {
  const many = Array.from(
    { length: 95 },
    (_, at): Item => ({ id: `s${at}`, title: 'Shoe', category: `c${at % 5}` }),
  );
  const shop = await Shop.of(many);
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await shop.ask('shoe', { count: 10, ...(cursor === undefined ? {} : { cursor }) });
    seen.push(...page.items.map(({ id }) => id));
    cursor = page.cursor;
    shop.tell('view', 'u', { items: [{ id: 's93' }] });
  } while (cursor !== undefined);
  assert.equal(seen.length, 95);
  assert.equal(new Set(seen).size, 95);
});

test('where no item has all the words, the telling ones win and known words stay as they were written', async () => {
  const shop = await Shop.of([
    ...Array.from({ length: 30 }, (_, at): Item => ({ id: `case${at}`, title: 'Black phone case' })),
    { id: 'kindle', title: 'Kindle adapter' },
    { id: 'oil', title: 'Skin care oil' },
  ]);
  const mixed = await shop.ask('black phone case kindle adapter', { count: 100 });
  assert.equal(mixed.step, 'dropped');
  assert.equal(mixed.items[0]?.id, 'kindle');
  assert.equal(mixed.total, 31);
  // "care" is in the shop: it is no misspelt "case", however many items that would find.
  const written = await shop.ask('black phone care zzzz');
  assert.deepEqual(written.understood.corrected, {});
  assert.deepEqual(written.understood.dropped, ['care', 'zzzz']);
  // One word of four still says more than nothing.
  const little = await shop.ask('wwww xxxxx yyyy kindle');
  assert.equal(little.step, 'dropped');
  assert.deepEqual(
    little.items.map(({ id }) => id),
    ['kindle'],
  );
});

test('company counts by its strength: weak company does not outweigh demand, strong company does', async () => {
  const cups: Item[] = ['a', 'b'].map((id) => ({ id, title: 'Tea cup' }));
  const order = async (strength: number): Promise<string[]> => {
    const shop: Shop = await Shop.of([...cups, { id: 'pot', title: 'Pot' }], {
      signals: {
        popularity: (item) => (item === shop.catalogue.find('a') ? 2 : 1),
        related: () => new Map([[shop.catalogue.find('b'), strength]]),
      },
    });
    shop.tell('view', 'ann', { items: [{ id: 'pot' }] });
    return shop.ids('tea cup', { user: 'ann' });
  };
  assert.deepEqual(await order(0.001), ['a', 'b']);
  assert.deepEqual(await order(0.2), ['b', 'a']);
});

test('what a shopper looked at stands before what goes with it, however strongly', async () => {
  const cups: Item[] = ['a', 'b', 'c'].map((id) => ({ id, title: 'Tea cup' }));
  const shop: Shop = await Shop.of(cups, {
    signals: { related: () => new Map([[shop.catalogue.find('a'), 1]]) },
  });
  shop.tell('view', 'ann', { items: [{ id: 'c' }] });
  const { items: found } = await shop.ask('tea cup', { user: 'ann', explain: true });
  assert.deepEqual(
    found.map(({ id }) => id),
    ['c', 'a', 'b'],
  );
  assert.equal(found[0]?.lift?.reasons[0]?.kind, 'seen');
});

test('what a shopper looked at says so also where it stood first anyway, and nothing else does', async () => {
  const cups: Item[] = ['a', 'b', 'c'].map((id) => ({ id, title: 'Tea cup', category: 'cups' }));
  const shop: Shop = await Shop.of(cups);
  shop.tell('click', 'ann', { items: [{ id: 'a' }] });
  const { items: found } = await shop.ask('tea cup', { user: 'ann', explain: true });
  assert.deepEqual(
    found.map(({ id, lift }) => [id, lift?.from, lift?.reasons[0]?.kind]),
    [
      ['a', 1, 'seen'],
      ['b', undefined, undefined],
      ['c', undefined, undefined],
    ],
  );
});

test('what goes with what a shopper did is worked out beforehand, and only where it is used', async () => {
  const asked: string[] = [];
  const shop: Shop = await Shop.of(
    [
      { id: 'a', title: 'Tea cup' },
      { id: 'b', title: 'Tea cup' },
      { id: 'c', title: 'Tea' },
    ],
    {
      signals: {
        prepare: async () => {
          await new Promise(setImmediate);
          asked.push('prepare');
        },
        related: () => {
          asked.push('related');
          return new Map();
        },
      },
    },
  );
  await shop.ask('tea', { personal: 0 });
  await shop.ask('tea', { sort: 'price' });
  assert.deepEqual(asked, []);
  await shop.ask('tea');
  assert.deepEqual(asked, ['prepare', 'related']);
});

test('meaning counts by how far it is trusted', async () => {
  const cups: Item[] = ['plain', 'blue', 'green'].map((id) => ({ id, title: `Tea cup ${id}` }));
  const order = async (trust: number): Promise<string[]> => {
    const shop = await Shop.of(cups);
    await shop.search.useEmbedder(
      {
        name: 'by colour',
        dimension: 2,
        embed: async (texts) =>
          texts.map((text) => Float32Array.from(/green|^tea cup$/.test(text) ? [1, 0] : [0, 1])),
        close: async () => {},
      },
      trust,
    );
    await shop.ids('tea cup');
    return shop.ids('tea cup');
  };
  assert.deepEqual(await order(1), ['green', 'plain', 'blue']);
  assert.deepEqual(await order(0), ['plain', 'blue', 'green']);
});

test('an unknown word that two words of the shop are written together as finds both', async () => {
  const shop = await Shop.of([
    ...items,
    { id: 'lunch', title: 'Lunch bag' },
    { id: 'tote', title: 'Tote bag' },
  ]);
  const found = await shop.ask('lunchbag');
  assert.deepEqual(
    found.items.map(({ id }) => id),
    ['lunch'],
  );
  assert.equal(found.step, 'typo');
  assert.deepEqual(found.understood.corrected, { lunchbag: ['lunch bag'] });
  assert.deepEqual(found.items[0]?.highlights.title, [
    [0, 5],
    [6, 9],
  ]);
});

test('what a candidate scores does not depend on which others were found', () => {
  const words = [4, 3, 2.5];
  const popularity = [0, 1, 2];
  const of = (count: number): number[] => {
    const [found, demand] = [words, popularity].map((values) => Float32Array.from(values.slice(0, count)));
    return [...relevance({ words: found!, popularity: demand! })];
  };
  assert.deepEqual(of(3).slice(0, 2), of(2));
});

test('an order is by half, score and place, whatever the scores are', () => {
  const score = fc.oneof(
    fc.float({ noNaN: true }),
    fc.constantFrom(0, -0, 1, -1, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
  );
  fc.assert(
    fc.property(fc.array(score, { maxLength: 60 }), fc.nat(60), (values, first) => {
      const scores = Float32Array.from(values);
      const places = values.map((_, at) => at);
      const late = (at: number): number => (at < first ? 0 : 1);
      const better = (a: number, b: number): number =>
        scores[a] === scores[b] ? a - b : scores[b]! > scores[a]! ? 1 : -1;
      places.sort((a, b) => late(a) - late(b) || better(a, b));
      assert.deepEqual([...order(scores, first)], places);
    }),
  );
  assert.deepEqual([...order(Float32Array.of(Number.NaN, 1, Number.NaN, -5), 4)], [1, 3, 0, 2]);
});

test('everything by price, page after page: ties by their place, whatever has no price last', async () => {
  const items = Array.from({ length: 2_300 }, (_, at) => ({
    id: `i${at}`,
    title: 'thing',
    ...(at % 11 === 0 ? {} : { price: at % 700 }),
  }));
  const shop = await Shop.of(items);
  for (const sort of ['price', 'price_desc'] as const) {
    const sign = sort === 'price' ? 1 : -1;
    const key = ({ price }: { price?: number }): number => (price === undefined ? 1e30 : sign * price);
    const wanted = items.toSorted((a, b) => key(a) - key(b)).map(({ id }) => id);
    for (const offset of [0, 950, 999, 1_000, 2_150, 2_299, 2_300])
      assert.deepEqual(
        await shop.ids('', { sort, offset, count: 100 }),
        wanted.slice(offset, offset + 100),
        `${sort} from ${offset}`,
      );
  }
});

test('meaning has no say while titles are still embedded, and none for an item without a vector', async () => {
  const items = Array.from(
    { length: 70 },
    (_, at): Item => ({ id: `i${at}`, title: `Thing ${at < 40 ? 'near' : 'far'} ${at}` }),
  );
  const shop = await Shop.of([...items, { id: 'best', title: 'Flask' }]);
  const release: (() => void)[] = [];
  const embedder: TextEmbedder = {
    name: 'slow',
    dimension: 2,
    embed: async (texts) => {
      // Queries are one text, titles come in batches: of these the second waits.
      if (texts.length > 1 && texts[0] === items[32]!.title)
        await new Promise<void>((resolve) => release.push(resolve));
      return texts.map((text) => Float32Array.from(/near/.test(text) ? [0.8, 0.6] : [1, 0]));
    },
    close: async () => {},
  };
  const filled = shop.search.useEmbedder(embedder);
  while (release.length === 0) await new Promise(setImmediate);
  assert.notEqual((await shop.ask('bottle')).step, 'semantic');
  release[0]!();
  await filled;
  assert.equal((await shop.ask('bottle')).step, 'semantic');
  assert.deepEqual([...meaningPart(Float32Array.of(0.2, Number.NaN, 0.4), 2)].map(Math.round), [-1, 0, 1]);
});
