import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Item, silent } from '../../src/core/index.js';
import { TextVectors, titles } from '../../src/models/index.js';
import { dataset, query } from './support.js';

const entries: Record<string, Omit<Item, 'id'>> = {
  red: { title: 'Red ceramic mug' },
  blue: { title: 'Blue ceramic mugs' },
  lamp: { title: 'Desk lamp', brand: 'Lumen' },
  light: { title: 'Night light', brand: 'Lumen' },
  tea: { title: '红色 陶瓷 茶杯' },
  cup: { title: '蓝色 陶瓷 茶杯' },
  fish: { title: '🐟🐟' },
  none: {},
};
const ids = Object.keys(entries);
const data = {
  ...dataset([ids, ids]),
  catalogue: [...ids].sort().map((id): Item => ({ id, ...entries[id] })),
};

async function likeOf(...seen: string[]): Promise<string | undefined> {
  const model = await titles.fit(data, { ...titles.defaults, seed: 1 }, silent);
  const { rows, scores } = await model.retrieve(
    query(seen),
    1,
    (row) => !seen.includes(model.items.ids[row]!),
  );
  return scores[0]! > 0 ? model.items.ids[rows[0]!] : undefined;
}

test('an item is like those that share words, a brand, or Chinese words with it', async () => {
  assert.equal(await likeOf('red'), 'blue', 'without the plural s');
  assert.equal(await likeOf('lamp'), 'light', 'by the brand');
  assert.equal(await likeOf('tea'), 'cup');
  assert.equal(await likeOf('red', 'lamp'), 'light', 'the newest item counts most');
  assert.equal(await likeOf('fish'), undefined);
  assert.equal(await likeOf('none'), undefined);
});

test('a shared tag makes alike, less than a shared word as rare', () => {
  const vectors = new TextVectors();
  const seed = { id: 'seed', title: 'sun', tags: ['spf'] };
  const others = [
    { id: 'tag', title: 'moon', tags: ['spf'] },
    { id: 'word', title: 'sun', tags: ['dry'] },
    { id: 'pair', title: 'moon', tags: ['dry'] },
  ];
  [seed, ...others].forEach((item, row) => {
    vectors.set(row, item);
  });
  const like = new Float32Array(4);
  vectors.addLike(0, like);
  const [, byTag = 0, byWord = 0, unlike] = like;
  assert.ok(byTag > 0 && byWord > 2 * byTag, `${like}`);
  assert.equal(unlike, 0);
});

test('the first word of a title says more than one as rare behind it', () => {
  const vectors = new TextVectors();
  const titles = [
    'lumen glass table lamp',
    'lumen small round shade',
    'acme small round lamp',
    'acme glass table foot',
  ];
  for (const [row, title] of titles.entries()) vectors.set(row, { id: title, title });
  const like = new Float32Array(4);
  vectors.addLike(0, like);
  assert.ok(like[1]! > 1.5 * like[2]!, `the maker ${like[1]}, the thing ${like[2]}`);
});

test('one of a crowd counts less: an item whose other words many share', () => {
  const vectors = new TextVectors();
  const crowd = Array.from({ length: 20 }, (_, at) => `lamp no${at}`);
  const titles = ['pine', 'pine lamp', 'pine desk', 'tin desk', ...crowd];
  for (const [row, title] of titles.entries()) vectors.set(row, { id: title, title });
  const like = new Float32Array(titles.length);
  vectors.addLike(0, like);
  // By the cosines alone the lamp is 1.62 times as like as the desk.
  assert.ok(like[1]! < 1.3 * like[2]!, `${like[1]} ${like[2]}`);
});

test('what was liked counts by a power of its place', async () => {
  const model = await titles.fit(data, { ...titles.defaults, seed: 1 }, silent);
  const out = new Float32Array(model.items.size);
  const scoreOf = async (item: string, ...seen: string[]): Promise<number> => {
    await model.scoreAll([query(seen)], out);
    return out[model.items.row(item)]!;
  };
  const alone = await scoreOf('blue', 'red');
  assert.ok(Math.abs((await scoreOf('blue', 'red', 'tea', 'lamp')) / alone - 3 ** -0.7) < 1e-6);
});

test('no titles, one title for all, titles of 100 kB: finite, bounded, nothing invented', async () => {
  const lists = Array.from({ length: 300 }, (_, at) => [`i${at}`, `i${(at + 1) % 300}`]);
  const plain = dataset(lists);
  for (const [title, what] of [
    [undefined, 'no title'],
    ['mug', 'one for all'],
    ['mug '.repeat(25_000), '100 kB'],
  ] as const) {
    const catalogue = plain.items.ids.map((id): Item => ({ id, ...(title === undefined ? {} : { title }) }));
    const started = process.cpuUsage();
    const model = await titles.fit({ ...plain, catalogue }, { ...titles.defaults, seed: 1 }, silent);
    const { user } = process.cpuUsage(started);
    assert.ok(user < 5e6, `${what} took ${user} µs`);
    const out = new Float32Array(model.items.size);
    await model.scoreAll([query(['i0', 'i7'])], out);
    assert.ok(
      out.every((score) => score === 0),
      `${what}: a word that all have says nothing`,
    );
  }
});

test('vectors grow and change with the catalogue', () => {
  const vectors = new TextVectors();
  const like = (row: number): number[] => {
    const out = new Float32Array(vectors.size);
    vectors.addLike(row, out);
    return [...out];
  };
  vectors.set(0, { id: 'a', title: 'green tea' });
  vectors.set(1, { id: 'b', title: 'green tea' });
  assert.ok(like(0)[1]! > 0.99);
  vectors.set(2, { id: 'c', title: 'green hat' });
  assert.ok(like(0)[2]! > 0 && like(0)[2]! < like(0)[1]!, 'a rarer word says more');
  vectors.set(1, { id: 'b', title: 'boots' });
  assert.equal(like(0)[1], 0);
  vectors.set(0, undefined);
  assert.deepEqual([like(2)[0], like(0)], [0, [0, 0, 0]]);
});
