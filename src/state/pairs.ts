const empty = -1;

/** Counts by other row: an open-addressed table, half full at most. */
interface PairList {
  rows: Int32Array;
  counts: Float64Array;
  size: number;
}

/**
 * How often items occur together: item row → other row → count. Each item keeps between `keep` and 2·`keep`
 * others: when the list is full its rarest half is forgotten (ties: the higher rows, seen later, go), which is
 * deterministic and costs O(1) amortised.
 */
export class PairCounts {
  readonly #lists: (PairList | undefined)[] = [];

  constructor(private readonly keep: number) {}

  add(a: number, b: number, weight: number): void {
    this.#lists[a] ??= newList(8);
    const list = this.#lists[a];
    const at = place(list, b);
    list.counts[at]! += weight;
    if (list.rows[at] === b) return;
    list.rows[at] = b;
    list.size++;
    if (list.size >= 2 * this.keep) this.#lists[a] = this.#prune(list);
    else if (2 * list.size >= list.rows.length) this.#lists[a] = filled(2 * list.rows.length, entries(list));
  }

  /** Others of `item` with their counts. */
  of(item: number): [other: number, count: number][] {
    const list = this.#lists[item];
    return list ? entries(list) : [];
  }

  count(item: number, other: number): number {
    const list = this.#lists[item];
    return list ? list.counts[place(list, other)]! : 0;
  }

  /** [other, count, other, count, …] by row. */
  dump(item: number): number[] {
    return this.of(item)
      .sort(([a], [b]) => a - b)
      .flat();
  }

  restore(item: number, flat: readonly number[]): void {
    if (flat.length === 0) return;
    const pairs = Array.from({ length: flat.length / 2 }, (_, at): [number, number] => [
      flat[2 * at]!,
      flat[2 * at + 1]!,
    ]);
    this.#lists[item] = filled(capacityFor(pairs.length), pairs);
  }

  #prune(list: PairList): PairList {
    const ranked = entries(list).sort(([a, times], [b, others]) => others - times || a - b);
    return filled(capacityFor(this.keep), ranked.slice(0, this.keep));
  }
}

function newList(capacity: number): PairList {
  return { rows: new Int32Array(capacity).fill(empty), counts: new Float64Array(capacity), size: 0 };
}

/** The smallest power of two that stays at most half full with `size` entries and one more. */
function capacityFor(size: number): number {
  return Math.max(8, 2 ** Math.ceil(Math.log2(2 * size + 1)));
}

function filled(capacity: number, pairs: readonly [number, number][]): PairList {
  const list = newList(capacity);
  for (const [row, count] of pairs) {
    const at = place(list, row);
    list.rows[at] = row;
    list.counts[at] = count;
  }
  list.size = pairs.length;
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
