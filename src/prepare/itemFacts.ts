import { DateColumn } from './dateOrder.js';
import type { ItemRole } from './itemMapping.js';
import { readNumber } from './numbers.js';
import type { Source } from './source.js';
import { type DateOrder, readTime } from './times.js';

/** What the columns of a catalogue hold. */
export interface Facts {
  rows: number;
  decimal: '.' | ',' | undefined;
  /** Order of day and month by column; a column without one leaves nothing in doubt. */
  dates: ReadonlyMap<string, DateOrder>;
  /** Columns all of whose values are numbers: attributes that are compared as such. */
  numeric: ReadonlySet<string>;
  /** The last row of each id. */
  lastRow: ReadonlyMap<string, number>;
}

/** Reads a catalogue once, to know of its columns what single rows leave in doubt. */
export async function lookAt(
  source: Source,
  columns: readonly string[],
  roles: ReadonlyMap<ItemRole, readonly string[]>,
  said: DateOrder | undefined,
): Promise<Facts> {
  const shows = { '.': 0, ',': 0 };
  const priced = (['price', 'salePrice', 'comparePrice'] as const)
    .flatMap((role) => roles.get(role) ?? [])
    .map((column) => columns.indexOf(column));
  const dated = (['from', 'until'] as const)
    .flatMap((role) => roles.get(role) ?? [])
    .map((column) => ({ column, at: columns.indexOf(column), shows: new DateColumn() }));
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
      for (const { at, shows } of dated) {
        const text = cells[at]?.trim();
        if (text) shows.look(text, readTime(text));
      }
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
  const shown = dated.map(({ shows }) => shows.shown).find((order) => order !== undefined);
  const dates = new Map<string, DateOrder>();
  for (const { column, shows } of dated) {
    const { order } = shows.settle(column, said, shown);
    if (order) dates.set(column, order);
  }
  return { rows, decimal, dates, numeric, lastRow };
}
