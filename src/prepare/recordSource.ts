import { basename } from 'node:path';
import { EndcapError } from '../core/index.js';
import { bytesOf } from './bytes.js';
import { decoded, encodingOf } from './encoding.js';
import { unreadable } from './faults.js';
import { readJsonLines, readJsonText } from './jsonRecords.js';
import type { JsonSink } from './jsonSink.js';
import { collectPaths } from './paths.js';
import { hashOf } from './rowHash.js';
import type { ReadableSource, Sink, SourceHints } from './source.js';
import { spreader } from './spread.js';

/** JSON lines, or one document. */
export async function jsonSource(
  path: string,
  format: 'json' | 'json-lines',
  hints: SourceHints,
): Promise<ReadableSource> {
  const encoding = await encodingOf(path, hints.encoding);
  const records =
    format === 'json-lines'
      ? (each: JsonSink) => readJsonLines(path, encoding, each)
      : async (each: JsonSink) => readJsonText(decoded(await readWhole(path), encoding.name), each);
  const notes =
    encoding.name === 'utf-8'
      ? []
      : [`${path} is not in UTF-8: read as ${encoding.name} (--encoding says another)`];
  return recordSource(path, records, { notes, whole: hints.catalogue });
}

/** A source whose records are objects: its columns are the paths of their values. */
export async function recordSource(
  path: string,
  records: (each: JsonSink) => Promise<void>,
  { notes = [], whole = false }: { notes?: readonly string[]; whole?: boolean | undefined } = {},
): Promise<ReadableSource> {
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
