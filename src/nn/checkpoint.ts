/** One file that holds named arrays and a note, written so that a kill at any moment leaves the old or the new one. */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { diskFull, EndcapError, isDiskFull } from '../core/index.js';

export interface Snapshot<Note> {
  note: Note;
  arrays: Record<string, Float32Array>;
}

/**
 * Layout: the length of the header as 4 bytes, the header (JSON, padded to 4 bytes), the arrays back to back.
 * `disk_full` when there is no room; what was there before stays.
 */
export function saveSnapshot<Note>(path: string, { note, arrays }: Snapshot<Note>): void {
  const sizes = Object.entries(arrays).map(([name, values]) => [name, values.length]);
  const text = JSON.stringify({ note, sizes });
  const header = Buffer.from(text + ' '.repeat((4 - (Buffer.byteLength(text) % 4)) % 4));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(header.length);
  const draft = `${path}.tmp`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFlushed(draft, [length, header, ...Object.values(arrays)]);
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw isDiskFull(error) ? diskFull(error) : error;
  }
}

function writeFlushed(path: string, parts: readonly (Uint8Array | Float32Array)[]): void {
  const file = openSync(path, 'w');
  try {
    for (const part of parts) writeAll(file, part);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function writeAll(file: number, part: Uint8Array | Float32Array): void {
  const bytes = new Uint8Array(part.buffer, part.byteOffset, part.byteLength);
  for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
}

/** The snapshot at `path`, or undefined when there is none. `checkpoint_corrupt` when it is cut or altered. */
export function loadSnapshot<Note>(path: string): Snapshot<Note> | undefined {
  if (!existsSync(path)) return undefined;
  const file = readFileSync(path);
  try {
    return decode<Note>(file);
  } catch (cause) {
    throw new EndcapError('checkpoint_corrupt', `${path} is no whole checkpoint`, {
      remedy: 'Delete it: training starts anew',
      cause,
    });
  }
}

function decode<Note>(file: Buffer): Snapshot<Note> {
  const length = file.readUInt32LE(0);
  const { note, sizes } = JSON.parse(file.toString('utf8', 4, 4 + length)) as {
    note: Note;
    sizes: [string, number][];
  };
  const arrays: Record<string, Float32Array> = {};
  let from = 4 + length;
  for (const [name, size] of sizes) {
    const values = new Float32Array(size);
    if (from + values.byteLength > file.length) throw new RangeError(`'${name}' is cut`);
    file.copy(new Uint8Array(values.buffer), 0, from, from + values.byteLength);
    arrays[name] = values;
    from += values.byteLength;
  }
  return { note, arrays };
}
