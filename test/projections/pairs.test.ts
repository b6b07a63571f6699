import assert from 'node:assert/strict';
import { test } from 'node:test';
import { random } from '../../src/core/index.js';
import { CoOccurrence } from '../../src/projections/coOccurrence.js';
import { RecentPairs } from '../../src/projections/index.js';
import { PairBatch } from '../../src/projections/pairBatch.js';
import { Pairs } from '../../src/projections/pairs.js';
import { packCounts, unpackCounts } from '../../src/projections/varints.js';
import { day, event, start } from '../support/events.js';

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

test('where there are too many pairs, the items that have most give up what was together least often', () => {
  const counts = new CoOccurrence(20);
  const chance = random(11);
  for (let item = 0; item < 40; item++)
    for (let other = 0; other < item; other++)
      for (let times = chance.int(4); times >= 0; times--) counts.add(item, 100 + other);
  for (let n = 0; n < 300; n++) counts.add(39, 100);
  const sizes = () => Array.from({ length: 40 }, (_, item) => counts.dump(item).length / 2);
  const sum = (all: number[]) => all.reduce((total, one) => total + one, 0);
  const [before, had] = [sizes(), Array.from({ length: 40 }, (_, item) => [...counts.dump(item)])];
  assert.equal(counts.size, sum(before));
  const touched: number[] = [];
  const versions = Array.from({ length: 40 }, (_, item) => counts.version(item));
  const most = sum(before) - 100;
  counts.forget(most, 77, (item) => touched.push(item));
  const bound = Math.max(...sizes().filter((_, item) => touched.includes(item)));
  const bounded = (at: number) => sum(before.map((size) => Math.min(size, at)));
  assert.ok(bounded(bound) <= 0.75 * most && bounded(bound + 1) > 0.75 * most);
  assert.deepEqual(
    sizes(),
    before.map((size, item) => (touched.includes(item) ? bound : size)),
  );
  // From item 77 % 40 on, and no further than it must.
  assert.deepEqual(touched.slice(0, 2), [37, 38]);
  const last = touched.at(-1)!;
  assert.ok(sum(sizes()) <= most && sum(sizes()) + before[last]! - bound > most);
  assert.equal(counts.size, sum(sizes()));
  for (const item of touched) {
    const pairs = had[item]!.flatMap((other, at) => (at % 2 === 0 ? [[other, had[item]![at + 1]!]] : []));
    const best = pairs.sort(([a, m], [b, n]) => n! - m! || a! - b!).slice(0, bound);
    assert.deepEqual([...counts.dump(item)], best.sort(([a], [b]) => a! - b!).flat());
    assert.notEqual(counts.version(item), versions[item]);
  }
  assert.ok(counts.count(39, 100) > 300);
});

test('pairs stay within their bound, the same one by one, in batches and after a checkpoint', () => {
  const names = { find: (id: string) => Number(id), id: String };
  const influence = {
    pair: 'viewed' as 'viewed' | 'bought' | undefined,
    fresh: [] as number[],
    earlier: [] as number[],
    tableNumber: 0,
  };
  const bounds = { ofItem: 8, items: 50, lookedEvery: 16 };
  const made = (): Pairs => new Pairs(names, influence, bounds);
  const checkpoint = ({ dirty }: Pairs, records = new Map<string, Buffer>()): Map<string, Buffer> => {
    dirty.begin();
    while (dirty.packSome(100));
    for (const { key, value } of dirty.drain()) records.set(key, Buffer.from(value!));
    dirty.written();
    return records;
  };
  const packed = (pairs: Pairs): Map<string, Buffer> => {
    for (let item = 0; item < 300; item++) pairs.dirty.touch(item);
    return checkpoint(pairs);
  };
  const records = new Map<string, Buffer>();
  const [single, batched] = [made(), made()];
  let restarted = made();
  batched.beginBatches();
  const chance = random(12);
  let highest = 0;
  for (let offset = 0; offset < 6_000; offset++) {
    influence.pair = chance.int(10) === 0 ? 'bought' : 'viewed';
    influence.fresh = [Math.floor(chance.float() ** 2 * 300)];
    influence.earlier = Array.from({ length: chance.int(6) }, () => Math.floor(chance.float() ** 2 * 300));
    for (const pairs of [single, batched, restarted])
      pairs.apply(offset, event({ id: 'e', time: start + 60_000 * offset }));
    highest = Math.max(highest, single.viewed.size);
    if (offset % 30 !== 29) continue;
    const again = made();
    for (const [key, value] of checkpoint(restarted, records)) again.restore({ key, value });
    restarted = again;
  }
  batched.settle();
  const most = 8 * 300;
  assert.ok(highest > 0.98 * most && highest < most + 16 * 10, `${highest} pairs`);
  assert.ok(single.viewed.size < highest);
  assert.deepEqual(packed(batched), packed(single));
  assert.deepEqual(packed(restarted), packed(single));
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
