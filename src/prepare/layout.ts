import { parseQuoted, type Quote } from './delimited.js';
import { namesByValues } from './headerless.js';
import { isItemColumn } from './itemMapping.js';
import { plainName, synonymsKnow } from './synonyms.js';

/** What there is to know of a delimited file before its records are read. */
export interface Layout {
  /** Names in the header, each once; the numbers of the columns where there is none. */
  columns: string[];
  delimiter: string;
  /** Whether the file has a header of its own. */
  header: boolean;
  /** What stands around cells; a single quote only where a file puts one around every name. */
  quote: Quote;
  /** The first rows of a file without a header. */
  sample: readonly (readonly string[])[];
  /** Characters before the first record. */
  start: number;
  notes: string[];
}

/** What a mapping says of the layout, so that it is not guessed. */
export interface LayoutHints {
  delimiter?: string | undefined;
  /** Whether there is a header, or the names of the columns of a file without one. */
  header?: boolean | string[] | undefined;
  /** Whether it is a catalogue, whose columns mean other things. */
  catalogue?: boolean;
}

const separators = [',', ';', '\t', '|', '::', '\u0001', '^', '~', ' '];
const linesLookedAt = 50;

/**
 * Tells separator and header from the beginning of a file. The separator is the one that the header has most of, as
 * long as the lines agree: guessing from rows alone would let a stray quote or a decimal comma decide.
 */
export function layoutOf(head: string, hints: LayoutHints = {}): Layout {
  const notes: string[] = [];
  let start = 0;
  let delimiter = hints.delimiter;
  const excel = /^\ufeff?"?sep=([^\r\n"]+)"?(\r\n|\n|\r|$)/i.exec(head);
  if (excel) {
    delimiter ??= excel[1] === '\\t' ? '\t' : excel[1]!;
    start = excel[0].length;
  }
  const skipped = preamble(head.slice(start));
  if (skipped.length > 0) {
    start += skipped.length;
    notes.push(`skipped before the header: ${JSON.stringify(skipped.trim().slice(0, 80))}`);
  }
  const lines = linesOf(head.slice(start)).filter((line) => line.trim() !== '');
  const quote = quoteOf(lines);
  delimiter ??= separatorOf(lines, quote);
  const first = firstRecord(head, start, { delimiter, quote });
  const header = isHeader(first.cells, hints.header);
  const sample = header ? [] : firstRecords(head, start, { delimiter, quote });
  const byValues =
    header || hints.header !== undefined || hints.catalogue ? undefined : namesByValues(sample);
  const said = Array.isArray(hints.header) ? hints.header : byValues;
  const names = header ? first.cells : (said ?? first.cells.map((_, at) => String(at + 1)));
  const width = header ? names.length : Math.max(names.length, first.cells.length);
  const all = Array.from({ length: width }, (_, at) => names[at] ?? String(at + 1));
  // R writes the names of rows without a name for their column.
  if (
    header &&
    lines.length > 1 &&
    lines.slice(1).every((line) => cellsOf(line, { delimiter, quote }) === width + 1)
  ) {
    all.unshift('row');
    notes.push('the first column has no name: read as names of rows');
  }
  if (byValues) notes.push(`no header: by their values the columns are read as ${byValues.join(', ')}`);
  else if (!header) notes.push(`no header: ${said ? 'columns as named' : 'columns by number'}`);
  if (quote === "'") notes.push('cells stand in single quotes');
  return { columns: named(all), delimiter, header, quote, sample, start: header ? first.end : start, notes };
}

/** The single quote where the first line has it around each of its cells, and the double one nowhere. */
function quoteOf(lines: readonly string[]): Quote {
  const first = lines[0]?.trim() ?? '';
  const all = /^'[^']*'(?:\s*(?:[,;\t|^~]|::)\s*'[^']*')+$/.test(first);
  return all && !lines.some((line) => line.includes('"')) ? "'" : '"';
}

interface Marks {
  delimiter: string;
  quote: Quote;
}

const rowsSampled = 200;

function firstRecords(head: string, start: number, marks: Marks): string[][] {
  const found: string[][] = [];
  for (let at = start; found.length < rowsSampled && at < head.length; ) {
    const { cells, end } = firstRecord(head, at, marks);
    // The last one may be cut.
    if (end >= head.length && found.length > 0 && !/[\r\n]$/.test(head)) break;
    if (cells.some((cell) => cell.trim() !== '')) found.push(cells);
    at = end;
  }
  return found;
}

const linesOf = (text: string): string[] => text.split(/\r\n|\n|\r/).slice(0, linesLookedAt);

