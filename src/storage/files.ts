import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { diskFull, EndcapError, isDiskFull } from '../core/index.js';
import { requireRoom } from './check.js';
import type { ObjectStore } from './ports.js';

/** Objects as files. A write goes to a neighbour, is flushed, then takes the name: a reader sees old or new. */
export class FileObjects implements ObjectStore {
  #written = 0;
  constructor(private readonly dir: string) {}

  async put(key: string, bytes: Uint8Array): Promise<void> {
    const path = this.#path(key);
    const neighbour = `${path}.${process.pid}.${this.#written++}.tmp`;
    try {
      // First, for it fails where the folder of the shop is gone: that is not made anew.
      requireRoom(this.dir);
      await mkdir(dirname(path), { recursive: true });
      await writeFlushed(neighbour, bytes);
      await rename(neighbour, path);
      await flushFolder(dirname(path));
    } catch (error) {
      await rm(neighbour, { force: true });
      throw isDiskFull(error) ? diskFull(error) : error;
    }
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    try {
      return await readFile(this.#path(key));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  async list(prefix: string): Promise<string[]> {
    const files = await readdir(this.dir, { recursive: true, withFileTypes: true }).catch(() => []);
    return files
      .filter((file) => file.isFile() && !file.name.endsWith('.tmp'))
      .map((file) => relative(this.dir, join(file.parentPath, file.name)).split(sep).join('/'))
      .filter((key) => key.startsWith(prefix))
      .sort();
  }

  async delete(key: string): Promise<void> {
    await rm(this.#path(key), { force: true });
  }

  #path(key: string): string {
    return join(this.dir, plainPath(key));
  }
}

/** The key of an object, where it is a relative path of plain names; `invalid_key` where it is not. */
export function plainPath(key: string): string {
  if (/^[\w@.-]+(\/[\w@.-]+)*$/.test(key) && !key.split('/').includes('..')) return key;
  throw new EndcapError('invalid_key', `Object key "${key}" is not a relative path of plain names`);
}

async function writeFlushed(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'w');
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** The rename itself is durable only once the folder is flushed. */
async function flushFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
