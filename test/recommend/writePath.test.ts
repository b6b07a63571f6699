import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Event } from '../../src/core/index.js';
import type { ShopState } from '../../src/projections/index.js';
import { WritePath } from '../../src/recommend/writePath.js';
import type { Appended, EventLog } from '../../src/storage/index.js';
import { event } from '../support/events.js';

/** The write path to a state that takes all but what is bad, and notes what it was given. */
function pathTo(log: EventLog): { path: WritePath; applied: string[] } {
  const applied: string[] = [];
  const state = {
    offset: 0,
    apply(offset: number, { id }: Event) {
      assert.equal(offset, this.offset++);
      if (id === 'bad') throw new Error('broken');
      applied.push(id);
    },
  };
  const path = new WritePath(
    log,
    state as unknown as ShopState,
    () => {},
    () => {},
  );
  return { path, applied };
}

test('appends that come back in any order are applied in log order, and each is answered at its own event', async () => {
  const come: ((appended: Appended[]) => void)[] = [];
  const log = { append: () => new Promise((resolve) => come.push(resolve)) } as unknown as EventLog;
  const { path, applied } = pathTo(log);
  const answered: string[] = [];
  const waiting = ['a', 'b', 'c', 'd'].map((id) =>
    path.append([event({ id })]).then(() => answered.push(`${id} after ${applied.join('')}`)),
  );
  for (const offset of [3, 1, 2]) {
    come[offset]!([{ offset, duplicate: false }]);
    await new Promise(setImmediate);
  }
  assert.deepEqual([applied, answered], [[], []]);
  come[0]!([{ offset: 0, duplicate: false }]);
  await Promise.all(waiting);
  assert.deepEqual(applied, ['a', 'b', 'c', 'd']);
  assert.equal(answered.length, 4);
  // One that is there already is answered once its first arrival is in the state.
  const twice = path.append([event({ id: 'a' })]);
  come[4]!([{ offset: 0, duplicate: true }]);
  assert.deepEqual(await twice, [{ offset: 0, duplicate: true }]);
  assert.equal(applied.length, 4);
});

test('who waits for an earlier event is answered before those who wait for later ones', async () => {
  const come: ((appended: Appended[]) => void)[] = [];
  const log = { append: () => new Promise((resolve) => come.push(resolve)) } as unknown as EventLog;
  const state = {
    offset: 0,
    apply() {
      this.offset++;
    },
  };
  const path = new WritePath(
    log,
    state as unknown as ShopState,
    () => {},
    () => {},
  );
  const answered: number[] = [];
  for (let offset = 0; offset < 5; offset++)
    void path.append([event({ id: `${offset}` })]).then(() => answered.push(offset));
  for (const offset of [4, 1, 3]) {
    come[offset]!([{ offset, duplicate: false }]);
    await new Promise(setImmediate);
  }
  come[0]!([{ offset: 0, duplicate: false }]);
  await new Promise(setImmediate);
  assert.deepEqual(answered.toSorted(), [0, 1], 'event 2 is missing: 3 and 4 wait');
  come[2]!([{ offset: 2, duplicate: false }]);
  await new Promise(setImmediate);
  assert.deepEqual(answered.toSorted(), [0, 1, 2, 3, 4]);
});

test('a batch is taken in slices, in order, and who comes meanwhile has their turn', async () => {
  let next = 0;
  const log = {
    append: async (events: readonly Event[]) => events.map(() => ({ offset: next++, duplicate: false })),
  } as unknown as EventLog;
  const applied: string[] = [];
  const state = {
    offset: 0,
    apply(offset: number, { id }: Event) {
      assert.equal(offset, this.offset++);
      applied.push(id);
      const until = performance.now() + 5;
      while (performance.now() < until);
    },
  };
  const path = new WritePath(
    log,
    state as unknown as ShopState,
    () => {},
    () => {},
  );
  const batch = path.append(Array.from({ length: 8 }, (_, at) => event({ id: `b${at}` })));
  await new Promise(setImmediate);
  const first = applied.length;
  assert.ok(first >= 1 && first < 8, `${first} at once`);
  const single = path.append([event({ id: 'single' })]);
  await batch;
  assert.deepEqual(applied.slice(0, 8), ['b0', 'b1', 'b2', 'b3', 'b4', 'b5', 'b6', 'b7']);
  await single;
  assert.equal(applied[8], 'single');
});

test('what the state cannot take is told to who sent it', async () => {
  const log = { append: async () => [{ offset: 0, duplicate: false }] } as unknown as EventLog;
  const state = {
    offset: 0,
    apply() {
      throw new Error('broken');
    },
  };
  const path = new WritePath(
    log,
    state as unknown as ShopState,
    () => {},
    () => {},
  );
  await assert.rejects(path.append([event({ id: 'a' })]), /broken/);
});

test('after an event that the state cannot take come those that were appended with it', async () => {
  const offsets = [0, 1, 0, 2];
  const known = (at: number): boolean => at === 2;
  const log = {
    append: async (events: readonly Event[]) =>
      events.length > 1
        ? offsets.map((offset, at) => ({ offset, duplicate: known(at) }))
        : [{ offset: 3, duplicate: false }],
  } as unknown as EventLog;
  const { path, applied } = pathTo(log);
  const batch = ['a', 'bad', 'a', 'c'].map((id) => event({ id }));
  await assert.rejects(path.append(batch), /broken/);
  await path.append([event({ id: 'd' })]);
  assert.deepEqual(applied, ['a', 'c', 'd']);
});
