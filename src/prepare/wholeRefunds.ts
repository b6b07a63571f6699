import { appenderOf, type Duck, rows } from './duck.js';

/** Lines of an order as an earlier import logged it, less what was given back of it since. */
export interface LoggedOrder {
  user: string;
  lines: { item: string; quantity: number; price: number | null; currency: string | null }[];
}

/** Finds orders in the log by their ids. */
export type OrdersBefore = (orders: readonly string[]) => Promise<ReadonlyMap<string, LoggedOrder>>;

/**
 * Refunds and returns belong to who bought: an order names its shopper where the row does not, or names another, such as
 * the device of a clerk. A refund of an order without an item gives back all of it: column `whole`.
 */
export async function matchRefunds({ connection }: Duck, before: OrdersBefore | undefined): Promise<void> {
  await connection.run(
    `CREATE TABLE order_lines(order_id VARCHAR, user_id VARCHAR, item VARCHAR, quantity DOUBLE, price DOUBLE, currency VARCHAR)`,
  );
  const asked = await rows(
    connection,
    `SELECT DISTINCT order_id FROM staged WHERE ${wholeRefund} AND order_id NOT IN (SELECT order_id FROM staged WHERE ${sale})`,
  );
  const found = asked.length > 0 ? await before?.(asked.map(({ order_id }) => String(order_id))) : undefined;
  const target = await appenderOf(connection, 'order_lines');
  for (const [order, { user, lines }] of found ?? [])
    for (const { item, quantity, price, currency } of lines)
      target.append([order, user, item, quantity, price, currency]);
  target.close();
  await connection.run(`CREATE TEMP TABLE owners AS SELECT order_id AS owned, min(user_id) AS owner
    FROM (SELECT order_id, user_id FROM staged WHERE ${sale} UNION ALL SELECT order_id, user_id FROM order_lines)
    WHERE user_id IS NOT NULL GROUP BY order_id HAVING min(user_id) = max(user_id)`);
  await connection.run(`UPDATE staged SET user_id = owner FROM owners WHERE order_id = owned
      AND (type = 'refund' OR (user_id IS NULL AND type = 'purchase' AND quantity < 0));
    UPDATE staged SET whole = true FROM owners WHERE order_id = owned AND ${wholeRefund};
    DROP TABLE owners`);
}

const sale = `order_id IS NOT NULL AND type = 'purchase' AND quantity > 0 AND item IS NOT NULL`;
const wholeRefund = `type = 'refund' AND item IS NULL AND position IS NULL AND order_id IS NOT NULL`;

/**
 * Table of the kept rows, those of whole refunds spread over what is left of their orders. A refund that comes again, or
 * of which all was given back by line, adds nothing.
 */
export async function spreadRefunds({ connection }: Duck): Promise<string> {
  const [found] = await rows(connection, 'SELECT count(*) AS n FROM staged WHERE whole AND reason IS NULL');
  if (Number(found?.n ?? 0) === 0) return 'staged';
  await connection.run(`CREATE TEMP TABLE remaining AS SELECT order_id AS of_order, item AS of_item, sum(units) AS units,
      max(price) AS paid, any_value(currency) AS of_money
    FROM (SELECT order_id, item, price, currency, CASE WHEN type = 'refund' THEN -quantity ELSE quantity END AS units FROM staged
        WHERE reason IS NULL AND order_id IS NOT NULL AND item IS NOT NULL AND type IN ('purchase', 'refund')
      UNION ALL SELECT order_id, item, price, currency, quantity FROM order_lines)
    GROUP BY order_id, item HAVING sum(units) > 0;
    UPDATE staged SET reason = 'near_duplicate' FROM (SELECT order_id AS same, min(n) AS original FROM staged
      WHERE whole AND reason IS NULL GROUP BY order_id) WHERE whole AND reason IS NULL AND order_id = same AND n > original;
    UPDATE staged SET reason = 'cancelled' WHERE whole AND reason IS NULL AND order_id NOT IN (SELECT of_order FROM remaining);
    CREATE TABLE spread AS SELECT * FROM staged WHERE NOT whole
      UNION ALL BY NAME SELECT staged.* REPLACE (of_item AS item, units AS quantity, paid AS price, coalesce(staged.currency, of_money) AS currency)
      FROM staged JOIN remaining ON order_id = of_order WHERE whole AND reason IS NULL`);
  return 'spread';
}
