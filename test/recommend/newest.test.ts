import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openCatalogue } from '../../src/catalogue/index.js';
import { Newest } from '../../src/recommend/newest.js';
import { memoryStore } from '../../src/storage/index.js';
import { start } from '../support/events.js';

test('what came last comes first: by its date, to the minute; without dates by its place', async () => {
  const catalogue = openCatalogue(memoryStore().facts);
  const newest = new Newest(catalogue);
  const listed = (from = newest): number[] => {
    const { length, at } = from.ranked();
    return Array.from({ length }, (_, place) => at(place)).filter((handle) => catalogue.item(handle));
  };
  const ranked = (): string[] => listed().map((handle) => catalogue.id(handle));
  const put = (id: string, minutes?: number): Promise<unknown> =>
    catalogue.put([{ id, title: id, ...(minutes === undefined ? {} : { from: start + minutes * 60_000 }) }]);
  for (const id of ['a', 'b', 'c']) await put(id);
  assert.deepEqual(ranked(), ['c', 'b', 'a'], 'no dates');
  await put('b', 5);
  await put('d', 4);
  // `c` came no earlier than `b` before it.
  assert.deepEqual(ranked(), ['c', 'b', 'd', 'a']);
  catalogue.handle('learned, but in no catalogue');
  await put('a', 6);
  assert.deepEqual(ranked(), ['c', 'a', 'b', 'd'], '`c` no earlier than `a`');
  assert.deepEqual(listed(new Newest(catalogue)), listed(), 'as after a start');
  for (const id of ['a', 'b', 'd']) await put(id);
  assert.deepEqual(ranked(), ['d', 'c', 'b', 'a'], 'no dates any more');
});
