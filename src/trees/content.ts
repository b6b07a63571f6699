import type { Loss } from './losses.js';

/** Trees as plain values and typed arrays: what is saved, sent to a thread, and served from. */
export interface TreeContent {
  loss: Loss;
  names: string[];
  /** The margin before any tree. */
  start: number;
  /** First node of each tree. */
  root: Uint32Array;
  /** By node. `left` is 0 for a leaf (no tree has its root as a child). */
  feature: Uint16Array;
  threshold: Float64Array;
  missingLeft: Uint8Array;
  left: Uint32Array;
  right: Uint32Array;
  value: Float64Array;
  cover: Float64Array;
  /** Sum of the gains that each column brought. */
  importance: Float64Array;
  categories: { column: number; prior: number; codes: Float64Array; means: Float64Array }[];
}

/** Whether a row goes left at a node. */
export function goesLeft(content: TreeContent, node: number, row: Float64Array): boolean {
  const value = row[content.feature[node]!]!;
  return Number.isNaN(value) ? content.missingLeft[node] === 1 : value <= content.threshold[node]!;
}
