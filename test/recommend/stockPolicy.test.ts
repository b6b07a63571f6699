import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openEngine } from '../../src/recommend/index.js';
import { byStock } from '../../src/recommend/stockPolicy.js';
import { openStore } from '../../src/storage/index.js';
import { event, scratch, start } from '../support/events.js';

test('what weighs 1 keeps its order, what runs out falls, what ages rises', () => {
  const list = [10, 11, 12, 13, 14];
  assert.deepEqual(
    byStock(list, () => 1),
    list,
  );
  assert.deepEqual(
    byStock(list, (handle) => (handle === 10 ? 0.3 : 1)),
    [11, 12, 13, 14, 10],
  );
  assert.deepEqual(
    byStock(list, (handle) => (handle === 14 ? 1.5 : 1)),
    [14, 10, 11, 12, 13],
  );
});

test('a shop does not push what runs out and pushes what ages, in every list', async (t) => {
  const engine = await openEngine({ store: openStore(scratch(t)), clock: () => start });
  t.after(() => engine.close());
  const names = Array.from({ length: 30 }, (_, at) => `i${String(at).padStart(2, '0')}`);
  await engine.catalogue.put(names.map((id) => ({ id, title: `Thing ${id}` })));
  // The first items are bought most.
  await engine.ingest(
    names.flatMap((id, rank) =>
      Array.from({ length: 31 - rank }, (_, nth) =>
        event({ id: `${id}-${nth}`, type: 'purchase', user: `u${nth}`, time: start - 1000, items: [{ id }] }),
      ),
    ),
  );
  const ask = async (): Promise<string[]> =>
    (await engine.recommend({ user: 'new', scenario: 'trending', count: 5 })).items.map(({ id }) => id);
  const before = await ask();
  const [first, second] = before as [string, string];
  const behind = names.find((id) => !before.includes(id) && id <= 'i12')!;
  engine.shelfWeights = new Map([
    [first, 0.3],
    [behind, 1.5],
  ]);
  const after = await ask();
  assert.equal(after.length, 5);
  assert.ok(!after.includes(first), `${first} runs out and is still shown: ${after}`);
  assert.ok(after.includes(behind), `${behind} ages and is not shown: ${after}`);
  assert.ok(after.includes(second));
  engine.shelfWeights = new Map();
  assert.deepEqual(await ask(), before);
});
