import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Item, silent } from '../../src/core/index.js';
import { dot } from '../../src/math/index.js';
import { type Model, type TextSource, titles, twoTower, twoTowerAlgorithm } from '../../src/models/index.js';
import { dataset, query, smallNetwork, twoTastes } from './support.js';

const kinds = ['tea', 'garden'];
const things = ['mug', 'tray', 'towel', 'lamp', 'clock', 'sign', 'box', 'bag', 'card', 'bell'];
/** i00 is tea, i01 garden, i02 tea …: two tastes, told by words, brand and price. */
const entry = (id: string): Item => {
  const number = Number(id.slice(1));
  const kind = kinds[number % 2]!;
  const title = `${kind} ${things[number >> 1]}`;
  return { id, title, brand: kind === 'tea' ? 'Ceylon' : 'Spade', price: kind === 'tea' ? 5 : 80 };
};
const data = dataset(twoTastes(120));
const catalogue = data.items.ids.map(entry);
const options = { ...twoTower.defaults, ...smallNetwork, negatives: 20, temperature: 0.2 };

async function chance(model: Model, shopper: string[], item: Item): Promise<number> {
  const { vectors, dimension, shopper: encode, embedNewItems } = model.factors!;
  const [vector] = await embedNewItems!([item]);
  const h = await encode(query(shopper));
  const score = (of: Float32Array, at: number): number => dot(h, 0, of, at * dimension, dimension);
  const own = score(vector!, 0);
  return data.items.ids.filter((_, row) => score(vectors, row) < own).length / data.items.size;
}

test('an item nobody touched is near those its entry resembles, by any of its fields', async () => {
  const model = await twoTower.fit({ ...data, catalogue }, options, silent);
  const again = await twoTower.load(model.save());
  const teaDrinker = ['i02', 'i04', 'i06'];
  const gardener = ['i03', 'i05', 'i07'];
  for (const item of [
    { id: 'new', title: 'Tea teapot' },
    { id: 'new', title: 'Teapot', brand: 'Ceylon' },
    { id: 'new', price: 5.2 },
  ]) {
    const [near, far] = [await chance(model, teaDrinker, item), await chance(model, gardener, item)];
    assert.ok(near > far + 0.25, `${JSON.stringify(item)}: above ${near} and ${far} of the items`);
    assert.equal(await chance(again, teaDrinker, item), near, 'saved and loaded');
  }
  const placed = await model.factors!.embedNewItems!([
    { id: 'blank' },
    { id: 'known', title: 'Garden spade' },
  ]);
  assert.equal(placed[0], undefined, 'an entry that says nothing has no place');
  assert.ok(Math.abs(Math.hypot(...placed[1]!) - 1) < 1e-5);
  assert.deepEqual(await model.factors!.embedNewItems!([]), []);
});

test('a model knows what is in the catalogue at training though nobody touched it, by its entry alone', async () => {
  const untouched: Item[] = [
    { id: 'teapot', title: 'Tea teapot', brand: 'Ceylon' },
    { id: 'spade', title: 'Garden spade', brand: 'Spade' },
  ];
  const all = { ...data, catalogue, untouched };
  const towers = await twoTower.fit(all, options, silent);
  const byTitle = await titles.fit(all, { ...titles.defaults, seed: 1 }, silent);
  for (const model of [towers, await twoTower.load(towers.save()), byTitle]) {
    assert.deepEqual(model.items.ids.slice(-2), ['teapot', 'spade'], model.name);
    const out = new Float32Array(2 * model.items.size);
    await model.scoreAll([query(['i02', 'i04', 'i06']), query(['i03', 'i05', 'i07'])], out);
    const [teapot, spade] = out.subarray(data.items.size, model.items.size);
    assert.ok(teapot! > spade!, `${model.name}: ${teapot} and ${spade} for a tea drinker`);
    const [other, own] = out.subarray(model.items.size + data.items.size);
    assert.ok(own! > other!, `${model.name}: ${own} and ${other} for a gardener`);
  }
  // No id of its own: the vector is the one of an item that is put after training.
  const { vectors, dimension, embedNewItems } = towers.factors!;
  const [later] = await embedNewItems!(untouched);
  const known = vectors.subarray(data.items.size * dimension, (data.items.size + 1) * dimension);
  later!.forEach((value, at) => {
    assert.ok(Math.abs(value - known[at]!) < 1e-6);
  });
});

test('another text model can take the place of the built-in one', async () => {
  const opened: unknown[] = [];
  const pretrained: TextSource<{ name: string }> = {
    fit: () => ({ name: 'one-hot of two words' }),
    open: (learned) => {
      opened.push(learned);
      const vector = (text: string): Float32Array =>
        Float32Array.of(Number(/tea/i.test(text)), Number(/garden/i.test(text)));
      return { dimension: 2, vector };
    },
  };
  const algorithm = twoTowerAlgorithm(pretrained);
  // One word that no other title has: only the text model sees the kind in it.
  const joined = catalogue.map(({ id, title = '' }) => ({ id, title: `${title.split(' ')[0]}${id}` }));
  const model = await algorithm.load(
    (await algorithm.fit({ ...data, catalogue: joined }, options, silent)).save(),
  );
  assert.deepEqual(opened, [{ name: 'one-hot of two words' }, { name: 'one-hot of two words' }]);
  const item = { id: 'new', title: 'TEATIME' };
  const near = await chance(model, ['i02', 'i04', 'i06'], item);
  assert.ok(near > (await chance(model, ['i03', 'i05', 'i07'], item)) + 0.25, String(near));
});
