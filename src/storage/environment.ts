import { existsSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { open, type RootDatabase } from 'lmdb';
import { EndcapError } from '../core/index.js';
import { checkDataFile, corrupt, folderGone, requireRoom } from './check.js';

/**
 * `overlappingSync` off: a commit's promise resolves after the flush, which is what "acknowledged" means here.
 * `eventTurnBatching` off: it makes promises of its own, and one that nobody looks at ends the process when the disk
 * is full. Every write here is a transaction anyway.
 */
export function openEnvironment(dir: string, remedy: string, readOnly = false): RootDatabase {
  const path = join(dir, 'data.mdb');
  if (!readOnly) mkdirSync(dir, { recursive: true });
  checkDataFile(path, remedy, readOnly && isServing(dir));
  try {
    const root = open({
      path: dir,
      noSubdir: false,
      maxDbs: 4,
      encoding: 'binary',
      overlappingSync: false,
      eventTurnBatching: false,
      readOnly,
    });
    files.set(root, inodeOf(dir));
    for (const _ of root.getKeys({ limit: 1 })) break;
    return root;
  } catch (cause) {
    if (isReadByTwin(cause)) throw openInTwin(cause);
    throw corrupt(path, cause instanceof Error ? cause.message : String(cause), remedy, cause);
  }
}

/** Of what is open, the file that it is in. */
const files = new WeakMap<RootDatabase, number | undefined>();

const inodeOf = (dir: string): number | undefined =>
  statSync(join(dir, 'data.mdb'), { throwIfNoEntry: false })?.ino;

/**
 * Refuses a write where there is no room for it, or where the file was deleted or replaced under the process, which goes
 * on with the one it has: what is written there is gone with it.
 */
export function requireWritable(root: RootDatabase, dir: string): void {
  requireRoom(dir);
  if (inodeOf(dir) !== files.get(root)) throw folderGone();
}

/**
 * LMDB knows readers by the number of their process, and refuses the second of a number: a server in another container,
 * where all are number 1, has the file open, whatever the lock said.
 */
const isReadByTwin = (error: unknown): boolean => /No transaction to renew|BAD_RSLOT/.test(String(error));

function openInTwin(cause: unknown): EndcapError {
  return new EndcapError('store_locked', 'The store is open in a process of another container', {
    remedy: 'Stop that process, or use its HTTP API',
    cause,
  });
}

/** Whether a process has the store of this part open, and may change its pages. */
function isServing(dir: string): boolean {
  return existsSync(join(dir, '..', 'lock.pid'));
}

export const hasEnvironment = (dir: string): boolean => existsSync(join(dir, 'data.mdb'));
