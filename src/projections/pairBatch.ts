import { groupRows } from '../math/index.js';
import type { CoOccurrence } from './coOccurrence.js';
import { type PairKind, pairKinds } from './pairKind.js';

/** Pairs that wait at most: 4 MiB. The more wait, the more of one item are counted at once. */
const batchSize = 1 << 19;

/**
 * Counts pairs in large batches item by item, each item's in the order they came, so the result is the same. One by
 * one, every pair would wait for another table to come from memory; so, a table comes once a batch.
 */
export class PairBatch {
  readonly #keys = new Int32Array(batchSize);
  readonly #others = new Int32Array(batchSize);
  #size = 0;

  constructor(private readonly counts: Readonly<Record<PairKind, CoOccurrence>>) {}

  /** One basket (or session step) of the kind at `kind` of `pairKinds` held both. */
  together(kind: number, item: number, other: number): void {
    if (item === other) return;
    if (this.#size + 2 > batchSize) this.flush();
    this.#add(kind, item, other);
    this.#add(kind, other, item);
  }

  /** Counts what waits. */
  flush(): void {
    const keys = this.#keys.subarray(0, this.#size);
    const most = keys.reduce((highest, key) => Math.max(highest, key), -1);
    const { start, rows } = groupRows(keys, most + 1);
    for (let key = 0; key <= most; key++) {
      const of = this.counts[pairKinds[key % pairKinds.length]!];
      const item = Math.floor(key / pairKinds.length);
      for (let at = start[key]!; at < start[key + 1]!; at++) of.add(item, this.#others[rows[at]!]!);
    }
    this.#size = 0;
  }

  #add(kind: number, item: number, other: number): void {
    this.#keys[this.#size] = item * pairKinds.length + kind;
    this.#others[this.#size++] = other;
  }
}
