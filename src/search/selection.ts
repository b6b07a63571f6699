import type { Facet, PriceRange, SearchRequest } from '../core/index.js';
import { EndcapError, type ErrorCode } from '../core/index.js';
import type { FacetColumn, FacetCounts } from '../index/index.js';
import { categoriesNamed } from './categories.js';
import type { ProductIndex } from './productIndex.js';

const facetValues = 50;
export const facetLimit = 16;

interface FacetFilter {
  name: string;
  column: FacetColumn;
  wanted: ReadonlySet<number>;
}

/**
 * What a shopper narrowed the answer to. A facet is counted over the items that pass everything but its own filter,
 * so that the other values of a chosen facet keep their counts.
 */
export class Selection {
  readonly #filters: FacetFilter[];
  readonly #price: PriceRange | undefined;
  readonly #counted: { name: string; column: FacetColumn; counts: FacetCounts; own: number }[];
  #lowest = Infinity;
  #highest = -Infinity;

  /**
   * `eligible`: what may be shown at all, whatever is asked; `understood`: a price that the words say. Throws
   * `unknown_facet`, `invalid_price`.
   */
  constructor(
    private readonly products: ProductIndex,
    request: Pick<SearchRequest, 'filters' | 'price' | 'facets'>,
    private readonly eligible: (item: number) => boolean,
    understood?: PriceRange,
  ) {
    const filters = Object.entries(request.filters ?? {});
    if (filters.length > facetLimit)
      throw refused('filters', 'unknown_facet', `has more than ${facetLimit} facets`);
    this.#filters = filters.map(([name, values]) => {
      const column = this.#column(name, `filters.${name}`);
      const named = name === 'category' ? (value: string) => categoriesNamed(column, value) : undefined;
      const wanted = values.flatMap((value) => (named ? [...named(value)] : column.find(value)));
      return { name, column, wanted: new Set(wanted) };
    });
    this.#price = checkedPrice(request.price) ?? understood;
    this.#counted = [...new Set(request.facets ?? ['category', 'brand'])].map((name) => {
      const column = this.#column(name, 'facets');
      const own = this.#filters.findIndex((filter) => filter.name === name);
      return { name, column, counts: column.counts(), own: own < 0 ? 0 : 2 ** own };
    });
  }

  /** Whether the item may be in the answer; counts it in the facets on the way. */
  take(item: number): boolean {
    const failed = this.#failed(item);
    if (failed < 0) return false;
    for (const { counts, own } of this.#counted) if ((failed & ~own) === 0) counts.add(item);
    if ((failed & ~priceFailed) === 0) {
      const price = this.products.prices.get(item);
      if (price < this.#lowest) this.#lowest = price;
      if (price > this.#highest) this.#highest = price;
    }
    return failed === 0;
  }

  /** Whether the item may be in the answer. */
  allows(item: number): boolean {
    return this.#failed(item) === 0;
  }

  /** Forgets the counts. */
  restart(): void {
    for (const { counts } of this.#counted) counts.clear();
    this.#lowest = Infinity;
    this.#highest = -Infinity;
  }

  facets(): Facet[] {
    return this.#counted.map(({ name, column, counts }) => {
      const values = counts
        .top(facetValues)
        .map((number) => ({ value: column.name(number), count: counts.of(number) }));
      return { name, values };
    });
  }

  prices(): { min: number; max: number } | undefined {
    return this.#lowest <= this.#highest ? { min: this.#lowest, max: this.#highest } : undefined;
  }

  /** Bits of the filters the item fails; −1 where no facet may count it. */
  #failed(item: number): number {
    if (!this.eligible(item)) return -1;
    let failed = 0;
    if (this.#price) {
      const price = this.products.prices.get(item);
      const { min = -Infinity, max = Infinity } = this.#price;
      if (!(price >= min && price <= max)) failed = priceFailed;
    }
    for (let at = 0; at < this.#filters.length; at++) {
      const { column, wanted } = this.#filters[at]!;
      if (!column.hasAny(item, wanted)) failed |= 2 ** at;
    }
    return failed;
  }

  #column(name: string, field: string): FacetColumn {
    const column = this.products.facets.get(name);
    if (column) return column;
    const known = [...this.products.facets.keys()].join(', ');
    throw refused(
      field,
      'unknown_facet',
      `"${name.slice(0, 100)}" is no facet of this shop`,
      `Use one of ${known}`,
    );
  }
}

const priceFailed = 2 ** facetLimit;

function checkedPrice(price: PriceRange | undefined): PriceRange | undefined {
  if (!price) return undefined;
  const { min, max } = price;
  for (const [bound, value] of Object.entries({ min, max }))
    if (value !== undefined && !(Number.isFinite(value) && value >= 0))
      throw refused(`price.${bound}`, 'invalid_price', 'must be a number from 0 on');
  if (min !== undefined && max !== undefined && min > max)
    throw refused('price', 'invalid_price', `has its least, ${min}, above its most, ${max}`, 'Swap the two');
  return price;
}

function refused(field: string, code: ErrorCode, message: string, remedy = 'See /openapi.json'): EndcapError {
  return new EndcapError(code, `${field}: ${message}`, { remedy, errors: [{ field, message, remedy }] });
}
