import type { Item } from '../core/index.js';
import { type Duck, rows } from './duck.js';

/**
 * The catalogue as sales tell it: items by when they first came, so that the newest are last. Title, category and brand: the most frequent. Price: the median of what shoppers paid in the item's last 90 days of
 * sales, in the currency that it is sold in most.
 */
export async function soldItems({ connection }: Duck, currency: string | undefined): Promise<Item[]> {
  const found = await rows(
    connection,
    `SELECT item, any_value(first) AS first, mode(title) AS title, mode(category) AS category, mode(brand) AS brand, any_value(paid) AS paid,
       median(price) FILTER (time > last - ${90 * 86_400_000} AND price > 0 AND currency IS NOT DISTINCT FROM paid) AS price
     FROM staged JOIN (SELECT item, min(time) AS first, max(time) AS last, mode(currency) FILTER (price > 0) AS paid
       FROM staged WHERE reason IS NULL GROUP BY item) USING (item)
     WHERE reason IS NULL GROUP BY item ORDER BY first, item`,
  );
  return found.map((row) => {
    const item: Item = { id: String(row.item) };
    const text = (value: unknown): string => String(value).replace(/\s+/g, ' ').trim();
    if (row.title !== null) item.title = text(row.title);
    if (row.category !== null) item.category = text(row.category);
    if (row.brand !== null) item.brand = text(row.brand);
    if (row.price !== null) item.price = Math.round(Number(row.price) * 100) / 100;
    const money = row.paid === null ? currency : String(row.paid);
    if (row.price !== null && money) item.currency = money;
    return item;
  });
}
