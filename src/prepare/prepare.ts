import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Event, EventItem, Item, Progress } from '../core/index.js';
import { EndcapError } from '../core/index.js';
import { clean, type Decisions, type Return } from './clean.js';
import { settleClock } from './clock.js';
import { dialectOf, guessDialect, requireDialect, withDialect } from './dialects.js';
import { type Duck, openDuck, quoteText, rows, streamed } from './duck.js';
import { isDiskFullText, outOfRoom } from './faults.js';
import {
  type Guess,
  type Mapping,
  missingColumn,
  missingRoles,
  settleDefaultType,
  settleRoles,
} from './mapping.js';
import { columnsKept, loadSources, type Raw } from './raw.js';
import { type CleaningReport, measure } from './report.js';
import type { Role } from './roles.js';
import { rules } from './rules.js';
import { openSource, type Source } from './sources.js';
import { joinSources, type Tables, tablesOf } from './tables.js';
import { type OrdersBefore, spreadRefunds } from './wholeRefunds.js';

export interface PrepareOptions {
  mapping?: Mapping;
  /** Name of a dialect, such as shopify; guessed from the headers when absent. */
  from?: string;
  /** Path of the JSONL file that takes the rejected rows; none is written where none is rejected. */
  quarantine?: string;
  /** Folder for temporary files, which this makes and removes; under the system's when absent. */
  scratch?: string;
  /** Which of the returns without a purchase in these files give back what was imported before. */
  earlier?: (returns: readonly Return[]) => Promise<readonly boolean[]>;
  /** What was imported before of orders that these files give back whole. */
  ordersBefore?: OrdersBefore;
  /** "Now" for the rule on future times, ms. */
  now: number;
  progress: Progress;
}

export interface Prepared {
  report: CleaningReport;
  /** The mapping with all that was guessed and decided: it reads the rejected rows in the same way. */
  settled: Mapping;
  /** The catalogue as the data tells it: title and price by item. */
  items: Item[];
  /** Ids of orders of which lines were set aside: what they lack was not taken out by the shop. */
  partial: ReadonlySet<string>;
  /** Orders of which everything was given back, so that they are no events: without items. */
  emptied: readonly Event[];
  /** Clean events in time order, in batches; ids are deterministic, so importing twice changes nothing. */
  batches(size: number): AsyncIterable<Event[]>;
  close(): Promise<void>;
}

/** Reads, maps and cleans files. Rows in = rows kept + merged + quarantined. Throws EndcapError on bad input. */
export async function prepareFiles(paths: readonly string[], options: PrepareOptions): Promise<Prepared> {
  const started = performance.now();
  const scratch = options.scratch ?? join(tmpdir(), `endcap-${process.pid}-${randomUUID().slice(0, 8)}`);
  const duck = await openDuck(scratch);
  const { connection } = duck;
  const step = (done: number, note: string): void =>
    options.progress({ phase: 'preparing', done, total: 4, note });
  try {
    step(0, 'reading');
    const read = await readAll(duck, paths, scratch, options);
    const { raw, mapping, guesses, notes } = read;
    const defaultType = settleDefaultType(mapping, guesses);
    step(1, 'cleaning');
    const decisions = await clean(duck, {
      guesses,
      raw,
      defaultType,
      mapping,
      now: options.now,
      earlier: options.earlier,
      ordersBefore: options.ordersBefore,
    });
    const kept = await spreadRefunds(duck);
    step(2, 'reporting');
    const measured = await measure(connection, {
      files: [...paths],
      notes: [...notes, ...decisions.notes],
      guesses,
      defaultType,
      suggestions: decisions.suggestions,
    });
    if (options.quarantine && measured.rowsQuarantined > 0)
      await writeQuarantine(duck, options.quarantine, raw);
    step(3, 'grouping');
    await connection.run('DROP TABLE raw');
    const mixed = await splitByCurrency(duck, kept);
    const events = await groupEvents(duck, kept);
    const items = await catalogueOf(duck, mapping.currency);
    const partial = await partialOrders(duck);
    const emptied = await emptiedOrders(duck);
    step(4, '');
    if (mixed > 0)
      measured.notes.push(
        `${mixed.toLocaleString('en')} orders or records have lines in several currencies: an event for each currency`,
      );
    const report = { ...measured, events, seconds: (performance.now() - started) / 1000 };
    return {
      report,
      settled: settledMapping(mapping, guesses, defaultType, decisions),
      items,
      partial,
      emptied,
      batches: (size) => readEvents(duck, size, mapping.currency),
      close: duck.close,
    };
  } catch (error) {
    await duck.close();
    throw isDiskFullText(error) ? outOfRoom(error) : error;
  }
}

