import { inSlices, slicer } from '../core/index.js';
import type { StateChange, StateStore } from '../storage/index.js';
import { corruptState, pack, spaces, unpack } from './codec.js';
import type { Projection } from './projection.js';

/** How checkpoints are written; one of another format is not read but made anew from the log. */
const format = 3;
const metaKey = 'offset';

/** Records packed between two looks at the clock, and how long at a time, ms: requests are answered in between. */
const packedAtOnce = 8;
const sliceMs = 2;
/** Records taken back at a time, ms. */
const restoreSliceMs = 20;

/** What a checkpoint says of itself. */
export interface CheckpointMeta {
  format: number;
  /** Events it reflects, and the id of the last of them. */
  offset: number;
  last: string;
  /** Of the item dictionary, whose numbers are in its records. */
  dictionary: string;
  /** Events that it counted were erased since: to be made anew from the log. */
  stale?: boolean;
  /** Version by name of each projection in it. */
  projections: Record<string, number>;
}

/** The checkpoint on disk; `unreadable` where another version of Endcap wrote it. */
export function readCheckpoint(store: StateStore): CheckpointMeta | 'none' | 'unreadable' {
  const packed = store.get(spaces.meta, metaKey);
  if (!packed) return 'none';
  const meta = unpack(packed, 'the checkpoint') as CheckpointMeta;
  return meta.format === format ? meta : 'unreadable';
}

/** Takes the records of a projection back. */
export async function restoreProjection(store: StateStore, projection: Projection): Promise<void> {
  const slice = slicer(restoreSliceMs);
  for (const record of store.entries(projection.name)) {
    try {
      projection.restore(record);
    } catch (error) {
      throw corruptState(`${projection.name} of ${record.key} cannot be taken back`, error);
    }
    const pause = slice();
    if (pause) await pause;
  }
  projection.restored?.();
}

/** Deletes what a checkpoint of another version of the projection left. */
export function forgetRecords(store: StateStore, { name }: Projection): Promise<void> {
  const changes = Array.from(store.entries(name), ({ key }) => ({ space: name, key, value: undefined }));
  return store.write(changes);
}

/**
 * Writes what changed of each projection and the offset it reflects, in one transaction, as all was when this was
 * called. `rest` is how many times as long as it works it lets others work.
 */
export async function writeCheckpoint(
  store: StateStore,
  projections: readonly Projection[],
  { offset, last, dictionary, stale }: Pick<CheckpointMeta, 'offset' | 'last' | 'dictionary' | 'stale'>,
  rest: () => number,
): Promise<void> {
  const versions = Object.fromEntries(projections.map(({ name, version }) => [name, version]));
  const meta: CheckpointMeta = {
    format,
    offset,
    last,
    dictionary,
    stale: stale ?? false,
    projections: versions,
  };
  for (const { dirty } of projections) dirty.begin();
  try {
    for (const { dirty } of projections) await inSlices(() => dirty.packSome(packedAtOnce), sliceMs, rest);
    const changes: StateChange[] = projections.flatMap(({ dirty }) => dirty.changes as StateChange[]);
    changes.push({ space: spaces.meta, key: metaKey, value: pack(meta) });
    await store.write(changes, rest);
  } catch (error) {
    for (const { dirty } of projections) dirty.failed();
    throw error;
  }
  for (const { dirty } of projections) dirty.written();
}
