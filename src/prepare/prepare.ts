import type { DuckDBConnection } from '@duckdb/node-api';
import type { Event, EventItem, Item, Progress } from '../core/index.js';
import { clean } from './clean.js';
import { type Mapping, settleDefaultType, settleMapping } from './mapping.js';
import { openDuck, quoteName, quoteText, readFiles, rows } from './read.js';
import { type CleaningReport, measure } from './report.js';
import { rules } from './rules.js';

export interface PrepareOptions {
  mapping?: Mapping;
  /** Path of the JSONL file that takes the rejected rows; none is written where none is rejected. */
  quarantine?: string;
  /** "Now" for the rule on future times, ms. */
  now: number;
  progress: Progress;
}

export interface Prepared {
  report: CleaningReport;
  /** The catalogue as the data tells it: title and price by item. */
  items: Item[];
  /** Clean events in time order, in batches; ids are deterministic, so importing twice changes nothing. */
  batches(size: number): AsyncIterable<Event[]>;
  close(): void;
}

/** Reads, maps and cleans files. Rows in = rows kept + merged + quarantined. Throws EndcapError on bad input. */
export async function prepareFiles(paths: readonly string[], options: PrepareOptions): Promise<Prepared> {
  const started = performance.now();
  const { connection, close } = await openDuck();
  const step = (done: number, note: string): void =>
    options.progress({ phase: 'preparing', done, total: 4, note });
  try {
    step(0, 'reading');
    const { columns, notes } = await readFiles(connection, paths);
    const mapping = options.mapping ?? {};
    const { guesses, types } = settleMapping(columns, mapping);
    const defaultType = settleDefaultType(mapping, guesses);
    const settled = {
      columns: Object.fromEntries(guesses.map(({ role, column }) => [role, column])),
      types,
      defaultType,
    };
    step(1, 'cleaning');
    await clean(connection, { ...settled, mapping, now: options.now, all: columns });
    step(2, 'reporting');
    const measured = await measure(connection, { files: [...paths], notes, guesses, defaultType });
    if (options.quarantine && measured.rowsQuarantined > 0)
      await writeQuarantine(connection, options.quarantine, columns);
    step(3, 'grouping');
    await connection.run('DROP TABLE raw');
    const events = await groupEvents(connection);
    const items = await catalogueOf(connection, mapping.currency);
    step(4, '');
    const report = { ...measured, events, seconds: (performance.now() - started) / 1000 };
    return { report, items, batches: (size) => readEvents(connection, size, mapping.currency), close };
  } catch (error) {
    close();
    throw error;
  }
}

/**
 * One event per order, shopper and type with all its lines; a row without an order is an event by itself. Rows out of
 * a quarantine become events of their own, since the rest of their order is in the log already.
 */
async function groupEvents(connection: DuckDBConnection): Promise<number> {
  const line = 'concat_ws(chr(1), user_id, item, time, type, quantity, price, value, query)';
  const id = `coalesce(event_id, 'order:' || order_id || ':' || user_id || CASE type WHEN 'purchase' THEN '' ELSE ':' || type END)`;
  await connection.run(`CREATE TABLE grouped AS SELECT *, min(time) OVER (PARTITION BY id) AS began
    FROM (SELECT *, CASE WHEN whole IS NULL THEN 'row:' || md5(${line})
        WHEN corrected THEN whole || ':' || md5(${line}) ELSE whole END AS id
      FROM (SELECT *, ${id} AS whole FROM staged WHERE reason IS NULL))`);
  const [count] = await rows(connection, 'SELECT count(DISTINCT id) AS n FROM grouped');
  return Number(count?.n ?? 0);
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

/** Lines come sorted by event, so an event is complete when the next one begins. */
async function* readEvents(
  connection: DuckDBConnection,
  size: number,
  currency: string | undefined,
): AsyncIterable<Event[]> {
  const result =
    await connection.stream(`SELECT id, type, user_id, began, coalesce(session, order_id), value, query, currency, attribution,
      context, item, quantity, price
    FROM grouped ORDER BY began, id, n`);
  let batch: Event[] = [];
  let open: Event | undefined;
  for (
    let chunk = await result.fetchChunk();
    chunk && chunk.rowCount > 0;
    chunk = await result.fetchChunk()
  ) {
    for (const line of chunk.getRows() as unknown as Line[]) {
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

/** Title: the most frequent. Price: the median of what shoppers paid in the item's last 90 days of sales. */
async function catalogueOf(connection: DuckDBConnection, currency: string | undefined): Promise<Item[]> {
  const found = await rows(
    connection,
    `SELECT item, mode(title) AS title, median(price) FILTER (time > last - ${90 * 86_400_000}) AS price FROM staged
       JOIN (SELECT item, max(time) AS last FROM staged WHERE reason IS NULL GROUP BY item) USING (item)
     WHERE reason IS NULL GROUP BY item ORDER BY item`,
  );
  return found.map((row) => {
    const item: Item = { id: String(row.item) };
    if (row.title !== null) item.title = String(row.title).replace(/\s+/g, ' ').trim();
    if (row.price !== null) item.price = Math.round(Number(row.price) * 100) / 100;
    if (row.price !== null && currency) item.currency = currency;
    return item;
  });
}

/** One rejected row a line: where it was, why, what to do, and the raw row to correct and import again. */
async function writeQuarantine(
  connection: DuckDBConnection,
  path: string,
  columns: readonly string[],
): Promise<void> {
  const data = columns.map((column) => `${quoteText(column)}, raw.${quoteName(column)}`).join(', ');
  const empty = columns.map((column) => `, ${quoteText(column)}, NULL`).join('');
  const set = rules
    .filter(({ kind }) => kind === 'quarantined')
    .map(({ reason, field, remedy }) => `(${quoteText(reason)}, ${quoteText(field)}, ${quoteText(remedy)})`);
  await connection.run(`COPY (
    SELECT file, row, reason, field, remedy, data FROM (
      SELECT staged.file, staged.row, staged.reason, rule.field, rule.remedy, json_object(${data}) AS data
      FROM staged JOIN raw ON raw.rowid = staged.n
      JOIN (VALUES ${set.join(', ')}) AS rule(reason, field, remedy) ON rule.reason = staged.reason
      UNION ALL
      SELECT file, row, 'malformed', 'row', problem || ': fill in data from _line', json_object('_line', line${empty}) FROM malformed)
    ORDER BY file, row) TO ${quoteText(path)} (FORMAT json)`);
}
