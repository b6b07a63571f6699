import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EndcapError, type Item, type Progress } from '../core/index.js';
import { dialectOf, guessCatalogue } from './dialects.js';
import { openDuck } from './duck.js';
import { type Cells, type ItemFault, ItemReader } from './itemFields.js';
import { type ItemMapping, type ItemRole, itemRoles, itemSynonyms } from './itemMapping.js';
import { type Mapping, missingColumn } from './mapping.js';
import { readNumber } from './numbers.js';
import { openSource, type Sink, type Source } from './sources.js';
import { plainName } from './synonyms.js';
import { readTime } from './times.js';
import { ambiguous } from './values.js';

export interface ItemOptions {
  mapping?: Mapping | undefined;
  from?: string | undefined;
  /** Path of the JSONL file that takes the rejected rows; none is written where none is rejected. */
  quarantine: string;
  scratch?: string;
  progress: Progress;
}

/** What became of the rows of a catalogue. rowsIn = rowsKept + rowsMerged + rowsQuarantined, always. */
export interface ItemReport {
  files: string[];
  notes: string[];
  guessed: { role: string; column: string }[];
  attributes: string[];
  rowsIn: number;
  rowsKept: number;
  rowsMerged: number;
  rowsQuarantined: number;
  reasons: { reason: string; rows: number; remedy: string }[];
  firstRejected: { file: string; row: number; reason: string; text: string }[];
  seconds: number;
}

const batchSize = 5_000;

/**
 * Reads catalogues and hands their items on in batches, each once: of rows of one id the last counts, so that reading a
 * file again changes nothing. Two passes: the first sees what the columns hold, the second makes items of them.
 */
export async function prepareItems(
  paths: readonly string[],
  options: ItemOptions,
  take: (items: Item[]) => Promise<void>,
): Promise<ItemReport> {
  const started = performance.now();
  const scratch = options.scratch ?? join(tmpdir(), `endcap-${process.pid}-${randomUUID().slice(0, 8)}`);
  const duck = await openDuck(scratch);
  const report: ItemReport = {
    files: [...paths],
    notes: [],
    guessed: [],
    attributes: [],
    rowsIn: 0,
    rowsKept: 0,
    rowsMerged: 0,
    rowsQuarantined: 0,
    reasons: [],
    firstRejected: [],
    seconds: 0,
  };
  const rejects = new Rejects(options.quarantine, report);
  try {
    const said = catalogueMapping(options, undefined);
    for (const path of paths) {
      const source = await openSource(duck.connection, path, scratch, {
        delimiter: said.delimiter,
        header: said.header,
        encoding: options.mapping?.encoding,
        catalogue: true,
      });
      report.notes.push(...source.notes);
      const dialect = options.from === undefined ? guessCatalogue(source) : undefined;
      if (dialect) report.notes.push(`Read as a catalogue of ${dialect.name} (its headers say so)`);
      const mapping = catalogueMapping(options, dialect?.mapping.catalogue);
      await readSource(source, mapping, options, report, rejects, take);
    }
    await rejects.close();
    report.seconds = (performance.now() - started) / 1000;
    return report;
  } finally {
    await duck.close();
  }
}

function catalogueMapping({ mapping, from }: ItemOptions, guessed: ItemMapping | undefined): ItemMapping {
  const dialect = from === undefined ? guessed : dialectOf(from).mapping.catalogue;
  if (from !== undefined && !dialect) {
    throw new EndcapError('unknown_dialect', `Nothing is known of catalogues of ${from}`, {
      errors: [{ field: 'from', message: 'has no part "catalogue"' }],
      remedy: 'Import it without --from, or write a mapping with "catalogue"',
    });
  }
  const own = mapping?.catalogue ?? {};
  return { ...dialect, ...own, columns: { ...dialect?.columns, ...own.columns } };
}

