import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileFilter, FilterSets, openCatalogue } from '../../src/catalogue/index.js';
import { memoryStore } from '../../src/storage/index.js';

const text = 'price < 50 or title contains "9"';

test('what is remembered of a filter is what the filter says, whatever is put, changed or withdrawn', async () => {
  const catalogue = openCatalogue(memoryStore().facts);
  const item = (at: number) => ({ id: `i${at}`, title: `Thing ${at}`, price: at % 100 });
  await catalogue.put(Array.from({ length: 2_500 }, (_, at) => item(at)));
  const sets = new FilterSets(catalogue);
  assert.equal(sets.has(text), false);
  await sets.prepare(text);
  assert.equal(sets.has(text), true);
  const same = (): void => {
    const [allowed, filter] = [sets.of(text), compileFilter(text)];
    for (const each of catalogue.all()) {
      const handle = catalogue.find(each.id);
      for (let times = 0; times < 2; times++) assert.equal(allowed(handle), filter(each), each.id);
    }
  };
  same();
  await catalogue.patch('i10', { price: 80 });
  await catalogue.patch('i80', { price: 1 });
  await catalogue.put(Array.from({ length: 500 }, (_, at) => item(2_500 + at)));
  same();
  assert.equal(sets.of(text)(catalogue.find('i10')), false);
  assert.equal(sets.of(text)(catalogue.find('i80')), true);
});

test('a filter is worked out in slices, and as many are kept as there is room for', async () => {
  const catalogue = openCatalogue(memoryStore().facts);
  const words = 'a thing of many words that has to be read from its beginning to its end '.repeat(8);
  await catalogue.put(Array.from({ length: 20_000 }, (_, at) => ({ id: `i${at}`, description: words })));
  const sets = new FilterSets(catalogue);
  const many = Array.from({ length: 12 }, (_, at) => `description contains "x${at}"`).join(' or ');
  let turns = 0;
  const timer = setInterval(() => turns++, 0);
  await sets.prepare(many);
  clearInterval(timer);
  assert.ok(turns >= 3, `others had ${turns} turns`);
  for (let at = 0; at < 300; at++) sets.of(`price = ${at}`);
  assert.equal(sets.has(many), false, 'the longest unused are forgotten');
  assert.equal(sets.has('price = 299'), true);
  await assert.rejects(sets.prepare('price <'), { code: 'invalid_filter' });
});

for (const size of [3, 2_500])
  test(`of ${size} items, a filter by an attribute that none has is told, until one has it`, async () => {
    const catalogue = openCatalogue(memoryStore().facts);
    const item = (at: number) => ({ id: `i${at}`, brand: 'b', attributes: { size: at } });
    await catalogue.put(Array.from({ length: size }, (_, at) => item(at)));
    const sets = new FilterSets(catalogue);
    const told = async (filter: string): Promise<string[]> => {
      await sets.prepare(filter);
      return sets.warnings(filter).map(({ message }) => message);
    };
    const filter = 'colour = "red" or attributes.material = "oak" and size < 2';
    const message = (name: string): string => `No item has an attribute "${name}"`;
    assert.deepEqual(await told(filter), ['colour', 'material'].map(message));
    assert.deepEqual(await told('brand = "c" or stock > 3 or size in (1, 2)'), []);
    await catalogue.patch('i1', { attributes: { colour: 'blue' } });
    assert.deepEqual(await told(filter), [message('material')]);
    await catalogue.put([{ id: 'new', attributes: { material: 'oak' } }]);
    assert.deepEqual(await told(filter), []);
    await catalogue.put([{ id: 'new', attributes: { material: 'elm' } }]);
    assert.deepEqual(await told(filter), []);
    await catalogue.patch('new', { attributes: null });
    assert.deepEqual(await told(filter), [message('material')], 'the last that had it has it no more');
  });
