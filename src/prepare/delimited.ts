/** Who takes the records of a delimited text. A line that does not parse comes as it is, with what is wrong. */
export interface RecordSink {
  record(cells: string[]): void;
  reject(line: string, problem: string): void;
}

/** What stands around a cell that holds separators, line breaks or itself, doubled. */
export type Quote = '"' | "'";

/** Longest record, characters: a quote that is not closed by then is a stray one. */
export const longestRecord = 4 << 20;
const shownOfLongLine = 10_000;

/**
 * Cuts a text that comes in pieces into records and cells (RFC 4180, any separator, any line end, mixed ones too).
 * The result does not depend on how the text is cut into pieces, so neither on the size of the file.
 *
 * A quote that does not close, closes in the middle of a cell, or swallows lines that are records of their own, is a
 * stray one: its line alone is rejected and reading goes on at the next line.
 */
export class DelimitedReader {
  #text = '';
  #at = 0;
  /** Inside a line longer than any record, whose rest is dropped. */
  #skipping = false;
  /** Where the next line feed, carriage return and quote are; they are looked for once each. */
  #lf = -1;
  #cr = -1;
  #quote = -1;

  constructor(
    private readonly delimiter: string,
    /** Cells of a record; what has fewer is filled up, what has more is rejected. */
    private readonly width: number,
    private readonly sink: RecordSink,
    private readonly mark: Quote = '"',
  ) {}

  push(piece: string): void {
    this.#text = this.#text.slice(this.#at) + piece;
    this.#at = 0;
    this.#lf = this.#cr = this.#quote = -1;
    this.#drain(false);
  }

  end(): void {
    this.#drain(true);
    this.#text = '';
  }

  #drain(final: boolean): void {
    while (this.#at < this.#text.length) {
      const end = this.#lineEnd(this.#at);
      const open = end >= this.#text.length;
      if (open && !final) {
        if (this.#text.length - this.#at > longestRecord) this.#tooLong();
        return;
      }
      const next = this.#after(end, final);
      if (next === undefined) return;
      if (this.#skipping) {
        this.#skipping = false;
        this.#at = next;
        continue;
      }
      if (this.#quoteFrom(this.#at) >= end) {
        this.#plain(this.#at, end);
        this.#at = next;
      } else if (!this.#quoted(end, next, final)) return;
    }
  }

  #tooLong(): void {
    if (!this.#skipping) {
      this.sink.reject(this.#text.slice(this.#at, this.#at + shownOfLongLine), 'a line of more than 4 MB');
    }
    this.#skipping = true;
    this.#at = this.#text.length;
  }

  #plain(from: number, end: number): void {
    if (from === end) return;
    const line = this.#text.slice(from, end);
    if (line.trim() === '' && !line.includes(this.delimiter)) return;
    this.#give(line.split(this.delimiter), () => line);
  }

