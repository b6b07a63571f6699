import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { finished } from 'node:stream/promises';

/** Folders of the store itself: what is in them is erased by the store. */
const ofTheStore = new Set(['log', 'state', 'facts', 'objects']);
/** Files of the keys: they name no shoppers. */
const ofTheKeys = new Set(['keys.json', 'audit.jsonl', 'lock.pid', 'endcap.json']);
/** Ids shorter than this are in any text by chance, bytes; and files larger are not searched. */
const [tellingLength, searchedBytes] = [4, 256 << 20];

export interface ForgottenFiles {
  /** Lines that quarantine files held of the shopper. */
  lines: number;
  /** Other files of the folder that have the id in them, for a person to look at. */
  stillNamedIn: string[];
}

/** Takes the lines of a shopper, by any of their ids, out of all quarantine files of a folder, those of imports too. */
export async function forgetInFiles(dir: string, ids: readonly string[]): Promise<ForgottenFiles> {
  const forgotten: ForgottenFiles = { lines: 0, stillNamedIn: [] };
  const gone = new Set(ids);
  for (const path of await filesOf(dir)) {
    if (isQuarantine(dir, path)) forgotten.lines += await dropLines(path, gone);
    else if (await holds(path, ids)) forgotten.stillNamedIn.push(relative(dir, path));
  }
  return forgotten;
}

/** Takes the lines of shoppers who are gone out of all quarantine files, and the files that are older than a time. */
export async function forgetInQuarantine(dir: string, ids: readonly string[], before: number): Promise<void> {
  const gone = new Set(ids);
  for (const path of await filesOf(dir)) {
    if (!isQuarantine(dir, path)) continue;
    const { mtimeMs } = await stat(path);
    if (mtimeMs < before) await rm(path);
    else if (gone.size > 0) await dropLines(path, gone);
  }
}

const isQuarantine = (dir: string, path: string): boolean =>
  /^quarantine.*\.jsonl(\.\d+)?$/s.test(relative(dir, path));

async function filesOf(dir: string): Promise<string[]> {
  const files: string[] = [];
  for (const entry of await readdir(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name);
    if (entry.isDirectory() && !ofTheStore.has(entry.name)) files.push(...(await filesOf(path)));
    else if (entry.isFile() && !ofTheKeys.has(entry.name)) files.push(path);
  }
  return files;
}

/** Writes the file anew without the lines that name one of the shoppers; returns how many there were. */
async function dropLines(path: string, users: ReadonlySet<string>): Promise<number> {
  const neighbour = `${path}.tmp`;
  const out = createWriteStream(neighbour, { mode: 0o600, flush: true } as object);
  let dropped = 0;
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
    if (names(line, users)) dropped++;
    else if (!out.write(`${line}\n`)) await once(out, 'drain');
  }
  await finished(out.end());
  if (dropped > 0) await rename(neighbour, path);
  else await rm(neighbour);
  return dropped;
}

function names(line: string, users: ReadonlySet<string>): boolean {
  try {
    return namesIn(JSON.parse(line), users);
  } catch {
    return [...users].some((user) => line.includes(user));
  }
}

function namesIn(value: unknown, users: ReadonlySet<string>): boolean {
  if (typeof value === 'object' && value !== null)
    return Object.values(value).some((within) => namesIn(within, users));
  return users.has(String(value));
}

async function holds(path: string, users: readonly string[]): Promise<boolean> {
  const wanted = users.map((user) => Buffer.from(user)).filter(({ length }) => length >= tellingLength);
  const { size } = await stat(path);
  if (wanted.length === 0 || size > searchedBytes) return false;
  const bytes = await readFile(path);
  return wanted.some((id) => bytes.includes(id));
}