async function readSource(
  source: Source,
  mapping: ItemMapping,
  options: ItemOptions,
  report: ItemReport,
  rejects: Rejects,
  take: (items: Item[]) => Promise<void>,
): Promise<void> {
  const roles = settleItemRoles(source, mapping);
  for (const [role, columns] of roles) report.guessed.push({ role, column: columns.join(' or ') });
  const used = new Set([...roles.values()].flat());
  if (mapping.group) used.add(mapping.group);
  const rest = source.columns.filter((column) => !used.has(column) && column !== mapping.group);
  const attributes =
    mapping.attributes ?? rest.filter((column) => !/(^|[_ .])(url|link|href|html)$/i.test(column));
  const columns = [...new Set([...used, ...attributes.slice(0, attributesAtMost), ...(mapping.flags ?? [])])];
  const facts = await lookAt(source, columns, roles, options.mapping?.dates);
  report.attributes = [...new Set([...report.attributes, ...attributes.slice(0, attributesAtMost)])];
  const reader = new ItemReader({
    columns,
    roles,
    attributes: attributes.slice(0, attributesAtMost),
    flags: mapping.flags ?? [],
    separator: mapping.separator,
    decimal: options.mapping?.decimal ?? facts.decimal,
    numeric: facts.numeric,
    currency: options.mapping?.currency,
    zone: options.mapping?.zone,
    dates: options.mapping?.dates ?? facts.dates,
  });
  const group = mapping.group === undefined ? -1 : columns.indexOf(mapping.group);
  const last = facts.lastRow;
  let before: { key: string; cells: readonly (string | null)[] } | undefined;
  let batch: Item[] = [];
  let work: Promise<void> = Promise.resolve();
  const own = unfilled(columns, roles);
  const sku = columns.indexOf(roles.get('id')![0]!);
  const made = (row: number, given: readonly (string | null)[]): void => {
    let cells = given;
    const key = group < 0 ? null : cells[group]!;
    if (key !== null && before?.key === key) {
      // A further row of a product without an id of its own, such as one more picture.
      if (cells[sku] === null) {
        report.rowsMerged++;
        return;
      }
      cells = cells.map((cell, at) => cell ?? (own.has(at) ? null : before!.cells[at]!));
    } else if (key !== null) before = { key, cells };
    const item = reader.item(cells);
    if ('reason' in item) rejects.add(source.file, row, item, asRecord(columns, cells));
    else if (last.get(item.id) !== row) report.rowsMerged++;
    else {
      report.rowsKept++;
      batch.push(item);
    }
  };
  const sink: Sink = {
    row({ row }, cells) {
      report.rowsIn++;
      made(row, cells);
    },
    malformed(row, line, problem) {
      report.rowsIn++;
      rejects.add(source.file, row, { reason: 'malformed', field: 'row', remedy: problem }, { _line: line });
    },
    async pause() {
      if (batch.length < batchSize) return;
      const full = batch;
      batch = [];
      await work;
      work = take(full);
      // What goes wrong is thrown where it is awaited, at the next batch or the end.
      work.catch(() => {});
      options.progress({ phase: 'reading items', done: report.rowsIn, total: facts.rows });
    },
  };
  await source.read(columns, sink);
  await work;
  if (batch.length > 0) await take(batch);
}

/** Columns that a row has for itself where rows belong together: a variant's id, prices and stock. */
function unfilled(columns: readonly string[], roles: ReadonlyMap<ItemRole, readonly string[]>): Set<number> {
  const own: ItemRole[] = ['id', 'price', 'salePrice', 'comparePrice', 'stock', 'availability'];
  return new Set(own.flatMap((role) => roles.get(role) ?? []).map((column) => columns.indexOf(column)));
}

const attributesAtMost = 60;
const asRecord = (columns: readonly string[], cells: Cells): Record<string, unknown> =>
  Object.fromEntries(columns.map((column, at) => [column, cells[at]]));

