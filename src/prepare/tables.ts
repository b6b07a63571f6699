import type { DuckDBConnection } from '@duckdb/node-api';
import { type Mapping, missingRoles, settleRoles } from './mapping.js';
import { hasColumn, joinInto, loadSources, otherColumns, type Raw } from './raw.js';
import type { Source } from './source.js';
import { plainName, synonyms } from './synonyms.js';

/** Files of one import, by their part in it: rows of the same kind, and tables that say more about their keys. */
export interface Tables {
  main: Source[];
  joined: { sources: Source[]; key: { left: string; right: string } }[];
  /** All columns there will be. */
  columns: string[];
  keys: ReadonlySet<string>;
  /** Whether a path that is no listed column may be read from a file with these columns. */
  belongs(column: string, columns: readonly string[]): boolean;
}

/**
 * Sorts the files of an import: those whose columns the first one has lie below each other; one that has other columns
 * is joined to it by a key, such as orders to their lines. Where that does not make sense, `other_columns`.
 */
export function tablesOf(sources: readonly Source[], mapping: Mapping): Tables {
  const groups: Source[][] = [];
  for (const source of sources) {
    const group = groups.find(([first]) => source.columns.every((column) => first!.columns.includes(column)));
    if (group) group.push(source);
    else groups.push([source]);
  }
  const [main, others] = groups.length === 1 || allNested(sources) ? [sources, []] : parted(groups, mapping);
  const tables: Tables['joined'] = [];
  const columns = [...new Set(main.flatMap((source) => source.columns))];
  for (let left = [...others]; left.length > 0; ) {
    const next = left
      .map((group) => ({ group, key: keyOf(columns, group[0]!.columns, mapping) }))
      .find(({ key }) => key !== undefined);
    if (!next) {
      const [odd] = left[0]!;
      throw otherColumns(
        odd!.path,
        odd!.columns.find((column) => !columns.includes(column)) ?? odd!.columns[0]!,
      );
    }
    tables.push({ sources: next.group, key: next.key! });
    for (const column of next.group[0]!.columns) if (!columns.includes(column)) columns.push(column);
    left = left.filter((group) => group !== next.group);
  }
  const keys = new Set(tables.flatMap(({ key }) => [key.left, key.right]));
  const belongs = (column: string, of: readonly string[]): boolean =>
    hasColumn({ columns: of, nested: main[0]!.nested }, column);
  return { main: [...main], joined: tables, columns, keys, belongs };
}

const allNested = (sources: readonly Source[]): boolean => sources.every(({ nested }) => nested);

/** The group that has the items and is not whole without the others, before those that make it whole. */
function parted(groups: readonly Source[][], mapping: Mapping): [Source[], Source[][]] {
  const lacks = groups.map(([first]) => missingRoles(settleRoles(first!, mapping, 'dialect'), mapping));
  const whole = lacks.filter((missing) => missing.length === 0).length;
  const lines = lacks.findIndex((missing) => missing.length > 0 && !missing.includes('item'));
  // Files that are each complete are of two kinds: which columns mean the same, nobody said.
  if (whole > 1 && !mapping.join) {
    const odd = groups[1]![0]!;
    throw otherColumns(odd.path, odd.columns.find((column) => !groups[0]![0]!.columns.includes(column))!);
  }
  const main =
    lines >= 0
      ? lines
      : Math.max(
          0,
          lacks.findIndex((missing) => !missing.includes('item')),
        );
  return [groups[main]!, groups.filter((_, at) => at !== main)];
}

/** The column that two tables share: as the mapping says, else an order's id, else a shopper's, else an item's. */
function keyOf(
  left: readonly string[],
  right: readonly string[],
  mapping: Mapping,
): { left: string; right: string } | undefined {
  const pairs = left.flatMap((a) => {
    const b = right.find((column) => plainName(column) === plainName(a));
    return b === undefined ? [] : [{ left: a, right: b }];
  });
  const said = mapping.join?.map(({ on }) => plainName(on)) ?? [];
  const names = [...said, ...synonyms.order, ...synonyms.user, ...synonyms.item];
  for (const name of names) {
    const pair = pairs.find((one) => plainName(one.left) === name);
    if (pair) return pair;
  }
  // A table of names, such as aisles: the one column that it shares is its key.
  return pairs.length === 1 ? pairs[0] : undefined;
}

/** Loads the tables to be joined and joins them to `raw`. */
export async function joinSources(
  connection: DuckDBConnection,
  raw: Raw,
  tables: Tables,
  wanted: (columns: readonly string[]) => string[],
  notes: string[],
): Promise<Raw> {
  let joined = raw;
  for (const [at, { sources, key }] of tables.joined.entries()) {
    const table = `joined${at}`;
    const right = await loadSources(connection, table, sources, wanted(sources[0]!.columns));
    const done = await joinInto(connection, joined, { table, raw: right, key });
    joined = done.raw;
    const alone = done.alone > 0 ? `; ${done.alone} rows have no partner` : '';
    notes.push(`${sources.map(({ file }) => file).join(', ')} joined by ${key.left}${alone}`);
  }
  return joined;
}
