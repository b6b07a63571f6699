import type { Event } from '../core/index.js';
import { pack, unpack } from './codec.js';
import { DirtyRows } from './dirtyRows.js';

/** A record of a checkpoint. */
export interface StoredRecord {
  key: string;
  value: Uint8Array;
}

/**
 * A fold of the log: what it holds is a function of the events alone, so it can be thrown away and made again. All
 * projections of a shop are at the same offset; one checkpoint writes what changed of each together with the offset,
 * in one transaction. One that a checkpoint does not know, or knows in another version, is folded alone from the
 * first event on before the shop serves.
 */
export interface Projection {
  /** Names its records in the checkpoint; no two of a shop are alike. */
  readonly name: string;
  /** Another number whenever the same events give other records: they are made anew then. */
  readonly version: number;
  /** Which records changed. `touch` comes before a change, so that a checkpoint under way sees what was before. */
  readonly dirty: DirtyRows;
  /**
   * Folds one event in: in log order, each once, and before the projections that come later in the list. `handles` are
   * the numbers of `event.items` in the item dictionary, one each, −1 where the item counts nowhere; they are good
   * during the call only.
   */
  apply(offset: number, event: Event, handles: readonly number[]): void;
  /** Takes back one record of a checkpoint; the first call comes before the first event. */
  restore(record: StoredRecord): void;
  /** Called when all records were taken back: throws where they are not whole. */
  restored?(): void;
  /** Forgets what it keeps under the name of a shopper; whatever keeps something of one has this. */
  forget?(user: string): void;
}

/** A fold small enough to be kept as one record: a few hundred kilobytes at most, since it is packed in one go. */
export interface WholeFold {
  readonly name: string;
  readonly version?: number;
  apply(offset: number, event: Event, handles: readonly number[]): void;
  /** What it holds, as plain data: numbers, texts, arrays, maps, bytes. */
  pack(): unknown;
  restore(packed: unknown): void;
}

/** The projection that a small fold is. */
export function packedWhole(fold: WholeFold): Projection {
  const { name, version = 1 } = fold;
  const dirty = new DirtyRows(() => ({ space: name, key: 'all', value: pack(fold.pack()) }));
  return {
    name,
    version,
    dirty,
    apply(offset, event, handles) {
      dirty.touch(0);
      fold.apply(offset, event, handles);
    },
    restore: ({ value }) => fold.restore(unpack(value, `the projection ${name}`)),
  };
}
