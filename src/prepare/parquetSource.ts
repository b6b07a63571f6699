import { symlink } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { quoteName, quoteText, rows, streamed } from './duck.js';
import type { JsonSink } from './jsonSink.js';
import { parseJson } from './paths.js';
import { recordSource } from './recordSource.js';
import { hashOf } from './rowHash.js';
import type { ReadableSource, Sink } from './source.js';

/** Parquet: flat files are read by SQL, those with structures as records. */
export async function parquetSource(
  connection: DuckDBConnection,
  path: string,
  scratch: string,
  whole = false,
): Promise<ReadableSource> {
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