/** Comments and titles above the header, as reports have them: blank lines, `# …`, lines of one cell over a table. */
function preamble(text: string): string {
  const lines = text.split(/(?<=\r\n|\n|\r(?!\n))/).slice(0, linesLookedAt);
  const counts = lines.map((line) =>
    Math.max(...separators.map((sign) => (sign === ' ' ? 1 : unquoted(line).split(sign).length))),
  );
  const body = counts.filter((_, at) => lines[at]!.trim() !== '').toSorted((a, b) => a - b);
  const usual = body[body.length >> 1] ?? 1;
  let at = 0;
  while (at < lines.length - 1) {
    const line = lines[at]!.trim();
    const comment = line.startsWith('#') && !lines.at(-1)!.startsWith('#') && counts[at]! !== usual;
    const title = usual >= 3 && at < 10 && (counts[at] === 1 || filled(lines[at]!) < 2);
    if (line !== '' && !comment && !title) break;
    at++;
  }
  return at === lines.length - 1 ? '' : lines.slice(0, at).join('');
}

/** Cells of a line that hold something: a spreadsheet fills a title up with separators. */
const filled = (line: string): number =>
  unquoted(line).trim() === ''
    ? 1
    : Math.min(
        ...separators
          .filter((sign) => sign !== ' ' && unquoted(line).includes(sign))
          .map((sign) => line.split(sign).filter((cell) => cell.trim() !== '').length),
      );

/** A line without what stands in quotes. */
const unquoted = (line: string): string => line.replace(/"[^"]*"/g, '');

function separatorOf(lines: readonly string[], quote: Quote): string {
  const bare = quote === "'" ? lines.map((line) => line.replace(/'[^']*'/g, '')) : lines.map(unquoted);
  let best = { sign: ',', agree: false, count: 1 };
  for (const sign of separators) {
    const [count = 1, ...others] = bare.map((line) => line.split(sign).length);
    // A blank is one only where there is no other, and every line has as many.
    if (
      count < 2 ||
      (sign === ' ' && (best.count > 1 || count < 3 || others.some((other) => other !== count)))
    )
      continue;
    const alike = others.filter((other) => other === count).length;
    const agree = alike >= 0.7 * others.length;
    if ((agree && !best.agree) || (agree === best.agree && count > best.count)) best = { sign, agree, count };
  }
  return best.sign;
}

function cellsOf(line: string, { delimiter, quote }: Marks): number {
  const found = parseQuoted(line, 0, delimiter, true, quote);
  return typeof found === 'object' && 'cells' in found && line.split(delimiter).at(-1) !== ''
    ? found.cells.length
    : 0;
}

/** The first record that is not blank, and where the next begins. */
function firstRecord(
  head: string,
  from: number,
  { delimiter, quote }: Marks,
): { cells: string[]; end: number } {
  let start = from;
  while (/[\r\n]/.test(head[start] ?? '')) start++;
  const found = parseQuoted(head, start, delimiter, true, quote);
  const line = /[\r\n]/.exec(head.slice(start));
  const lineEnd = line ? start + line.index : head.length;
  const record =
    typeof found === 'object' && 'cells' in found
      ? found
      : { cells: head.slice(start, lineEnd).split(delimiter), end: lineEnd };
  const end = head.startsWith('\r\n', record.end) ? record.end + 2 : Math.min(record.end + 1, head.length);
  return { cells: record.cells, end };
}

/** A header has names; a row has numbers, times, addresses. A mapping that names the columns is found again in a header. */
function isHeader(cells: readonly string[], said: LayoutHints['header']): boolean {
  if (typeof said === 'boolean') return said;
  const known = cells.filter((cell) => synonymsKnow(cell) || isItemColumn(cell)).length;
  if (said) {
    const names = new Set(said.map(plainName));
    const found = cells.filter((cell) => names.has(plainName(cell))).length;
    return 2 * Math.max(found, known) >= cells.length && !cells.some(looksLikeData);
  }
  return known > 0 || !cells.some(looksLikeData);
}

const looksLikeData = (cell: string): boolean => /^[+-]?\d+([.,:/ -]\d+)*$|^\d{4}-\d\d|@/.test(cell.trim());

/** Names that differ whatever their case, as SQL wants them. */
function named(cells: readonly string[]): string[] {
  const taken = new Set<string>();
  return cells.map((cell, at) => {
    const own =
      cell
        .trim()
        .replace(/^\ufeff/, '')
        .replace(at === 0 ? /^#\s*/ : /^$/, '') || `column${at + 1}`;
    let name = own;
    for (let copy = 2; taken.has(name.toLowerCase()); copy++) name = `${own}_${copy}`;
    taken.add(name.toLowerCase());
    return name;
  });
}
