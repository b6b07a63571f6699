import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileFilter, openCatalogue } from '../../src/catalogue/index.js';
import type { StateChange, StateStore } from '../../src/storage/index.js';

/** A store whose writes wait until they are let go. */
function slowStore(): { store: StateStore; written: StateChange[]; release: () => void } {
  const written: StateChange[] = [];
  let release = (): void => {};
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  const store: StateStore = {
    get: () => undefined,
    entries: () => [],
    async write(changes) {
      await gate;
      written.push(...changes);
    },
    wipe: async () => {},
  };
  return { store, written, release };
}

test('an item is on disk before anybody sees it', async () => {
  const { store, written, release } = slowStore();
  const catalogue = openCatalogue(store);
  const seen: number[] = [];
  catalogue.onChange(() => seen.push(written.filter(({ space }) => space === 'items').length));
  const put = catalogue.put([{ id: 'a', title: 'Lamp' }]);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(catalogue.get('a'), undefined);
  assert.equal(catalogue.available('a'), false);
  release();
  await put;
  assert.equal(catalogue.get('a')?.title, 'Lamp');
  assert.deepEqual(seen, [1], 'told once, after the write');
});

test('a field that is missing differs from every value, and equals null', () => {
  const item = { id: 'a', title: 'Lamp' };
  assert.equal(compileFilter('brand != "Acme"')(item), true);
  assert.equal(compileFilter('brand = "Acme"')(item), false);
  assert.equal(compileFilter('brand = null')(item), true);
  assert.equal(compileFilter('title != null')(item), true);
  assert.equal(compileFilter('brand != null')(item), false);
  assert.equal(compileFilter('title != "Lamp"')(item), false);
});