  #give(cells: string[], line: () => string): void {
    while (cells.length > this.width && cells.at(-1)!.trim() === '') cells.pop();
    if (cells.length > this.width)
      this.sink.reject(line(), `${cells.length} columns where the header has ${this.width}`);
    else this.sink.record(cells);
  }

  /** Reads a record with quotes; false where more text is needed. `end` and `next` are those of its first line. */
  #quoted(end: number, next: number, final: boolean): boolean {
    const found = parseQuoted(this.#text, this.#at, this.delimiter, final, this.mark);
    if (found === 'more') return false;
    if ('problem' in found) {
      this.sink.reject(this.#text.slice(this.#at, end), found.problem);
      this.#at = next;
      return true;
    }
    const after = found.end >= this.#text.length ? this.#text.length : this.#after(found.end, final);
    if (after === undefined) return false;
    const from = this.#at;
    if (found.end > end && this.#swallows(from, end, found.end, found.cells.length)) {
      this.sink.reject(this.#text.slice(from, end), 'a stray quote');
      this.#at = next;
      return true;
    }
    this.#give(found.cells, () => this.#text.slice(from, found.end));
    this.#at = after;
    return true;
  }

  /** Whether a record of several lines is made of lines that are records of their own: a quote is astray then. */
  #swallows(from: number, firstEnd: number, end: number, cells: number): boolean {
    if (this.width < 3) return false;
    const [, ...others] = this.#text.slice(from, end).split(/\r\n|\n|\r/);
    const fitting = others.filter((line) => this.#fits(line)).length;
    if (2 * fitting < others.length) return false;
    const first = this.#text.slice(from, firstEnd);
    return cells !== this.width || first.split(this.delimiter).length === this.width;
  }

  #fits(line: string): boolean {
    if (line.split(this.delimiter).length === this.width) return true;
    if (!line.includes(this.mark)) return false;
    const found = parseQuoted(line, 0, this.delimiter, true, this.mark);
    return typeof found === 'object' && 'cells' in found && found.cells.length === this.width;
  }

  /** Index of the end of the line at `from`: of its LF or CR, else the length of the text. */
  #lineEnd(from: number): number {
    if (this.#lf < from) this.#lf = found(this.#text.indexOf('\n', from));
    if (this.#cr < from) this.#cr = found(this.#text.indexOf('\r', from));
    return Math.min(this.#lf, this.#cr, this.#text.length);
  }

  #quoteFrom(from: number): number {
    if (this.#quote < from) this.#quote = found(this.#text.indexOf(this.mark, from));
    return this.#quote;
  }

  /** Where the line after the line end at `end` begins; undefined where a CR is the last that has come. */
  #after(end: number, final: boolean): number | undefined {
    if (this.#text[end] !== '\r') return end + 1;
    if (end + 1 === this.#text.length && !final) return undefined;
    return this.#text[end + 1] === '\n' ? end + 2 : end + 1;
  }
}

const found = (at: number): number => (at < 0 ? Number.POSITIVE_INFINITY : at);

type Quoted = { cells: string[]; end: number } | { problem: string } | 'more';

/** One record from `from`, whose cells may be quoted; `end` is the index of its line end or of the end of the text. */
export function parseQuoted(
  text: string,
  from: number,
  delimiter: string,
  final: boolean,
  mark: Quote = '"',
): Quoted {
  const cells: string[] = [];
  for (let at = from; ; ) {
    let open = at;
    while (text[open] === ' ') open++;
    if (text[open] !== mark) {
      const end = cellEnd(text, at, delimiter);
      if (end === text.length && !final) return 'more';
      cells.push(text.slice(at, end));
      if (end === text.length || isLineEnd(text[end]!)) return { cells, end };
      at = end + delimiter.length;
      continue;
    }
    const cell = quotedCell(text, open, { from, final, mark });
    if (cell === 'more' || 'problem' in cell) return cell;
    cells.push(cell.value);
    let end = cell.end;
    while (text[end] === ' ' && !text.startsWith(delimiter, end)) end++;
    if (text.length - end < delimiter.length && !final) return 'more';
    if (end >= text.length || isLineEnd(text[end]!)) return { cells, end };
    if (!text.startsWith(delimiter, end)) return { problem: 'text behind a closing quote' };
    at = end + delimiter.length;
  }
}

const isLineEnd = (sign: string): boolean => sign === '\n' || sign === '\r';

function cellEnd(text: string, from: number, delimiter: string): number {
  for (let at = from; at < text.length; at++) {
    const sign = text[at]!;
    if (isLineEnd(sign)) return at;
    if (sign === delimiter[0] && text.startsWith(delimiter, at)) return at;
  }
  return text.length;
}

/** The cell whose quote opens at `open`: a doubled quote inside is a quote. */
function quotedCell(
  text: string,
  open: number,
  { from, final, mark }: { from: number; final: boolean; mark: Quote },
): { value: string; end: number } | { problem: string } | 'more' {
  let value = '';
  for (let at = open + 1; ; ) {
    const quote = text.indexOf(mark, at);
    const reach = quote < 0 ? text.length : quote;
    if (reach - from > longestRecord || (quote < 0 && final))
      return { problem: 'a quote that does not close' };
    if (quote < 0 || (quote + 1 === text.length && !final)) return 'more';
    value += text.slice(at, quote);
    if (text[quote + 1] !== mark) return { value, end: quote + 1 };
    value += mark;
    at = quote + 2;
  }
}
