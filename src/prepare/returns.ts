import { appenderOf, type Duck, rows } from './duck.js';
import type { Decisions, Return, Settled } from './settled.js';

interface Purchase {
  row: number;
  order: string | null;
  left: number;
}

/**
 * Pairs each return (a line of a negative quantity, whatever its order is called) with purchases of the same shopper
 * and item and takes its units off them: those of the same order first, then the latest earlier ones. What returns
 * more than was bought is a refund of what an earlier import logged, and else set aside.
 */
export async function cancel(
  { connection }: Duck,
  { earlier }: Settled,
  { notes }: Decisions,
): Promise<void> {
  const lines = await rows(
    connection,
    `SELECT n, user_id || chr(1) || item AS pair, quantity, time, order_id, by_price FROM staged
     WHERE reason IS NULL AND type = 'purchase'
       AND (user_id, item) IN (SELECT (user_id, item) FROM staged WHERE reason IS NULL AND quantity < 0)
     ORDER BY time, quantity < 0, n`,
  );
  const bought = new Map<string, Purchase[]>();
  const changes: [n: number, quantity: number, reason: string | null][] = [];
  const unmatched: (Return & { row: number })[] = [];
  const left = new Map<number, number>();
  for (const line of lines) {
    const [pair, quantity, row] = [String(line.pair), Number(line.quantity), Number(line.n)];
    const order = line.order_id === null ? null : String(line.order_id);
    const stack = bought.get(pair) ?? [];
    bought.set(pair, stack);
    if (quantity > 0) {
      stack.push({ row, order, left: quantity });
      continue;
    }
    const matched = takeBack(stack, order, -quantity, left);
    const alone = line.by_price === true ? 'non_positive_price' : 'unmatched_cancellation';
    changes.push([row, quantity, matched ? 'cancelled' : alone]);
    const [user, item] = pair.split('\u0001') as [string, string];
    if (!matched) unmatched.push({ user, item, units: -quantity, time: Number(line.time), row });
  }
  for (const [row, quantity] of left) changes.push([row, quantity, quantity === 0 ? 'cancelled' : null]);
  await update(connection, changes);
  const found = (await earlier?.(unmatched)) ?? [];
  const rowsOfEarlier = unmatched.filter((_, at) => found[at]).map(({ row }) => row);
  if (rowsOfEarlier.length === 0) return;
  notes.push(`${rowsOfEarlier.length.toLocaleString('en')} returns of what was imported before`);
  await connection.run(`UPDATE staged SET type = 'refund', quantity = -quantity, reason = NULL
    WHERE n IN (${rowsOfEarlier.join(', ')})`);
}

/** Takes `units` off purchases; false (and nothing taken) when fewer were bought. */
function takeBack(
  stack: Purchase[],
  order: string | null,
  units: number,
  left: Map<number, number>,
): boolean {
  if (stack.reduce((sum, purchase) => sum + purchase.left, 0) < units) return false;
  const own = order === null ? [] : stack.filter((purchase) => purchase.order === order);
  const others = stack.filter((purchase) => !own.includes(purchase));
  for (const purchase of [...own.toReversed(), ...others.toReversed()]) {
    if (units === 0) break;
    const taken = Math.min(units, purchase.left);
    if (taken === 0) continue;
    purchase.left -= taken;
    units -= taken;
    left.set(purchase.row, purchase.left);
  }
  while (stack.length > 0 && stack.at(-1)!.left === 0) stack.pop();
  return true;
}

async function update(
  connection: Duck['connection'],
  changes: [number, number, string | null][],
): Promise<void> {
  await connection.run('CREATE OR REPLACE TEMP TABLE changes(n BIGINT, quantity DOUBLE, reason VARCHAR)');
  const appender = await appenderOf(connection, 'changes');
  for (const [row, quantity, reason] of changes) appender.append([BigInt(row), quantity, reason]);
  appender.close();
  await connection.run(`UPDATE staged SET quantity = changes.quantity, reason = changes.reason
    FROM changes WHERE staged.n = changes.n`);
}