interface Read {
  raw: Raw;
  mapping: Mapping;
  guesses: Guess[];
  notes: string[];
}

/** Looks at the files, settles what their columns mean, and loads them into table `raw`, joined where they are parts. */
async function readAll(
  duck: Duck,
  paths: readonly string[],
  scratch: string,
  options: PrepareOptions,
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
  return { raw, mapping, guesses: await settleClock(duck, raw, guesses), notes };
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
    return new EndcapError('missing_column', `${file} has no header, so no column looks like the ${what}`, {
      errors: [{ field: `columns.${missing[0]}`, message: `the file has ${tables.columns.length} columns` }],
      remedy:
        'Say which is which by number, {"columns":{"user":1,"item":2,"time":4}} and --mapping FILE, or name the kind of file: --from movielens',
    });
  }
  return missingColumn(missing[0]!, undefined, tables.columns);
}

function settledMapping(
  mapping: Mapping,
  guesses: readonly Guess[],
  defaultType: string,
  decisions: Decisions,
): Mapping {
  const {
    about: _,
    headers: _headers,
    header: _header,
    delimiter: _delimiter,
    encoding: _encoding,
    join: _join,
    ...rest
  } = mapping;
  const silent = (Object.entries(mapping.columns ?? {}) as [Role, unknown][]).filter(
    ([role]) => !guesses.some((guess) => guess.role === role),
  );
  const columns = Object.fromEntries([
    ...guesses.map((guess) => [guess.role, guess.columns.length === 1 ? guess.columns[0] : guess.columns]),
    ...silent.map(([role]) => [role, []]),
  ]) as NonNullable<Mapping['columns']>;
  const typed = guesses.some(({ role }) => role === 'type');
  return {
    ...rest,
    columns,
    ...(typed && mapping.defaultType === undefined ? {} : { defaultType }),
    ...(decisions.dates ? { dates: decisions.dates } : {}),
    ...(decisions.decimal ? { decimal: decisions.decimal } : {}),
    equalRows: decisions.equalRows,
  };
}

/**
 * One event per order, shopper and type with all its lines; a row without an order is an event by itself. Rows out of
 * a quarantine become events of their own, since the rest of their order is in the log already.
 */
async function groupEvents({ connection }: Duck, kept: string): Promise<number> {
  const line = 'concat_ws(chr(1), user_id, item, time, type, quantity, price, value, query)';
  await connection.run(`CREATE TABLE grouped AS SELECT *, min(time) OVER same AS began, min(n) OVER same AS place
    FROM (SELECT *, CASE WHEN whole_id IS NULL THEN 'row:' || md5(${line})
        WHEN corrected THEN whole_id || ':' || md5(${line}) ELSE whole_id END AS id
      FROM (SELECT *, ${wholeId} AS whole_id FROM ${kept} WHERE reason IS NULL))
    WINDOW same AS (PARTITION BY id)`);
  const [count] = await rows(connection, 'SELECT count(DISTINCT id) AS n FROM grouped');
  return Number(count?.n ?? 0);
}

const other = `coalesce(':' || other_currency, '')`;
const order = `'order:' || order_id || ':' || user_id || CASE type WHEN 'purchase' THEN '' ELSE ':' || type END || ${other}`;
/** Id of the event of an order. It has 128 characters at most, of which edits and corrections of an order need some. */
const orderId = `CASE WHEN length(${order}) > 90 THEN 'order:' || md5(${order}) ELSE ${order} END`;
const ownId = `CASE WHEN other_currency IS NULL THEN event_id WHEN length(event_id) > 120 THEN md5(event_id) || ${other}
  ELSE event_id || ${other} END`;
