import { symlink } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { EndcapError } from '../core/index.js';
import { bytesOf, formatOf } from './bytes.js';
import { DelimitedReader } from './delimited.js';
import { quoteName, quoteText, rows, streamed } from './duck.js';
import { encodingOf, textOf } from './encoding.js';
import { unreadable } from './faults.js';
import { readFeed } from './feedXml.js';
import { readJsonLines, readJsonText } from './jsonRecords.js';
import type { JsonSink } from './jsonSink.js';
import { type Layout, layoutOf } from './layout.js';
import { listOf, pathsInCells } from './listCells.js';
import { collectPaths, parseJson, parsePath, textAt, valueAt } from './paths.js';

/** Where a row is from: its number in the file, from 1, and its place in the list of a record (none: no list). */
export interface Origin {
  row: number;
  position?: number | undefined;
  /** A row of a quarantine: set aside from an order, the rest of which may be in the log already. */
  corrected?: boolean;
  /** Somebody said that it is right although it looks odd. */
  confirmed?: boolean;
  /** Tells apart rows that are equal in the columns asked for. */
  rest: number;
}

export interface Sink {
  /** Awaited now and then between rows: whoever takes them may catch up. */
  pause?(): Promise<void>;
  row(origin: Origin, cells: readonly (string | null)[]): void;
  malformed(row: number, line: string, problem: string): void;
}

/** A file that was looked at: what columns it has, and how to read some of them. */
export interface Source {
  path: string;
  /** Name without folders, as reports show it. */
  file: string;
  columns: readonly string[];
  /** Whether columns are paths into JSON. */
  nested: boolean;
  /** False where the columns have no names. */
  header: boolean;
  notes: readonly string[];
  /** Reads all rows, each with the columns asked for. */
  read(columns: readonly string[], sink: Sink): Promise<void>;
  /** Of Parquet: SQL of what follows FROM, so that rows need not pass through JavaScript. */
  sql?: string;
}

export interface SourceHints {
  delimiter?: string | undefined;
  encoding?: string | undefined;
  header?: boolean | string[] | undefined;
  /** Whether it is a catalogue, which may be XML. */
  catalogue?: boolean;
}

/** Looks at a file. `scratch` is a folder for what must be written down meanwhile. */
export async function openSource(
  connection: DuckDBConnection,
  path: string,
  scratch: string,
  hints: SourceHints = {},
): Promise<Source> {
  const format = await formatOf(path);
  try {
    if (format === 'parquet') return await parquetSource(connection, path, scratch, hints.catalogue);
    if (format === 'delimited') return await delimitedSource(path, hints);
    if (format === 'json' || format === 'json-lines') return await jsonSource(path, format, hints);
    if (hints.catalogue) return await recordSource(path, (each) => readFeed(path, each), { whole: true });
  } catch (cause) {
    throw unreadable(path, cause);
  }
  throw new EndcapError('unknown_format', `${path} is XML, which is read as a catalogue only`, {
    remedy: 'endcap import --items FILE for a Merchant feed; save events as CSV or JSON lines',
  });
}

async function delimitedSource(path: string, hints: SourceHints): Promise<Source> {
  const encoding = await encodingOf(path, hints.encoding);
  const head = await headOf(path, encoding.name);
  const layout = layoutOf(head, hints);
  if (layout.columns.length === 1 && layout.columns[0] === 'column1')
    throw new EndcapError('empty_file', `${path} has no header and no rows`, { remedy: 'Check the export' });
  const notes = layout.notes.map((note) => `${basename(path)}: ${note}`);
  if (encoding.name !== 'utf-8')
    notes.push(`${path} is not in UTF-8: read as ${encoding.name} (--encoding says another)`);
  return {
    path,
    file: basename(path),
    columns: hints.catalogue ? layout.columns : [...layout.columns, ...pathsInCells(head, layout)],
    nested: false,
    header: layout.header,
    notes,
    read: (columns, sink) =>
      readDelimited(path, { ...encoding, layout }, columns, sink).catch((cause) => {
        throw unreadable(path, cause);
      }),
  };
}

const headSize = 256 << 10;
const headAtMost = 8 << 20;

