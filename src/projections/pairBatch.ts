import { groupRows } from '../math/index.js';
import type { CoOccurrence } from './coOccurrence.js';
import { type PairKind, pairKinds } from './pairKind.js';
import type { RecentPairs } from './recentPairs.js';

/** Pairs that wait at most: 8 MiB. The more wait, the more of one item are counted at once. */
const batchSize = 1 << 19;

/**
 * Counts pairs in large batches item by item, each item's in the order they came, so the result is the same. One by
 * one, every pair would wait for another table to come from memory; so, a table comes once a batch.
 */
export class PairBatch {
  /** The item, and which kind of pair it is, of `pairKinds`. */
  readonly #items = new Int32Array(batchSize);
  readonly #kinds = new Uint8Array(batchSize);
  readonly #others = new Int32Array(batchSize);
  readonly #times = new Float64Array(batchSize);
  #size = 0;

  constructor(private readonly counts: Readonly<Record<PairKind, CoOccurrence>> & { lately: RecentPairs }) {}

  /** One basket (or session step) of the kind at `kind` of `pairKinds` held both. */
  together(kind: number, item: number, other: number, time: number): void {
    if (item === other) return;
    if (this.#size + 2 > batchSize) this.flush();
    this.#add(kind, item, other, time);
    this.#add(kind, other, item, time);
  }

  /** Pairs that wait. */
  get size(): number {
    return this.#size;
  }

  /** Counts what waits. */
  flush(): void {
    const items = this.#items.subarray(0, this.#size);
    const most = items.reduce((highest, item) => Math.max(highest, item), -1);
    const { start, rows } = groupRows(items, most + 1);
    const { lately } = this.counts;
    const counts = pairKinds.map((kind) => this.counts[kind]);
    for (let item = 0; item <= most; item++) {
      for (let at = start[item]!; at < start[item + 1]!; at++) {
        const row = rows[at]!;
        const other = this.#others[row]!;
        counts[this.#kinds[row]!]!.add(item, other);
        lately.add(item, other, this.#times[row]!);
      }
    }
    this.#size = 0;
  }

  #add(kind: number, item: number, other: number, time: number): void {
    const at = this.#size++;
    this.#items[at] = item;
    this.#kinds[at] = kind;
    this.#others[at] = other;
    this.#times[at] = time;
  }
}
