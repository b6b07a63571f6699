import type { FacetColumn } from '../index/index.js';
import type { ProductIndex } from './productIndex.js';

/** Share of what was chosen from which on a query is said to mean a category, brand or value of an attribute. */
const leastShare = 0.5;
/** How much commoner a value must be among what was chosen than in the shop: what all items have says nothing. */
const leastLift = 1.5;
const attributesTold = 5;

/** A value that shoppers mean, and its share of what they chose. */
export interface Meant {
  value: string;
  share: number;
}

export interface Intent {
  category?: Meant;
  brand?: Meant;
  /** By attribute; those that stand out most. */
  attributes?: Record<string, Meant>;
}

/** What shoppers mean by a query: the category, brand and attributes of most of what they chose after it. */
export function intentOf(products: ProductIndex, choices: ReadonlyMap<string, number>): Intent {
  const intent: Intent = {};
  if (choices.size === 0) return intent;
  const chosen: [item: number, weight: number][] = [];
  for (const [id, weight] of choices) {
    const item = products.catalogue.find(id);
    if (item >= 0) chosen.push([item, weight]);
  }
  const attributes: [string, Meant, number][] = [];
  for (const [name, column] of products.facets) {
    const meant = meantIn(column, chosen);
    if (!meant) continue;
    if (name === 'category' || name === 'brand') intent[name] = meant;
    else if (name !== 'tags') {
      const lift = meant.share / (column.uses(column.find(meant.value)) / products.words.size);
      if (lift >= leastLift) attributes.push([name, meant, lift]);
    }
  }
  attributes.sort((a, b) => b[1].share - a[1].share || b[2] - a[2]);
  if (attributes.length > 0)
    intent.attributes = Object.fromEntries(
      attributes.slice(0, attributesTold).map(([name, meant]) => [name, meant]),
    );
  return intent;
}

/** The value that most of what was chosen has, of those that have any. */
function meantIn(column: FacetColumn, chosen: readonly [number, number][]): Meant | undefined {
  const sums = new Map<number, number>();
  let total = 0;
  for (const [item, weight] of chosen) {
    const value = column.first(item);
    if (value < 0) continue;
    sums.set(value, (sums.get(value) ?? 0) + weight);
    total += weight;
  }
  for (const [value, sum] of sums)
    if (sum >= leastShare * total) return { value: column.name(value), share: sum / total };
  return undefined;
}

/** How an item is as the query means, 0 up: the shares of category, brand and (their mean) attributes. */
export function intentFit(products: ProductIndex, intent: Intent): (item: number) => number {
  const parts: [FacetColumn, wanted: number, share: number][] = [];
  const add = (name: string, meant: Meant | undefined, share: number): void => {
    const column = products.facets.get(name);
    if (meant && column) parts.push([column, column.find(meant.value), share]);
  };
  add('category', intent.category, intent.category?.share ?? 0);
  add('brand', intent.brand, intent.brand?.share ?? 0);
  const attributes = Object.entries(intent.attributes ?? {});
  for (const [name, meant] of attributes) add(name, meant, meant.share / attributes.length);
  return (item) => {
    let fit = 0;
    for (const [column, wanted, share] of parts)
      if (wanted >= 0 && column.first(item) === wanted) fit += share;
    return fit;
  };
}
