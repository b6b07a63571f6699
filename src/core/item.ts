import type { Scalar } from './event.js';

/** One thing that can be shown: a product, a film, an article, a person. */
export interface Item {
  id: string;
  title?: string;
  description?: string;
  /** The category shown; a path such as `Home > Kitchen > Mugs` where the shop has one. */
  category?: string;
  /** All categories it is in, where there are several. */
  categories?: string[];
  brand?: string;
  price?: number;
  /** What it costs now where that is less than `price`. */
  salePrice?: number;
  currency?: string;
  image?: string;
  /** Units on hand; absent means not tracked, 0 means out of stock. */
  stock?: number;
  /** Withdrawn items never appear. */
  withdrawn?: boolean;
  /** Shown from then on and until then, ms since 1970. */
  from?: number;
  until?: number;
  tags?: string[];
  /** The site's own fields, usable in filters. */
  attributes?: Record<string, Scalar | string[]>;
}
