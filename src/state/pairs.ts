import { roomFor } from '../math/index.js';

const empty = -1;

/** Counts by other row: an open-addressed table, half full at most. */
interface PairList {
  rows: Int32Array;
  counts: Float64Array;
  size: number;
  /** How often it was added to. */
  changes: number;
}

/**
 * How often items occur together: item row → other row → count. Each item keeps between `keep` and 2·`keep`
 * others: when the list is full its rarest half is forgotten (ties: the higher rows, seen later, go), which is
 * deterministic and costs O(1) amortised.
 */
export class PairCounts {
  readonly #lists: (PairList | undefined)[] = [];
  #baskets = new Float64Array(1024);

  constructor(private readonly keep: number) {}

  add(a: number, b: number, weight: number): void {
    this.#lists[a] ??= newList(8);
    const list = this.#lists[a];
    const at = place(list, b);
    list.counts[at]! += weight;
    list.changes++;
    if (list.rows[at] === b) return;
    list.rows[at] = b;
    list.size++;
    if (list.size >= 2 * this.keep) this.#lists[a] = this.#prune(list);
    else if (2 * list.size >= list.rows.length)
      this.#lists[a] = filled(2 * list.rows.length, entries(list), list.changes);
  }

  /** One more basket (or visit) held `item`. */
  basket(item: number): void {
    this.#baskets = roomFor(this.#baskets, item);
    this.#baskets[item]!++;
  }

  /** Baskets (or visits) that held `item`: the denominator of lift. */
  baskets(item: number): number {
    return item < this.#baskets.length ? this.#baskets[item]! : 0;
  }

  /** Calls `found` with the others of `item` and their counts. */
  each(item: number, found: (other: number, count: number) => void): void {
    const list = this.#lists[item];
    if (!list) return;
    const { rows, counts } = list;
    for (let at = 0; at < rows.length; at++) if (rows[at] !== empty) found(rows[at]!, counts[at]!);
  }

  /** Another number after each change of the counts of `item`. */
  version(item: number): number {
    return this.#lists[item]?.changes ?? 0;
  }

  count(item: number, other: number): number {
    const list = this.#lists[item];
    return list ? list.counts[place(list, other)]! : 0;
  }

  /** [other, count, other, count, …] by row. */
  dump(item: number): number[] {
    const list = this.#lists[item];
    if (!list) return [];
    return entries(list)
      .sort(([a], [b]) => a - b)
      .flat();
  }

  restore(item: number, baskets: number, flat: readonly number[]): void {
    this.#baskets = roomFor(this.#baskets, item);
    this.#baskets[item] = baskets;
    if (flat.length === 0) return;
    const pairs = Array.from({ length: flat.length / 2 }, (_, at): [number, number] => [
      flat[2 * at]!,
      flat[2 * at + 1]!,
    ]);
    this.#lists[item] = filled(capacityFor(pairs.length), pairs);
  }

  #prune(list: PairList): PairList {
    const ranked = entries(list).sort(([a, times], [b, others]) => others - times || a - b);
    return filled(capacityFor(this.keep), ranked.slice(0, this.keep), list.changes);
  }
}

function newList(capacity: number): PairList {
  return {
    rows: new Int32Array(capacity).fill(empty),
    counts: new Float64Array(capacity),
    size: 0,
    changes: 0,
  };
}

/** The smallest power of two that stays at most half full with `size` entries and one more. */
function capacityFor(size: number): number {
  return Math.max(8, 2 ** Math.ceil(Math.log2(2 * size + 1)));
}

function filled(capacity: number, pairs: readonly [number, number][], changes = 0): PairList {
  const list = newList(capacity);
  for (const [row, count] of pairs) {
    const at = place(list, row);
    list.rows[at] = row;
    list.counts[at] = count;
  }
  list.size = pairs.length;
  list.changes = changes;
  return list;
}

/** Where `row` is, or the free place where it belongs. */
function place({ rows }: PairList, row: number): number {
  const mask = rows.length - 1;
  let at = (Math.imul(row, 0x9e3779b1) >>> 16) & mask;
  while (rows[at] !== row && rows[at] !== empty) at = (at + 1) & mask;
  return at;
}

function entries({ rows, counts }: PairList): [number, number][] {
  const found: [number, number][] = [];
  for (let at = 0; at < rows.length; at++) if (rows[at] !== empty) found.push([rows[at]!, counts[at]!]);
  return found;
}
