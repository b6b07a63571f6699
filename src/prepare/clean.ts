import type { DuckDBConnection } from '@duckdb/node-api';
import { EndcapError } from '../core/index.js';
import { type Mapping, type Role, typeName } from './mapping.js';
import { quoteName, quoteText, rows } from './read.js';
import { localRules, priceFactor, quantityFactor, spread } from './rules.js';

export interface Settled {
  columns: Partial<Record<Role, string>>;
  types: Record<string, string>;
  defaultType: string;
  mapping: Mapping;
  now: number;
  /** Columns of the raw table, all of which count for "exact duplicate". */
  all: readonly string[];
}

/**
 * Applies the rules in order. Afterwards every row of `staged` has a `reason` (why it is not an event by itself)
 * or none; `quantity` of a kept row holds what merging and cancelling left.
 */
export async function clean(connection: DuckDBConnection, settled: Settled): Promise<void> {
  await stage(connection, settled);
  await applyLocalRules(connection, settled);
  if (settled.columns.order && settled.columns.quantity) await cancel(connection);
  if (settled.columns.order) await mergeNear(connection);
  await markOutliers(connection, settled);
}

async function stage(connection: DuckDBConnection, settled: Settled): Promise<void> {
  const text = (role: Role): string => {
    const column = settled.columns[role];
    return column ? `nullif(trim(${quoteName(column)}), '')` : 'NULL::VARCHAR';
  };
  const number = (role: Role, otherwise: string): string =>
    settled.columns[role] ? `coalesce(TRY_CAST(${text(role)} AS DOUBLE), ${otherwise})` : otherwise;
  const bad = (['quantity', 'price', 'value'] as const).map(
    (role) =>
      `(${text(role)} IS NOT NULL AND (TRY_CAST(${text(role)} AS DOUBLE) IS NULL OR NOT isfinite(TRY_CAST(${text(role)} AS DOUBLE))))`,
  );
  const identity = (role: Role): string => `regexp_replace(${text(role)}, '\\.0$', '')`;
  const user =
    settled.mapping.missingUser === 'anonymous'
      ? `coalesce(${identity('user')}, ${anonymous(settled)})`
      : identity('user');
  await connection.run(`CREATE TABLE staged AS SELECT n, file, row, _position AS position, _corrected AS corrected,
    _confirmed AS confirmed,
    ${user} AS user_id, ${identity('item')} AS item, ${text('time')} AS raw_time, ${timeOf(text('time'))} AS time,
    ${typeOf(text('type'), settled)} AS type, ${identity('order')} AS order_id,
    ${identity('session')} AS session, ${text('id')} AS event_id, ${text('currency')} AS currency,
    ${text('attribution')} AS attribution, ${text('context')} AS context,
    ${number('quantity', '1')} AS quantity, ${number('price', 'NULL')} AS price, ${number('value', 'NULL')} AS value,
    ${text('title')} AS title, ${text('query')} AS query, (${bad.join(' OR ')}) AS bad_number,
    row_number() OVER (PARTITION BY ${settled.all.map(quoteName).join(', ')}, _position ORDER BY n) AS copy,
    NULL::VARCHAR AS reason
    FROM (SELECT *, _file AS file, _row AS row, rowid AS n FROM raw) ORDER BY n`);
}

function anonymous(settled: Settled): string {
  return settled.columns.order
    ? `'anonymous:' || ${quoteName(settled.columns.order)}`
    : `'anonymous:' || _row`;
}

/** Milliseconds since 1970 from unix seconds or milliseconds, ISO 8601 or m/d/y; times without a zone are UTC. */
function timeOf(text: string): string {
  const number = `TRY_CAST(${text} AS DOUBLE)`;
  const stamp = `coalesce(TRY_CAST(${text} AS TIMESTAMPTZ)::TIMESTAMP, TRY_CAST(${text} AS TIMESTAMP),
    TRY_STRPTIME(${text}, ['%m/%d/%Y %H:%M', '%m/%d/%y %H:%M', '%Y%m%d', '%d.%m.%Y %H:%M', '%Y/%m/%d %H:%M:%S', '%Y/%m/%d']))`;
  return `CASE WHEN ${number} IS NULL THEN epoch_ms(${stamp})
    WHEN ${number} BETWEEN -1e15 AND 1e15 THEN
      CAST(CASE WHEN abs(${number}) < 1e11 THEN ${number} * 1000 ELSE ${number} END AS BIGINT) END`;
}

function typeOf(text: string, settled: Settled): string {
  if (!settled.columns.type) return quoteText(settled.defaultType);
  const cases = Object.entries(settled.types).map(
    ([from, to]) => `WHEN ${typeName(quoteText(from))} THEN ${quoteText(to)}`,
  );
  // Where rows say their type, one that does not is at fault, unless the mapping says what it is.
  const silent = settled.mapping.defaultType ? quoteText(settled.defaultType) : 'NULL';
  const name = typeName(text);
  return `CASE ${name} ${cases.join(' ')} ELSE coalesce(${name}, ${silent}) END`;
}

async function applyLocalRules(connection: DuckDBConnection, settled: Settled): Promise<void> {
  await checkPatterns(connection, settled.mapping.nonProducts ?? []);
  const [share] = await rows(
    connection,
    `SELECT avg(CASE WHEN regexp_matches(item, '[0-9]{4}') THEN 1.0 ELSE 0 END) AS digits
     FROM staged WHERE item IS NOT NULL`,
  );
  const local = localRules({
    now: settled.now,
    hasOrder: settled.columns.order !== undefined,
    nonProducts: settled.mapping.nonProducts ?? [],
    digits: Number(share?.digits ?? 0) >= 0.95 && settled.columns.order !== undefined,
  });
  const cases = local.map(([reason, condition]) => `WHEN ${condition} THEN '${reason}'`).join('\n');
  await connection.run(`UPDATE staged SET reason = CASE WHEN copy > 1 THEN 'exact_duplicate' ${cases} END`);
  if (!settled.columns.id) return;
  await connection.run(`UPDATE staged SET reason = 'reused_id' FROM (SELECT event_id AS id, first(user_id ORDER BY n) AS owner,
      first(type ORDER BY n) AS named FROM staged WHERE reason IS NULL AND event_id IS NOT NULL GROUP BY event_id)
    WHERE reason IS NULL AND event_id = id AND (user_id <> owner OR type <> named)`);
}

