import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { openCatalogue, TitleIndex } from '../../src/catalogue/index.js';
import { openStore } from '../../src/storage/index.js';
import { scratch } from '../support/events.js';

test('items survive a restart as they were last changed', async (t) => {
  const dir = scratch(t);
  const store = openStore(dir);
  const catalogue = openCatalogue(store.facts);
  await catalogue.put([
    { id: 'a', title: 'Lamp', price: 5 },
    { id: 'b', stock: 0 },
    { id: '手机', tags: ['x'] },
  ]);
  await catalogue.patch('a', { price: null, brand: 'Bright' });
  await catalogue.remove('手机');
  await store.close();

  const again = openStore(dir);
  const restored = openCatalogue(again.facts);
  assert.deepEqual(restored.get('a'), { id: 'a', title: 'Lamp', brand: 'Bright' });
  assert.equal(restored.size, 3);
  assert.deepEqual(
    ['a', 'b', '手机', 'none'].map((id) => restored.available(id)),
    [true, false, false, false],
  );
  await again.close();
});

test('patches of one item at the same time all arrive', async (t) => {
  const store = openStore(scratch(t));
  const catalogue = openCatalogue(store.facts);
  await catalogue.put([{ id: 'a' }]);
  await Promise.all([
    catalogue.patch('a', { title: 'T' }),
    catalogue.patch('a', { price: 3 }),
    catalogue.patch('a', { stock: 9 }),
  ]);
  assert.deepEqual(catalogue.get('a'), { id: 'a', title: 'T', price: 3, stock: 9 });
  await assert.rejects(catalogue.patch('zz', { price: 1 }), { code: 'unknown_item', status: 404 });
  await catalogue.patch('a', { price: 4 });
  assert.equal(catalogue.get('a')!.price, 4, 'a failed change does not block the next');
  await store.close();
});

/** Similar handles with their similarities: words are summed in another order, so the last bits differ. */
function rounded(index: TitleIndex, handle: number): string[] {
  const { handles, similarities } = index.similar(handle, 10);
  return Array.from(handles, (other, at) => `${other} ${similarities[at]!.toFixed(6)}`).sort();
}

test('the title index follows every change: it equals one built afresh', async (t) => {
  const store = openStore(scratch(t));
  const catalogue = openCatalogue(store.facts);
  const live = new TitleIndex(catalogue);
  const word = fc.constantFrom('red', 'blue', 'lunch', 'bag', 'bags', 'tea', 'pot', '红色', '手机壳');
  const change = fc.record({
    id: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    title: fc.array(word, { maxLength: 4 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 6 }), async (changes) => {
      for (const { id, title } of changes) await catalogue.put([{ id, title: title.join(' ') }]);
      const fresh = new TitleIndex(catalogue);
      for (let handle = 0; handle < catalogue.handles; handle++) {
        assert.deepEqual(rounded(live, handle), rounded(fresh, handle));
        const { handles, similarities } = live.similar(handle, 10);
        handles.forEach((other, at) => {
          assert.ok(Math.abs(live.similarity(handle, other) - similarities[at]!) < 1e-6);
          assert.ok(similarities[at]! > 0 && similarities[at]! <= 1 + 1e-6);
        });
      }
    }),
    { numRuns: 30, seed: 3 },
  );
  await store.close();
});

test('a variant is more similar than another kind of thing', async (t) => {
  const store = openStore(scratch(t));
  const catalogue = openCatalogue(store.facts);
  const index = new TitleIndex(catalogue);
  const titles = [
    'LUNCH BAG RED',
    'LUNCH BAG PINK',
    'RED TEA POT',
    '红色手机壳',
    '蓝色手机壳',
    'GARDEN CHAIR',
  ];
  await catalogue.put(titles.map((title, at) => ({ id: `${at}`, title })));
  const nearest = (id: string): string => catalogue.id(index.similar(catalogue.find(id), 1).handles[0]!);
  assert.equal(nearest('0'), '1');
  assert.equal(nearest('3'), '4');
  assert.equal(index.similar(catalogue.find('5'), 5).handles.length, 0);
  await store.close();
});

