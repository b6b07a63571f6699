import { once } from 'node:events';
import {
  createWriteStream,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import type { Writable } from 'node:stream';

import { EndcapError, type Progress } from '../core/index.js';
import { type ColumnType, csvToParquet } from '../prepare/index.js';

export const exportFormats = ['csv', 'jsonl', 'parquet'] as const;
export type ExportFormat = (typeof exportFormats)[number];

/** One table to be exported: its records in an order that does not change, so that it can be gone on with. */
export interface ExportSource<Record_> {
  what: string;
  /** Tells it from others that may have been written to the same file: of another shop, or of other items. */
  identity: string;
  columns: Readonly<Record<string, ColumnType>>;
  /** How many records there are, with those of which nothing is written. */
  total: number;
  /** Records from a position on; one record may make several rows. */
  records(from: number): AsyncIterable<Record_> | Iterable<Record_>;
  /** Rows of a record, by column. */
  rows(record: Record_): Iterable<Readonly<Record<string, unknown>>>;
  /** The record in JSON lines; undefined where nothing is written of it. */
  json(record: Record_): unknown;
}

/** How far an interrupted export came, in a file beside the part that it wrote. */
interface Mark {
  what: string;
  identity: string;
  format: ExportFormat;
  total: number;
  next: number;
  /** Records of which something was written. */
  written: number;
  bytes: number;
}

const markEvery = 2_000;

/** Resolves when the file takes more, or never will. */
async function drained(out: Writable): Promise<void> {
  const done = new AbortController();
  const { signal } = done;
  await Promise.race([once(out, 'drain', { signal }), once(out, 'close', { signal })]);
  done.abort();
}

/**
 * Writes a table to a file. It grows under another name and gets its own when it is whole; what was interrupted goes on
 * where it was. Resolves to how many records it has and with how many of them it began.
 */
export async function exportFile<Record_>(
  source: ExportSource<Record_>,
  target: string,
  format: ExportFormat,
  progress: Progress,
): Promise<{ records: number; resumedAt: number }> {
  if (statSync(target, { throwIfNoEntry: false })?.isDirectory())
    throw written(new Error('it is a folder'), target);
  const part = `${target}.part`;
  const markPath = `${part}.json`;
  const old = markOf(markPath, part, source, format);
  const total = old?.total ?? source.total;
  const { what, identity } = source;
  const mark: Mark = old ?? { what, identity, format, total, next: 0, written: 0, bytes: 0 };
  const resumedAt = mark.next;
  if (old) truncateSync(part, old.bytes);
  const out = createWriteStream(part, { flags: old ? 'a' : 'w' });
  let failed: Error | undefined;
  out.on('error', (error) => {
    failed = error;
  });
  const columns = Object.keys(source.columns);
  const write = async (text: string): Promise<void> => {
    mark.bytes += Buffer.byteLength(text);
    if (!out.write(text) && !failed) await drained(out);
    if (failed) throw written(failed, target);
  };
  try {
    if (!old && format !== 'jsonl') await write(`${columns.join(',')}\n`);
    let text = '';
    for await (const record of source.records(mark.next)) {
      if (mark.next >= total) break;
      const json = source.json(record);
      if (json !== undefined) {
        mark.written++;
        if (format === 'jsonl') text += `${JSON.stringify(json)}\n`;
        else
          for (const row of source.rows(record))
            text += `${columns.map((name) => cell(row[name])).join(',')}\n`;
      }
      mark.next++;
      if (text.length > 1 << 16 || mark.next % markEvery === 0) {
        await write(text);
        text = '';
      }
      if (mark.next % markEvery === 0) {
        await flushed(out, () => failed);
        // Under another name first: a kill in the midst of it would lose the mark before, too.
        writeFileSync(`${markPath}.new`, JSON.stringify(mark));
        renameSync(`${markPath}.new`, markPath);
        progress({ phase: `exporting ${what}`, done: mark.next, total });
      }
    }
    await write(text);
    out.end();
    if (!failed) await once(out, 'close');
    if (failed) throw written(failed, target);
  } catch (error) {
    out.destroy();
    throw error === failed ? written(failed!, target) : error;
  }
  if (format === 'parquet') {
    await csvToParquet(part, target, source.columns);
    rmSync(part);
  } else renameSync(part, target);
  for (const path of [markPath, `${markPath}.new`]) rmSync(path, { force: true });
  return { records: mark.written, resumedAt };
}

/** How far the same export came, where what it wrote is all there. */
function markOf<R>(
  path: string,
  part: string,
  { what, identity }: ExportSource<R>,
  format: ExportFormat,
): Mark | undefined {
  if (!existsSync(path) || !existsSync(part)) return undefined;
  try {
    const mark = JSON.parse(readFileSync(path, 'utf8')) as Mark;
    const same = mark.what === what && mark.identity === identity && mark.format === format;
    return same && statSync(part).size >= mark.bytes ? mark : undefined;
  } catch {
    return undefined;
  }
}

/** Waits until all that was written is in the file, so that a mark never runs ahead of it. */
async function flushed(
  out: ReturnType<typeof createWriteStream>,
  failed: () => Error | undefined,
): Promise<void> {
  while (out.writableLength > 0 && !failed()) await new Promise((go) => setImmediate(go));
}

function written(cause: Error, target: string): EndcapError {
  const full = (cause as NodeJS.ErrnoException).code === 'ENOSPC';
  return new EndcapError(full ? 'disk_full' : 'unwritable', `Cannot write ${target}: ${cause.message}`, {
    status: full ? 507 : 400,
    remedy: full ? 'Make room and run it again: it goes on where it was' : 'Check the folder and its rights',
    cause,
  });
}

function cell(value: unknown): string {
  if (value === undefined || value === null) return '';
  const text =
    typeof value === 'string' ? value : typeof value === 'object' ? JSON.stringify(value) : String(value);
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
