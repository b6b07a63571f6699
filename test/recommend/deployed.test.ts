import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openCatalogue } from '../../src/catalogue/index.js';
import { type Item, Vocabulary } from '../../src/core/index.js';
import type { Model } from '../../src/models/index.js';
import { DeployedModel } from '../../src/recommend/deployed.js';
import { memoryStore } from '../../src/storage/index.js';

/** Vectors on a circle: neighbours are those next to each other. */
const angle = (degrees: number): number[] => [
  Math.cos((degrees * Math.PI) / 180),
  Math.sin((degrees * Math.PI) / 180),
];
const trained: Record<string, number> = { east: 0, north: 90, west: 180, south: 270, northish: 80 };
const late: Record<string, number> = { westish: 170 };

async function deployed() {
  const catalogue = openCatalogue(memoryStore().facts);
  // In the catalogue they come in another order than in the model.
  await catalogue.put(['other', 'south', 'north', 'east', 'northish', 'west'].map((id) => ({ id })));
  const ids = Object.keys(trained);
  const model = {
    name: 'circle',
    kind: 'factor',
    items: new Vocabulary(ids),
    factors: {
      dimension: 2,
      vectors: Float32Array.from(ids.flatMap((id) => angle(trained[id]!))),
      shopper: () => Float32Array.from(angle(90)),
      embedNewItems: async (items: readonly Item[]) =>
        items.map(({ id }) => (id in late ? Float32Array.from(angle(late[id]!)) : undefined)),
    },
  } as unknown as Model;
  return { catalogue, served: await DeployedModel.prepare('1', model, catalogue) };
}

test('a deployed model finds by handle what its rows are near, trained on or put later', async () => {
  const { catalogue, served } = await deployed();
  const near = (seed: string): string[] => {
    const found: string[] = [];
    served.neighbours(catalogue.find(seed), 2, (handle) => found.push(catalogue.id(handle)));
    return found;
  };
  assert.equal(near('north')[0], 'northish');
  assert.equal(near('northish')[0], 'north');
  assert.notEqual(near('west')[0], 'westish');
  await catalogue.put([{ id: 'westish' }]);
  await served.whenReady();
  assert.equal(near('west')[0], 'westish');
  assert.equal(near('westish')[0], 'west');
  assert.deepEqual(near('other'), [], 'its entry says nothing');
  const best = await served.retrieve({ events: [] } as never, 0, 2, (handle) => handle >= 0);
  assert.deepEqual(
    best.map((handle) => catalogue.id(handle)),
    ['north', 'northish'],
  );
  await catalogue.put([{ id: 'westish', withdrawn: true }]);
  await served.whenReady();
  assert.notEqual(near('west')[0], 'westish', 'withdrawn');
});
