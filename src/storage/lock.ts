import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EndcapError } from '../core/index.js';

/** One writer a folder. The lock of a process that died is taken over. Returns the release. */
export function lockFolder(dir: string): () => void {
  const path = join(dir, 'lock.pid');
  const mine = `${process.pid} ${startTime(process.pid)}`;
  for (let tries = 0; ; tries++) {
    try {
      writeFileSync(path, mine, { flag: 'wx' });
      return () => rmSync(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || tries > 2) throw error;
    }
    const [pid, started] = readFileSync(path, 'utf8').split(' ');
    if (Number(pid) !== process.pid && started !== '' && startTime(Number(pid)) === started) {
      throw new EndcapError('store_locked', `The store is in use by process ${pid}`, {
        remedy: 'Stop that process, or use its HTTP API',
      });
    }
    if (Number(pid) === process.pid && started === startTime(process.pid)) {
      throw new EndcapError('store_locked', 'The store is already open in this process', {});
    }
    rmSync(path, { force: true });
  }
}

/** Start time of a live process in clock ticks (a pid alone may have been reused); '' when it is gone. */
function startTime(pid: number): string {
  const path = `/proc/${pid}/stat`;
  if (existsSync(path)) {
    const fields = readFileSync(path, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    return fields[0] === 'Z' ? '' : (fields[19] ?? '');
  }
  if (existsSync('/proc/self')) return '';
  try {
    process.kill(pid, 0);
    return 'alive';
  } catch {
    return '';
  }
}
