import { once } from 'node:events';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { EndcapError } from '../core/index.js';

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

/**
 * Reads files into table `raw` (file, row, then the columns as text) and malformed lines into `malformed`
 * (file, row, line, problem). Formats by ending: .csv, .tsv, .txt, .parquet, .jsonl, .ndjson, each also .gz.
 */
export async function readFiles(connection: DuckDBConnection, paths: readonly string[]): Promise<string[]> {
  await connection.run('CREATE TABLE malformed(file VARCHAR, row BIGINT, line VARCHAR, problem VARCHAR)');
  let columns: string[] = [];
  for (const [index, path] of paths.entries()) {
    if (!existsSync(path))
      throw new EndcapError('file_not_found', `No file ${path}`, { remedy: 'Check the path' });
    const source = await sourceOf(connection, path);
    const found = await describe(connection, source, path);
    if (index === 0) columns = found;
    const file = quoteText(path.split('/').at(-1) ?? path);
    const select = found
      .map((column) => `CAST(${quoteName(column)} AS VARCHAR) AS ${quoteName(column)}`)
      .join(', ');
    const numbered = `SELECT ${file} AS _file, row_number() OVER () AS _row, ${select} FROM ${source}`;
    try {
      await connection.run(
        index === 0 ? `CREATE TABLE raw AS ${numbered}` : `INSERT INTO raw BY NAME ${numbered}`,
      );
    } catch (cause) {
      throw unreadable(path, cause);
    }
    await keepRejects(connection, file);
  }
  return columns;
}

async function sourceOf(connection: DuckDBConnection, path: string): Promise<string> {
  const ending = path.replace(/\.gz$/, '').split('.').at(-1)?.toLowerCase();
  if (ending === 'parquet') return `read_parquet(${quoteText(path)})`;
  if (ending === 'jsonl' || ending === 'ndjson') {
    return jsonLines(connection, (await unwrapQuarantine(path)) ?? path, path);
  }
  if (ending === 'csv' || ending === 'tsv' || ending === 'txt') {
    const delimiter = await delimiterOf(connection, path);
    return `read_csv(${quoteText(path)}, header = true, all_varchar = true, store_rejects = true, sample_size = 20000,
      delim = ${quoteText(delimiter)}, quote = '"', escape = '"')`;
  }
  throw new EndcapError('unknown_format', `Cannot tell the format of ${path}`, {
    remedy: 'Use .csv, .tsv, .parquet or .jsonl (each may be .gz)',
  });
}

/** A file as lines, whatever is in them. */
const linesOf = (
  path: string,
): string => `read_csv(${quoteText(path)}, columns = {'line': 'VARCHAR'}, header = false,
    auto_detect = false, delim = '\x01', quote = '', escape = '', max_line_size = 4000000)`;

/** The separator that the header has most of. Guessing it from the rows would let a stray quote decide. */
async function delimiterOf(connection: DuckDBConnection, path: string): Promise<string> {
  let header = '';
  try {
    const [first] = await rows(connection, `SELECT line FROM ${linesOf(path)} LIMIT 1`);
    header = String(first?.line ?? '').replace(/"[^"]*"/g, '');
  } catch (cause) {
    throw unreadable(path, cause);
  }
  const counts = [',', ';', '\t', '|'].map((sign) => [sign, header.split(sign).length] as const);
  return counts.reduce((best, next) => (next[1] > best[1] ? next : best))[0];
}

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
    return `(SELECT ${keys.map((key) => field('line', key, key)).join(', ')} FROM lines WHERE good ORDER BY row)`;
  }
  const outer = keys.filter((key) => key !== 'items').map((key) => field('line', key, key));
  const inner = [
    field('entry', 'id', 'item'),
    field('entry', 'quantity', 'quantity'),
    field('entry', 'price', 'price'),
  ];
  return `(SELECT ${[...outer, ...inner].join(', ')} FROM (
    SELECT row, line, unnest(CASE WHEN json_array_length(line, '/items') > 0
      THEN from_json(line -> '/items', '["JSON"]') ELSE [NULL::JSON] END) AS entry FROM lines WHERE good) ORDER BY row)`;
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
async function unwrapQuarantine(path: string): Promise<string | undefined> {
  if (path.endsWith('.gz')) return undefined;
  const target = join(await mkdtemp(join(tmpdir(), 'endcap-quarantine-')), 'rows.jsonl');
  let out: ReturnType<typeof createWriteStream> | undefined;
  // Made right before it is read: lines that come while nobody iterates are lost.
  const lines = createInterface({ input: createReadStream(path) });
  for await (const line of lines) {
    if (line.trim() === '') continue;
    const record = parseLine(line);
    if (!out && !(record && 'reason' in record && 'data' in record)) return undefined;
    out ??= createWriteStream(target);
    if (!out.write(`${JSON.stringify(record?.data)}\n`)) await once(out, 'drain');
  }
  if (!out) return undefined;
  out.end();
  await once(out, 'finish');
  return target;
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
