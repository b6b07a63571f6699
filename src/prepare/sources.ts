import type { DuckDBConnection } from '@duckdb/node-api';
import { EndcapError } from '../core/index.js';
import { formatOf } from './bytes.js';
import { delimitedSource } from './delimitedSource.js';
import { unreadable } from './faults.js';
import { readFeed } from './feedXml.js';
import { parquetSource } from './parquetSource.js';
import { jsonSource, recordSource } from './recordSource.js';
import type { ReadableSource, Source, SourceHints } from './source.js';
import { unchangedSince } from './unchanged.js';

/** Looks at a file, from now on as it is now. `scratch` is a folder for what must be written down meanwhile. */
export async function openSource(
  connection: DuckDBConnection,
  path: string,
  scratch: string,
  hints: SourceHints = {},
): Promise<Source> {
  const unchanged = await unchangedSince(path);
  return { ...(await sourceOf(connection, path, scratch, hints)), unchanged };
}

async function sourceOf(
  connection: DuckDBConnection,
  path: string,
  scratch: string,
  hints: SourceHints,
): Promise<ReadableSource> {
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
