import type { StockAdvice } from './advice.js';

/** Weeks of cover at which an item ages, and at which it is pushed as much as it may be. */
const ages = { from: 13, to: 52 };
/** What runs out keeps that share of its place; what ages gets at most so much more. */
const bounds = { least: 0.3, most: 1.5 };

/**
 * How much a recommendation of this item should weigh for the sake of the stock, 1 for most. What is likely to be gone
 * before an order can arrive is not pushed: others would be disappointed. What has more than a quarter's cover is.
 */
export function shelfWeight(
  advice: Pick<StockAdvice, 'stock' | 'coverWeeks' | 'stockOutChance' | 'weekly'>,
): number {
  const { stock, coverWeeks, stockOutChance, weekly } = advice;
  if (weekly > 0 && stockOutChance > 0.2) return Math.max(bounds.least, 1 - (stockOutChance - 0.2));
  if (stock === 0 || !(coverWeeks > ages.from)) return 1;
  const share = Math.min(1, (Math.min(coverWeeks, ages.to) - ages.from) / (ages.to - ages.from));
  return 1 + share * (bounds.most - 1);
}

/** `shelfWeight` of every item advised on, by id: what the recommendation policy asks. */
export function shelfWeights(advice: readonly StockAdvice[]): ReadonlyMap<string, number> {
  const weights = new Map<string, number>();
  for (const item of advice) {
    const weight = shelfWeight(item);
    if (weight !== 1) weights.set(item.id, weight);
  }
  return weights;
}