/** Text from the beginning, with a whole header. */
async function headOf(path: string, encoding: string): Promise<string> {
  let head = '';
  for await (const piece of textOf(path, encoding)) {
    head += piece;
    if (head.length > headAtMost || (head.length > headSize && /[\r\n]/.test(head))) break;
  }
  return head;
}

async function readDelimited(
  path: string,
  { name, broken, layout }: { name: string; broken: number; layout: Layout },
  wanted: readonly string[],
  sink: Sink,
): Promise<void> {
  const places = wanted.map((column) => layout.columns.indexOf(column));
  const others = layout.columns.map((_, at) => at).filter((at) => !places.includes(at));
  const lists = wanted.flatMap((column) => parsePath(column).list ?? []);
  const spread = spreader(wanted, sink);
  let row = 0;
  const reader = new DelimitedReader(layout.delimiter, layout.columns.length, {
    record(cells) {
      row++;
      if (broken > 0 && cells.some((cell) => cell.includes('\ufffd'))) {
        sink.malformed(row, cells.join(layout.delimiter), 'letters that are no UTF-8');
        return;
      }
      if (lists.length > 0) {
        const record = Object.fromEntries(
          layout.columns.map((column, at) => [
            column,
            lists.includes(column) ? listOf(cells[at]) : cells[at] || null,
          ]),
        );
        spread(record, { row }, hashOf(cells, [...cells.keys()]));
        return;
      }
      const rest = others.length === 0 ? 0 : hashOf(cells, others);
      sink.row(
        { row, rest },
        places.map((at) => cells[at] || null),
      );
    },
    reject: (line, problem) => sink.malformed(++row, line, problem),
  });
  let skip = layout.start;
  for await (const piece of textOf(path, name)) {
    if (skip >= piece.length) skip -= piece.length;
    else {
      reader.push(skip > 0 ? piece.slice(skip) : piece);
      skip = 0;
    }
    await sink.pause?.();
  }
  reader.end();
}

/** 53 bits of some cells (cyrb53); rows that are equal in all columns asked for differ by it where the others differ. */
function hashOf(cells: readonly (string | undefined)[], places: readonly number[]): number {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (const at of places) {
    const cell = cells[at] ?? '';
    for (let k = 0; k < cell.length; k++) {
      const code = cell.charCodeAt(k);
      a = Math.imul(a ^ code, 2654435761);
      b = Math.imul(b ^ code, 1597334677);
    }
    a = Math.imul(a ^ 0x1f, 2654435761);
    b = Math.imul(b ^ 0x1f, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return 4294967296 * (2097151 & b) + (a >>> 0);
}

async function jsonSource(path: string, format: 'json' | 'json-lines', hints: SourceHints): Promise<Source> {
  const encoding = await encodingOf(path, hints.encoding);
  const records =
    format === 'json-lines'
      ? (each: JsonSink) => readJsonLines(path, encoding, each)
      : async (each: JsonSink) =>
          readJsonText(new TextDecoder(encoding.name).decode(await readWhole(path)), each);
  const notes =
    encoding.name === 'utf-8'
      ? []
      : [`${path} is not in UTF-8: read as ${encoding.name} (--encoding says another)`];
  return recordSource(path, records, { notes, whole: hints.catalogue });
}

/** A source whose records are objects: its columns are the paths of their values. */
async function recordSource(
  path: string,
  records: (each: JsonSink) => Promise<void>,
  { notes = [], whole = false }: { notes?: readonly string[]; whole?: boolean | undefined } = {},
): Promise<Source> {
  const found = new Set<string>();
  let problem: string | undefined;
  await records({
    record: (record) => collectPaths(record, found, whole),
    malformed: (row, _line, why) => {
      problem ??= `row ${row}: ${why}`;
    },
  });
  if (found.size === 0)
    throw problem === undefined
      ? new EndcapError('empty_file', `${path} has no records`, { remedy: 'Check the export' })
      : unreadable(path, problem);
  return {
    path,
    file: basename(path),
    columns: [...found].sort(),
    nested: true,
    header: true,
    notes,
    read: (columns, sink) =>
      readRecords(records, columns, sink).catch((cause) => {
        throw unreadable(path, cause);
      }),
  };
}

const wholeAtMost = 400 << 20;

async function readWhole(path: string): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const chunk of bytesOf(path)) {
    size += chunk.length;
    if (size > wholeAtMost)
      throw new EndcapError('too_large', `${path} is one JSON document of more than 400 MB`, {
        remedy: 'Write it as JSON lines, a record a line: jq -c .[] FILE',
      });
    parts.push(chunk);
  }
  return Buffer.concat(parts);
}

