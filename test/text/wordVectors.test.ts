import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { silent } from '../../src/core/index.js';
import { dot } from '../../src/math/index.js';
import { prepareFiles } from '../../src/prepare/index.js';
import { trainWordVectors, vectorizer, words } from '../../src/text/index.js';

const near = (a: Float32Array, b: Float32Array): number => dot(a, 0, b, 0, a.length);

test('words of English and Chinese text', () => {
  assert.deepEqual(words('RED Retrospot-Mug ×2'), ['red', 'retrospot', 'mug', '2']);
  assert.ok(words('红色保温杯').length > 1);
  assert.deepEqual(words(' !? '), []);
});

test('traditional, full-width and accented letters are the words they are written for', () => {
  assert.deepEqual(words('藍牙耳機'), words('蓝牙耳机'));
  assert.deepEqual(words('ＣＡＦÉ'), ['cafe']);
});

test('titles near each other share meaning; a misspelt word lies near the right one', async () => {
  const file = fileURLToPath(new URL('../../../data/online-retail/online-retail.parquet', import.meta.url));
  const prepared = await prepareFiles([file], { now: Date.UTC(2026, 0, 1), progress: silent });
  prepared.close();
  const titles = prepared.items.map(({ title = '' }) => title).filter((title) => title.length > 0);
  const options = { dimension: 32, epochs: 3, seed: 1 };
  const model = trainWordVectors(titles, options);
  const { vector } = vectorizer(model);
  const vectors = titles.map(vector);
  const shared = (a: string, b: string): boolean => words(a).some((word) => words(b).includes(word));
  let found = 0;
  let chance = 0;
  for (let at = 0; at < 200; at++) {
    const own = 17 * at;
    let best = -1;
    for (let other = 0; other < titles.length; other++)
      if (
        other !== own &&
        (best < 0 || near(vectors[own]!, vectors[other]!) > near(vectors[own]!, vectors[best]!))
      )
        best = other;
    if (shared(titles[own]!, titles[best]!)) found++;
    if (shared(titles[own]!, titles[(own * 7 + 13) % titles.length]!)) chance++;
  }
  assert.ok(
    found > 80 && found > 5 * chance,
    `${found} of 200 share a word with their neighbour, ${chance} by chance`,
  );
  const right = near(vector('retrospot'), vector('retrosopt'));
  assert.ok(right > near(vector('retrospot'), vector('candle')) + 0.2, `misspelt: ${right}`);
  assert.deepEqual(
    vectorizer(trainWordVectors(titles.slice(0, 300), options)).vector('red mug'),
    vectorizer(trainWordVectors(titles.slice(0, 300), options)).vector('red mug'),
  );
});

test('Chinese titles too, and a text without words is zeros', () => {
  const titles = [
    '红色保温杯 大容量',
    '蓝色保温杯 便携',
    '女士羽绒服 冬季',
    '男士羽绒服 加厚',
    '保温杯 儿童',
    '羽绒服 短款',
  ];
  const { vector } = vectorizer(
    trainWordVectors(Array(40).fill(titles).flat(), { dimension: 16, epochs: 3, seed: 2 }),
  );
  assert.ok(near(vector('保温杯'), vector('红色保温杯')) > near(vector('保温杯'), vector('羽绒服')));
  assert.deepEqual([...vector('…')], new Array(16).fill(0));
});
