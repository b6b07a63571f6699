import { DelimitedReader } from './delimited.js';
import type { Layout } from './layout.js';
import { collectPaths, parseJson } from './paths.js';
import { plainName } from './synonyms.js';

const rowsLookedAt = 50;

/** Columns whose names are plural: each of their cells is a list. */
const plurals = new Set(
  `itemids productids skus articleids goodsids asins productcodes quantities qtys prices itemprices titles productnames 商品列表 商品id列表`.split(
    ' ',
  ),
);

/**
 * Paths into cells that hold several values, as `items[].sku` of a cell with JSON, `item_ids[]` of `A|B|C`. Told by names
 * and by the first rows.
 */
export function pathsInCells(head: string, { columns, delimiter, quote, start }: Layout): string[] {
  const found = new Set<string>();
  for (const column of columns) if (plurals.has(plainName(column))) found.add(`${column}[]`);
  const seen = columns.map(() => ({ lists: 0, others: 0 }));
  const paths = new Set<string>();
  let rows = 0;
  const reader = new DelimitedReader(
    delimiter,
    columns.length,
    {
      record(cells) {
        if (rows++ >= rowsLookedAt) return;
        for (const [at, cell] of cells.entries()) {
          if (cell.trim() === '') continue;
          const list = listIn(cell);
          if (!list || columns[at] === 'context') seen[at]!.others++;
          else {
            seen[at]!.lists++;
            collectPaths({ [columns[at]!]: list }, paths);
          }
        }
      },
      reject: () => {},
    },
    quote,
  );
  reader.push(head.slice(start));
  const lists = columns.filter((_, at) => seen[at]!.lists > 0 && seen[at]!.others === 0);
  for (const path of paths)
    if (path.includes('[]') && lists.some((column) => path.startsWith(`${column}[]`))) found.add(path);
  return [...found];
}

/** What a cell holds: a list as JSON or as Python writes it, or parts between `|`, `;` or commas. */
export function listOf(cell: string | undefined): unknown[] | null {
  const text = cell?.trim();
  if (!text) return null;
  const list = listIn(text);
  if (list) return list;
  const sign = ['|', ';', ','].find((one) => text.includes(one)) ?? (/^\d+( \d+)+$/.test(text) ? ' ' : '|');
  return text
    .split(sign)
    .map((part) => part.trim())
    .filter(Boolean);
}

/** A list in a cell that shows itself as one: JSON, or items as WooCommerce writes them, `sku:M1|quantity:2;sku:…`. */
function listIn(cell: string): unknown[] | undefined {
  const text = cell.trim();
  if (text.startsWith('[')) return jsonList(text);
  const entries = text.split(/;(?=\w+:)/).map((entry) => entry.split('|'));
  if (entries.some((fields) => fields.length < 2 || fields.some((field) => !/^\w+:/.test(field))))
    return undefined;
  return entries.map((fields) =>
    Object.fromEntries(
      fields.map((field) => [field.slice(0, field.indexOf(':')), field.slice(field.indexOf(':') + 1)]),
    ),
  );
}

function jsonList(text: string): unknown[] | undefined {
  for (const one of [text, text.replaceAll("'", '"')]) {
    try {
      const value = parseJson(one);
      if (Array.isArray(value)) return value;
    } catch {
      // No JSON: the next way of writing it.
    }
  }
  return undefined;
}
