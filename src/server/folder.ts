import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { EndcapError } from '../core/index.js';

/** Files of a store that a server has open: of another inode, they are others. */
const parts = ['log/data.mdb', 'state/data.mdb', 'facts/data.mdb'];

/**
 * Looks whether the folder that was opened is still there. A process goes on with files that were deleted under it, and
 * what it acknowledges then is gone with it.
 */
export class FolderWatch {
  readonly #opened: Promise<(number | undefined)[]>;

  constructor(private readonly dir: string) {
    this.#opened = this.#inodes();
  }

  /** Throws `store_gone`. */
  async require(): Promise<void> {
    const [before, now] = [await this.#opened, await this.#inodes()];
    const gone = parts.find((_, at) => before[at] !== undefined && before[at] !== now[at]);
    if (gone === undefined) return;
    throw new EndcapError('store_gone', `The file ${gone} of the shop is gone, or is another one now`, {
      remedy: 'Stop the server, put the folder back from a backup, start again',
    });
  }

  #inodes(): Promise<(number | undefined)[]> {
    const inode = (part: string) =>
      stat(join(this.dir, part)).then(
        ({ ino }) => ino,
        () => undefined,
      );
    return Promise.all(parts.map(inode));
  }
}
