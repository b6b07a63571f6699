import type { Event, EventTable } from '../../core/index.js';
import type { ModelFiles, RowChanges, StreamCounters } from '../../models/index.js';

/** What a learner thread is started with. */
export interface LearnerStart {
  /** Algorithm and files of the model, as the registry has them. */
  algorithm: string;
  files: ModelFiles;
  weights: EventTable;
  /** Where to begin where there is no checkpoint. */
  offset: number;
  checkpoint: Uint8Array | undefined;
}

export type ToLearner = { kind: 'events'; from: number; events: Event[] } | { kind: 'checkpoint' };

export type FromLearner =
  | { kind: 'ready'; offset: number; counters: StreamCounters }
  /** The events before `offset` are learned. */
  | { kind: 'learned'; offset: number; counters: StreamCounters }
  | { kind: 'rows'; offset: number; changes: RowChanges }
  | { kind: 'checkpoint'; offset: number; bytes: Uint8Array };
