import type { CoOccurrence } from './coOccurrence.js';

/** The arrays of pair counts, to be handed from thread to thread without a copy. */
export interface PairMemory {
  tables: Int32Array<ArrayBuffer>;
  baskets: Float64Array<ArrayBuffer>;
  slabs: { blocks: Int32Array<ArrayBuffer>[]; free: number[][]; end: number };
}

export const pairKinds = ['bought', 'viewed'] as const;
export type PairKind = (typeof pairKinds)[number];

export type PairMemories = Record<PairKind, PairMemory>;

type Counts = Record<PairKind, CoOccurrence>;

/** Gives the counts of both kinds away, for others to adopt. */
export const releaseAll = ({ bought, viewed }: Counts): PairMemories => ({
  bought: bought.release(),
  viewed: viewed.release(),
});

export function adoptAll(counts: Counts, memories: PairMemories): void {
  for (const kind of pairKinds) counts[kind].adopt(memories[kind]);
}

/** What is to be counted, in one array: [kind, row, n, other × n] for a pairing, [kind, row, −1] for a basket. */
export type Orders = Int32Array<ArrayBuffer>;

export const buffersOf = ({ bought, viewed }: PairMemories): ArrayBuffer[] =>
  [bought, viewed].flatMap(({ tables, baskets, slabs }) => [
    tables.buffer,
    baskets.buffer,
    ...slabs.blocks.map(({ buffer }) => buffer),
  ]);
