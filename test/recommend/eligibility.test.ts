import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Catalogue, FilterSets, openCatalogue } from '../../src/catalogue/index.js';
import { eligibility } from '../../src/recommend/eligibility.js';
import { memoryStore } from '../../src/storage/index.js';

test('a filter that lets nothing through is all that is asked of an item, once it was worked out', async (t) => {
  const catalogue: Catalogue = openCatalogue(memoryStore().facts);
  await catalogue.put(
    Array.from({ length: 2_500 }, (_, at) => ({ id: `i${at}`, title: `Item ${at}`, price: at })),
  );
  const filters = new FilterSets(catalogue);
  const none = { filter: 'price < 0', exclude: ['i1'] };
  await filters.prepare(none.filter);
  const shown = t.mock.method(catalogue, 'shown');
  const read = t.mock.method(catalogue, 'item');
  const allowed = eligibility(catalogue, filters, none, {}, 0);
  for (let handle = -1; handle < catalogue.handles; handle++) assert.equal(allowed(handle), false);
  assert.equal(shown.mock.callCount() + read.mock.callCount(), 0);
  const some = eligibility(
    catalogue,
    filters,
    { filter: 'price < 3', exclude: ['i1'] },
    { hidden: ['i2'] },
    0,
  );
  assert.deepEqual(
    [0, 1, 2, 3].map((handle) => some(handle)),
    [true, false, false, false],
  );
});
