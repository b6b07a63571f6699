import { once } from 'node:events';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { EndcapError } from '../core/index.js';
import { layoutOf } from './csv.js';

/** Quotes a name or a text for SQL. Values from people travel as these, never bare. */
export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`;
export const quoteText = (text: string): string => `'${text.replaceAll("'", "''")}'`;

export async function openDuck(): Promise<{ connection: DuckDBConnection; close: () => void }> {
  const instance = await DuckDBInstance.create(':memory:', {
    threads: '2',
    memory_limit: '640MB',
    temp_directory: join(tmpdir(), `endcap-duck-${process.pid}`),
  });
  const connection = await instance.connect();
  await connection.run('SET preserve_insertion_order = true');
  // A time with a zone means the same wherever the import runs.
  await connection.run("SET TimeZone = 'UTC'");
  return {
    connection,
    close: () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

export async function rows(connection: DuckDBConnection, sql: string): Promise<Record<string, unknown>[]> {
  const reader = await connection.runAndReadAll(sql);
  return reader.getRowObjectsJS() as Record<string, unknown>[];
}

/** Where the rows of a file come from. */
interface Source {
  /** What follows FROM in SQL. */
  from: string;
  /** SQL of the row's number in the file, from 1, and of its place in the list of an event (null: no list). */
  row: string;
  position: string;
  /** What was guessed of the file. */
  note?: string;
  /** Of a quarantine: its rows taken out into a file of their own. */
  quarantine?: Quarantine | undefined;
}

interface Quarantine {
  path: string;
  /** Its rows were set aside from orders, the rest of which may be in the log already. */
  corrected: boolean;
}

/** Columns that reading adds to those of the file. */
const added = ['_file', '_row', '_position', '_corrected', '_confirmed'];

/**
 * Reads files into table `raw` (where each row is from, then the columns as text) and malformed lines into
 * `malformed` (file, row, line, problem). Formats by ending: .csv, .tsv, .txt, .parquet, .jsonl, .ndjson, also .gz.
 */
export async function readFiles(
  connection: DuckDBConnection,
  paths: readonly string[],
): Promise<{ columns: string[]; notes: string[] }> {
  const notes: string[] = [];
  await connection.run('CREATE TABLE malformed(file VARCHAR, row BIGINT, line VARCHAR, problem VARCHAR)');
  let columns: string[] | undefined;
  for (const path of paths) {
    if (!existsSync(path))
      throw new EndcapError('file_not_found', `No file ${path}`, { remedy: 'Check the path' });
    const source = await sourceOf(connection, path).catch((cause) => {
      throw cause instanceof EndcapError ? cause : unreadable(path, cause);
    });
    if (source.note) notes.push(source.note);
    const there = await describe(connection, source.from, path);
    const found = there.filter((name) => !added.includes(name));
    const unlike = columns && found.find((column) => !columns!.includes(column));
    if (unlike !== undefined) throw otherColumns(path, unlike);
    const file = quoteText(path.split('/').at(-1) ?? path);
    const given = found.map((column) => `CAST(${quoteName(column)} AS VARCHAR) AS ${quoteName(column)}`);
    const { row, position, quarantine } = source;
    const corrected = quarantine?.corrected ?? false;
    const confirmed =
      corrected && there.includes('_confirmed') ? `coalesce(_confirmed = 'true', false)` : 'false';
    const select = `SELECT ${file} AS _file, ${row} AS _row, ${position} AS _position, ${corrected} AS _corrected,
      ${confirmed} AS _confirmed, ${given.join(', ')} FROM ${source.from}`;
    try {
      await connection.run(columns ? `INSERT INTO raw BY NAME ${select}` : `CREATE TABLE raw AS ${select}`);
    } catch (cause) {
      throw unreadable(path, cause);
    } finally {
      if (quarantine) await rm(dirname(quarantine.path), { recursive: true });
    }
    columns ??= found;
    await keepRejects(connection, file);
  }
  return { columns: columns ?? [], notes };
}

async function sourceOf(connection: DuckDBConnection, path: string): Promise<Source> {
  const plain = { row: 'row_number() OVER ()', position: 'NULL::BIGINT' };
  const ending = path.replace(/\.gz$/, '').split('.').at(-1)?.toLowerCase();
  if (ending === 'parquet') return { from: `read_parquet(${quoteText(path)})`, ...plain };
  if (ending === 'jsonl' || ending === 'ndjson') {
    const quarantine = await unwrapQuarantine(path);
    const from = await jsonLines(connection, quarantine?.path ?? path, path);
    return { from, row: '_row', position: '_position', quarantine };
  }
  if (ending === 'csv' || ending === 'tsv' || ending === 'txt') {
    return { ...plain, ...(await csvSource(path)) };
  }
  throw new EndcapError('unknown_format', `Cannot tell the format of ${path}`, {
    remedy: 'Use .csv, .tsv, .parquet or .jsonl (each may be .gz)',
  });
}

/** Nothing is left to be guessed from the rows, which may be anything. */
async function csvSource(path: string): Promise<Pick<Source, 'from' | 'note'>> {
  const { columns, delimiter, encoding } = await layoutOf(path).catch((cause) => {
    throw unreadable(path, cause);
  });
  const types = columns.map((name) => `${quoteText(name)}: 'VARCHAR'`).join(', ');
  const from = `read_csv(${quoteText(path)}, auto_detect = false, header = true, columns = {${types}}, store_rejects = true,
    delim = ${quoteText(delimiter)}, quote = '"', escape = '"', encoding = '${encoding}', null_padding = true)`;
  return encoding === 'utf-8' ? { from } : { from, note: `${path} is not in UTF-8: read as ${encoding}` };
}

/** A file as lines, whatever is in them; those that are no UTF-8 are rejects. */
const linesOf = (
  path: string,
): string => `read_csv(${quoteText(path)}, columns = {'line': 'VARCHAR'}, header = false, store_rejects = true,
    auto_detect = false, strict_mode = false, delim = '\x01', quote = '', escape = '', max_line_size = 4000000)`;

/**
 * JSON lines as text columns. A line that is no JSON object goes to `malformed` with its text. A ready event log
 * (lines with `items`) gives a row an item; its id, kept as the column `id`, puts the rows together again.
 */
async function jsonLines(connection: DuckDBConnection, path: string, shown: string): Promise<string> {
  const file = quoteText(shown.split('/').at(-1) ?? shown);
  await connection.run(`CREATE OR REPLACE TEMP TABLE lines AS
    SELECT row_number() OVER () AS row, line, CASE WHEN json_valid(line) THEN json_type(line) = 'OBJECT' ELSE false END AS good
    FROM ${linesOf(path)} WHERE trim(line) <> ''`);
  await connection.run(
    `INSERT INTO malformed SELECT ${file}, row, line, 'not a JSON object' FROM lines WHERE NOT good`,
  );
  const keys = (
    await rows(
      connection,
      'SELECT DISTINCT unnest(json_keys(line)) AS key FROM lines WHERE good ORDER BY key',
    )
  ).map((row) => String(row.key));
  const pointer = (key: string): string => quoteText(`/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`);
  const field = (of: string, key: string, as: string): string =>
    `${of} ->> ${pointer(key)} AS ${quoteName(as)}`;
  if (!keys.includes('items')) {
    const all = keys.map((key) => `, ${field('line', key, key)}`).join('');
    return `(SELECT row AS _row, NULL::BIGINT AS _position${all} FROM lines WHERE good ORDER BY row)`;
  }
  const outer = [...new Set([...keys, 'type'])]
    .filter((key) => key !== 'items')
    .map((key) => field('line', key, key));
  const inner = [
    field('entry', 'id', 'item'),
    field('entry', 'quantity', 'quantity'),
    field('entry', 'price', 'price'),
  ];
  const columns = [...outer, ...inner].join(', ');
  // Position 0 is something in `items` that is no list: its item is missing. An empty list has no position.
  return `(SELECT row AS _row, position AS _position, ${columns} FROM (
    SELECT row, line, unnest(CASE WHEN size > 0 THEN from_json(line -> '/items', '["JSON"]') ELSE [NULL::JSON] END) AS entry,
      unnest(CASE WHEN size > 0 THEN range(1, size + 1) WHEN listed THEN [NULL] ELSE [0] END) AS position
    FROM (SELECT row, line, coalesce(json_array_length(line, '/items'), 0)::BIGINT AS size,
        coalesce(json_type(line, '/items') IN ('ARRAY', 'NULL'), true) AS listed FROM lines WHERE good))
    ORDER BY row, position)`;
}

async function describe(connection: DuckDBConnection, source: string, path: string): Promise<string[]> {
  try {
    return (await rows(connection, `DESCRIBE SELECT * FROM ${source}`)).map((column) =>
      String(column.column_name),
    );
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

async function keepRejects(connection: DuckDBConnection, file: string): Promise<void> {
  const [table] = await rows(
    connection,
    "SELECT 1 AS there FROM duckdb_tables() WHERE table_name = 'reject_errors'",
  );
  if (!table) return;
  await connection.run(
    `INSERT INTO malformed SELECT ${file}, line, any_value(csv_line), any_value(error_message) FROM reject_errors GROUP BY line`,
  );
  await connection.run('DELETE FROM reject_errors');
}

/** A quarantine file holds the raw row under `data`; takes those out into a plain file. */
async function unwrapQuarantine(path: string): Promise<Quarantine | undefined> {
  if (path.endsWith('.gz')) return undefined;
  const target = join(await mkdtemp(join(tmpdir(), 'endcap-quarantine-')), 'rows.jsonl');
  let out: ReturnType<typeof createWriteStream> | undefined;
  let corrected = false;
  // Made right before it is read: lines that come while nobody iterates are lost.
  const lines = createInterface({ input: createReadStream(path) });
  for await (const line of lines) {
    if (line.trim() === '') continue;
    const record = parseLine(line);
    if (!out && !(record && 'reason' in record && 'data' in record)) return undefined;
    out ??= createWriteStream(target);
    // What the server refused was refused whole, so a corrected event may keep its id.
    if (record?.file !== 'http') corrected = true;
    const row = correctedLine(record?.data);
    const confirmed = record?.confirmed === true ? { _confirmed: true } : {};
    const said = typeof row === 'object' && row !== null ? { ...row, ...confirmed } : (row ?? line);
    if (!out.write(`${JSON.stringify(said)}\n`)) await once(out, 'drain');
  }
  if (!out) return undefined;
  out.end();
  await once(out, 'finish');
  return { path: target, corrected };
}

/** The row to read; of a line that did not parse, the line, if it does now. */
function correctedLine(data: unknown): unknown {
  const line = (data as { _line?: unknown } | undefined)?._line;
  return (typeof line === 'string' ? parseLine(line) : undefined) ?? data;
}

function parseLine(line: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

function unreadable(path: string, cause: unknown): EndcapError {
  const text = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause);
  return new EndcapError('unreadable_file', `Cannot read ${path}: ${text}`, {
    remedy: 'Check that the file is whole and of the format its name says',
    cause,
  });
}

function otherColumns(path: string, column: string): EndcapError {
  return new EndcapError('other_columns', `${path} has a column "${column}" that the first file has not`, {
    remedy: 'Import files of another layout by themselves',
  });
}
