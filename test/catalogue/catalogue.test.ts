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
