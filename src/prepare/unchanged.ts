import { stat } from 'node:fs/promises';
import { EndcapError } from '../core/index.js';

const stampOf = async (path: string): Promise<string | undefined> => {
  const found = await stat(path).catch(() => undefined);
  return found && `${found.ino} ${found.size} ${found.mtimeMs}`;
};

/**
 * Remembers a file as it is. What it resolves to throws `file_changed` where the file is another by then: it was written
 * to or replaced while it was read, and what was read may end within a row.
 */
export async function unchangedSince(path: string): Promise<() => Promise<void>> {
  const before = await stampOf(path);
  return async () => {
    if ((await stampOf(path)) === before) return;
    throw new EndcapError('file_changed', `${path} changed while it was read`, {
      remedy: 'Import it again when nothing writes to it any more, or import a copy',
    });
  };
}
