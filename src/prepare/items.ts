import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EndcapError, type Item, type Progress } from '../core/index.js';
import { dialectOf, guessCatalogue } from './dialects.js';
import { openDuck } from './duck.js';
import { lookAt } from './itemFacts.js';
import { type Cells, ItemReader } from './itemFields.js';
import type { ItemMapping, ItemRole } from './itemMapping.js';
import type { ItemReport } from './itemReport.js';
import { settleItemRoles } from './itemRoles.js';
import type { Mapping } from './mapping.js';
import { Rejects } from './rejects.js';
import type { Sink, Source } from './source.js';
import { openSource } from './sources.js';

export interface ItemOptions {
  mapping?: Mapping | undefined;
  from?: string | undefined;
  /** Path of the JSONL file that takes the rejected rows; none is written where none is rejected. */
  quarantine: string;
  scratch?: string;
  progress: Progress;
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

const untitled =
  'No column looks like the title: search and look-alikes have no words of these items. Where the file has it, say so in a mapping: {"catalogue":{"columns":{"title":"…"}}}';

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
  if (!roles.has('title') && attributes.length > 0) report.notes.push(untitled);
  const facts = await lookAt(source, columns, roles, options.mapping?.dates);
  await source.unchanged();
  report.attributes = [...new Set([...report.attributes, ...attributes.slice(0, attributesAtMost)])];
  const reader = new ItemReader({
    columns,
    roles,
    attributes: attributes.slice(0, attributesAtMost),
    flags: mapping.flags ?? [],
    separator: mapping.separator ?? (roles.get('category')?.some(isSequence) ? ' ' : undefined),
    decimal: options.mapping?.decimal ?? facts.decimal,
    numeric: facts.numeric,
    currency: options.mapping?.currency,
    zone: options.mapping?.zone,
    dates: facts.dates,
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
  await source.unchanged();
  if (batch.length > 0) await take(batch);
}

/** Columns that a row has for itself where rows belong together: a variant's id, prices and stock. */
function unfilled(columns: readonly string[], roles: ReadonlyMap<ItemRole, readonly string[]>): Set<number> {
  const own: ItemRole[] = ['id', 'price', 'salePrice', 'comparePrice', 'stock', 'availability'];
  return new Set(own.flatMap((role) => roles.get(role) ?? []).map((column) => columns.indexOf(column)));
}

/** RecBole's files say of a column that its cells are lists between blanks: `class:token_seq`. */
const isSequence = (column: string): boolean => column.endsWith(':token_seq');

const attributesAtMost = 60;
const asRecord = (columns: readonly string[], cells: Cells): Record<string, unknown> =>
  Object.fromEntries(columns.map((column, at) => [column, cells[at]]));