/** An index over items with these titles and prices; `near` gives titles, the most similar first. */
async function titled(
  t: { after(done: () => Promise<void>): void },
  rows: readonly [title: string, price?: number][],
) {
  const store = openStore(scratch(t as never));
  t.after(() => store.close());
  const catalogue = openCatalogue(store.facts);
  await catalogue.put(
    rows.map(([title, price], at) => ({ id: `${at}`, title, ...(price !== undefined && { price }) })),
  );
  const index = new TitleIndex(catalogue);
  return (title: string, k: number): string[] => {
    const handle = catalogue.find(`${rows.findIndex((row) => row[0] === title)}`);
    return [...index.similar(handle, k).handles].map((other) => catalogue.item(other)!.title!);
  };
}

const colours = ['red', 'blue', 'green', 'ivory'];
const kinds: [string, number][] = [
  ['lamp', 40],
  ['mug', 4],
  ['doormat', 9],
  ['bracelet', 15],
  ['clock', 25],
  ['cushion', 12],
];

test('what is alike is of one kind, not of one colour, wherever its name stands', async (t) => {
  const rows = kinds.flatMap(([kind, price]) =>
    colours.map((colour, at): [string, number] => [
      at % 2 ? `${kind} ${colour} swan` : `${colour} swan ${kind}`,
      price,
    ]),
  );
  const near = await titled(t, rows);
  for (const [title] of rows) {
    const [kind] = kinds.find(([name]) => title.includes(name))!;
    const others = near(title, 3);
    assert.deepEqual(
      others.filter((other) => !other.includes(kind)),
      [],
      `${title}: ${others.join(', ')}`,
    );
  }
});

test('without prices the last word of what is named says what it is', async (t) => {
  const near = await titled(t, [
    ['slate heart chalkboard'],
    ['slate heart necklace'],
    ['pine star chalkboard'],
    ['apron with bells'],
    ['apron with pockets'],
    ['garland of bells'],
  ]);
  assert.equal(near('pine star chalkboard', 1)[0], 'slate heart chalkboard');
  assert.equal(near('apron with bells', 1)[0], 'apron with pockets');
});

test('a category that half of the shop has still tells something, and each of several counts', async (t) => {
  const store = openStore(scratch(t));
  const catalogue = openCatalogue(store.facts);
  const film = (id: string, title: string, ...categories: string[]) => ({ id, title, categories });
  await catalogue.put([
    film('wars', 'Star Wars', 'Action', 'Space'),
    film('jedi', 'Return of the Jedi', 'Action', 'Space'),
    film('lone', 'Lone Star', 'Drama'),
    ...Array.from({ length: 60 }, (_, at) => film(`a${at}`, `Chase ${at}`, 'Action')),
    ...Array.from({ length: 60 }, (_, at) => film(`d${at}`, `Letters ${at}`, 'Drama')),
  ]);
  const index = new TitleIndex(catalogue);
  const [wars, jedi, lone, chase] = ['wars', 'jedi', 'lone', 'a7'].map((id) => catalogue.find(id));
  assert.equal(index.similar(wars!, 1).handles[0], jedi);
  assert.ok(index.similarity(wars!, chase!) > 0, 'Action is in half of the shop and counts');
  assert.ok(index.similarity(wars!, jedi!) > index.similarity(wars!, lone!));
  await store.close();
});

test('the order in which items came changes nothing, to the last bit', async (t) => {
  const store = openStore(scratch(t));
  const catalogue = openCatalogue(store.facts);
  const live = new TitleIndex(catalogue);
  const items = kinds.flatMap(([kind, price], at) =>
    colours.map((colour) => ({
      id: `${kind}${colour}`,
      title: `${colour} owl ${kind}`,
      price: price + at / 7,
    })),
  );
  await catalogue.put(items.map((item) => ({ ...item, title: `old ${item.id}` })));
  for (const item of items.toReversed()) await catalogue.put([item]);
  const fresh = new TitleIndex(catalogue);
  for (let handle = 0; handle < catalogue.handles; handle++)
    assert.deepEqual(live.similar(handle, 20), fresh.similar(handle, 20));
  await store.close();
});
