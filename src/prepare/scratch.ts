import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isRunning } from '../core/index.js';

const folder = 'tmp';

/** A folder for the temporary files of one import, under the shop's own; it is not made yet. */
export const scratchIn = (dir: string): string =>
  join(dir, folder, `import-${process.pid}-${randomUUID().slice(0, 8)}`);

/** Removes what imports that were killed have left; one that still runs keeps its own. */
export function sweepScratch(dir: string): void {
  const tmp = join(dir, folder);
  if (!existsSync(tmp)) return;
  for (const name of readdirSync(tmp)) {
    const pid = Number(/^import-(\d+)-/.exec(name)?.[1]);
    if (pid > 0 && (pid === process.pid || !isRunning(pid)))
      rmSync(join(tmp, name), { recursive: true, force: true });
  }
}