/** The entries of one record of a nested file are one event, even without an order. */
const record = `CASE WHEN position IS NOT NULL THEN concat_ws(chr(1), record, user_id, time, type) END`;
/** Id of the event that several rows make; null of a row that is an event by itself. */
const wholeId = `coalesce(${ownId}, ${orderId}, 'record:' || md5(${record} || ${other}))`;

/**
 * An event has one currency. Lines of an order or a record in another than its first line's become an event of their
 * own: column `other_currency`. Returns how many orders and records have such lines.
 */
async function splitByCurrency({ connection }: Duck, kept: string): Promise<number> {
  await connection.run(`ALTER TABLE ${kept} ADD COLUMN other_currency VARCHAR`);
  if (kept !== 'staged') await connection.run('ALTER TABLE staged ADD COLUMN other_currency VARCHAR');
  await connection.run(`CREATE TEMP TABLE mixed AS SELECT whole_id, min(currency) <> max(currency) AS mixes, arg_min(currency, n) AS main
    FROM (SELECT n, currency, ${wholeId} AS whole_id FROM ${kept} WHERE currency IS NOT NULL AND reason IS NULL)
    WHERE whole_id IS NOT NULL GROUP BY whole_id HAVING mixes`);
  const [found] = await rows(connection, 'SELECT count(*) AS n FROM mixed');
  const count = Number(found?.n ?? 0);
  if (count > 0)
    await connection.run(`UPDATE ${kept} SET other_currency = currency FROM mixed
      WHERE reason IS NULL AND currency <> main AND ${wholeId} = whole_id`);
  await connection.run('DROP TABLE mixed');
  return count;
}

/** What returns left nothing of: an earlier import may have logged it. */
async function emptiedOrders({ connection }: Duck): Promise<Event[]> {
  const found = await rows(
    connection,
    `SELECT id, any_value(user_id) AS user_id, min(time) AS time, any_value(order_id) AS order_id
     FROM (SELECT *, ${orderId} AS id FROM staged
       WHERE reason IN ('cancelled', 'not_sold') AND type = 'purchase' AND order_id IS NOT NULL AND event_id IS NULL)
     WHERE id NOT IN (SELECT id FROM grouped) GROUP BY id ORDER BY id`,
  );
  return found.map((row) => ({
    id: String(row.id),
    type: 'purchase',
    user: String(row.user_id),
    items: [],
    time: Number(row.time),
    session: String(row.order_id),
  }));
}

/** Events of orders some lines of which are set aside: those lines may be in the log, so they are not taken out. */
async function partialOrders({ connection }: Duck): Promise<Set<string>> {
  const kinds = rules
    .filter(({ kind, reason }) => kind === 'quarantined' && reason !== 'not_sold')
    .map(({ reason }) => quoteText(reason));
  const found = await rows(
    connection,
    `SELECT DISTINCT id FROM grouped JOIN (SELECT DISTINCT order_id AS broken FROM staged
       WHERE order_id IS NOT NULL AND reason IN (${kinds.join(', ')})) ON order_id = broken`,
  );
  return new Set(found.map(({ id }) => String(id)));
}

/** The columns that `readEvents` asks for, in this order. */
type Line = [
  id: string,
  type: string,
  user: string,
  time: bigint,
  session: string | null,
  value: number | null,
  query: string | null,
  currency: string | null,
  attribution: string | null,
  context: string | null,
  item: string | null,
  quantity: number,
  price: number | null,
];

/** Lines come sorted by time, then as the files have them; those of one event together. */
async function* readEvents(duck: Duck, size: number, currency: string | undefined): AsyncIterable<Event[]> {
  let batch: Event[] = [];
  let open: Event | undefined;
  const sql = `SELECT id, type, user_id, began, coalesce(session, order_id), value, query, currency, attribution,
      context, item, quantity, price
    FROM grouped ORDER BY began, place, n, item`;
  for await (const lines of streamed<Line>(duck.connection, sql)) {
    for (const line of lines) {
      if (open?.id !== line[0]) {
        if (open && batch.push(open) === size) {
          yield batch;
          batch = [];
        }
        open = eventOf(line, currency);
      }
      const item = lineOf(line);
      if (item) open.items.push(item);
    }
  }
  if (open) batch.push(open);
  if (batch.length > 0) yield batch;
}