/** Which columns mean what: as the mapping says, else by their names. */
function settleItemRoles(source: Source, mapping: ItemMapping): Map<ItemRole, string[]> {
  const roles = new Map<ItemRole, string[]>();
  const taken = new Set<string>();
  const find = (ref: string | number): string | undefined => {
    if (typeof ref === 'number') return source.columns[ref - 1];
    if (source.columns.includes(ref) || (source.nested && /[.[]/.test(ref))) return ref;
    return source.columns.find((column) => plainName(column) === plainName(ref));
  };
  for (const role of itemRoles) {
    const said = mapping.columns?.[role];
    if (said === undefined) continue;
    const columns = [said].flat().flatMap((ref) => find(ref) ?? []);
    roles.set(role, columns);
    for (const column of columns) taken.add(column);
  }
  for (const role of itemRoles) {
    if (roles.has(role)) continue;
    const column = itemSynonyms[role]
      .map((name) => source.columns.find((one) => plainName(one) === name && !taken.has(one)))
      .find((one) => one !== undefined);
    if (column === undefined) continue;
    roles.set(role, [column]);
    taken.add(column);
  }
  for (const [role, columns] of roles) if (columns.length === 0) roles.delete(role);
  if (!roles.has('id')) throw withItems(missingColumn('item', undefined, source.columns));
  return roles;
}

const withItems = (error: EndcapError): EndcapError =>
  new EndcapError(error.code, 'No column looks like the id of the items', {
    errors: error.errors.map(({ message }) => ({ field: 'catalogue.columns.id', message })),
    remedy: 'Say it in a mapping file: {"catalogue":{"columns":{"id":"…"}}} and --mapping FILE',
  });

interface Facts {
  rows: number;
  decimal: '.' | ',' | undefined;
  /** Order of day and month, as the column shows it. */
  dates: 'dmy' | 'mdy' | undefined;
  /** Columns all of whose values are numbers: attributes that are compared as such. */
  numeric: ReadonlySet<string>;
  /** The last row of each id. */
  lastRow: ReadonlyMap<string, number>;
}

async function lookAt(
  source: Source,
  columns: readonly string[],
  roles: ReadonlyMap<ItemRole, readonly string[]>,
  said: 'dmy' | 'mdy' | undefined,
): Promise<Facts> {
  const shows = { '.': 0, ',': 0 };
  const priced = (['price', 'salePrice', 'comparePrice'] as const)
    .flatMap((role) => roles.get(role) ?? [])
    .map((column) => columns.indexOf(column));
  const dated = (['from', 'until'] as const)
    .flatMap((role) => roles.get(role) ?? [])
    .map((column) => columns.indexOf(column));
  const order = { dmy: 0, mdy: 0, both: 0, example: '' };
  const ids = roles.get('id')!.map((column) => columns.indexOf(column));
  const odd = new Set<number>();
  const seen = new Set<number>();
  const lastRow = new Map<string, number>();
  let rows = 0;
  await source.read(columns, {
    row({ row }, cells) {
      rows++;
      const id = ids.map((at) => cells[at]?.trim()).find(Boolean);
      if (id) lastRow.set(id, row);
      // Enough is seen of how prices are written long before the end of a large file.
      for (const at of shows['.'] + shows[','] < 50_000 ? priced : []) {
        const shown = cells[at] ? readNumber(cells[at])?.shows : undefined;
        if (shown) shows[shown]++;
      }
      for (const at of dated) if (cells[at]) lookAtDate(cells[at], order);
      for (const [at, cell] of cells.entries()) {
        if (cell === null || odd.has(at)) continue;
        seen.add(at);
        if (!/^-?(0|[1-9]\d{0,14})(\.\d+)?$/.test(cell.trim())) odd.add(at);
      }
    },
    malformed: () => rows++,
  });
  const decimal = shows['.'] === shows[','] ? undefined : shows['.'] > shows[','] ? '.' : ',';
  const numeric = new Set(columns.filter((_, at) => seen.has(at) && !odd.has(at)));
  const dates = order.dmy === order.mdy ? undefined : order.dmy > order.mdy ? 'dmy' : 'mdy';
  if (order.both > 0 && !dates && !said) throw ambiguous('from or until', order.example);
  return { rows, decimal, dates, numeric, lastRow };
}

function lookAtDate(text: string, order: { dmy: number; mdy: number; both: number; example: string }): void {
  const { dmy, mdy } = readTime(text);
  if (Number.isNaN(dmy) !== Number.isNaN(mdy)) order[Number.isNaN(dmy) ? 'mdy' : 'dmy']++;
  else if (dmy !== mdy && !Number.isNaN(dmy)) {
    order.both++;
    order.example ||= text;
  }
}

/** Rows that are no items: counted by reason, and written where they can be corrected. */
class Rejects {
  readonly #counts = new Map<string, { reason: string; rows: number; remedy: string }>();
  #out: ReturnType<typeof createWriteStream> | undefined;
  #failed: Error | undefined;

  constructor(
    private readonly path: string,
    private readonly report: ItemReport,
  ) {}

  add(file: string, row: number, { reason, field, remedy }: ItemFault, data: Record<string, unknown>): void {
    this.report.rowsQuarantined++;
    const count = this.#counts.get(reason) ?? { reason, rows: 0, remedy };
    count.rows++;
    this.#counts.set(reason, count);
    if (this.report.firstRejected.length < 5)
      this.report.firstRejected.push({ file, row, reason, text: JSON.stringify(data).slice(0, 200) });
    if (!this.#out) {
      this.#out = createWriteStream(this.path);
      this.#out.on('error', (error) => {
        this.#failed = error;
      });
    }
    this.#out.write(`${JSON.stringify({ file, row, reason, field, remedy, data })}\n`);
  }

  async close(): Promise<void> {
    this.report.reasons = [...this.#counts.values()];
    if (!this.#out) return;
    this.#out.end();
    if (!this.#failed) await once(this.#out, 'close');
    if (this.#failed) throw this.#failed;
  }
}
