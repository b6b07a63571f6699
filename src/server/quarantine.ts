import { appendFile, mkdir, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { FieldError } from '../core/index.js';

/** The file is put aside as `.1` at this size, and the one before that goes: twice this on disk at most. */
const defaultBytes = 16 << 20;

export interface Rejected {
  fault: FieldError;
  data: unknown;
}

/**
 * Events that were refused, one JSON line each with the reason: correct `data`, then `endcap import` the file.
 * The sender has been told already, so a full disk here loses nothing that was acknowledged.
 */
export class Quarantine {
  #size: number | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly path: string | undefined,
    private readonly bytes = defaultBytes,
  ) {}

  add(rejected: readonly Rejected[]): Promise<void> {
    const { path } = this;
    if (path === undefined) return this.#writing;
    const lines = rejected.map(({ fault: { field, message, row, remedy }, data }) =>
      line({ file: 'http', row, reason: message, field, remedy, data }),
    );
    this.#writing = this.#writing.then(() => this.#write(path, lines.join(''))).catch(() => {});
    return this.#writing;
  }

  /** Runs `change` while nothing is written; what it did to the file is looked at before the next line. */
  async whileResting<T>(change: () => Promise<T>): Promise<T> {
    const done = this.#writing.then(change);
    this.#writing = done.then(
      () => {
        this.#size = undefined;
      },
      () => {},
    );
    return done;
  }

  async #write(path: string, lines: string): Promise<void> {
    if (this.#size === undefined) {
      await mkdir(dirname(path), { recursive: true });
      this.#size = await stat(path).then(
        ({ size }) => size,
        () => 0,
      );
    }
    if (this.#size + lines.length > this.bytes) {
      await rename(path, `${path}.1`).catch(() => {});
      this.#size = 0;
    }
    await appendFile(path, lines);
    this.#size += Buffer.byteLength(lines);
  }
}

/** One line; what is nested too deeply to be written is left out. */
function line(record: Record<string, unknown>): string {
  try {
    return `${JSON.stringify(record)}\n`;
  } catch {
    return `${JSON.stringify({ ...record, data: null })}\n`;
  }
}