function eventOf(line: Line, shopCurrency: string | undefined): Event {
  const [id, type, user, time, session, value, query, currency, attribution, context, , , price] = line;
  const event: Event = { id, type, user, items: [], time: Number(time) };
  if (session !== null) event.session = session;
  if (value !== null) event.value = value;
  if (query !== null) event.query = query;
  if (currency !== null) event.currency = currency;
  else if (shopCurrency && price !== null) event.currency = shopCurrency;
  if (attribution !== null) event.attribution = attribution;
  if (context !== null) event.context = JSON.parse(context);
  return event;
}

function lineOf(line: Line): EventItem | undefined {
  const [, type, , , , , , , , , id, quantity, price] = line;
  if (id === null) return undefined;
  const item: EventItem = { id };
  if (type === 'purchase' || quantity !== 1) item.quantity = quantity;
  if (price !== null) item.price = price;
  return item;
}

/**
 * By when they first came, so that the newest are last. Title, category and brand: the most frequent. Price: the median of what shoppers paid in the item's last 90 days of
 * sales, in the currency that it is sold in most.
 */
async function catalogueOf({ connection }: Duck, currency: string | undefined): Promise<Item[]> {
  const found = await rows(
    connection,
    `SELECT item, any_value(first) AS first, mode(title) AS title, mode(category) AS category, mode(brand) AS brand, any_value(paid) AS paid,
       median(price) FILTER (time > last - ${90 * 86_400_000} AND price > 0 AND currency IS NOT DISTINCT FROM paid) AS price
     FROM staged JOIN (SELECT item, min(time) AS first, max(time) AS last, mode(currency) FILTER (price > 0) AS paid
       FROM staged WHERE reason IS NULL GROUP BY item) USING (item)
     WHERE reason IS NULL GROUP BY item ORDER BY first, item`,
  );
  return found.map((row) => {
    const item: Item = { id: String(row.item) };
    const text = (value: unknown): string => String(value).replace(/\s+/g, ' ').trim();
    if (row.title !== null) item.title = text(row.title);
    if (row.category !== null) item.category = text(row.category);
    if (row.brand !== null) item.brand = text(row.brand);
    if (row.price !== null) item.price = Math.round(Number(row.price) * 100) / 100;
    const money = row.paid === null ? currency : String(row.paid);
    if (row.price !== null && money) item.currency = money;
    return item;
  });
}

/** One rejected row a line: where it was, why, what to do, and the raw row to correct and import again. */
async function writeQuarantine({ connection }: Duck, path: string, raw: Raw): Promise<void> {
  const data = raw.columns.map((column) => `${quoteText(column)}, raw.${raw.name(column)}`).join(', ');
  const empty = raw.columns.map((column) => `, ${quoteText(column)}, NULL`).join('');
  const set = rules
    .filter(({ kind }) => kind === 'quarantined')
    .map(({ reason, field, remedy }) => `(${quoteText(reason)}, ${quoteText(field)}, ${quoteText(remedy)})`);
  await connection.run(`COPY (
    SELECT file, row, reason, field, remedy, data FROM (
      SELECT staged.file, staged.row, staged.reason, coalesce(CASE WHEN staged.reason = 'invalid_number' THEN bad_number END, rule.field) AS field,
        rule.remedy, json_object(${data}) AS data
      FROM staged JOIN raw ON raw.rowid = staged.n
      JOIN (VALUES ${set.join(', ')}) AS rule(reason, field, remedy) ON rule.reason = staged.reason
      UNION ALL
      SELECT file, row, 'malformed', 'row', problem || ': fill in data from _line', json_object('_line', line${empty}) FROM malformed)
    ORDER BY file, row) TO ${quoteText(path)} (FORMAT json)`);
}
