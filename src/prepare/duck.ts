import { mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { DuckDBConnection } from '@duckdb/node-api';
import { isDiskFullText, outOfRoom } from './faults.js';

/** Quotes a name or a text for SQL. Values from people travel as these, never bare. */
export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`;
export const quoteText = (text: string): string => `'${text.replaceAll("'", "''")}'`;

export interface Duck {
  connection: DuckDBConnection;
  /** A second look at the same tables, for reading one while another is written. */
  beside(): Promise<DuckDBConnection>;
  close(): Promise<void>;
}

/**
 * A database in memory that spills into `scratch`, which is made now and is gone after `close`. Its library is loaded
 * only now: a server, which needs none, would hold 5 MiB, and map 10, for it.
 */
export async function openDuck(scratch: string): Promise<Duck> {
  const { DuckDBInstance } = await import('@duckdb/node-api');
  mkdirSync(scratch, { recursive: true });
  const instance = await DuckDBInstance.create(':memory:', {
    threads: '2',
    memory_limit: '640MB',
    temp_directory: scratch,
  });
  const opened: DuckDBConnection[] = [];
  const connect = async (): Promise<DuckDBConnection> => {
    const connection = await instance.connect();
    opened.push(connection);
    await connection.run('SET preserve_insertion_order = true');
    // A time with a zone means the same wherever the import runs.
    await connection.run("SET TimeZone = 'UTC'");
    return connection;
  };
  return {
    connection: await connect(),
    beside: connect,
    close: async () => {
      for (const connection of opened) connection.closeSync();
      instance.closeSync();
      await rm(scratch, { recursive: true, force: true });
    },
  };
}

export async function rows(connection: DuckDBConnection, sql: string): Promise<Record<string, unknown>[]> {
  try {
    const reader = await connection.runAndReadAll(sql);
    return reader.getRowObjectsJS() as Record<string, unknown>[];
  } catch (cause) {
    if (isDiskFullText(cause)) throw outOfRoom(cause);
    throw cause;
  }
}

/** Columns of an appended row: text, whole numbers, truth, or nothing. */
export type Cell = string | number | bigint | boolean | null | undefined;

/** Appends rows to a table whose columns take what `append` gives: BIGINT takes bigint, DOUBLE takes number. */
export async function appenderOf(
  connection: DuckDBConnection,
  table: string,
): Promise<{ append(row: readonly Cell[]): void; close(): void }> {
  const appender = await connection.createAppender(table);
  return {
    append(row) {
      for (const cell of row) {
        if (cell === null || cell === undefined) appender.appendNull();
        else if (typeof cell === 'string') appender.appendVarchar(cell);
        else if (typeof cell === 'bigint') appender.appendBigInt(cell);
        else if (typeof cell === 'boolean') appender.appendBoolean(cell);
        else appender.appendDouble(cell);
      }
      appender.endRow();
    },
    close: () => appender.closeSync(),
  };
}

/** Streams the rows of a query, a chunk at a time, so that none of it need fit into memory at once. */
export async function* streamed<Row extends unknown[]>(
  connection: DuckDBConnection,
  sql: string,
): AsyncIterable<Row[]> {
  const result = await connection.stream(sql);
  for (;;) {
    const chunk = await result.fetchChunk();
    if (!chunk || chunk.rowCount === 0) return;
    yield chunk.getRows() as unknown as Row[];
  }
}
