/** Rows that moved since they were asked for last, by item id. */
export interface RowChanges {
  ids: string[];
  /** [ids × dimension of the model's factors] */
  vectors: Float32Array;
  /** What an item says of the shopper who touched it, [ids × width], where the model has such rows. */
  contexts?: Float32Array;
}

/**
 * The part of a model that learns from the stream. It lives where learning does no harm to requests (a worker) and is
 * told what came next; what serves takes its `changes`.
 */
export interface StreamModel {
  /** `target` came after `history` (newest first). Resolves to false where the step was dropped. */
  learn(history: readonly string[], target: string): boolean | Promise<boolean>;
  /** Share of the recent targets that are this item: what a rate cap looks at. */
  recentShare(id: string): number;
  changes(): RowChanges;
  /** Everything that decides what it does next, as plain values and typed arrays. */
  pack(): object;
  restore(packed: object): void;
}