async function checkPatterns(connection: DuckDBConnection, patterns: readonly string[]): Promise<void> {
  for (const [at, pattern] of patterns.entries()) {
    await connection.run(`SELECT regexp_full_match('', ${quoteText(pattern)})`).catch((cause: Error) => {
      throw new EndcapError('invalid_mapping', `The mapping has the pattern "${pattern}"`, {
        errors: [{ field: `nonProducts.${at}`, message: cause.message.split('\n')[0]! }],
        remedy: 'Write a regular expression as RE2 takes it',
        cause,
      });
    });
  }
}

/**
 * Pairs each cancellation with the latest earlier purchases of the same shopper and item and takes its units off
 * them. What cancels more than was bought is set aside.
 */
async function cancel(connection: DuckDBConnection): Promise<void> {
  const lines = await rows(
    connection,
    `SELECT n, user_id || chr(1) || item AS pair, quantity, time FROM staged
     WHERE reason IS NULL AND (user_id, item) IN (SELECT (user_id, item) FROM staged WHERE reason IS NULL AND quantity < 0)
     ORDER BY time, n`,
  );
  const bought = new Map<string, { row: number; left: number }[]>();
  const changes: [n: number, quantity: number, reason: string | null][] = [];
  const left = new Map<number, number>();
  for (const line of lines) {
    const [pair, quantity, row] = [String(line.pair), Number(line.quantity), Number(line.n)];
    const stack = bought.get(pair) ?? [];
    bought.set(pair, stack);
    if (quantity > 0) {
      stack.push({ row, left: quantity });
      continue;
    }
    const matched = takeBack(stack, -quantity, left);
    changes.push([row, quantity, matched ? 'cancelled' : 'unmatched_cancellation']);
  }
  for (const [row, quantity] of left) changes.push([row, quantity, quantity === 0 ? 'cancelled' : null]);
  await update(connection, changes);
}

/** Takes `units` off the newest purchases; false (and nothing taken) when fewer were bought. */
function takeBack(stack: { row: number; left: number }[], units: number, left: Map<number, number>): boolean {
  if (stack.reduce((sum, purchase) => sum + purchase.left, 0) < units) return false;
  for (let at = stack.length - 1; units > 0; at--) {
    const purchase = stack[at]!;
    const taken = Math.min(units, purchase.left);
    purchase.left -= taken;
    units -= taken;
    left.set(purchase.row, purchase.left);
    if (purchase.left === 0) stack.pop();
  }
  return true;
}

async function update(
  connection: DuckDBConnection,
  changes: [number, number, string | null][],
): Promise<void> {
  await connection.run('CREATE OR REPLACE TEMP TABLE changes(n BIGINT, quantity DOUBLE, reason VARCHAR)');
  const appender = await connection.createAppender('changes');
  for (const [row, quantity, reason] of changes) {
    appender.appendBigInt(BigInt(row));
    appender.appendDouble(quantity);
    if (reason === null) appender.appendNull();
    else appender.appendVarchar(reason);
    appender.endRow();
  }
  appender.closeSync();
  await connection.run(`UPDATE staged SET quantity = changes.quantity, reason = changes.reason
    FROM changes WHERE staged.n = changes.n`);
}

/** Lines of one order with the same item, price and type become one line with the sum of the quantities. */
async function mergeNear(connection: DuckDBConnection): Promise<void> {
  await connection.run(`CREATE TEMP TABLE near AS SELECT n, total, copy FROM (
      SELECT n, sum(quantity) OVER same AS total, row_number() OVER (same ORDER BY n) AS copy, count(*) OVER same AS lines
      FROM staged WHERE reason IS NULL AND order_id IS NOT NULL
      WINDOW same AS (PARTITION BY order_id, user_id, item, price, type, value)) WHERE lines > 1`);
  await connection.run(`UPDATE staged SET quantity = CASE WHEN near.copy = 1 THEN near.total ELSE quantity END,
    reason = CASE WHEN near.copy = 1 THEN NULL ELSE 'near_duplicate' END
    FROM near WHERE staged.n = near.n`);
}

async function markOutliers(connection: DuckDBConnection, settled: Settled): Promise<void> {
  if (settled.columns.quantity) {
    await connection.run(`UPDATE staged SET reason = 'outlier_quantity' FROM (
        SELECT median(ln(quantity)) AS middle, 1.4826 * mad(ln(quantity)) AS sd FROM staged WHERE reason IS NULL)
      WHERE reason IS NULL AND NOT confirmed AND ln(quantity) - middle > greatest(${spread} * sd, ln(${quantityFactor}))`);
  }
  if (settled.columns.price) {
    await connection.run(`UPDATE staged SET reason = 'outlier_price' FROM (
        SELECT item AS sku, median(ln(price)) AS middle, 1.4826 * mad(ln(price)) AS sd FROM staged WHERE reason IS NULL GROUP BY item)
      WHERE reason IS NULL AND NOT confirmed AND item = sku
        AND abs(ln(price) - middle) > greatest(${spread} * sd, ln(${priceFactor}))`);
  }
}
