import { randomUUID } from 'node:crypto';
import { rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EndcapError } from '../core/index.js';
import { openDuck, quoteName, quoteText } from './duck.js';
import { isDiskFullText, unreadable } from './faults.js';

export type ColumnType = 'VARCHAR' | 'DOUBLE' | 'BIGINT' | 'BOOLEAN';

/** Writes a CSV that we have written ourselves as Parquet; the target is there whole or not at all. */
export async function csvToParquet(
  csv: string,
  target: string,
  columns: Readonly<Record<string, ColumnType>>,
  scratch = join(tmpdir(), `endcap-${process.pid}-${randomUUID().slice(0, 8)}`),
): Promise<void> {
  const duck = await openDuck(scratch);
  const half = `${target}.writing`;
  try {
    const types = Object.entries(columns).map(([name, type]) => `${quoteText(name)}: ${quoteText(type)}`);
    const names = Object.keys(columns).map(quoteName).join(', ');
    await duck.connection.run(`COPY (SELECT ${names} FROM read_csv(${quoteText(csv)}, auto_detect = false, header = true,
      columns = {${types.join(', ')}}, delim = ',', quote = '"', escape = '"', parallel = false, max_line_size = 33554432))
      TO ${quoteText(half)} (FORMAT parquet, COMPRESSION zstd)`);
    await rename(half, target);
  } catch (cause) {
    await rm(half, { force: true });
    if (!isDiskFullText(cause)) throw unreadable(target, cause);
    throw new EndcapError('disk_full', `Cannot write ${target}: there is no room for it`, {
      remedy: 'Make room and run it again: it goes on where it was',
      cause,
    });
  } finally {
    await duck.close();
  }
}
