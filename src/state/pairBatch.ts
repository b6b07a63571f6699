import { type PairKind, pairKinds } from './pairMemory.js';
import type { PairCounts } from './pairs.js';

/** Pairs that wait at most: 6 MiB. The more wait, the more of one item are counted at once. */
const batchSize = 1 << 19;

/**
 * Counts pairs in large batches item by item, each item's in the order they came, so the result is the same. One by
 * one, every pair would wait for another table to come from memory; so, a table comes once a batch.
 */
export class PairBatch {
  readonly #keys = new Int32Array(batchSize);
  readonly #others = new Int32Array(batchSize);
  readonly #sorted = new Int32Array(batchSize);
  #starts = new Int32Array(0);
  #size = 0;

  constructor(private readonly counts: Readonly<Record<PairKind, PairCounts>>) {}

  /** One basket (or session step) of the kind at `kind` of `pairKinds` held both. */
  together(kind: number, item: number, other: number): void {
    if (item === other) return;
    if (this.#size + 2 > batchSize) this.flush();
    this.#add(kind, item, other);
    this.#add(kind, other, item);
  }

  /** Counts what waits. */
  flush(): void {
    this.#sort();
    let from = 0;
    for (let key = 0; key < this.#starts.length; key++) {
      const of = this.counts[pairKinds[key % pairKinds.length]!];
      const item = Math.floor(key / pairKinds.length);
      const to = this.#starts[key]!;
      for (; from < to; from++) of.add(item, this.#sorted[from]!);
    }
    this.#size = 0;
  }

  #add(kind: number, item: number, other: number): void {
    this.#keys[this.#size] = item * pairKinds.length + kind;
    this.#others[this.#size++] = other;
  }

  /** A counting sort by key, stable; `#starts` end up as the place after the last of each key. */
  #sort(): void {
    const keys = this.#keys.subarray(0, this.#size);
    this.#starts = new Int32Array(keys.reduce((most, key) => Math.max(most, key), -1) + 1);
    const starts = this.#starts;
    for (const key of keys) starts[key]!++;
    for (let key = 0, sum = 0; key < starts.length; key++) {
      const count = starts[key]!;
      starts[key] = sum;
      sum += count;
    }
    for (let at = 0; at < keys.length; at++) this.#sorted[starts[keys[at]!]!++] = this.#others[at]!;
  }
}
