import type { Duck } from './duck.js';
import type { Role } from './roles.js';
import { priceFactor, quantityFactor, spread } from './rules.js';

/** Sets aside kept rows whose quantity or price is far from the others: rules `outlier_quantity` and `outlier_price`. */
export async function markOutliers({ connection }: Duck, has: (role: Role) => boolean): Promise<void> {
  if (has('quantity')) {
    await connection.run(`UPDATE staged SET reason = 'outlier_quantity' FROM (
        SELECT median(ln(quantity)) AS middle, 1.4826 * mad(ln(quantity)) AS sd FROM staged WHERE reason IS NULL)
      WHERE reason IS NULL AND NOT confirmed AND ln(quantity) - middle > greatest(${spread} * sd, ln(${quantityFactor}))`);
  }
  if (has('price')) {
    await connection.run(`UPDATE staged SET reason = 'outlier_price' FROM (
        SELECT item AS sku, money AS kind, median(ln(price)) AS middle, 1.4826 * mad(ln(price)) AS sd
        FROM staged WHERE reason IS NULL AND price > 0 GROUP BY item, money)
      WHERE reason IS NULL AND NOT confirmed AND price > 0 AND item = sku AND money IS NOT DISTINCT FROM kind
        AND abs(ln(price) - middle) > greatest(${spread} * sd, ln(${priceFactor}))`);
  }
}
