import { longestRecord } from './delimited.js';
import { type Encoding, textOf } from './encoding.js';
import type { JsonSink } from './jsonSink.js';
import { parseJson } from './paths.js';

/**
 * Reads JSON lines. Of a quarantine, whose lines hold the raw row under `data`, the raw rows. A line that is no JSON
 * object is malformed.
 */
export async function readJsonLines(path: string, encoding: Encoding, sink: JsonSink): Promise<void> {
  let row = 0;
  let quarantine: boolean | undefined;
  const line = (text: string): void => {
    if (text.trim() === '') return;
    row++;
    const fault = faultOf(text, encoding);
    const record = fault === undefined ? objectOf(text) : undefined;
    quarantine ??= record !== undefined && 'reason' in record && 'data' in record;
    if (!record) sink.malformed(row, text.slice(0, shownOfLine), fault ?? 'not a JSON object');
    else if (quarantine) unwrap(record, row, text, sink);
    else sink.record(record, { row });
  };
  let rest = '';
  for await (const piece of textOf(path, encoding.name)) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop()!;
    for (const text of lines) line(text);
    await sink.pause?.();
    // Enough is kept of a line that is too long to say so.
    if (rest.length > 2 * longestRecord) rest = rest.slice(0, longestRecord + 1);
  }
  line(rest);
}

const shownOfLine = 10_000;

function faultOf(text: string, { broken }: Encoding): string | undefined {
  if (text.length > longestRecord) return 'a line of more than 4 MB';
  return broken > 0 && text.includes('\ufffd') ? 'letters that are no UTF-8' : undefined;
}

function unwrap(record: Record<string, unknown>, row: number, text: string, sink: JsonSink): void {
  const data = correctedLine(record.data);
  // What the server refused was refused whole, so a corrected event may keep its id.
  const corrected = record.file !== 'http';
  if (typeof data !== 'object' || data === null || Array.isArray(data))
    sink.malformed(row, text, 'not a JSON object');
  else sink.record(data, { row, corrected, confirmed: corrected && record.confirmed === true });
}

/** The row to read; of a line that did not parse, the line, if it does now. */
export function correctedLine(data: unknown): unknown {
  const line = (data as { _line?: unknown } | undefined)?._line;
  return (typeof line === 'string' ? objectOf(line) : undefined) ?? data;
}

function objectOf(text: string): Record<string, unknown> | undefined {
  try {
    const value = parseJson(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Reads one JSON document: a list of records, or an object that holds one, as the answer of an API does. */
export function readJsonText(text: string, sink: JsonSink): void {
  const documents = documentsOf(text.replace(/^\ufeff/, ''));
  const [whole] = documents;
  const records: readonly unknown[] =
    documents.length > 1 ? documents : Array.isArray(whole) ? whole : (recordsIn(whole, 3) ?? [whole]);
  for (const [at, record] of records.entries()) {
    if (typeof record === 'object' && record !== null && !Array.isArray(record))
      sink.record(record, { row: at + 1 });
    else sink.malformed(at + 1, JSON.stringify(record), 'not a JSON object');
  }
}

/** One document, or several one after another, as `jq .` writes records over many lines. */
function documentsOf(text: string): unknown[] {
  try {
    return [parseJson(text)];
  } catch (cause) {
    const parts = text.split(/(?<=^\})\s*$\n(?=\{)/m);
    if (parts.length < 2) throw cause;
    return parts.map(parseJson);
  }
}

/** The list of records that an answer wraps, such as `{ data: { orders: […] } }`; the outermost one counts. */
function recordsIn(value: unknown, depth: number): readonly unknown[] | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const own = Object.values(value).find(isRecords);
  if (own || depth === 1) return own;
  const wrapped = Object.entries(value).filter(([key]) => wrappers.test(key));
  return wrapped.map(([, part]) => recordsIn(part, depth - 1)).find((found) => found !== undefined);
}

const wrappers = /^(data|results?|response|body|payload|hits|_embedded|value)$/i;

const isRecords = (value: unknown): value is readonly unknown[] =>
  Array.isArray(value) && value.length > 0 && typeof value[0] === 'object';
