import { slicer } from '../core/index.js';
import type { StateChange, StateStore, WriteOptions } from '../storage/index.js';
import { corruptState, namespaces, pack, unpack } from './codec.js';
import type { Projection } from './projection.js';

/** How checkpoints are written; one of another format is not read but made anew from the log. */
const format = 3;
const metaKey = 'offset';

/** Records packed between two looks at the clock: requests are answered in between. */
const packedAtOnce = 8;
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
  /** What the folds were told: weights of events and bounds. With others the same events give another state. */
  settings: string;
  /** Events that it counted were erased since: to be made anew from the log. */
  stale?: boolean;
  /** Version by name of each projection that is in it up to `offset`. */
  projections: Record<string, number>;
  /** And of those that are in it up to an earlier event. */
  behind?: Record<string, ProjectionMark>;
}

/** Up to where a checkpoint has a projection. */
export interface ProjectionMark {
  version: number;
  offset: number;
}

/** What a checkpoint has of each projection, by name. */
export function marksOf({ offset, projections, behind }: CheckpointMeta): Map<string, ProjectionMark> {
  const whole = Object.entries(projections).map(([name, version]) => [name, { version, offset }] as const);
  return new Map([...whole, ...Object.entries(behind ?? {})]);
}

/** The checkpoint on disk; `unreadable` where another version of Endcap wrote it. */
export function readCheckpoint(store: StateStore): CheckpointMeta | 'none' | 'unreadable' {
  const packed = store.get(namespaces.meta, metaKey);
  if (!packed) return 'none';
  const meta = unpack(packed, 'the checkpoint') as CheckpointMeta;
  return meta.format === format ? meta : 'unreadable';
}

/** Events that the checkpoint was made from; 0 where there is none that can be read. */
export function eventsInState(store: StateStore): number {
  const meta = readCheckpoint(store);
  return typeof meta === 'string' ? 0 : meta.offset;
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

/** Deletes the records of a projection. */
export function forgetRecords(store: StateStore, name: string): Promise<void> {
  const changes = Array.from(store.entries(name), ({ key }) => ({ space: name, key, value: undefined }));
  return store.write(changes);
}

/**
 * Writes what changed of the projections given and the offset they reflect, in one transaction, as all was when this
 * was called; or nothing, where the signal says that there is no more time. `marks` is what the checkpoint has then.
 */
export async function writeCheckpoint(
  store: StateStore,
  projections: readonly Projection[],
  marks: ReadonlyMap<string, ProjectionMark>,
  written: Omit<CheckpointMeta, 'format' | 'projections' | 'behind'>,
  { rest, signal }: WriteOptions,
): Promise<void> {
  const meta: CheckpointMeta = { format, ...written, projections: {}, behind: {} };
  for (const [name, mark] of marks) {
    if (mark.offset === meta.offset) meta.projections[name] = mark.version;
    else meta.behind![name] = mark;
  }
  for (const { dirty } of projections) dirty.begin();
  try {
    signal?.throwIfAborted();
    const changes = changesOf(projections, { space: namespaces.meta, key: metaKey, value: pack(meta) });
    await store.write(changes, { rest, signal });
  } catch (error) {
    for (const { dirty } of projections) dirty.failed();
    throw error;
  }
  for (const { dirty } of projections) dirty.written();
}

/** What changed, packed as it is asked for: nobody holds all of it. */
function* changesOf(projections: readonly Projection[], meta: StateChange): Iterable<StateChange> {
  for (const { dirty } of projections) {
    for (let more = true; more; ) {
      more = dirty.packSome(packedAtOnce);
      // Of the others, too, for what is about to change is packed before its turn.
      for (const other of projections) yield* other.dirty.drain();
    }
  }
  yield meta;
}
