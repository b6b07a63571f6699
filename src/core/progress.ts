/** Where long work stands: `done` of `total` units, `note` is a short phrase. Callers derive the ETA. */
export interface Step {
  phase: string;
  done: number;
  total: number;
  note?: string;
  /** Epochs that are whole, of what learns in epochs. */
  epochs?: number;
  /** By epoch so far: mean loss, and quality on held-out data where there is any. */
  curve?: { loss: readonly number[]; heldOut: readonly number[] };
  /** What went otherwise than asked, for the caller to say. */
  warning?: string;
}

/** Where long work keeps its place to go on after a kill; a place of another identity is not its own. */
export interface Checkpoint {
  path: string;
  identity: string;
  /** Time of work that a kill may cost, s. */
  seconds: number;
}

/** Long work reports through this, and asks what its caller wants of it. */
export interface Progress {
  (step: Step): void;
  /** True once the time is over, or a share of it: what learns step by step ends with the best it has. */
  enough?: (share?: number) => boolean;
  /** The place of the next long fit. The same work asks in the same order and is answered the same. */
  checkpoint?: () => Checkpoint;
}
export const silent: Progress = () => {};
