import { closeSync, existsSync, fstatSync, openSync, statfsSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { diskFull, EndcapError, isDiskFull } from '../core/index.js';
import { findDamage, newestMeta } from './pages.js';

/**
 * Looks at an LMDB file before it is mapped, since LMDB trusts it: a damaged or missing page ends the process by a
 * signal, which nothing can catch. Beside a process that writes (`shared`) only the header and the size can be
 * looked at. Throws `store_corrupt` with the way out.
 */
export function checkDataFile(path: string, remedy: string, shared: boolean): void {
  if (!existsSync(path)) return;
  const file = openSync(path, 'r');
  try {
    const size = fstatSync(file).size;
    if (size === 0) return;
    const newest = newestMeta(file);
    if (!newest) throw corrupt(path, 'its header is not that of a store', remedy);
    const wanted = (newest.lastPage + 1) * newest.pageSize;
    const truncated = size < wanted ? `it is truncated: ${size} bytes of ${wanted}` : undefined;
    const damage = shared ? truncated : findDamage(file, newest, () => {}, size > walkedWhole);
    if (!damage) return;
    // What looks damaged may be a page that changed under the walk: the lock let two in.
    const moved = newestMeta(file)?.transaction !== newest.transaction;
    throw moved ? beingWritten() : corrupt(path, damage, remedy);
  } finally {
    closeSync(file);
  }
}

function beingWritten(): EndcapError {
  return new EndcapError('store_locked', 'Another process writes to the store', {
    remedy: 'Stop that process, or use its HTTP API',
  });
}

export function corrupt(path: string, what: string, remedy: string, cause?: unknown): EndcapError {
  const file = path.split('/').slice(-2).join('/');
  return new EndcapError('store_corrupt', `The store file ${file} is corrupt: ${what}`, {
    remedy,
    cause,
  });
}

/** Files up to this size are walked whole before they are opened, which takes half a second; larger ones in samples. */
const walkedWhole = 512 << 20;

/** Room the store keeps free: LMDB needs a few pages to commit even a delete. */
const reserve = 16 << 20;

/** Refuses a write while the disk has less than a small reserve left, so that reads and recovery still work. */
export function requireRoom(dir: string): void {
  let room: number;
  try {
    const { bavail, bsize } = statfsSync(dir);
    room = bavail * bsize;
  } catch (cause) {
    throw (cause as NodeJS.ErrnoException).code === 'ENOENT' ? folderGone(cause) : cause;
  }
  if (room < reserve) throw diskFull();
}

export function folderGone(cause?: unknown): EndcapError {
  return new EndcapError(
    'store_gone',
    'The folder of the shop is gone, or another one: this write did nothing',
    {
      remedy: 'Stop the server, put the folder back from a backup, start again',
      cause,
    },
  );
}

/**
 * What a failed write is to be told as. LMDB says why a commit failed in a promise of its own, which would end the
 * process if nobody looked at it; a write that the disk took in part only is an "Input/output error" to it.
 */
export async function writeFailure(error: unknown): Promise<unknown> {
  const said = (error as { commitError?: Promise<never> }).commitError;
  const late = () => setTimeout(1_000, error, { ref: false });
  const cause = said ? await Promise.race([said.catch((why: unknown) => why), late()]) : error;
  return isDiskFull(cause) ? diskFull(cause) : cause;
}
