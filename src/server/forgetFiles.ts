import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { open, readdir, rename, rm, stat } from 'node:fs/promises';
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
  for (const path of await filesOf(dir)) {
    const name = relative(dir, path);
    const isQuarantine = name.startsWith('quarantine') && /\.jsonl(\.\d+)?$/.test(name);
    let named = false;
    for (const id of ids) {
      if (isQuarantine) forgotten.lines += await dropLines(path, id);
      else named ||= await holds(path, id);
    }
    if (named) forgotten.stillNamedIn.push(name);
  }
  return forgotten;
}

async function filesOf(dir: string): Promise<string[]> {
  const files: string[] = [];
  for (const entry of await readdir(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name);
    if (entry.isDirectory() && !ofTheStore.has(entry.name)) files.push(...(await filesOf(path)));
    else if (entry.isFile() && !ofTheKeys.has(entry.name)) files.push(path);
  }
  return files;
}

/** Writes the file anew without the lines that name the shopper; returns how many there were. */
async function dropLines(path: string, user: string): Promise<number> {
  const neighbour = `${path}.tmp`;
  const out = createWriteStream(neighbour, { mode: 0o600, flush: true } as object);
  let dropped = 0;
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
    if (names(line, user)) dropped++;
    else if (!out.write(`${line}\n`)) await once(out, 'drain');
  }
  await finished(out.end());
  if (dropped > 0) await rename(neighbour, path);
  else await rm(neighbour);
  return dropped;
}

function names(line: string, user: string): boolean {
  if (!line.includes(user) && !line.includes(JSON.stringify(user).slice(1, -1))) return false;
  try {
    return namesIn(JSON.parse(line), user);
  } catch {
    return true;
  }
}

function namesIn(value: unknown, user: string): boolean {
  if (typeof value === 'object' && value !== null)
    return Object.values(value).some((within) => namesIn(within, user));
  return String(value) === user;
}

async function holds(path: string, user: string): Promise<boolean> {
  const wanted = Buffer.from(user);
  const { size } = await stat(path);
  if (wanted.length < tellingLength || size > searchedBytes) return false;
  const file = await open(path);
  try {
    return (await file.readFile()).includes(wanted);
  } finally {
    await file.close();
  }
}
