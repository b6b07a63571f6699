import { isAscii, isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';

/** What there is to know of a CSV file before its rows are read. */
export interface Layout {
  /** Names in the header; those that are empty or come again get a number. */
  columns: string[];
  delimiter: string;
  encoding: 'utf-8' | 'utf-16' | 'latin-1';
}

/**
 * Looks at all bytes of a CSV: guessing from some rows would let a stray quote decide on the separator, and the first
 * letter with an accent may be anywhere. The separator is the one that the header has most of. The encoding is
 * UTF-16 with its mark, UTF-8, or Latin-1 where more lines are no UTF-8 than are UTF-8 beyond ASCII.
 */
export async function layoutOf(path: string): Promise<Layout> {
  let header: Buffer | undefined;
  let rest = Buffer.alloc(0);
  const lines = { utf8: 0, other: 0 };
  for await (const chunk of bytesOf(path)) {
    const bytes = Buffer.concat([rest, chunk]);
    const end = bytes.lastIndexOf(newline) + 1;
    rest = bytes.subarray(end);
    if (end === 0) continue;
    header ??= bytes.subarray(0, bytes.indexOf(newline));
    countLines(bytes.subarray(0, end), lines);
  }
  countLines(rest, lines);
  header ??= rest;
  const encoding = isUtf16(header) ? 'utf-16' : lines.other > lines.utf8 ? 'latin-1' : 'utf-8';
  const decoder = new TextDecoder({ 'utf-8': 'utf-8', 'utf-16': 'utf-16le', 'latin-1': 'latin1' }[encoding]);
  const text = decoder.decode(header).replace(/[\r\n\0]+$/, '');
  const bare = text.replace(/"[^"]*"/g, '');
  const counts = [',', ';', '\t', '|'].map((sign) => [sign, bare.split(sign).length] as const);
  const [delimiter] = counts.reduce((best, next) => (next[1] > best[1] ? next : best));
  return { columns: named(cellsOf(text, delimiter)), delimiter, encoding };
}
const newline = 10;

function bytesOf(path: string): AsyncIterable<Buffer> {
  const file = createReadStream(path);
  if (!path.endsWith('.gz')) return file;
  const plain = createGunzip();
  file.on('error', (error) => plain.destroy(error)).pipe(plain);
  return plain;
}

const isUtf16 = (bytes: Buffer): boolean => bytes[0] === 0xff && bytes[1] === 0xfe;

/** Counts lines beyond ASCII; whole stretches of ASCII are passed over at once. */
function countLines(bytes: Buffer, lines: { utf8: number; other: number }): void {
  if (isAscii(bytes)) return;
  for (let from = 0; from < bytes.length; ) {
    const at = bytes.indexOf(newline, from);
    const line = bytes.subarray(from, at < 0 ? bytes.length : at);
    if (!isAscii(line)) lines[isUtf8(line) ? 'utf8' : 'other']++;
    from += line.length + 1;
  }
}

/** The cells of one line; a doubled quote inside quotes is a quote. */
function cellsOf(line: string, delimiter: string): string[] {
  const cells: string[] = [];
  let cell = '';
  let quoted = false;
  for (let at = 0; at < line.length; at++) {
    const sign = line[at]!;
    if (sign === '"' && quoted && line[at + 1] === '"') cell += line[++at];
    else if (sign === '"') quoted = !quoted;
    else if (sign === delimiter && !quoted) {
      cells.push(cell);
      cell = '';
    } else cell += sign;
  }
  return [...cells, cell];
}

/** Names that differ whatever their case, as SQL wants them. */
function named(cells: readonly string[]): string[] {
  const taken = new Set<string>();
  return cells.map((cell, at) => {
    let name = cell.trim() || `column${at + 1}`;
    for (let copy = 2; taken.has(name.toLowerCase()); copy++) name = `${cell.trim()}_${copy}`;
    taken.add(name.toLowerCase());
    return name;
  });
}
