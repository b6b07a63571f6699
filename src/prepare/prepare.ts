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
    const columns = await readFiles(connection, paths);
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
    const measured = await measure(connection, { files: [...paths], guesses, defaultType });
    if (options.quarantine && measured.rowsQuarantined > 0)
      await writeQuarantine(connection, options.quarantine, columns);
    step(3, 'grouping');
    const ready = columns.includes('id') && settled.columns.item === 'item';
    if (!ready) await connection.run('DROP TABLE raw');
    const events = await groupEvents(connection, { ready });
    const items = await catalogueOf(connection, mapping.currency);
    step(4, '');
    const report = { ...measured, events, seconds: (performance.now() - started) / 1000 };
    return { report, items, batches: (size) => readEvents(connection, size, mapping.currency), close };
  } catch (error) {
    close();
    throw error;
  }
}

/** One event per order and shopper with all its lines; a row without an order is an event by itself. */
async function groupEvents(connection: DuckDBConnection, log: { ready: boolean }): Promise<number> {
  const loose = `'row:' || md5(concat_ws(chr(1), user_id, item, time, type, quantity, price, value, query))`;
  const id = log.ready
    ? `coalesce((SELECT any_value(raw.id) FROM raw WHERE raw._file = staged.file AND raw._row = staged.row), ${loose})`
    : `CASE WHEN order_id IS NULL THEN ${loose} ELSE 'order:' || order_id || ':' || user_id END`;
  await connection.run(`CREATE TABLE grouped AS SELECT id, type, user_id, min(time) OVER (PARTITION BY id, type, user_id) AS time,
      order_id, value, query, item, quantity, price, n
    FROM (SELECT *, ${id} AS id FROM staged WHERE reason IS NULL)`);
  const [count] = await rows(
    connection,
    'SELECT count(*) AS n FROM (SELECT DISTINCT id, type, user_id FROM grouped)',
  );
  return Number(count?.n ?? 0);
}

type Line = [
  id: string,
  type: string,
  user: string,
  time: bigint,
  session: string | null,
  value: number | null,
  query: string | null,
  item: string,
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
    await connection.stream(`SELECT id, type, user_id, time, order_id, value, query, item, quantity, price
    FROM grouped ORDER BY time, id, type, user_id, n`);
  let batch: Event[] = [];
  let open: Event | undefined;
  for (
    let chunk = await result.fetchChunk();
    chunk && chunk.rowCount > 0;
    chunk = await result.fetchChunk()
  ) {
    for (const line of chunk.getRows() as unknown as Line[]) {
      if (!open || open.id !== line[0] || open.type !== line[1] || open.user !== line[2]) {
        if (open && batch.push(open) === size) {
          yield batch;
          batch = [];
        }
        open = eventOf(line, currency);
      }
      open.items.push(lineOf(line));
    }
  }
  if (open) batch.push(open);
  if (batch.length > 0) yield batch;
}

function eventOf(line: Line, currency: string | undefined): Event {
  const [id, type, user, time, session, value, query, , , price] = line;
  const event: Event = { id, type, user, items: [], time: Number(time) };
  if (session !== null) event.session = session;
  if (value !== null) event.value = value;
  if (query !== null) event.query = query;
  if (currency && price !== null) event.currency = currency;
  return event;
}

function lineOf([, type, , , , , , id, quantity, price]: Line): EventItem {
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
  const set = rules
    .filter(({ kind }) => kind === 'quarantined')
    .map(({ reason, field, remedy }) => `(${quoteText(reason)}, ${quoteText(field)}, ${quoteText(remedy)})`);
  await connection.run(`COPY (
    SELECT file, row, reason, field, remedy, data FROM (
      SELECT staged.file, staged.row, staged.reason, rule.field, rule.remedy, json_object(${data}) AS data
      FROM staged JOIN raw ON raw._file = staged.file AND raw._row = staged.row
      JOIN (VALUES ${set.join(', ')}) AS rule(reason, field, remedy) ON rule.reason = staged.reason
      UNION ALL
      SELECT file, row, 'malformed', 'row', 'Correct the line: ' || problem, json_object('_line', line) FROM malformed)
    ORDER BY file, row) TO ${quoteText(path)} (FORMAT json)`);
}
