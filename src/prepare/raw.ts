import type { DuckDBConnection } from '@duckdb/node-api';
import { EndcapError } from '../core/index.js';
import { appenderOf, quoteName, quoteText, rows } from './duck.js';
import { unreadable } from './faults.js';
import type { Source } from './source.js';

/** Files as a table: where each row is from, then the columns as text under names of our own. */
export interface Raw {
  columns: readonly string[];
  /** SQL name of a column. */
  name(column: string): string;
}

/** Of more columns than this only those that mean something are kept; the rest tells duplicates apart, as a number. */
export const columnsKept = 64;

const origin = `_file VARCHAR, _row BIGINT, _position BIGINT, _corrected BOOLEAN, _confirmed BOOLEAN, _rest DOUBLE`;

export async function makeMalformed(connection: DuckDBConnection): Promise<void> {
  await connection.run(
    'CREATE TABLE IF NOT EXISTS malformed(file VARCHAR, row BIGINT, line VARCHAR, problem VARCHAR)',
  );
}

/** Reads files of the same columns, one below the other, into `table`; lines that do not parse into `malformed`. */
export async function loadSources(
  connection: DuckDBConnection,
  table: string,
  sources: readonly Source[],
  columns: readonly string[],
): Promise<Raw> {
  const names = new Map(columns.map((column, at) => [column, `c${at}`]));
  const raw: Raw = { columns, name: (column) => names.get(column)! };
  const defined = columns.map((_, at) => `, c${at} VARCHAR`).join('');
  await connection.run(`CREATE TABLE ${table}(${origin}${defined})`);
  await makeMalformed(connection);
  for (const source of sources) {
    try {
      if (source.sql) await loadSql(connection, table, source, columns);
      else await loadRows(connection, table, source, columns);
      await source.unchanged();
    } catch (cause) {
      throw unreadable(source.path, cause);
    }
  }
  return raw;
}

async function loadSql(
  connection: DuckDBConnection,
  table: string,
  { sql, file, columns: there }: Source,
  columns: readonly string[],
): Promise<void> {
  const cell = (column: string): string =>
    there.includes(column) ? `CAST(${quoteName(column)} AS VARCHAR)` : 'NULL';
  const others = there.filter((column) => !columns.includes(column)).map(quoteName);
  const rest = others.length > 0 ? `(hash(${others.join(', ')}) >> 11)::DOUBLE` : '0';
  await connection.run(`INSERT INTO ${table} SELECT ${quoteText(file)}, row_number() OVER (), NULL, false, false, ${rest}
    ${columns.map((column) => `, ${cell(column)}`).join('')} FROM ${sql}`);
}

async function loadRows(
  connection: DuckDBConnection,
  table: string,
  source: Source,
  columns: readonly string[],
): Promise<void> {
  const there = columns.filter((column) => hasColumn(source, column));
  const places = columns.map((column) => there.indexOf(column));
  const whole = there.length === columns.length;
  const good = await appenderOf(connection, table);
  const bad = await appenderOf(connection, 'malformed');
  try {
    await source.read(there, {
      row({ row, position, corrected = false, confirmed = false, rest }, cells) {
        const all = whole ? cells : places.map((at) => (at < 0 ? null : cells[at]!));
        const place = position === undefined ? null : BigInt(position);
        good.append([source.file, BigInt(row), place, corrected, confirmed, rest, ...all]);
      },
      malformed: (row, line, problem) => bad.append([source.file, BigInt(row), line, problem]),
    });
  } finally {
    good.close();
    bad.close();
  }
}

/** Whether a file has the column; of JSON, also a path that no listing shows, such as one by key. */
export function hasColumn({ columns, nested }: Pick<Source, 'columns' | 'nested'>, column: string): boolean {
  if (columns.includes(column)) return true;
  // Of a flat file: a list in a cell.
  if (!nested) return /^(.+?)\[\]/.test(column) && columns.includes(column.slice(0, column.indexOf('[]')));
  const list = /^(.*?)\[[^\]]+=/.exec(column)?.[1];
  if (list !== undefined) return columns.some((path) => path.startsWith(`${list}[]`));
  return columns.some((path) => path.startsWith(`${column}.`));
}

/**
 * Adds to table `raw` the columns of a table that has a row a key, such as orders to their lines. Rows without a
 * partner keep nothing in the added columns; of several partners the first counts.
 */
export async function joinInto(
  connection: DuckDBConnection,
  left: Raw,
  right: { table: string; raw: Raw; key: { left: string; right: string } },
): Promise<{ raw: Raw; alone: number }> {
  const added = right.raw.columns.filter((column) => !left.columns.includes(column));
  const columns = [...left.columns, ...added];
  const names = new Map(columns.map((column, at) => [column, `c${at}`]));
  const raw: Raw = { columns, name: (column) => names.get(column)! };
  const kept = left.columns.map((column) => `l.${left.name(column)} AS ${raw.name(column)}`);
  const taken = added.map((column) => `r.${right.raw.name(column)} AS ${raw.name(column)}`);
  const [leftKey, rightKey] = [`l.${left.name(right.key.left)}`, right.raw.name(right.key.right)];
  await connection.run(`CREATE TABLE joined AS SELECT l._file, l._row, l._position, l._corrected, l._confirmed, l._rest,
      ${[...kept, ...taken].join(', ')}, r.there IS NULL AS _alone
    FROM raw l LEFT JOIN (SELECT *, true AS there FROM ${right.table}
      QUALIFY row_number() OVER (PARTITION BY trim(${rightKey}) ORDER BY rowid) = 1) r ON trim(${leftKey}) = trim(r.${rightKey})
    ORDER BY l.rowid`);
  const [count] = await rows(connection, 'SELECT count(*) FILTER (_alone) AS n FROM joined');
  await connection.run(`DROP TABLE raw; DROP TABLE ${right.table}; ALTER TABLE joined DROP COLUMN _alone;
    ALTER TABLE joined RENAME TO raw`);
  return { raw, alone: Number(count?.n ?? 0) };
}

export function otherColumns(path: string, column: string): EndcapError {
  return new EndcapError(
    'other_columns',
    `${path} has the column "${column}", which the first file has not`,
    {
      remedy:
        'Import files of different kinds one after another, or name the key that joins them: {"join":[{"on":"…"}]}',
    },
  );
}
