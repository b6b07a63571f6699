import { basename } from 'node:path';
import { EndcapError } from '../core/index.js';
import { DelimitedReader } from './delimited.js';
import { encodingOf, textOf } from './encoding.js';
import { unreadable } from './faults.js';
import { type Layout, layoutOf } from './layout.js';
import { listOf, pathsInCells } from './listCells.js';
import { itemsBeside, numberedColumns } from './numberedColumns.js';
import { parsePath } from './paths.js';
import { hashOf } from './rowHash.js';
import type { ReadableSource, Sink, SourceHints } from './source.js';
import { spreader } from './spread.js';

/** CSV and whatever else has a separator. */
export async function delimitedSource(path: string, hints: SourceHints): Promise<ReadableSource> {
  const encoding = await encodingOf(path, hints.encoding);
  const head = await headOf(path, encoding.name);
  const layout = layoutOf(head, hints);
  if (layout.columns.length === 1 && layout.columns[0] === 'column1')
    throw new EndcapError('empty_file', `${path} has no header and no rows`, { remedy: 'Check the export' });
  const notes = layout.notes.map((note) => `${basename(path)}: ${note}`);
  if (encoding.name !== 'utf-8')
    notes.push(`${path} is not in UTF-8: read as ${encoding.name} (--encoding says another)`);
  return {
    path,
    file: basename(path),
    columns: hints.catalogue
      ? layout.columns
      : [...layout.columns, ...pathsInCells(head, layout), ...pathsBeside(layout.columns)],
    nested: false,
    header: layout.header,
    sample: layout.sample,
    notes,
    read: (columns, sink) =>
      readDelimited(path, { ...encoding, layout }, columns, sink).catch((cause) => {
        throw unreadable(path, cause);
      }),
  };
}

function pathsBeside(columns: readonly string[]): string[] {
  const beside = numberedColumns(columns);
  const fields = beside?.items.flatMap((item) => item.map(({ field }) => `${beside.list}[].${field}`));
  return [...new Set(fields)];
}

const headSize = 256 << 10;
const headAtMost = 8 << 20;

/** Text from the beginning, with a whole header. */
async function headOf(path: string, encoding: string): Promise<string> {
  let head = '';
  for await (const piece of textOf(path, encoding)) {
    head += piece;
    if (head.length > headAtMost || (head.length > headSize && /[\r\n]/.test(head))) break;
  }
  return head;
}

async function readDelimited(
  path: string,
  { name, broken, layout }: { name: string; broken: number; layout: Layout },
  wanted: readonly string[],
  sink: Sink,
): Promise<void> {
  const places = wanted.map((column) => layout.columns.indexOf(column));
  const others = layout.columns.map((_, at) => at).filter((at) => !places.includes(at));
  const lists = wanted.flatMap((column) => parsePath(column).list ?? []);
  const beside = numberedColumns(layout.columns);
  const spread = spreader(wanted, sink);
  let row = 0;
  const reader = new DelimitedReader(
    layout.delimiter,
    layout.columns.length,
    {
      record(cells) {
        row++;
        if (broken > 0 && cells.some((cell) => cell.includes('\ufffd'))) {
          sink.malformed(row, cells.join(layout.delimiter), 'letters that are no UTF-8');
          return;
        }
        if (lists.length > 0) {
          const record: Record<string, unknown> = Object.fromEntries(
            layout.columns.map((column, at) => [
              column,
              lists.includes(column) ? listOf(cells[at]) : cells[at] || null,
            ]),
          );
          if (beside && lists.includes(beside.list)) record[beside.list] = itemsBeside(beside, cells);
          spread(record, { row }, hashOf(cells, [...cells.keys()]));
          return;
        }
        const rest = others.length === 0 ? 0 : hashOf(cells, others);
        sink.row(
          { row, rest },
          places.map((at) => cells[at] || null),
        );
      },
      reject: (line, problem) => sink.malformed(++row, line, problem),
    },
    layout.quote,
  );
  let skip = layout.start;
  for await (const piece of textOf(path, name)) {
    if (skip >= piece.length) skip -= piece.length;
    else {
      reader.push(skip > 0 ? piece.slice(skip) : piece);
      skip = 0;
    }
    await sink.pause?.();
  }
  reader.end();
}
