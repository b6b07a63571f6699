import { plainName, synonyms } from './synonyms.js';

/** Columns that hold the items of a row side by side: `sku_1`, `quantity_1`, `sku_2`, … */
export interface NumberedColumns {
  /** The list that they are read as; its name is no column's. */
  list: string;
  /** Of each item: its fields, and the place of the column of each. */
  items: { field: string; at: number }[][];
}

const atMost = 200;

/** Finds columns that are numbered from 1 and of which one is an item's; undefined where there are none. */
export function numberedColumns(columns: readonly string[]): NumberedColumns | undefined {
  const fields = new Map<string, Map<number, number>>();
  for (const [at, column] of columns.entries()) {
    const parts = /^(.*?)[ _-]*(\d{1,3})(?!\d)[ _-]*(.*)$/.exec(column);
    const field =
      parts &&
      [parts[1], parts[3]]
        .filter(Boolean)
        .join('_')
        .replaceAll(/[.[\]]/g, '_');
    if (!field) continue;
    const places = fields.get(field) ?? new Map<number, number>();
    fields.set(field, places.set(Number(parts[2]), at));
  }
  const list = 'items';
  const count = Math.max(0, ...[...fields.values()].map(({ size }) => size));
  for (const [field, places] of fields) if (!places.has(1) || !places.has(2)) fields.delete(field);
  const about = [...fields.keys()].some((field) => synonyms.item.includes(plainName(field)));
  if (!about || count > atMost || columns.some((column) => column.toLowerCase() === list)) return undefined;
  const items = Array.from({ length: count }, (_, number) =>
    [...fields].flatMap(([field, places]) => {
      const at = places.get(number + 1);
      return at === undefined ? [] : [{ field, at }];
    }),
  );
  return { list, items };
}

/** The items of a row; those without any value are not there. */
export function itemsBeside({ items }: NumberedColumns, cells: readonly (string | undefined)[]): object[] {
  return items
    .map((fields) => Object.fromEntries(fields.map(({ field, at }) => [field, cells[at] || null])))
    .filter((item) => Object.values(item).some((value) => value !== null));
}
