import type { ProductIndex } from './productIndex.js';

/** Share of what was chosen from which on a query is said to mean a category or brand. */
const leastShare = 0.5;

export interface Intent {
  category?: { value: string; share: number };
  brand?: { value: string; share: number };
}

/** What shoppers mean by a query: the category and brand of most of what they chose after it. */
export function intentOf(products: ProductIndex, choices: ReadonlyMap<string, number>): Intent {
  const intent: Intent = {};
  for (const name of ['category', 'brand'] as const) {
    const sums = new Map<string, number>();
    let total = 0;
    for (const [id, weight] of choices) {
      const value = products.catalogue.get(id)?.[name];
      if (value === undefined) continue;
      sums.set(value, (sums.get(value) ?? 0) + weight);
      total += weight;
    }
    for (const [value, sum] of sums)
      if (sum >= leastShare * total) intent[name] = { value, share: sum / total };
  }
  return intent;
}
