import { EndcapError } from '../../core/index.js';
import { DelimitedReader, layoutOf, type RecordSink } from '../../prepare/index.js';
import type { Trialled } from './select.js';

/** Rows and columns of an experiment that are read. */
export const trialLimits = { rows: 200_000, columns: 200 } as const;
/** Codes of a category; a text column with more is left out. */
const mostCodes = 500;

/** A past experiment as a table, and which of its columns say what. */
export interface TrialTable {
  csv: string;
  treatment: string;
  outcome: string;
  /** Share treated, where the experiment was drawn at random with that share; otherwise the columns tell it. */
  propensity?: number;
  /** Columns to leave out, such as an id. */
  ignore?: readonly string[];
}

const yes = new Set(['1', 'yes', 'true', 'y', 'treatment', 'treated', 'test', 'on', '是']);
const no = new Set(['0', 'no', 'false', 'n', 'control', 'off', '否']);
const missing = new Set(['', 'na', 'n/a', 'nan', 'null', 'none']);

/** Reads the table of an experiment; `notes` say what was left out. Throws with the column and the row at fault. */
export function readTrial({ csv, treatment, outcome, propensity, ignore = [] }: TrialTable): {
  trial: Trialled;
  notes: string[];
} {
  if (csv.trim() === '') throw new EndcapError('empty_file', 'The experiment has no header and no rows');
  const { columns, cells, notes } = cellsOf(csv);
  const place = (field: string, name: string): number => {
    const at = columns.indexOf(name);
    if (at >= 0) return at;
    throw new EndcapError('missing_column', `There is no column "${name}"`, {
      errors: [{ field, message: `there is no column "${name}"` }],
      remedy: `The columns are ${columns.slice(0, 20).join(', ')}`,
    });
  };
  const used = [place('treatment', treatment), place('outcome', outcome)];
  for (const name of ignore) used.push(place('ignore', name));
  const arm = armOf(cells[used[0]!]!, treatment);
  const names: string[] = [];
  const values: Float64Array[] = [];
  const categories: string[] = [];
  columns.forEach((name, at) => {
    if (used.includes(at)) return;
    const column = columnOf(cells[at]!, name);
    if ('left' in column) notes.push(`${name} is left out: ${column.left}`);
    else {
      names.push(name);
      values.push(column.values);
      if (column.isCategory) categories.push(name);
    }
  });
  return {
    trial: {
      names,
      columns: values,
      categories,
      treatment: arm,
      outcome: outcomeOf(cells[used[1]!]!, outcome),
      ...(propensity === undefined ? {} : { propensity }),
    },
    notes,
  };
}

/** Cells by column. A line that does not parse is told of and left out. */
function cellsOf(csv: string): { columns: string[]; cells: string[][]; notes: string[] } {
  const { columns, delimiter, quote, header, start, notes } = layoutOf(csv.slice(0, 256 << 10));
  if (!header) throw fault('csv', 1, 'is no header: the first row must name the columns');
  if (columns.length > trialLimits.columns)
    throw fault('csv', 1, `has ${columns.length} columns; at most ${trialLimits.columns} are read`);
  const cells = columns.map((): string[] => []);
  const rejected: string[] = [];
  const sink: RecordSink = {
    record(record) {
      if (cells[0]!.length >= trialLimits.rows)
        throw fault('csv', trialLimits.rows + 1, `is one too many: at most ${trialLimits.rows} are read`);
      for (let at = 0; at < cells.length; at++) cells[at]!.push((record[at] ?? '').trim());
    },
    reject: (line, problem) => rejected.push(`${problem} (${line.slice(0, 60)})`),
  };
  const reader = new DelimitedReader(delimiter, columns.length, sink, quote);
  reader.push(csv.slice(start));
  reader.end();
  if (rejected.length > 0) notes.push(`${rejected.length} rows left out, the first: ${rejected[0]}`);
  return { columns, cells, notes };
}

function armOf(cells: readonly string[], name: string): Float64Array {
  return Float64Array.from(cells, (text, row) => {
    const said = text.toLowerCase();
    if (yes.has(said)) return 1;
    if (no.has(said)) return 0;
    throw fault('treatment', row + 1, `is "${text}" in ${name}; it must be 1 or 0, yes or no`);
  });
}

function outcomeOf(cells: readonly string[], name: string): Float64Array {
  return Float64Array.from(cells, (text, row) => {
    const said = text.toLowerCase();
    const value = yes.has(said) ? 1 : no.has(said) || missing.has(said) ? 0 : Number(text);
    if (Number.isFinite(value)) return value;
    throw fault('outcome', row + 1, `is "${text}" in ${name}; it must be a number, or yes or no`);
  });
}

function columnOf(
  cells: readonly string[],
  name: string,
): { left: string } | { values: Float64Array; isCategory: boolean } {
  const numbers = Float64Array.from(cells, (text) =>
    missing.has(text.toLowerCase()) ? Number.NaN : Number(text),
  );
  const known = cells.filter((text) => !missing.has(text.toLowerCase()));
  const isNumber =
    known.length > 0 &&
    numbers.reduce((sum, one) => sum + (Number.isFinite(one) ? 1 : 0), 0) === known.length;
  const distinct = new Set(known);
  if (distinct.size <= 1) return { left: 'it is the same in every row' };
  if (/(^|[\s_.-])id$/i.test(name) && distinct.size === known.length) return { left: 'it is an id' };
  if (isNumber) return { values: numbers, isCategory: false };
  if (distinct.size > mostCodes) return { left: `it has ${distinct.size} different texts` };
  const codes = new Map([...distinct].map((text, at) => [text, at]));
  return { values: Float64Array.from(cells, (text) => codes.get(text) ?? Number.NaN), isCategory: true };
}

function fault(field: string, row: number, message: string): EndcapError {
  return new EndcapError('invalid_training_data', `${field}: row ${row} ${message}`, {
    errors: [{ field, row, message }],
  });
}
