import type { Scalar } from './event.js';

/** One thing that can be shown: a product, a film, an article, a person. */
export interface Item {
  id: string;
  title?: string;
  description?: string;
  category?: string;
  brand?: string;
  price?: number;
  currency?: string;
  image?: string;
  /** Units on hand; absent means not tracked, 0 means out of stock. */
  stock?: number;
  /** Withdrawn items never appear. */
  withdrawn?: boolean;
  tags?: string[];
  /** The site's own fields, usable in filters. */
  attributes?: Record<string, Scalar>;
}