async function readRecords(
  records: (each: JsonSink) => Promise<void>,
  wanted: readonly string[],
  sink: Sink,
): Promise<void> {
  const spread = spreader(wanted, sink);
  await records({
    malformed: sink.malformed,
    ...(sink.pause ? { pause: sink.pause } : {}),
    record: (record, at) => spread(record, at, hashOf([JSON.stringify(record)], [0])),
  });
}

/** A row a record, or a row an entry where the columns asked for lie in lists of the record; lists as long go together. */
function spreader(
  wanted: readonly string[],
  sink: Sink,
): (record: object, at: Omit<Origin, 'rest'>, rest: number) => void {
  const paths = wanted.map(parsePath);
  const lists = [...new Set(paths.flatMap(({ list }) => (list === undefined ? [] : [list])))].map((list) => ({
    list,
    steps: parsePath(list).outer,
  }));
  return (record, at, rest) => {
    const outer = paths.map(({ text, list, outer: steps }) =>
      list === undefined || Object.hasOwn(record, text) ? textAt(record, steps, text) : null,
    );
    const found = lists.map(({ list, steps }) => ({ list, entries: valueAt(record, steps) }));
    const there = found.find(({ entries }) => entries !== undefined && entries !== null);
    const entries = there?.entries;
    if (!there || !Array.isArray(entries) || entries.length === 0) {
      // Position 0 is something in the place of the list that is none: its item is missing.
      const odd = there !== undefined && !Array.isArray(entries);
      sink.row(odd ? { ...at, rest, position: 0 } : { ...at, rest }, outer);
      return;
    }
    const beside = new Map(
      found.flatMap(({ list, entries: other }) =>
        Array.isArray(other) && other.length === entries.length ? [[list, other as unknown[]] as const] : [],
      ),
    );
    for (const place of entries.keys()) {
      const cells = paths.map(({ list, inner }, column) => {
        const own = list === undefined ? undefined : beside.get(list);
        return own ? textAt(own[place], inner, '') : outer[column]!;
      });
      sink.row({ ...at, rest, position: place + 1 }, cells);
    }
  };
}

async function parquetSource(
  connection: DuckDBConnection,
  path: string,
  scratch: string,
  whole = false,
): Promise<Source> {
  // Under a name of our own: DuckDB takes `g*.parquet` for a pattern.
  const link = join(scratch, `in-${hashOf([resolve(path)], [0])}.parquet`);
  await symlink(resolve(path), link).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  const from = `read_parquet(${quoteText(link)})`;
  const described = await rows(connection, `DESCRIBE SELECT * FROM ${from}`);
  const columns = described.map(({ column_name }) => String(column_name));
  const nested = described.some(({ column_type }) => /STRUCT|MAP|\[\]$/.test(String(column_type)));
  const source = { path, file: basename(path), header: true, notes: [] };
  if (!nested) {
    const read = async (wanted: readonly string[], sink: Sink): Promise<void> => {
      const cells = wanted.map((column) => `CAST(${quoteName(column)} AS VARCHAR)`).join(', ');
      let row = 0;
      for await (const chunk of streamed<(string | null)[]>(connection, `SELECT ${cells} FROM ${from}`)) {
        for (const one of chunk) sink.row({ row: ++row, rest: 0 }, one);
        await sink.pause?.();
      }
    };
    return { ...source, columns, nested: false, sql: from, read };
  }
  const all = columns.map((column) => `${quoteText(column)}, ${quoteName(column)}`).join(', ');
  const records = async (each: JsonSink): Promise<void> => {
    let row = 0;
    for await (const chunk of streamed<[string]>(
      connection,
      `SELECT json_object(${all})::VARCHAR FROM ${from}`,
    ))
      for (const [text] of chunk) each.record(parseJson(text) as object, { row: ++row });
  };
  return recordSource(path, records, { whole });
}
