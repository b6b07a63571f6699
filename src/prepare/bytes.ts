import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { EndcapError } from '../core/index.js';

export type Format = 'delimited' | 'json-lines' | 'json' | 'parquet' | 'xml';

/** A file that is there and is a file: a pipe would be waited for without end. Resolves to its size, bytes. */
export async function requireFile(path: string): Promise<number> {
  const found = await stat(path).catch(() => undefined);
  if (!found) throw new EndcapError('file_not_found', `No file ${path}`, { remedy: 'Check the path' });
  if (found.isFile()) return found.size;
  const what = found.isDirectory() ? 'a folder' : 'no regular file (a pipe, socket or device)';
  throw new EndcapError('not_a_file', `${path} is ${what}`, {
    remedy: 'Name a file; write what comes from a pipe into one first',
  });
}

const magic = { gzip: Buffer.of(0x1f, 0x8b), parquet: Buffer.from('PAR1'), zip: Buffer.from('PK') };

async function headOf(path: string): Promise<Buffer> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

const starts = (bytes: Buffer, with_: Buffer): boolean => bytes.subarray(0, with_.length).equals(with_);

/** Past this much, and this many times the size of the archive, unpacked text is taken for a bomb. */
const unpackedAlways = 128 << 20;
const unpackedFactor = 250;

/** The bytes of a file, unpacked where it begins as gzip does, whatever it is called. */
export async function* bytesOf(path: string): AsyncIterable<Buffer> {
  const size = await requireFile(path);
  const file = createReadStream(path, { highWaterMark: 1 << 20 });
  if (!starts(await headOf(path), magic.gzip)) {
    yield* file as AsyncIterable<Buffer>;
    return;
  }
  const plain = createGunzip({ chunkSize: 1 << 20 });
  file.on('error', (error) => plain.destroy(error)).pipe(plain);
  let unpacked = 0;
  try {
    for await (const chunk of plain as AsyncIterable<Buffer>) {
      unpacked += chunk.length;
      if (unpacked > unpackedAlways && unpacked > unpackedFactor * size) throw bomb(path, size);
      yield chunk;
    }
  } finally {
    file.destroy();
    plain.destroy();
  }
}

function bomb(path: string, size: number): EndcapError {
  return new EndcapError(
    'suspicious_archive',
    `${path} unpacks to more than ${unpackedFactor} times its ${size.toLocaleString('en')} bytes`,
    { remedy: 'If it is what it should be, unpack it yourself and import that' },
  );
}

/** The format of a file: by what it begins with where that is certain, else by its ending. */
export async function formatOf(path: string): Promise<Format> {
  await requireFile(path);
  const head = await headOf(path);
  const ending = path.replace(/\.gz$/i, '').split('.').at(-1)?.toLowerCase() ?? '';
  if (starts(head, magic.parquet) || ending === 'parquet') return 'parquet';
  if (starts(head, magic.zip) || ['xlsx', 'xls', 'ods', 'zip'].includes(ending)) throw unknown(path);
  const known: Record<string, Format> = {
    csv: 'delimited',
    tsv: 'delimited',
    jsonl: 'json-lines',
    ndjson: 'json-lines',
    xml: 'xml',
  };
  if (known[ending]) return known[ending];
  for await (const chunk of bytesOf(path)) {
    if (looksBinary(chunk)) throw unknown(path);
    const text = chunk
      .subarray(0, 4_096)
      .toString('utf8')
      .replace(/^\ufeff/, '')
      .trimStart();
    if (text.startsWith('<')) return 'xml';
    if (ending === 'json' && /^[[{]/.test(text) && !isJsonLine(text)) return 'json';
    if (text.startsWith('[') && ending !== 'txt') return 'json';
    return text.startsWith('{') ? 'json-lines' : 'delimited';
  }
  return 'delimited';
}

/** Whether the first line is a whole JSON object, as in JSON lines. */
function isJsonLine(text: string): boolean {
  const line = text.split('\n', 1)[0]!.trim();
  if (!line.startsWith('{') || !line.endsWith('}')) return false;
  try {
    JSON.parse(line);
    // One line alone may be a whole document as well: with more lines it is JSON lines.
    return text.includes('\n{');
  } catch {
    return false;
  }
}

/** Control characters that no text has; UTF-16 has NUL, so that alone says nothing. */
function looksBinary(bytes: Buffer): boolean {
  const head = bytes.subarray(0, 4_096);
  let odd = 0;
  for (const byte of head) if (byte > 0 && byte < 9 && byte !== 1 && byte !== 2) odd++;
  return odd > head.length / 50;
}

function unknown(path: string): EndcapError {
  return new EndcapError('unknown_format', `Cannot tell the format of ${path}`, {
    remedy: 'Save it as CSV, TSV, Parquet, JSON or JSON lines (each may be .gz)',
  });
}
