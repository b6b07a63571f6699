import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openEngine } from '../../src/recommend/index.js';
import { openStore } from '../../src/storage/index.js';
import { event, scratch, start } from '../support/events.js';

const ids = ['phone', 'case', 'charger', 'lamp'];

test('a shop warms up for its last shoppers; nobody is shown anything, and a small shop is left', async (t) => {
  const engine = await openEngine({ store: openStore(scratch(t)), clock: () => start });
  t.after(() => engine.close());
  await engine.catalogue.put(ids.map((id) => ({ id, title: `A ${id}`, price: 4 })));
  const views = Array.from({ length: 60 }, (_, at) =>
    event({
      id: `v${at}`,
      type: 'view',
      user: `u${at}`,
      time: start - 60_000 + at,
      items: [{ id: ids[at % 4]! }],
    }),
  );
  const unknown = event({ id: 'x', type: 'view', user: 'u60', time: start, items: [{ id: 'never put' }] });
  await engine.ingest([...views, unknown]);
  let placed = 0;
  engine.useAdverts(() => {
    placed++;
    return [];
  });
  const before = await engine.recommend({ user: 'u1', scenario: 'home', count: 2 });
  placed = 0;
  assert.equal(await engine.warmUp(), 0, 'a shop of 61 events');
  assert.equal(await engine.warmUp(61), 180, 'three lists for each event of an item that there is');
  assert.equal(placed, 0, 'no advert was asked for');
  // The page that was shown, and not the first list of the warm-up, is what a second page goes on from.
  const second = await engine.recommend({ user: 'u1', scenario: 'home', count: 2, offset: 2 });
  const shown = [...before.items, ...second.items].map(({ id }) => id);
  assert.equal(new Set(shown).size, shown.length);
  assert.equal(engine.store.log.head, 61);
  assert.deepEqual(
    before.items,
    (await engine.recommend({ user: 'u1', scenario: 'home', count: 2 })).items,
    'answers are the same',
  );
});
