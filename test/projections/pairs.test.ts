import assert from 'node:assert/strict';
import { test } from 'node:test';
import { random } from '../../src/core/index.js';
import { CoOccurrence } from '../../src/projections/coOccurrence.js';
import { RecentPairs } from '../../src/projections/index.js';
import { PairBatch } from '../../src/projections/pairBatch.js';
import { packCounts, unpackCounts } from '../../src/projections/varints.js';
import { day, start } from '../support/events.js';

/** The same by maps: the rarest half of 2·keep others is forgotten, later rows first. */
class Naive {
  readonly lists = new Map<number, Map<number, number>>();

  constructor(private readonly keep: number) {}

  add(item: number, other: number): void {
    let list = this.lists.get(item) ?? new Map<number, number>();
    list.set(other, (list.get(other) ?? 0) + 1);
    if (list.size >= 2 * this.keep) {
      list = new Map([...list].sort(([a, m], [b, n]) => n - m || a - b).slice(0, this.keep));
    }
    this.lists.set(item, list);
  }

  dump(item: number): number[] {
    return [...(this.lists.get(item) ?? [])].sort(([a], [b]) => a - b).flat();
  }
}

test('pair counts equal those kept in maps, through growth, forgetting and a checkpoint', () => {
  const keep = 20;
  const chance = random(5);
  const naive = new Naive(keep);
  let counts = new CoOccurrence(keep);
  for (let n = 0; n < 60_000; n++) {
    const [item, other] = [chance.int(300) ** 2, Math.floor(chance.float() ** 3 * 200)];
    naive.add(item, other);
    counts.add(item, other);
    if (n === 30_000) counts = restored(counts, keep);
  }
  for (let root = 0; root < 300; root++) {
    const item = root ** 2;
    assert.deepEqual([...counts.dump(item)], naive.dump(item), `item ${item}`);
    for (const [other, count] of naive.lists.get(item) ?? []) assert.equal(counts.count(item, other), count);
  }
  assert.equal(counts.count(2, 0), 0, 'an item without counts');
  assert.equal(counts.dump(1_000_000).length, 0);
});

test('counts beyond a byte are as those in maps, and one that was forgotten begins anew', () => {
  const keep = 4;
  const chance = random(7);
  const naive = new Naive(keep);
  let counts = new CoOccurrence(keep);
  for (let n = 0; n < 40_000; n++) {
    // Others come in turns, so that those that were large are forgotten.
    const [item, other] = [chance.int(2), Math.floor(n / 6_000) + chance.int(9) * chance.int(2)];
    naive.add(item, other);
    counts.add(item, other);
    if (n % 9_000 !== 8_999) continue;
    for (const own of [0, 1]) assert.deepEqual([...counts.dump(own)], naive.dump(own), `after ${n}`);
    const copy = new CoOccurrence(keep);
    for (const own of [0, 1]) copy.restore(own, 0, counts.dump(own));
    counts = copy;
  }
  const large = [...naive.lists.get(0)!].filter(([, count]) => count > 255);
  assert.ok(large.length > 1);
  for (const [other, count] of large) assert.equal(counts.count(0, other), count);
  const small = new CoOccurrence(2);
  for (const other of [1, 2, 3]) for (let n = 0; n < 300 - other; n++) small.add(0, other);
  small.add(0, 4);
  assert.deepEqual([...small.dump(0)], [1, 299, 2, 298]);
  small.add(0, 3);
  assert.equal(small.count(0, 3), 1);
});

test('pairs counted in batches, item by item, are those counted one by one', () => {
  const keep = 20;
  const both = () => ({
    bought: new CoOccurrence(keep),
    viewed: new CoOccurrence(keep),
    lately: new RecentPairs(),
  });
  const [apart, together] = [both(), both()];
  const batch = new PairBatch(together);
  const chance = random(6);
  for (let n = 0; n < 400_000; n++) {
    const [kind, item, other] = [chance.int(2), chance.int(300), Math.floor(chance.float() ** 3 * 200)];
    const time = start + n * 1_000 - chance.int(day);
    (kind === 0 ? apart.bought : apart.viewed).together(item, other);
    apart.lately.add(item, other, time);
    apart.lately.add(other, item, time);
    batch.together(kind, item, other, time);
  }
  assert.ok(together.viewed.version(0) > 0, 'a full batch is counted on the way');
  batch.flush();
  batch.flush();
  for (const kind of ['bought', 'viewed', 'lately'] as const)
    for (let item = 0; item < 300; item++)
      assert.deepEqual(together[kind].dump(item), apart[kind].dump(item), `${kind} with ${item}`);
});

test('the version of an item changes with its counts only', () => {
  const counts = new CoOccurrence(4);
  counts.add(1, 2);
  const before = counts.version(1);
  counts.add(2, 1);
  counts.basket(1);
  assert.equal(counts.version(1), before);
  for (let n = 0; n < 40; n++) {
    const last = counts.version(1);
    counts.add(1, n % 13);
    assert.notEqual(counts.version(1), last);
  }
  assert.equal(counts.version(99_999), 0);
});

function restored(counts: CoOccurrence, keep: number): CoOccurrence {
  const copy = new CoOccurrence(keep);
  for (let root = 0; root < 300; root++)
    copy.restore(root ** 2, counts.baskets(root ** 2), counts.dump(root ** 2));
  return copy;
}

test('pairs are packed in few bytes and come back as they were', () => {
  const chance = random(5);
  for (let n = 0; n < 200; n++) {
    const rows = [...new Set(Array.from({ length: chance.int(600) }, () => chance.int(2 ** (1 + (n % 31)))))];
    const pairs = rows.sort((a, b) => a - b).flatMap((row) => [row, 1 + chance.int(2 ** (1 + (n % 30)))]);
    assert.deepEqual([...unpackCounts(packCounts(pairs))], pairs);
  }
  assert.equal(packCounts([3, 1, 130, 2, 200, 128]).length, 7);
});
