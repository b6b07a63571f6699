import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SemanticIndex } from '../../src/search/semantic.js';
import type { TextEmbedder } from '../../src/text/index.js';
import { catalogueOf } from './support.js';

test('titles are read as they are embedded, a few at a time; what changes meanwhile is embedded as it is last', async (t) => {
  const items = Array.from({ length: 200 }, (_, at) => ({ id: `i${at}`, title: `a${at}` }));
  const catalogue = await catalogueOf(items);
  const embedded: string[][] = [];
  const embedder: TextEmbedder = {
    name: 'letters',
    dimension: 1,
    async embed(texts) {
      embedded.push([...texts]);
      if (embedded.length === 2) await catalogue.put([{ id: 'i3', title: 'b' }]);
      return texts.map((text) => Float32Array.of(text.startsWith('a') ? 1 : -1));
    },
    async close() {},
  };
  const read = t.mock.method(catalogue, 'item');
  const index = new SemanticIndex(catalogue, embedder);
  assert.equal(read.mock.callCount(), 0, 'nothing at once');
  await index.fill();
  assert.ok(embedded.every((texts) => texts.length <= 32));
  assert.deepEqual(
    embedded
      .flat()
      .filter((text) => text !== 'b')
      .sort(),
    items.map(({ title }) => title).sort(),
  );
  const like = Float32Array.of(1);
  assert.deepEqual([index.cosine(2, like), index.cosine(3, like), index.cosine(199, like)], [1, -1, 1]);
  await index.close();
});
