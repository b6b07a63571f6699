import type { LoggedOrder } from '../prepare/index.js';
import type { ImportTarget } from './importTarget.js';

/**
 * What the log has of orders, by their ids: lines that were bought, less what refunds gave back of them. The refund of the
 * whole order is the one that is being read again, so it does not count.
 */
export async function ordersBefore(
  target: ImportTarget,
  orders: readonly string[],
): Promise<Map<string, LoggedOrder>> {
  const wanted = new Set(orders);
  const found = new Map<string, LoggedOrder>();
  for await (const { event } of target.logged()) {
    const { id, type, user, session, items, currency = null } = event;
    const order = session !== undefined && wanted.has(session) ? session : /^order:([^:]+):/.exec(id)?.[1];
    if (order === undefined || !wanted.has(order) || (type !== 'purchase' && type !== 'refund')) continue;
    if (id === `order:${order}:${user}:refund`) continue;
    const known: LoggedOrder = found.get(order) ?? { user, lines: [] };
    found.set(order, known);
    for (const { id: item, quantity = 1, price = null } of items) {
      const units = type === 'refund' ? -quantity : quantity;
      const line = known.lines.find((one) => one.item === item);
      if (line) line.quantity += units;
      else known.lines.push({ item, quantity: units, price, currency });
    }
  }
  return found;
}
