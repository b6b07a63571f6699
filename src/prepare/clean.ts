import type { Duck } from './duck.js';
import { equalRows, fillOrders, mergeNear, refundedOrders } from './orders.js';
import { markOutliers } from './outliers.js';
import { cancel } from './returns.js';
import type { Role } from './roles.js';
import { applyLocalRules } from './rowRules.js';
import { type Decisions, hasRole, type Settled } from './settled.js';
import { stage } from './stage.js';
import { matchRefunds } from './wholeRefunds.js';

/**
 * Applies the rules in order. Afterwards every row of `staged` has a `reason` (why it is not an event by itself)
 * or none; `quantity` of a kept row holds what merging and cancelling left.
 */
export async function clean(duck: Duck, settled: Settled): Promise<Decisions> {
  const { connection } = duck;
  const has = (role: Role): boolean => hasRole(settled, role);
  const decisions = await stage(duck, settled);
  if (has('order')) await fillOrders(duck, settled.mapping.fill);
  if (has('order')) await matchRefunds(duck, settled.ordersBefore);
  decisions.equalRows = settled.mapping.equalRows ?? (await equalRows(duck, settled));
  const units = decisions.equalRows === 'units';
  if (has('status')) decisions.notes.push(...(await refundedOrders(duck)));
  await applyLocalRules(duck, settled, units, decisions);
  if (has('quantity') || has('price')) await cancel(duck, settled, decisions);
  if (has('order') || units) await mergeNear(duck, units);
  await markOutliers(duck, has);
  for (const table of ['times', 'types', 'read_quantity', 'read_price', 'read_total', 'read_value'])
    await connection.run(`DROP TABLE IF EXISTS ${table}`);
  return decisions;
}
