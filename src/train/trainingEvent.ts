import type { Options, Trial } from './trial.js';

/** What happens in a training, for whoever looks on. */
export type TrainingEvent =
  /** A fit is under way for `seconds` now, number `done` of `total` in its phase. */
  | {
      kind: 'running';
      phase: string;
      algorithm: string;
      options: Options;
      note?: string | undefined;
      /** NDCG@10 on what the fit itself holds out, so far. */
      heldOut?: number | undefined;
      seconds: number;
      done: number;
      total: number;
      /** Estimated time to the end of the search, s; unknown before anything was measured. */
      left?: number | undefined;
    }
  /** A fit was measured on validation, or was `known` from a search that was stopped. */
  | { kind: 'trial'; trial: Trial; phase: string; known: boolean }
  /** Something to tell. */
  | { kind: 'note'; text: string };

export type Watch = (happening: TrainingEvent) => void;
