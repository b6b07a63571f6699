import { EndcapError } from '../core/index.js';
import { settleClock } from './clock.js';
import { confirmByValues } from './confirm.js';
import { dialectOf, guessDialect, requireDialect, withDialect } from './dialects.js';
import type { Duck } from './duck.js';
import { rolesByValues } from './headerless.js';
import { type Guess, type Mapping, missingColumn, missingRoles, settleRoles } from './mapping.js';
import { currencyOf } from './numbers.js';
import { columnsKept, loadSources, type Raw } from './raw.js';
import type { Role } from './roles.js';
import type { Source } from './source.js';
import { openSource } from './sources.js';
import { unitOfName } from './synonyms.js';
import { joinSources, type Tables, tablesOf } from './tables.js';

/** Files as a table, and what its columns mean. */
export interface Read {
  raw: Raw;
  mapping: Mapping;
  guesses: Guess[];
  notes: string[];
}

/** Looks at the files, settles what their columns mean, and loads them into table `raw`, joined where they are parts. */
export async function readAll(
  duck: Duck,
  paths: readonly string[],
  scratch: string,
  options: { mapping?: Mapping; from?: string },
): Promise<Read> {
  const own = options.mapping ?? {};
  const named = options.from === undefined ? undefined : dialectOf(options.from);
  const hints = named ? withDialect(named.mapping, own) : own;
  const { delimiter, encoding, header } = hints;
  const layoutHints = { delimiter, encoding, header };
  const sources: Source[] = [];
  for (const path of paths) sources.push(await openSource(duck.connection, path, scratch, layoutHints));
  if (named) requireDialect(named, sources);
  const dialect = named ?? guessDialect(sources);
  const mapping = dialect ? withDialect(dialect.mapping, own) : own;
  const notes = sources.flatMap((source) => source.notes);
  if (dialect && !named) notes.push(`Read as an export of ${dialect.name} (its headers say so)`);
  const tables = tablesOf(sources, mapping);
  const there = { columns: tables.columns, nested: sources.some(({ nested }) => nested) };
  const guesses = settle(there, mapping, own, dialect?.name);
  const missing = missingRoles(guesses, mapping);
  if (missing.length > 0) throw missingParts(missing, { tables, mapping, guesses, sources });
  const raw = await load(duck, tables, mapping, guesses, notes);
  const currency = mapping.currency ?? currencyOfHeader(guesses);
  return {
    raw,
    mapping: currency === undefined ? mapping : { ...mapping, currency },
    guesses: await settleClock(duck, raw, await confirmByValues(duck, raw, { guesses, notes })),
    notes,
  };
}

/** The currency in the header of the prices, as in `Preis (€)`. */
function currencyOfHeader(guesses: readonly Guess[]): string | undefined {
  const columns = guesses.find(({ role }) => role === 'price' || role === 'total')?.columns ?? [];
  return columns.map((column) => currencyOf(unitOfName(column) ?? '')).find((code) => code !== undefined);
}

/** What the user says must be there; of a dialect, whose files differ, what is there counts. */
function settle(
  there: { columns: readonly string[]; nested: boolean },
  mapping: Mapping,
  own: Mapping,
  dialect: string | undefined,
): Guess[] {
  if (dialect === undefined) return settleRoles(there, mapping);
  settleRoles(there, { columns: own.columns ?? {} });
  const said = new Set(Object.keys(own.columns ?? {}));
  return settleRoles(there, mapping, dialect).map((guess) =>
    said.has(guess.role) ? { ...guess, by: 'mapping' } : guess,
  );
}

async function load(
  duck: Duck,
  tables: Tables,
  mapping: Mapping,
  guesses: readonly Guess[],
  notes: string[],
): Promise<Raw> {
  const used = new Set(guesses.flatMap(({ columns }) => columns));
  const { elapsed } = mapping;
  for (const column of elapsed ? [elapsed.days, elapsed.hour, elapsed.sequence] : [])
    if (column !== undefined) used.add(column);
  const wanted = (columns: readonly string[]): string[] => {
    const listed = tables.main[0]!.nested ? columns.filter((column) => inUsedList(column, used)) : columns;
    const all = [...new Set([...listed, ...[...used].filter((column) => tables.belongs(column, columns))])];
    if (all.length <= columnsKept) return all;
    return all.filter((column) => used.has(column) || tables.keys.has(column));
  };
  const raw = await loadSources(duck.connection, 'raw', tables.main, wanted(tables.main[0]!.columns));
  return joinSources(duck.connection, raw, tables, wanted, notes);
}

/** Whether a path is no list's, or of a list that is used: the entries of any other list are no rows. */
function inUsedList(column: string, used: ReadonlySet<string>): boolean {
  const at = column.indexOf('[]');
  return at < 0 || [...used].some((path) => path.startsWith(column.slice(0, at + 2)));
}

/** Says what is missing, and where it may be: in another file, or in columns without a name. */
function missingParts(
  missing: readonly Role[],
  context: { tables: Tables; mapping: Mapping; guesses: readonly Guess[]; sources: readonly Source[] },
): EndcapError {
  const { tables, mapping, guesses, sources } = context;
  const join_ = mapping.join?.find(({ on }) => tables.columns.includes(on));
  const order = guesses.find(({ role }) => role === 'order')?.columns[0];
  const file = sources[0]!.file;
  const what = missing
    .map((role) => ({ user: 'shopper', item: 'item', time: 'time' })[role as 'user'])
    .join(' and the ');
  if (join_ || (order !== undefined && !missing.includes('item'))) {
    const other = join_?.file ?? 'the file of the orders';
    const key = join_?.on ?? order!;
    return new EndcapError(
      'missing_join',
      `${file} has lines of orders without the ${what}: ${other} is missing`,
      {
        errors: missing.map((role) => ({
          field: `columns.${role}`,
          message: `is in ${other}, joined by ${key}`,
        })),
        remedy: `Import them together: endcap import ${file} ${join_?.file ?? 'ORDERS.csv'}`,
      },
    );
  }
  if (!sources[0]!.header) {
    const example = columnsByNumber(sources[0]!);
    return new EndcapError('missing_column', `${file} has no header, so no column looks like the ${what}`, {
      errors: [{ field: `columns.${missing[0]}`, message: `the file has ${tables.columns.length} columns` }],
      remedy: `Say which column is which, by number: echo '${JSON.stringify({ columns: example })}' > mapping.json, correct the numbers, then endcap import ${file} --mapping mapping.json; or name the kind of file: --from movielens`,
    });
  }
  return missingColumn(missing[0]!, undefined, tables.columns);
}

/** Numbers for the mapping of a file without a header: those that its values tell, and places to be corrected. */
function columnsByNumber({ sample = [], columns }: Source): Record<string, number> {
  const { time, type } = rolesByValues(sample);
  const free = columns.map((_, at) => at).filter((at) => at !== time && at !== type);
  const all = Object.entries({ user: free[0], item: free[1], time: time ?? free[2], type });
  return Object.fromEntries(all.flatMap(([role, at]) => (at === undefined ? [] : [[role, at + 1]])));
}
