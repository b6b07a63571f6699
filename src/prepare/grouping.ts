import type { Event } from '../core/index.js';
import { type Duck, quoteText, rows } from './duck.js';
import { rules } from './rules.js';

/**
 * One event per order, shopper and type with all its lines; a row without an order is an event by itself. Rows out of
 * a quarantine become events of their own, since the rest of their order is in the log already.
 */
export async function groupEvents({ connection }: Duck, kept: string): Promise<number> {
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
export async function splitByCurrency({ connection }: Duck, kept: string): Promise<number> {
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
export async function emptiedOrders({ connection }: Duck): Promise<Event[]> {
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
export async function partialOrders({ connection }: Duck): Promise<Set<string>> {
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
