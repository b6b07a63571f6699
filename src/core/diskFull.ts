import { EndcapError } from './errors.js';

export function diskFull(cause?: unknown): EndcapError {
  return new EndcapError('disk_full', 'The disk is full: this write did nothing', {
    remedy:
      'Free some space: what was written before stays, reads go on, writes work again without a restart',
    cause,
  });
}

/** True for what LMDB or the system says when there is no room. */
export function isDiskFull(error: unknown): boolean {
  const text = error instanceof Error ? error.message : String(error);
  return /ENOSPC|EFBIG|EDQUOT|MDB_MAP_FULL|No space left|mapsize limit|File too large|Input\/output error|Commit failed/i.test(
    text,
  );
}
