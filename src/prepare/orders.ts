import { type Duck, rows } from './duck.js';
import { isRefunded } from './orderStatus.js';
import type { Role } from './roles.js';
import { type Decisions, hasRole, type Settled } from './settled.js';

/**
 * Gives the lines of an order what only its first one says: the `fields` that a mapping names, else, of lines whose time
 * is blank, all that the order knows. A line that says its time and no shopper is at fault.
 */
export async function fillOrders({ connection }: Duck, fields: readonly string[] | undefined): Promise<void> {
  const names: Record<string, string[]> = {
    user: ['user_id'],
    time: ['time', 'raw_time'],
    currency: ['currency'],
    session: ['session'],
    status: ['status'],
  };
  const blank = fields ? '' : 'AND raw_time IS NULL';
  for (const column of (fields ?? ['user', 'currency', 'time']).flatMap((field) => names[field] ?? [])) {
    await connection.run(`UPDATE staged SET ${column} = known FROM (SELECT order_id AS filled, arg_min(${column}, n) AS known FROM staged
        WHERE order_id IS NOT NULL AND ${column} IS NOT NULL GROUP BY order_id)
      WHERE ${column} IS NULL ${blank} AND order_id = filled`);
  }
}

/** Orders that were paid and given back are sales; which lines came back, their status does not say. */
export async function refundedOrders({ connection }: Duck): Promise<string[]> {
  const [found] = await rows(
    connection,
    `SELECT count(DISTINCT order_id) AS n FROM staged WHERE type = 'purchase' AND ${isRefunded('status')}`,
  );
  const count = Number(found?.n ?? 0);
  return count === 0
    ? []
    : [`${count.toLocaleString('en')} orders were refunded since, by their status: kept as bought`];
}

/**
 * Whether equal rows are units of one thing: where sales have no quantity, and either belong to orders, whose lines are
 * then one a unit, or have days for times, in which equal rows are no accident.
 */
export async function equalRows({ connection }: Duck, settled: Settled): Promise<Decisions['equalRows']> {
  const has = (role: Role): boolean => hasRole(settled, role);
  if (has('quantity') || has('id') || settled.defaultType !== 'purchase' || has('type')) return 'duplicates';
  if (has('order')) return 'units';
  const [found] = await rows(
    connection,
    'SELECT count(time) > 0 AND count(*) FILTER (time % 86400000 <> 0) = 0 AS days FROM staged',
  );
  return found?.days === true ? 'units' : 'duplicates';
}

/**
 * Lines of one order with the same item, price and type become one line with the sum of the quantities; where equal
 * rows are units, those of no order too, if all of them is equal.
 */
export async function mergeNear({ connection }: Duck, units: boolean): Promise<void> {
  const day = units ? ', CASE WHEN order_id IS NULL THEN time END' : '';
  const same = `order_id, user_id, item, price, type, value, currency${day}`;
  const merged = units ? `type = 'purchase'` : 'order_id IS NOT NULL';
  await connection.run(`CREATE TEMP TABLE near AS SELECT n, total, copy FROM (
      SELECT n, sum(quantity) OVER same AS total, row_number() OVER (same ORDER BY n) AS copy, count(*) OVER same AS lines
      FROM staged WHERE reason IS NULL AND ${merged}
      WINDOW same AS (PARTITION BY ${same})) WHERE lines > 1`);
  await connection.run(`UPDATE staged SET quantity = CASE WHEN near.copy = 1 THEN near.total ELSE quantity END,
    reason = CASE WHEN near.copy = 1 THEN NULL ELSE 'near_duplicate' END
    FROM near WHERE staged.n = near.n`);
}
